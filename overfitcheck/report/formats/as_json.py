"""json: a list of objects, one a finding."""

from __future__ import annotations

import json
from collections.abc import Iterator

from overfitcheck.project.lint import Outcome
from overfitcheck.report.findings import finding_object


def render(outcome: Outcome) -> Iterator[str]:
    """One JSON text."""
    yield json.dumps(
        [finding_object(each) for each in outcome.findings], indent=2, ensure_ascii=False
    )
