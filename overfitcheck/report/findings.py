"""What all formats of findings share: places, objects for JSON, and the sum in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from overfitcheck.finding import Checklist, Finding, Level, Location
from overfitcheck.report.plain_text import printable


def place(location: Location) -> str:
    """``path:line:column``, and for notebooks ``path:cell 7:line:column``."""
    cell = f"cell {location.cell}:" if location.cell is not None else ""
    return f"{printable(location.path)}:{cell}{location.line}:{location.column}"


def said(finding: Finding) -> str:
    """The message on one line, with nothing in it that steers a terminal."""
    return printable(finding.message)


def finding_object(finding: Finding) -> dict[str, Any]:
    """A finding as JSON has it; `cell` is null for a `.py` file."""
    return {
        **location_object(finding.location),
        "code": finding.code,
        "name": finding.name,
        "level": finding.level.value,
        "message": finding.message,
        "fix": fix_object(finding),
    }


def location_object(where: Location) -> dict[str, Any]:
    """A place as JSON has it."""
    return {
        "path": where.path,
        "line": where.line,
        "column": where.column,
        "end_line": where.end_line,
        "end_column": where.end_column,
        "cell": where.cell,
    }


def fix_object(finding: Finding) -> dict[str, Any] | None:
    """The fix of a finding: its `applicability` is ``display`` where only a person can do it."""
    fix = finding.fix
    if fix is None:
        return None
    edits = [
        {
            "line": edit.line,
            "column": edit.column,
            "end_line": edit.end_line,
            "end_column": edit.end_column,
            "cell": edit.cell,
            "replacement": edit.replacement,
        }
        for edit in fix.edits
    ]
    applicability = ("safe" if fix.safe else "unsafe") if edits else "display"
    return {"message": fix.message, "applicability": applicability, "edits": edits}


def checklist_object(checklist: Checklist) -> dict[str, Any]:
    """The technique checklist of a fit as JSON has it."""
    return {
        **location_object(checklist.location),
        "model": checklist.model,
        "loop": checklist.is_loop,
        "techniques": {name: each.value for name, each in checklist.techniques.items()},
    }


def statistics(findings: Sequence[Finding], unsafe: bool) -> list[dict[str, Any]]:
    """How often each rule is broken, the most frequent first, and how much of it is fixable."""
    by_code: dict[str, list[Finding]] = {}
    for finding in findings:
        by_code.setdefault(finding.code, []).append(finding)
    counts = [
        {
            "code": code,
            "name": each[0].name,
            "level": each[0].level.value,
            "count": len(each),
            "fixable": sum(bool(mark(finding, unsafe)) for finding in each),
        }
        for code, each in by_code.items()
    ]
    return sorted(counts, key=lambda count: (-count["count"], count["code"]))


def summary(findings: Sequence[Finding]) -> str:
    """``Found 1 error and 2 warnings in 1 file.``, or that all checks passed."""
    counts = Counter(finding.level for finding in findings)
    parts = [_counted(counts[level], level.value) for level in Level if counts[level]]
    if not parts:
        return "All checks passed!"
    files = len({finding.location.path for finding in findings})
    told = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"Found {told} in {_counted(files, 'file')}."


def mark(finding: Finding, unsafe: bool) -> str:
    """``[*] `` where ``--fix`` would mend a finding."""
    return "[*] " if finding.fix is not None and finding.fix.applies(unsafe) else ""


def fixed_line(fixed: Counter[str], done: str = "Fixed") -> str:
    """``Fixed 3 findings (2 OVF706, 1 OVF911).``"""
    parts = ", ".join(f"{count} {code}" for code, count in sorted(fixed.items()))
    return f"{done} {_counted(fixed.total(), 'finding')}{f' ({parts})' if parts else ''}."


def fixable_line(findings: Sequence[Finding], unsafe: bool) -> str | None:
    """How many findings ``--fix`` would mend, and how many more with ``--unsafe-fixes``."""
    now = sum(bool(mark(finding, unsafe)) for finding in findings)
    later = sum(bool(mark(finding, True)) for finding in findings) - now
    if now:
        option = "--fix --unsafe-fixes" if unsafe else "--fix"
        more = f" ({later} more with --unsafe-fixes)" if later else ""
        return f"[*] {now} fixable with {option}{more}."
    return f"{later} fixable with --fix --unsafe-fixes." if later else None


def _counted(count: int, word: str) -> str:
    plural = "" if count == 1 or word == Level.INFO.value else "s"
    return f"{count} {word}{plural}"
