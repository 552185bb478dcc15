"""json-full: one object with the findings, the technique checklists and what could not be read."""

from __future__ import annotations

import json
from collections.abc import Iterator

from overfitcheck import __version__
from overfitcheck.project.lint import Outcome
from overfitcheck.report.findings import checklist_object, finding_object


def render(outcome: Outcome) -> Iterator[str]:
    """One JSON text."""
    report = {
        "version": __version__,
        "findings": [finding_object(each) for each in outcome.findings],
        "checklists": [checklist_object(each) for each in outcome.checklists],
        "failures": list(outcome.failures),
    }
    yield json.dumps(report, indent=2, ensure_ascii=False)
