"""Fixing one source: edits become text, round by round, until nothing changes any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from overfitcheck.errors import UserError
from overfitcheck.finding import Edit, Finding, Fix, LintResult
from overfitcheck.linter import lint_source
from overfitcheck.rule import Rule
from overfitcheck.script.notebook_text import edit_notebook
from overfitcheck.script.options import DEFAULTS, ScriptOptions
from overfitcheck.script.source import Source
from overfitcheck.script.syntax import syntax_error
from overfitcheck.script.text import Place, apply_edits

MOST_ROUNDS = 20
"""Rounds after which fixing ends even where there is more to fix."""


@dataclass(frozen=True)
class Fixed:
    """A source after its fixes.

    `applied` counts the fixes by code; `result` is what the linter says of what is left.
    """

    source: Source
    applied: Counter[str]
    result: LintResult


def is_safe(finding: Finding) -> bool:
    """Whether a finding has a fix that keeps the meaning of the script."""
    return finding.fix is not None and finding.fix.applies()


def fix_source(
    source: Source,
    rules: Sequence[Rule],
    options: ScriptOptions = DEFAULTS,
    wanted: Callable[[Finding], bool] = is_safe,
) -> Fixed:
    """Apply the fixes of all findings that are wanted, and of the findings of what results.

    Raises:
        UserError: what `lint_source` raises, or a fix would have made text that is no Python.
    """
    applied: Counter[str] = Counter()
    result = lint_source(source, rules, options)
    for _ in range(MOST_ROUNDS):
        chosen = _together(filter(wanted, result.findings))
        after = apply_fixes(source, [each.fix for each in chosen if each.fix is not None])
        if after.raw == source.raw:
            break
        codes = [each.code for each in chosen]
        further = lint_source(after, rules, options)
        if not _is_python(after) and _is_python(source):
            raise UserError(
                f"{source.path}: a fix of {', '.join(sorted(set(codes)))} would leave text that is "
                "not Python, so nothing was changed; please report this"
            )
        applied.update(codes)
        source, result = after, further
    return Fixed(source, applied, result)


def _is_python(source: Source) -> bool:
    broken = source.notebook is not None and bool(source.notebook.broken)
    return not broken and syntax_error(source.text) is None


def apply_fixes(source: Source, fixes: Iterable[Fix]) -> Source:
    """The source with the edits of some fixes, which do not overlap."""
    edits = list(dict.fromkeys(edit for fix in fixes for edit in fix.edits))
    if source.notebook is None:
        return replace(source, raw=apply_edits(source.raw, edits))
    return replace(source, raw=edit_notebook(source.raw, edits))


def _together(findings: Iterable[Finding]) -> list[Finding]:
    """The first findings whose fixes can be applied in one go: no edit touches another's text.

    The same edit of two fixes (an import that both need) is made once.
    """
    taken: dict[Edit, None] = {}
    chosen: list[Finding] = []
    for finding in findings:
        assert finding.fix is not None
        new = [edit for edit in finding.fix.edits if edit not in taken]
        if not any(_overlap(edit, other) for edit in new for other in taken):
            taken.update(dict.fromkeys(new))
            chosen.append(finding)
    return chosen


def _overlap(first: Edit, second: Edit) -> bool:
    """Whether two edits touch the same text, or insert at the same place."""
    if first.cell != second.cell:
        return False
    start, end = _ends(first)
    other_start, other_end = _ends(second)
    if start == end or other_start == other_end:
        if start == other_start:
            return start == end and other_start == other_end
    return start < other_end and other_start < end


def _ends(edit: Edit) -> tuple[Place, Place]:
    return (edit.line, edit.column), (edit.end_line, edit.end_column)
