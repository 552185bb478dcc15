"""The report as one self-contained HTML page: no network, no script needed to read it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from overfitcheck import __version__
from overfitcheck.analysis.diagnosis import Diagnosis, Drop
from overfitcheck.finding import TECHNIQUES
from overfitcheck.report import wording
from overfitcheck.report.close_up import close_up_text, close_ups
from overfitcheck.report.content import Report, kept_epoch, worst_first
from overfitcheck.report.facts import Facts, fit_facts, run_facts
from overfitcheck.report.figures import charted, draw
from overfitcheck.report.findings import place
from overfitcheck.report.groups import groups_of, shown_in_full
from overfitcheck.report.svg import Span, inline_svg, span_of
from overfitcheck.report.templating import environment, text_of

MOST_ROWS = 1000
"""Epochs shown in the table of a fit; of longer fits every n-th is."""

MOST_CLOSE_UPS = 12
"""Drops of a fit that have a close-up; further ones have their table."""


@dataclass(frozen=True)
class Page:
    """What the template shows of one fit. `table` is the name of the table of its epochs."""

    diagnosis: Diagnosis
    table: str
    svg: str
    span: Span
    alt: str
    facts: Facts
    drops: tuple[tuple[Drop, str, str], ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    every: int


def render(report: Report) -> str:
    """The page."""
    script = text_of("report.js")
    full = [position + 1 for position in shown_in_full(report.diagnoses)]
    return (
        environment(markup=True)
        .get_template("report.html.j2")
        .render(
            report=report,
            pages=[_page(report, report.diagnoses[number - 1], number) for number in full],
            full=full,
            groups=groups_of(report),
            findings=worst_first(report.findings),
            facts=run_facts(report.run or {}),
            techniques=TECHNIQUES,
            wording=wording,
            place=place,
            confidence=wording.CONFIDENCE_TEXT,
            method=wording.METHOD,
            version=__version__,
            style=text_of("report.css"),
            script=script,
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        )
    )


def _page(report: Report, diagnosis: Diagnosis, number: int) -> Page:
    frame = diagnosis.history.epochs
    every = -(-len(frame) // MOST_ROWS)
    rows = tuple(
        (str(epoch), *(f"{value:.5g}" for value in values))
        for epoch, values in zip(
            frame.index[::every].tolist(), frame.iloc[::every].to_numpy().tolist(), strict=True
        )
    )
    figure = draw(diagnosis, kept_epoch(diagnosis))
    return Page(
        diagnosis,
        f"epochs-{number}",
        inline_svg(figure, f"fit-{number}"),
        span_of(figure),
        alt_text(diagnosis),
        fit_facts(report, diagnosis),
        tuple(_drops(diagnosis, number)),
        tuple(map(str, frame.columns)),
        rows,
        every,
    )


def _drops(diagnosis: Diagnosis, number: int) -> Iterator[tuple[Drop, str, str]]:
    """Each drop with its close-up as SVG ("" where there is nothing to see) and its text."""
    for count, (drop, figure) in enumerate(close_ups(diagnosis)):
        drawn = figure is not None and count < MOST_CLOSE_UPS
        svg = inline_svg(figure, f"fit-{number}-drop-{count}") if figure and drawn else ""
        yield drop, svg, close_up_text(drop)


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
