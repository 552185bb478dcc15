"""full: each finding with its source line and what to do, and the checklist of each fit."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import east_asian_width

import click

from overfitcheck.finding import Answer, Checklist, Finding, Level, Location
from overfitcheck.project.lint import Outcome
from overfitcheck.project.records import FileReport
from overfitcheck.report.findings import fixable_line, fixed_line, mark, place, said, summary
from overfitcheck.report.plain_text import printable

COLOURS = {Level.ERROR: "red", Level.WARNING: "yellow", Level.INFO: "blue"}

TAB = 4
"""Columns a tab is shown as."""


def render(outcome: Outcome) -> Iterator[str]:
    """Findings and checklists file by file, and the sum."""
    for report in outcome.reports:
        yield from findings_of(report, outcome.unsafe_fixes)
        for checklist in report.checklists:
            yield from _checklist(checklist)
            yield ""
    if outcome.findings or not outcome.failures:  # Nothing passed where nothing could be read.
        yield summary(outcome.findings)
    if outcome.fixed:
        yield fixed_line(outcome.fixed)
    fixable = fixable_line(outcome.findings, outcome.unsafe_fixes)
    if fixable is not None:
        yield fixable


def findings_of(report: FileReport, unsafe_fixes: bool) -> Iterator[str]:
    """The findings of one file, an empty line after each."""
    for finding, excerpt in zip(report.findings, report.excerpts, strict=True):
        yield from _finding(finding, excerpt, mark(finding, unsafe_fixes))
        yield ""


def _finding(finding: Finding, excerpt: tuple[str, ...], mark: str) -> Iterator[str]:
    colour = COLOURS[finding.level]
    head = click.style(f"{finding.code} {mark}{finding.level.value}", fg=colour, bold=True)
    yield f"{click.style(place(finding.location), bold=True)}: {head}: {said(finding)}"
    if excerpt and excerpt[0].strip():
        yield from _excerpt(printable(excerpt[0]), finding.location, colour)
    if finding.fix is not None:
        yield f"  {click.style('help:', fg='cyan')} {printable(finding.fix.message)}"


def _excerpt(line: str, location: Location, colour: str) -> Iterator[str]:
    gutter = str(location.line)
    yield f"{' ' * len(gutter)} |"
    yield f"{gutter} | {line.expandtabs(TAB)}"
    start = _width(line[: location.column - 1])
    last = location.end_column - 1 if location.end_line == location.line else len(line.rstrip())
    length = max(_width(line[:last]) - start, 1)
    yield f"{' ' * len(gutter)} | {' ' * start}{click.style('^' * length, fg=colour, bold=True)}"


def _width(text: str) -> int:
    """Columns of a text on a terminal: wide characters take two, tabs up to the next stop."""
    shown = text.expandtabs(TAB)
    if shown.isascii():
        return len(shown)
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in shown)


def _checklist(checklist: Checklist) -> Iterator[str]:
    """The technique checklist of a fit: the techniques by answer, but those that do not apply."""
    yield f"{place(checklist.location)}: techniques of {printable(checklist.fit)}"
    for wanted, colour in ((Answer.YES, "green"), (Answer.NO, "yellow"), (Answer.UNKNOWN, None)):
        names = [name for name, answer in checklist.techniques.items() if answer is wanted]
        if names:
            label = f"{wanted.value + ':':<9}"
            yield f"  {click.style(label, fg=colour)}{', '.join(names)}"
