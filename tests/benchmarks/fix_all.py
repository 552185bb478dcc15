"""Fix every script below some folders, in memory, and count what came of it.

    python tests/benchmarks/fix_all.py FOLDER… [--safe] [--select CODES] [--diffs N] [--seed S]

For each file that has fixes: is the result Python, does the finding go, is there a new warning or
error, does all but the edits stay? ``--diffs N`` prints N diffs chosen at random, to be read like
a colleague's. Nothing is written.
"""

from __future__ import annotations

import argparse
import random
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from overfitcheck.errors import UserError
from overfitcheck.finding import Finding, Level
from overfitcheck.fixing import Fixed, fix_source
from overfitcheck.linter import LintResult, lint_source
from overfitcheck.project.fixes import diff
from overfitcheck.rule import Rule, load_rules
from overfitcheck.script.source import Source, read_source
from overfitcheck.script.syntax import syntax_error

REVEALED = {
    "OVF105": {"OVF101"},
    "OVF501": {"OVF101", "OVF402"},
    "OVF801": {"OVF101", "OVF402"},
}
"""Findings that are true only after a fix: what is fitted on all rows before they are split, and
what a script without imports, in which no callback can be made, then lacks."""


def sources(folders: list[Path]) -> Iterator[Source]:
    """All scripts and notebooks below some folders."""
    for folder in folders:
        for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.ipynb")]):
            try:
                source = read_source(path)
                if path.is_file() and source.mentions_keras and source.text:
                    yield source
            except UserError:
                continue


def serious(result: LintResult) -> Counter[str]:
    """Warnings and errors, by code."""
    return Counter(each.code for each in result.findings if each.level is not Level.INFO)


def problems(source: Source, before: LintResult, fixed: Fixed, unsafe: bool) -> Iterator[str]:
    """What is wrong with a fixed source."""
    broken = fixed.source.notebook.broken if fixed.source.notebook is not None else ()
    was_broken = source.notebook.broken if source.notebook is not None else ()
    if syntax_error(source.text) is None and syntax_error(fixed.source.text) is not None:
        yield "not Python"
    if len(broken) > len(was_broken):
        yield "a cell is not Python"
    for code in sorted(set(fixed.applied)):
        left = sum(
            each.code == code and each.fix is not None and each.fix.applies(unsafe)
            for each in fixed.result.findings
        )
        if left:
            yield f"{code} stays"
    for code, count in (serious(fixed.result) - serious(before)).items():
        if not REVEALED.get(code, set()) & set(fixed.applied):
            yield f"{count} new {code}"


def main() -> None:
    """Fix, check, count and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--safe", action="store_true", help="make the safe fixes only")
    parser.add_argument("--select", default="", help="codes, with commas between them")
    parser.add_argument("--diffs", type=int, default=0, help="print so many diffs")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rules: list[Rule] = [
        rule
        for code, rule in load_rules().items()
        if not rule.opt_in and (not given.select or code in given.select.split(","))
    ]

    def wanted(finding: Finding) -> bool:
        return finding.fix is not None and finding.fix.applies(not given.safe)

    files = 0
    applied: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    changed: list[tuple[Source, Fixed]] = []
    for source in sources(given.folders):
        files += 1
        try:
            before = lint_source(source, rules)
            if not any(map(wanted, before.findings)):
                continue
            fixed = fix_source(source, rules, wanted=wanted)
        except UserError as error:
            wrong["refused"] += 1
            print(f"{error}")
            continue
        except Exception:
            wrong["traceback"] += 1
            print(f"{source.path}:\n{traceback.format_exc()}")
            continue
        applied.update(fixed.applied)
        changed.append((source, fixed))
        for problem in problems(source, before, fixed, not given.safe):
            wrong[problem] += 1
            print(f"{source.path}: {problem}")
    random.Random(given.seed).shuffle(changed)
    for source, fixed in changed[: given.diffs]:
        print("\n".join(diff(source, fixed.source)), "\n")
    print(f"{files} files, {len(changed)} fixed with {applied.total()} fixes")
    for code, count in sorted(applied.items()):
        print(f"  {code}  {count}")
    print(f"wrong: {dict(wrong) or 'nothing'}")


if __name__ == "__main__":
    main()
