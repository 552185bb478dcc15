"""json with --statistics: how often each rule is broken."""

from __future__ import annotations

import json
from collections.abc import Iterator

from overfitcheck.project.lint import Outcome
from overfitcheck.report.findings import statistics


def render(outcome: Outcome) -> Iterator[str]:
    """One JSON text: a list of objects, one a rule."""
    counts = statistics(outcome.findings, outcome.unsafe_fixes)
    yield json.dumps(counts, indent=2, ensure_ascii=False)
