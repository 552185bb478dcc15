"""Each rule against its own examples: it speaks on the marked lines of the bad ones alone."""

import re

import pytest

from overfitcheck.linter import lint_source
from overfitcheck.report.rule_page import page
from overfitcheck.rule import Rule, load_rules
from overfitcheck.script.source import Source
from overfitcheck.suppression import UNUSED_SUPPRESSION

RULES = load_rules()

BAD = [(rule, text) for rule in RULES.values() if rule.subject != "run" for text in rule.bad]
GOOD = [(rule, text) for rule in RULES.values() for text in rule.good]


OF_RUNS = [
    (rule, text)
    for rule in RULES.values()
    if rule.subject == "run"
    for text in rule.bad + rule.good
]
"""Rules that only a run can show; their observed halves are tested in tests/test_observed_rules.py."""


def ids(case: object) -> str | None:
    return case.code if isinstance(case, Rule) else None


def lines_of(rule: Rule, text: str) -> list[int]:
    findings = lint_source(Source("train.py", text), asked(rule)).findings
    return sorted({finding.location.line for finding in findings if finding.code == rule.code})


def asked(rule: Rule) -> list[Rule]:
    """The rule alone; all rules where it judges what the others found."""
    return list(RULES.values()) if rule.code == UNUSED_SUPPRESSION else [rule]


@pytest.mark.parametrize(("rule", "text"), BAD, ids=ids)
def test_bad_examples(rule: Rule, text: str) -> None:
    marked = [
        number
        for number, line in enumerate(text.split("\n"), 1)
        if re.search(rf"# <- {rule.code}\b", line)
    ]
    assert marked, "no line of the example is marked"
    assert lines_of(rule, text) == marked


@pytest.mark.parametrize(("rule", "text"), GOOD, ids=ids)
def test_good_examples(rule: Rule, text: str) -> None:
    assert lines_of(rule, text) == []


@pytest.mark.parametrize(("rule", "text"), OF_RUNS, ids=ids)
def test_the_text_alone_never_shows_what_only_a_run_does(rule: Rule, text: str) -> None:
    assert lines_of(rule, text) == []
    assert "fit(" in text
    compile(text, rule.code, "exec")


@pytest.mark.parametrize("rule", RULES.values(), ids=ids)
def test_pages(rule: Rule) -> None:
    shown = page(rule)
    assert "## Why is this bad?" in shown
    assert "# <- " not in shown
    assert len(rule.bad) >= 2
    assert len(rule.good) >= 3


@pytest.mark.parametrize(("rule", "text"), BAD, ids=ids)
def test_messages_speak_of_the_script(rule: Rule, text: str) -> None:
    for finding in lint_source(Source("train.py", text), [rule]).findings:
        words = set(re.findall(r"\w{3,}", finding.message))
        assert words & set(re.findall(r"\w{3,}", text)) or rule.code == "OVF000"
        assert finding.fix is not None
        assert finding.fix.message
