"""gitlab: the Code Quality report of GitLab, a subset of Code Climate's format."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from overfitcheck.finding import Level
from overfitcheck.project.fingerprint import fingerprints, relative_path
from overfitcheck.project.lint import Outcome

SEVERITIES = {Level.ERROR: "critical", Level.WARNING: "major", Level.INFO: "info"}


def render(outcome: Outcome) -> Iterator[str]:
    """One JSON text: a list of issues."""
    base = Path(os.environ.get("CI_PROJECT_DIR") or Path.cwd())
    issues = []
    for report in outcome.reports:
        for finding, print_ in zip(report.findings, fingerprints(report, base), strict=True):
            where = finding.location
            cell = f"cell {where.cell}, line {where.line}: " if where.cell is not None else ""
            begin = {"line": where.line, "column": where.column}
            end = {"line": where.end_line, "column": where.end_column}
            issues.append(
                {
                    "check_name": finding.code,
                    "description": f"{finding.code}: {cell}{finding.message}",
                    "severity": SEVERITIES[finding.level],
                    "fingerprint": print_,
                    "location": {
                        "path": relative_path(report.path, base),
                        "positions": {"begin": begin, "end": end},
                    },
                }
            )
    yield json.dumps(issues, indent=2, ensure_ascii=False)
