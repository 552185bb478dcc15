"""Fixes: in rounds, all or nothing, and none that leaves its finding or makes a new one."""

import ast
import itertools
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from overfitcheck.errors import UserError
from overfitcheck.finding import Edit, Finding, Level
from overfitcheck.fixing import MOST_ROUNDS, fix_source
from overfitcheck.linter import lint_source
from overfitcheck.rule import Draft, Rule, load_rules, rule
from overfitcheck.script.fit import Fit
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


SCALED = """import keras
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
x_train, x_test, y_train, y_test = train_test_split(x, y)
scaler = StandardScaler()
x_train, x_test = scaler.fit_transform(x_train), scaler.transform(x_test)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=50)
"""


def test_no_share_is_held_out_of_rows_that_something_has_learned_from() -> None:
    fixed = fix_source(Source("train.py", SCALED), list(RULES.values()), wanted=everything)
    (found,) = [each for each in fixed.result.findings if each.code == "OVF101"]
    assert "OVF101" not in fixed.applied
    assert found.fix is not None and "before scaler.fit_transform in line 6" in found.fix.message
    listed = "kinds, y = {'a': 0, 'b': 1}, []\nfor each in names:\n    y.append(kinds[each])\n"
    text = listed + "\n".join(SCALED.split("\n")[:1] + SCALED.split("\n")[6:])
    text = text.replace("x_train, y_train", "x, y")
    fixed = fix_source(Source("train.py", text), list(RULES.values()), wanted=everything)
    assert "OVF101" not in fixed.applied


@pytest.mark.parametrize(
    ("kept", "watched"),
    [
        ("monitor='val_acc_of_mine'", "monitor='val_loss'"),
        ("monitor='val_accuracy'", "monitor='val_accuracy', mode='max'"),
        ("monitor='val_accuracy', mode='min'", "monitor='val_loss'"),
        ("monitor='val_f1', mode='max'", "monitor='val_f1', mode='max'"),
        ("monitor='val_score', mode='max'", "monitor='val_score', mode='max'"),
        ("monitor='val_score'", "monitor='val_loss'"),
        ("monitor='loss'", "monitor='val_loss'"),
    ],
)
def test_a_stopper_watches_what_the_checkpoint_watches(kept: str, watched: str) -> None:
    text = f"""import keras
def f1(true, likely): return 2 * (true * likely).sum() / (true + likely).sum()
def score(true, likely): return (true * likely).mean()
model = keras.Sequential([keras.layers.Dense(1, activation='sigmoid')])
model.compile('adam', 'binary_crossentropy', metrics=['accuracy', f1, score])
best = keras.callbacks.ModelCheckpoint('best.keras', {kept}, save_best_only=True)
model.fit(x, y, epochs=50, validation_data=(x_val, y_val), callbacks=[best])
"""
    fixed = fix_source(Source("train.py", text), [RULES["OVF501"]], wanted=everything)
    assert f"{watched}, patience=5, restore_best_weights=True" in fixed.source.raw


def test_which_rules_have_fixes() -> None:
    found = {rule.code for rule, _ in FIXABLE}
    assert found >= {*WITH_SAFE_FIXES, *WITH_UNSAFE_FIXES}


@pytest.mark.parametrize(("rule", "text"), FIXABLE, ids=ids)
def test_a_fix_writes_the_lines_of_the_file(rule: Rule, text: str) -> None:
    expected = fix_source(Source("train.py", text), [rule], wanted=everything).source.raw
    written = Source("train.py", text.replace("\n", "\r\n"))
    fixed = fix_source(written, [rule], wanted=everything).source.raw
    assert fixed == expected.replace("\n", "\r\n")


@pytest.mark.parametrize(("rule", "text"), FIXABLE, ids=ids)
def test_a_fix_does_the_same_in_the_cells_of_a_notebook(rule: Rule, text: str) -> None:
    expected = fix_source(Source("train.py", text), [rule], wanted=everything).source.raw
    module = ast.parse(text)
    starts = [min([each.lineno, *decorators(each)]) for each in module.body]
    lines = text.split("\n")
    cells = [
        "\n".join(lines[start - 1 : end - 1])
        for start, end in itertools.pairwise([1, *starts[1:], len(lines) + 1])
    ]
    made = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    outputs = [{"cell_type": "markdown", "source": ["lr = \u00fc"]}]
    raw = json.dumps({"cells": [*made, *outputs], "metadata": {}}, indent=1)
    fixed = fix_source(Source("train.ipynb", raw), [rule], wanted=everything)
    written = json.loads(fixed.source.raw)
    assert "\n".join("".join(each["source"]) for each in written["cells"][:-1]) == expected
    assert written["cells"][-1:] == outputs
    assert all(line.endswith("\n") for each in written["cells"] for line in each["source"][:-1])


def decorators(node: ast.stmt) -> list[int]:
    return [each.lineno for each in getattr(node, "decorator_list", ())]


def rule_that_edits(*edits: Edit) -> Rule:
    """A rule that always wants these edits of the first fit."""

    @rule("XYZ001", "always", Level.WARNING, bad=("", ""), good=("", "", ""))
    def always(fit: Fit) -> Iterator[Draft]:
        """Page."""
        yield Draft(fit.node, "message", "advice", edits=edits, safe=True)

    return always


SCRIPT = Source("train.py", "import keras\nmodel = keras.Sequential()\nmodel.fit(x, y)\n")


def test_a_fix_that_never_ends_is_left_after_some_rounds() -> None:
    fixed = fix_source(SCRIPT, [rule_that_edits(Edit(3, 15, 3, 15, ", y"))])
    assert fixed.applied["XYZ001"] == fixed.source.raw.count(", y") - 1 == MOST_ROUNDS


def test_a_fix_that_leaves_no_python_is_refused() -> None:
    with pytest.raises(UserError, match=r"XYZ001.*not Python"):
        fix_source(SCRIPT, [rule_that_edits(Edit(3, 15, 3, 15, "("))])


def test_the_same_edit_of_two_fixes_is_made_once() -> None:
    script = Source("train.py", "from keras.optimizers import SGD\nsgd = SGD(lr=0.1)\n")
    fixed = fix_source(script, [RULES["OVF706"], replace(RULES["OVF706"], code="XYZ002")])
    assert fixed.source.raw.endswith("SGD(learning_rate=0.1)\n")
    assert fixed.applied == {"OVF706": 1, "XYZ002": 1}


def test_what_cannot_be_done_at_once_is_done_in_turn() -> None:
    script = (
        "import keras\nstop = keras.callbacks.EarlyStopping('val_recall', 0, 5)\n"
        "model = keras.Sequential()\nmodel.compile('adam', 'mse', metrics=['recall'])\n"
        "model.fit(x, y, epochs=50, callbacks=[stop], validation_split=0.1)\nmodel.save(path)\n"
    )
    rules = [RULES["OVF502"], RULES["OVF505"]]
    fixed = fix_source(Source("train.py", script), rules, wanted=everything)
    line = fixed.source.raw.split("\n")[1]
    assert line.endswith("('val_recall', 0, 5, restore_best_weights=True, mode='max')")
    assert fixed.applied == {"OVF502": 1, "OVF505": 1}
