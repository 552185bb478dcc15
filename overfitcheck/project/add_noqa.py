"""Writing ``# noqa`` comments for all that is found."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from overfitcheck.finding import Edit, Finding, Fix
from overfitcheck.fixing import apply_fixes
from overfitcheck.linter import SYNTAX_ERROR
from overfitcheck.noqa import NOQA
from overfitcheck.project.fixes import write_back
from overfitcheck.project.records import FileReport
from overfitcheck.script.source import Source, read_source
from overfitcheck.suppression import UNUSED_SUPPRESSION, suppressions_in

NOT_SILENCED = (SYNTAX_ERROR, UNUSED_SUPPRESSION)
"""Findings for which a comment would be no answer."""


def add_noqa(reports: Sequence[FileReport]) -> int:
    """Write a comment for each finding into the files; returns how many findings that were.

    Raises:
        UserError: a file cannot be read or written.
    """
    return sum(_add(report) for report in reports if report.findings)


def _add(report: FileReport) -> int:
    source = read_source(Path(report.path))
    findings = [each for each in report.findings if each.code not in NOT_SILENCED]
    after = apply_fixes(source, [Fix("", edits=tuple(comments(source, findings)))])
    if after.raw != source.raw:
        write_back(Path(report.path), source, after)
    return len(findings)


def comments(source: Source, findings: Sequence[Finding]) -> Iterator[Edit]:
    """The edits that write a comment for each finding into a source."""
    wanted: dict[int, list[str]] = {}
    silenced = [each for each in findings if each.code not in NOT_SILENCED]
    home = _home(source) if silenced else int
    for finding in silenced:
        wanted.setdefault(home(_line(source, finding)), []).append(finding.code)
    yield from _edits(source, wanted)


def _line(source: Source, finding: Finding) -> int:
    """The line of the script's text on which a finding begins."""
    where, notebook = finding.location, source.notebook
    if notebook is None or where.cell is None:
        return where.line
    return notebook.starts[notebook.cells.index(where.cell)] + where.line - 1


def _home(source: Source) -> Callable[[int], int]:
    """Tells where the comment for a finding on a line goes: to its end, if that takes one.

    A line that ends within a string or with a backslash takes no comment; the last line of its
    statement does.
    """
    text = source.text
    statements = suppressions_in(f"{text}\n# noqa").statements
    lines = enumerate(text.split("\n"), 1)
    closed = {number for number, line in lines if line.rstrip("\r").endswith("\\")}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        closed.update(range(token.start[0], token.end[0]))
    return lambda line: statements.get(line, (line, line))[1] if line in closed else line


def _edits(source: Source, wanted: dict[int, list[str]]) -> Iterator[Edit]:
    lines = [line.rstrip("\r") for line in source.lines()]
    for number, codes in wanted.items():
        text = lines[number - 1]
        cell, line = source.place(number)
        match = NOQA.search(text)
        named = sorted(set(codes))
        if match is not None and match.group("codes"):
            column = match.end() + 1
            yield Edit(line, column, line, column, "".join(f", {code}" for code in named), cell)
        elif match is None:
            column = len(text.rstrip()) + 1
            comment = f"  # noqa: {', '.join(named)}"
            yield Edit(line, column, line, len(text) + 1, comment, cell)
