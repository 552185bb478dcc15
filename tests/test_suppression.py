"""Comments that silence: where they hold, and which of them silence nothing."""

import json

import pytest

from overfitcheck.config import Config
from overfitcheck.finding import Finding
from overfitcheck.fixing import fix_source
from overfitcheck.linter import lint_source
from overfitcheck.rule import load_rules
from overfitcheck.script.source import Source
from overfitcheck.selection import choose_rules

RULES = choose_rules(load_rules(), Config())

HEAD = """import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
"""
FIT = "model.fit(x, y, epochs=50)"


def found(text: str, path: str = "train.py") -> list[Finding]:
    return list(lint_source(Source(path, text), RULES).findings)


def codes(text: str) -> list[str]:
    return [finding.code for finding in found(text)]


def fixed(text: str) -> str:
    return fix_source(Source("train.py", text), RULES).source.raw


@pytest.mark.parametrize(
    "fit",
    [
        "model.fit(  # noqa: OVF101\n    x, y,\n    epochs=50,\n)",
        "model.fit(\n    x, y,\n    epochs=50,\n)  # noqa: OVF101",
        "history = (\n    model.fit(x, y, epochs=50)\n)  # noqa: OVF101",
        "history = (  # noqa: OVF101\n    model.fit(x, y, epochs=50)\n)",
        "model.fit(x, y, \\\n    epochs=50)  # noqa: OVF101",
        FIT + "; print()  # noqa: OVF101",
    ],
)
def test_a_statement_of_several_lines_is_silenced_at_its_ends(fit: str) -> None:
    assert codes(HEAD + fit) == []


def test_a_comment_in_the_middle_of_a_statement_silences_nothing() -> None:
    text = HEAD + "model.fit(\n    x, y,  # noqa: OVF101\n    epochs=50,\n)"
    assert codes(text) == ["OVF101", "OVF001"]


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("# overfitcheck: noqa", []),
        ("# overfitcheck:noqa: OVF101", []),
        ("# OverfitCheck: NOQA: OVF101 because", []),
        ("# overfitcheck: noqa: OVF501", ["OVF001", "OVF101"]),
        ("x = 1  # overfitcheck: noqa", ["OVF101"]),
        ("# ruff: noqa", ["OVF101"]),
        ("text = '# overfitcheck: noqa'", ["OVF101"]),
    ],
)
def test_the_whole_file(comment: str, expected: list[str]) -> None:
    assert codes(f"{comment}\n{HEAD}{FIT}\n") == expected
    assert codes(f"{HEAD}{FIT}\n{comment}\n") == sorted(expected, reverse=True)


def test_the_whole_file_even_where_it_is_no_python() -> None:
    text = "import keras\nprint 'loss'\n"
    assert codes(text) == ["OVF000"]
    assert codes("# overfitcheck: noqa: OVF000\n" + text) == []


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("# noqa: OVF501", "# noqa: OVF501 silences no finding"),
        ("#noqa:OVF501,OVF101", "#noqa:OVF501,OVF101 silences no finding of OVF501"),
        ("# noqa: E501, OVF506", "# noqa: E501, OVF506 silences no finding of OVF506"),
        ("# noqa: OVF998", "# noqa: OVF998 silences no finding: no rule is called OVF998"),
    ],
)
def test_what_silences_nothing_is_told(comment: str, message: str) -> None:
    told = [each for each in found(f"{HEAD}{FIT}  {comment}\n") if each.code == "OVF001"]
    assert [each.message for each in told] == [message]
    assert (told[0].location.line, told[0].location.column) == (4, len(FIT) + 3)


@pytest.mark.parametrize("comment", ["# noqa", "# noqa: E501", "# noqa: OVF101, OVF001", "# why"])
def test_what_is_not_ours_or_is_kept_is_not_judged(comment: str) -> None:
    assert "OVF001" not in codes(f"{HEAD}{FIT}  {comment}\n")


def test_codes_of_rules_that_are_not_asked_are_not_judged() -> None:
    asked = [rule for rule in RULES if rule.code in ("OVF001", "OVF101")]
    text = HEAD + "model.fit(x, y, epochs=50, validation_split=0.1)  # noqa: OVF501, OVF101\n"
    (finding,) = lint_source(Source("train.py", text), asked).findings
    assert finding.message.endswith("of OVF101")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1  # noqa: OVF101\n", "x = 1\n"),
        ("x = 1  # noqa: OVF101", "x = 1"),
        ("# noqa: OVF101\n", "\n"),
        ("x = 1  # noqa: E501, OVF101\n", "x = 1  # noqa: E501\n"),
        ("x = 1  # noqa: OVF101,E501 OVF506\n", "x = 1  # noqa: E501\n"),
        ("x = 1  # noqa: OVF101  # kept\n", "x = 1  # kept\n"),
        ("x = 1\t# why # noqa: OVF101\r\n", "x = 1\t# why\r\n"),
        ("é = '漢'  # noqa: OVF101\n", "é = '漢'\n"),
    ],
)
def test_fixing_takes_it_away(before: str, after: str) -> None:
    assert fixed(HEAD + before) == HEAD + after


def test_cells_of_a_notebook() -> None:
    cells = [
        {"cell_type": "code", "source": HEAD},
        {"cell_type": "code", "source": f"%time\n{FIT}  # noqa: OVF101\nx = 1  # noqa: OVF501"},
    ]
    raw = json.dumps({"nbformat": 4, "cells": cells})
    (finding,) = found(raw, "train.ipynb")
    assert (finding.code, finding.location.cell, finding.location.line) == ("OVF001", 1, 3)
    assert finding.fix is not None
    assert [(edit.cell, edit.line) for edit in finding.fix.edits] == [(1, 3)]
