"""github: workflow commands, which GitHub shows beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from overfitcheck.finding import Finding, Level
from overfitcheck.project.lint import Outcome
from overfitcheck.report.findings import said

COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "notice"}


def render(outcome: Outcome) -> Iterator[str]:
    """A workflow command for each finding, and for each file that could not be linted."""
    for finding in outcome.findings:
        yield _command(finding)
    for failure in outcome.failures:
        yield f"::error title=overfitcheck::{escaped(failure)}"


def _command(finding: Finding) -> str:
    where = finding.location
    place = {"title": f"overfitcheck {finding.code} ({finding.name})", "file": where.path}
    told = f"{finding.code} {said(finding)}"
    if where.cell is None:
        place |= {"line": str(where.line), "endLine": str(where.end_line)}
        if where.line == where.end_line:  # GitHub takes columns only within one line.
            place |= {"col": str(where.column), "endColumn": str(where.end_column)}
    else:
        told = f"cell {where.cell}, line {where.line}: {told}"
    if finding.fix is not None:
        told += f"\n{finding.fix.message}"
    properties = ",".join(f"{name}={_property(value)}" for name, value in place.items())
    return f"::{COMMANDS[finding.level]} {properties}::{escaped(told)}"


def escaped(text: str) -> str:
    """A message as workflow commands have it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return escaped(text).replace(":", "%3A").replace(",", "%2C")
