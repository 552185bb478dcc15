"""Findings as the linter prints them: full, concise and JSON. One renderer a format."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from unicodedata import east_asian_width

import click

from overfitcheck.finding import Answer, Checklist, Finding, Level, Location
from overfitcheck.linter import LintResult
from overfitcheck.report.plain_text import printable
from overfitcheck.script.source import Source

Linted = Sequence[tuple[Source, LintResult]]

COLOURS = {Level.ERROR: "red", Level.WARNING: "yellow", Level.INFO: "blue"}

SHORT_NAMES = {Answer.YES: "yes", Answer.NO: "no", Answer.UNKNOWN: "unknown"}

TAB = 4
"""Columns a tab is shown as."""


def place(location: Location) -> str:
    """``path:line:column``, and for notebooks ``path:cell 7:line:column``."""
    cell = f"cell {location.cell}:" if location.cell is not None else ""
    return f"{location.path}:{cell}{location.line}:{location.column}"


def render_concise(linted: Linted) -> Iterator[str]:
    """One line a finding: ``path:line:column: CODE message``."""
    for _, result in linted:
        for finding in result.findings:
            yield f"{place(finding.location)}: {finding.code} {finding.message}"


def render_json(linted: Linted) -> Iterator[str]:
    """A list of objects, one a finding."""
    findings = [finding for _, result in linted for finding in result.findings]
    yield json.dumps([finding_object(each) for each in findings], indent=2, ensure_ascii=False)


def finding_object(finding: Finding) -> dict[str, Any]:
    """A finding as JSON has it; `cell` is null for a `.py` file."""
    where = finding.location
    return {
        "path": where.path,
        "line": where.line,
        "column": where.column,
        "end_line": where.end_line,
        "end_column": where.end_column,
        "cell": where.cell,
        "code": finding.code,
        "name": finding.name,
        "level": finding.level.value,
        "message": finding.message,
        "fix": fix_object(finding),
    }


def fix_object(finding: Finding) -> dict[str, Any] | None:
    """The fix of a finding: its `applicability` is ``display`` where only a person can do it."""
    fix = finding.fix
    if fix is None:
        return None
    edits = [
        {
            "line": edit.line,
            "column": edit.column,
            "end_line": edit.end_line,
            "end_column": edit.end_column,
            "cell": edit.cell,
            "replacement": edit.replacement,
        }
        for edit in fix.edits
    ]
    applicability = ("safe" if fix.safe else "unsafe") if edits else "display"
    return {"message": fix.message, "applicability": applicability, "edits": edits}


def render_full(linted: Linted) -> Iterator[str]:
    """Each finding with its source line, what follows from it and what to do; checklists."""
    for source, result in linted:
        for finding in result.findings:
            yield from _finding(source, finding)
            yield ""
        for checklist in result.checklists:
            yield from _checklist(checklist)
            yield ""
    yield summary([finding for _, result in linted for finding in result.findings])


def _finding(source: Source, finding: Finding) -> Iterator[str]:
    colour = COLOURS[finding.level]
    head = click.style(f"{finding.code} {finding.level.value}", fg=colour, bold=True)
    yield f"{click.style(place(finding.location), bold=True)}: {head}: {finding.message}"
    yield from _excerpt(source, finding.location, colour)
    if finding.fix is not None:
        yield f"  {click.style('help:', fg='cyan')} {finding.fix.message}"


def _excerpt(source: Source, location: Location, colour: str) -> Iterator[str]:
    line = _line(source, location)
    if line is None:
        return
    gutter = str(location.line)
    yield f"{' ' * len(gutter)} |"
    yield f"{gutter} | {line.expandtabs(TAB)}"
    start = _width(line[: location.column - 1])
    last = location.end_column - 1 if location.end_line == location.line else len(line.rstrip())
    length = max(_width(line[:last]) - start, 1)
    yield f"{' ' * len(gutter)} | {' ' * start}{click.style('^' * length, fg=colour, bold=True)}"


def _line(source: Source, location: Location) -> str | None:
    lines = source.lines(location.cell)
    line = lines[location.line - 1].rstrip("\r") if 0 < location.line <= len(lines) else ""
    return printable(line) if line.strip() else None


def _width(text: str) -> int:
    """Columns of a text on a terminal: wide characters take two, tabs up to the next stop."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text.expandtabs(TAB))


def _checklist(checklist: Checklist) -> Iterator[str]:
    """The technique checklist of a fit: the techniques by answer."""
    yield f"{place(checklist.location)}: techniques of {checklist.model}.fit"
    for wanted, colour in ((Answer.YES, "green"), (Answer.NO, "yellow"), (Answer.UNKNOWN, None)):
        names = [name for name, answer in checklist.techniques.items() if answer is wanted]
        if names:
            label = f"{SHORT_NAMES[wanted] + ':':<9}"
            yield f"  {click.style(label, fg=colour)}{', '.join(names)}"


def summary(findings: Sequence[Finding]) -> str:
    """``Found 1 error and 2 warnings in 1 file.``, or that all checks passed."""
    counts = Counter(finding.level for finding in findings)
    parts = [_counted(counts[level], level.value) for level in Level if counts[level]]
    if not parts:
        return "All checks passed!"
    files = len({finding.location.path for finding in findings})
    told = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"Found {told} in {_counted(files, 'file')}."


def _counted(count: int, word: str) -> str:
    plural = "" if count == 1 or word == Level.INFO.value else "s"
    return f"{count} {word}{plural}"


RENDERERS: dict[str, Callable[[Linted], Iterable[str]]] = {
    "full": render_full,
    "concise": render_concise,
    "json": render_json,
}
