"""`overfitcheck rule` and `overfitcheck rules`: pages and the table, for people and programs."""

import json
import re

import pytest
from click.testing import CliRunner, Result

from overfitcheck.cli.main import main
from overfitcheck.report.rule_docs import documents
from overfitcheck.rule import load_rules

ESCAPE = re.compile(r"\x1b\[([\d;]*)m")


def rule(*arguments: str, **environment: str) -> Result:
    colours = {"NO_COLOR": "", "FORCE_COLOR": "", "COLUMNS": "100", **environment}
    return CliRunner().invoke(main, ["rule", *arguments], env=colours)


def test_where_nobody_looks_a_page_is_markdown() -> None:
    plain = rule("OVF504").stdout
    assert plain == rule("OVF504", "--output-format", "markdown", FORCE_COLOR="1").stdout
    assert plain in documents().values()


def test_the_code_in_a_page_is_highlighted() -> None:
    shown = rule("OVF504", FORCE_COLOR="1").stdout
    assert "monitor-never-logged (OVF504)" in ESCAPE.sub("", shown)
    assert "```" not in shown
    keyword = re.search(r"\x1b\[([\d;]+)mimport", shown)
    text = re.search(r"\x1b\[([\d;]+)maccuracy", shown)
    assert keyword is not None and text is not None
    assert keyword.group(1) != text.group(1)
    assert "\x1b" not in rule("OVF504", NO_COLOR="1").stdout


@pytest.mark.parametrize("code", load_rules())
def test_every_rule_has_a_page_on_a_terminal(code: str) -> None:
    result = rule(code, FORCE_COLOR="1")
    assert result.exit_code == 0
    text = ESCAPE.sub("", result.stdout)
    for heading in ("What it does", "Why is this bad?", "Example", "Use instead"):
        assert heading in text


def test_a_rule_is_found_by_its_name_and_in_any_case() -> None:
    by_code = rule("OVF504").stdout
    assert rule("ovf504").stdout == rule("monitor-never-logged").stdout == by_code


def test_json() -> None:
    table = json.loads(CliRunner().invoke(main, ["rules", "--output-format", "json"]).stdout)
    assert [each["code"] for each in table] == list(load_rules())
    for each in table:
        told = json.loads(rule(each["code"], "--output-format", "json").stdout)
        assert {key: told[key] for key in each} == each
        assert told["fix"] in ("safe", "unsafe", "none")
        assert told["evidence"] in ("text", "run", "text and run")
        assert len(told["bad"]) >= 2 and len(told["good"]) >= 3
        assert not any("# <-" in text for text in told["bad"] + told["good"])


@pytest.mark.parametrize(
    ("code", "near"), [("OVF5044", "OVF504"), ("monitor-never-loged", "monitor-never-logged")]
)
def test_an_unknown_rule_names_the_nearest(code: str, near: str) -> None:
    result = rule(code)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"no rule is called {code!r}; did you mean {near!r}?" in result.stderr
