"""full with --quiet: each finding with its source line and what to do, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from overfitcheck.project.lint import Outcome
from overfitcheck.report.formats.as_full import findings_of


def render(outcome: Outcome) -> Iterator[str]:
    """Findings, file by file."""
    for report in outcome.reports:
        yield from findings_of(report, outcome.unsafe_fixes)
