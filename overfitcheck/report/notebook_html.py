"""A diagnosis as what a notebook shows of it: the verdict, its numbers, and the curves."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from importlib.util import find_spec

from overfitcheck.analysis.diagnosis import Diagnosis, Verdict
from overfitcheck.report import wording
from overfitcheck.report.content import Report
from overfitcheck.report.facts import fit_facts

COLOURS = {
    Verdict.OVERFITTING: "#c0392b",
    Verdict.DIVERGED: "#c0392b",
    Verdict.NOT_OVERFITTING: "#1e8449",
    Verdict.IMPROVING: "#1f618d",
    Verdict.UNKNOWN: "#9a7d0a",
}


def notebook_html(diagnosis: Diagnosis) -> str:
    """Some HTML without scripts; names and texts of the history are escaped."""
    source = escape(diagnosis.history.source)
    verdict = escape(wording.VERDICTS[diagnosis.verdict])
    colour = COLOURS[diagnosis.verdict]
    return "".join(
        (
            f"<div><p><b>{source}</b>, {escape(wording.trained(diagnosis))}</p>",
            f'<p><b style="color:{colour}">{verdict}</b>: {escape(diagnosis.reason)}</p>',
            "<table>",
            *_rows(diagnosis),
            "</table>",
            *(f"<p>{escape(remark)}</p>" for remark in diagnosis.remarks),
            _curves(diagnosis),
            "</div>",
        )
    )


def _rows(diagnosis: Diagnosis) -> Iterator[str]:
    report = Report(diagnosis.history.source, (diagnosis,))
    facts = [*fit_facts(report, diagnosis)]
    for drop in diagnosis.drops:
        for name, effect in drop.effects.items():
            told = f"{wording.change(effect)}, {wording.EFFECTS[effect.verdict]}"
            facts.append((f"{wording.drop_title(drop)}, {name}", told))
    for name, value in facts:
        yield (
            f'<tr><td style="text-align:left">{escape(name)}</td>'
            f'<td style="text-align:left">{escape(value)}</td></tr>'
        )


def _curves(diagnosis: Diagnosis) -> str:
    """The curves as SVG; nothing where matplotlib is not installed."""
    if find_spec("matplotlib") is None:
        return ""
    from overfitcheck.report.figures import draw
    from overfitcheck.report.svg import inline_svg

    kept = diagnosis.kept.epoch if diagnosis.kept is not None else None
    return f'<div style="max-width:720px">{inline_svg(draw(diagnosis, kept), "notebook")}</div>'
