"""concise: one line a finding, ``path:line:column: CODE message``."""

from __future__ import annotations

from collections.abc import Iterator

from overfitcheck.project.lint import Outcome
from overfitcheck.report.findings import mark, place, said


def render(outcome: Outcome) -> Iterator[str]:
    """A line for each finding."""
    for finding in outcome.findings:
        fixable = mark(finding, outcome.unsafe_fixes)
        yield f"{place(finding.location)}: {finding.code} {fixable}{said(finding)}"
