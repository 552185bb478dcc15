"""The report as one self-contained HTML page: no network, no script needed to read it."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from overfitcheck import __version__
from overfitcheck.analysis.diagnosis import Diagnosis
from overfitcheck.analysis.thresholds import CONFIDENCE, EFFECT_EPOCHS, TREND_EPOCHS
from overfitcheck.finding import TECHNIQUES, Checklist, Finding
from overfitcheck.report import wording
from overfitcheck.report.figures import charted, draw
from overfitcheck.report.findings import place

TEMPLATES = Path(__file__).with_name("templates")

MOST_ROWS = 1000
"""Epochs shown in the table of a fit; of longer fits every n-th is."""


@dataclass(frozen=True)
class Page:
    """What the template shows of one fit."""

    diagnosis: Diagnosis
    svg: str
    alt: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    every: int


def render(
    diagnoses: Sequence[Diagnosis],
    *,
    title: str,
    run: Mapping[str, Any] | None = None,
    findings: Sequence[Finding] = (),
    checklists: Sequence[Checklist] = (),
    source_lines: Mapping[tuple[str, int | None], Sequence[str]] | None = None,
) -> str:
    """The page. `source_lines` holds the lines of each file (and cell) that findings point at."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("report.html.j2")
    return template.render(
        title=title,
        pages=[_page(each) for each in diagnoses],
        run=run,
        findings=[(each, _line(each, source_lines or {})) for each in findings],
        checklists=checklists,
        techniques=TECHNIQUES,
        wording=wording,
        place=place,
        confidence=f"{100 * CONFIDENCE:.0f} %",
        trend_epochs=TREND_EPOCHS,
        effect_epochs=EFFECT_EPOCHS,
        version=__version__,
    )


def _page(diagnosis: Diagnosis) -> Page:
    frame = diagnosis.history.epochs
    every = -(-len(frame) // MOST_ROWS)
    columns = tuple(map(str, frame.columns))
    rows = tuple(
        (str(epoch), *(f"{value:.5g}" for value in values))
        for epoch, values in zip(
            frame.index[::every].tolist(), frame.iloc[::every].to_numpy().tolist(), strict=True
        )
    )
    return Page(diagnosis, svg_of(diagnosis), alt_text(diagnosis), columns, rows, every)


def svg_of(diagnosis: Diagnosis) -> str:
    """The figure as inline SVG that scales with the page."""
    buffer = io.StringIO()
    draw(diagnosis).savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    return re.sub(r'<svg ([^>]*?)width="[^"]*" height="[^"]*"', r"<svg \1", svg, count=1) or svg


def alt_text(diagnosis: Diagnosis) -> str:
    """What the figure shows, in a sentence."""
    names = ", ".join(charted(diagnosis))
    best = "; ".join(
        f"best {name} {each.value:.4g} at epoch {each.epoch}"
        for name, each in diagnosis.best.items()
    )
    return (
        f"Curves of {names} over {wording.trained(diagnosis)}, training dashed, validation solid. "
        f"{best}. Onset: {wording.onset_text(diagnosis)}."
    )


def _line(finding: Finding, lines: Mapping[tuple[str, int | None], Sequence[str]]) -> str:
    where = finding.location
    text = lines.get((where.path, where.cell), ())
    return text[where.line - 1].strip() if 0 < where.line <= len(text) else ""
