"""sarif: the Static Analysis Results Interchange Format, version 2.1.0, with fixes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from overfitcheck import __version__
from overfitcheck.finding import Edit, Finding, Fix, Level, Location
from overfitcheck.project.fingerprint import fingerprints, relative_path
from overfitcheck.project.lint import Outcome
from overfitcheck.report.rule_page import headline, page
from overfitcheck.rule import Rule, load_rules

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "note"}


def render(outcome: Outcome) -> Iterator[str]:
    """One JSON text with one run."""
    codes = sorted({finding.code for finding in outcome.findings})
    rules = [load_rules()[code] for code in codes]
    driver = {"name": "overfitcheck", "version": __version__, "semanticVersion": __version__}
    run = {
        "tool": {"driver": {**driver, "rules": [_rule(rule) for rule in rules]}},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(outcome.failures)],
        "results": list(_results(outcome, codes)),
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    yield json.dumps(log, indent=2, ensure_ascii=False)


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": headline(rule)},
        "help": {"text": headline(rule), "markdown": page(rule)},
        "defaultConfiguration": {"level": LEVELS[rule.level], "enabled": not rule.opt_in},
    }


def _invocation(failures: Sequence[str]) -> dict[str, Any]:
    notes = [{"level": "error", "message": {"text": failure}} for failure in failures]
    return {"executionSuccessful": not failures, "toolExecutionNotifications": notes}


def _results(outcome: Outcome, codes: Sequence[str]) -> Iterator[dict[str, Any]]:
    here = Path.cwd()
    for report in outcome.reports:
        artifact = {"uri": _uri(report.path, here)}
        for finding, print_ in zip(report.findings, fingerprints(report, here), strict=True):
            result = {
                "ruleId": finding.code,
                "ruleIndex": codes.index(finding.code),
                "level": LEVELS[finding.level],
                "message": {"text": _message(finding)},
                "locations": [_location(finding.location, artifact)],
                "partialFingerprints": {"overfitcheck/v1": print_},
            }
            fix = finding.fix
            if fix is not None and fix.edits and finding.location.cell is None:
                result["fixes"] = [_fix(fix, artifact)]
            yield result


def _message(finding: Finding) -> str:
    where = finding.location
    cell = f"cell {where.cell}, line {where.line}: " if where.cell is not None else ""
    advice = f"\nHelp: {finding.fix.message}" if finding.fix is not None else ""
    return f"{cell}{finding.message}{advice}"


def _location(where: Location, artifact: dict[str, str]) -> dict[str, Any]:
    """The region of a finding; the lines of a cell are no lines of the file, and are a name."""
    if where.cell is not None:
        name = f"cell {where.cell}, line {where.line}"
        logical = [{"name": name, "fullyQualifiedName": f"{where.path}: {name}"}]
        return {"physicalLocation": {"artifactLocation": artifact}, "logicalLocations": logical}
    return {"physicalLocation": {"artifactLocation": artifact, "region": _region(where)}}


def _region(where: Location | Edit) -> dict[str, int]:
    return {
        "startLine": where.line,
        "startColumn": where.column,
        "endLine": where.end_line,
        "endColumn": where.end_column,
    }


def _fix(fix: Fix, artifact: dict[str, str]) -> dict[str, Any]:
    replacements = [
        {"deletedRegion": _region(edit), "insertedContent": {"text": edit.replacement}}
        for edit in fix.edits
    ]
    return {
        "description": {"text": fix.message},
        "artifactChanges": [{"artifactLocation": artifact, "replacements": replacements}],
        "properties": {"applicability": "safe" if fix.safe else "unsafe"},
    }


def _uri(path: str, here: Path) -> str:
    """A relative reference where the file lies below this folder, else an absolute one."""
    relative = relative_path(path, here)
    if not relative.startswith("../"):
        return quote(relative)
    return Path(os.path.normpath(Path(path).absolute())).as_uri()
