"""What the linter says of one file, and the same as values that JSON can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from overfitcheck.finding import Answer, Checklist, Edit, Evidence, Finding, Fix, Level, Location


@dataclass(frozen=True, eq=False, repr=False)
class FileReport:
    """What the linter says of one file.

    `excerpts` are the source lines of each finding, from its first to its last. `failure` is why
    the file could not be linted. `fixed` are the codes of the fixes that were made, or would be
    made where `diff` shows them; `output` is what they made of standard input.
    """

    path: str
    findings: tuple[Finding, ...] = ()
    excerpts: tuple[tuple[str, ...], ...] = ()
    checklists: tuple[Checklist, ...] = ()
    failure: str | None = None
    fixed: tuple[str, ...] = ()
    diff: tuple[str, ...] = ()
    output: bytes | None = None


def to_record(report: FileReport) -> dict[str, Any]:
    """Findings and checklists of a report, without its path."""
    return {
        "findings": [_finding(each) for each in report.findings],
        "excerpts": report.excerpts,
        "checklists": [_checklist(each) for each in report.checklists],
    }


def from_record(record: Mapping[str, Any], path: str) -> FileReport:
    """The report that was put into a record.

    Raises:
        ValueError, LookupError, TypeError: it is no such record.
    """
    findings = tuple(_read_finding(each, path) for each in record["findings"])
    excerpts = tuple(tuple(each) for each in record["excerpts"])
    if len(excerpts) != len(findings):
        raise ValueError("a finding without its excerpt")
    checklists = tuple(
        Checklist(Location(path, *place), model, {k: Answer(v) for k, v in answers.items()}, *how)
        for place, model, answers, *how in record["checklists"]
    )
    return FileReport(path, findings, excerpts, checklists)


def _finding(finding: Finding) -> list[Any]:
    fix = finding.fix
    told = None if fix is None else [fix.message, fix.safe, [_edit(each) for each in fix.edits]]
    head = [finding.code, finding.name, finding.level.value, _location(finding.location)]
    return [*head, finding.message, told, finding.evidence.value]


def _read_finding(record: list[Any], path: str) -> Finding:
    code, name, level, place, message, told, evidence = record
    fix = None
    if told is not None:
        advice, safe, edits = told
        fix = Fix(advice, safe, tuple(Edit(*each) for each in edits))
    location = Location(path, *place)
    return Finding(code, name, Level(level), location, message, fix, Evidence(evidence))


def _checklist(checklist: Checklist) -> list[Any]:
    answers = {name: answer.value for name, answer in checklist.techniques.items()}
    how = checklist.is_loop, checklist.method
    return [_location(checklist.location), checklist.model, answers, *how]


def _location(where: Location) -> list[Any]:
    return [where.line, where.column, where.end_line, where.end_column, where.cell]


def _edit(edit: Edit) -> list[Any]:
    return [edit.line, edit.column, edit.end_line, edit.end_column, edit.replacement, edit.cell]
