"""jsonlines: an object a line, one a finding."""

from __future__ import annotations

import json
from collections.abc import Iterator

from overfitcheck.project.lint import Outcome
from overfitcheck.report.findings import finding_object


def render(outcome: Outcome) -> Iterator[str]:
    """A line of JSON for each finding."""
    for finding in outcome.findings:
        yield json.dumps(finding_object(finding), ensure_ascii=False)
