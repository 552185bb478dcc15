"""Fixes: in rounds, all or nothing, and none that leaves its finding or makes a new one."""

import pytest

from overfitcheck.finding import Finding, Level
from overfitcheck.fixing import fix_source
from overfitcheck.linter import lint_source
from overfitcheck.rule import Rule, load_rules
from overfitcheck.script.source import Source
from overfitcheck.script.syntax import syntax_error

RULES = load_rules()

FIXABLE = [
    (rule, text)
    for rule in RULES.values()
    for text in rule.bad
    if any(
        each.fix is not None and each.fix.edits
        for each in lint_source(Source("train.py", text), [rule]).findings
    )
]

WITH_SAFE_FIXES = (
    "OVF001 OVF104 OVF112 OVF203 OVF305 OVF504 OVF505 OVF512 OVF606 OVF706 OVF806 OVF908 OVF911"
).split()
WITH_UNSAFE_FIXES = (
    "OVF101 OVF107 OVF111 OVF201 OVF202 OVF306 OVF402 OVF404 OVF501 OVF502 OVF503 OVF601 OVF801 "
    "OVF802 OVF804"
).split()


def ids(case: object) -> str | None:
    return case.code if isinstance(case, Rule) else None


def everything(finding: Finding) -> bool:
    return finding.fix is not None and finding.fix.applies(True)


def serious(text: str) -> set[str]:
    result = lint_source(Source("train.py", text), list(RULES.values()))
    return {each.code for each in result.findings if each.level is not Level.INFO}


@pytest.mark.parametrize(("rule", "text"), FIXABLE, ids=ids)
def test_a_fix_leaves_python_without_its_finding_and_without_new_ones(
    rule: Rule, text: str
) -> None:
    fixed = fix_source(Source("train.py", text), [rule, *RULES.values()], wanted=everything)
    assert fixed.applied[rule.code]
    assert syntax_error(fixed.source.raw) is None
    assert not [each for each in fixed.result.findings if everything(each)]
    assert serious(fixed.source.raw) <= serious(text)


def test_which_rules_have_fixes() -> None:
    found = {rule.code for rule, _ in FIXABLE}
    assert found >= {*WITH_SAFE_FIXES, *WITH_UNSAFE_FIXES}
