"""Rows that are held out already: which ones the help and the fix of a fit without validation name."""

import pytest

from overfitcheck.finding import Finding
from overfitcheck.fixing import fix_source
from overfitcheck.linter import lint_source
from overfitcheck.rule import load_rules
from overfitcheck.script.source import Source

RULE = load_rules()["OVF101"]

HEAD = """
import keras
import numpy as np
import pandas as pd
from imblearn.over_sampling import SMOTE
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from mine import load, reshaped, score
x, y, table = np.load("x.npy"), np.load("y.npy"), pd.read_csv("t.csv")
scaler = StandardScaler()
def net():
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model
"""
SPLIT = "x_train, x_val, y_train, y_val = train_test_split(x, y)\n"
TESTED = "x_train, x_test, y_train, y_test = train_test_split(x, y)\n"
TWICE = f"{TESTED}x_train, x_val, y_train, y_val = train_test_split(x_train, y_train)\n"
FIT = "model = net()\nmodel.fit(x_train, y_train, epochs=9)\n"
JUDGED = "print(model.evaluate(x_test, y_test))\n"


def inside(name: str, text: str) -> str:
    return f"def {name}():\n" + "".join(f"    {line}\n" for line in text.splitlines())


HELD_OUT = {
    "by a split": SPLIT + FIT,
    "and only shown": f"{SPLIT}print(x_val.shape, len(y_val))\n{FIT}",
    "by the second split": TWICE + FIT + JUDGED,
    "by the second split, the first is not used either": TWICE + FIT,
    "by the second split of what the first held out": "x_train, rest, y_train, labels = "
    "train_test_split(x, y)\nx_val, x_test, y_val, y_test = train_test_split(rest, labels)\n"
    + FIT
    + JUDGED,
    "and scaled alike": f"{SPLIT}x_train = scaler.fit_transform(x_train)\n"
    f"x_val = scaler.transform(x_val)\n{FIT}",
    "and shaped alike": f"{SPLIT}x_train = x_train.reshape(x_train.shape[0], 28, 28) / 255\n"
    f"x_val = x_val.reshape(x_val.shape[0], 28, 28) / 255\n{FIT}",
    "and divided in place": f"{SPLIT}x_train /= 255\nx_val /= 255\n{FIT}",
    "and the others resampled": f"{SPLIT}x_train, y_train = SMOTE().fit_resample(x_train, y_train)\n"
    + FIT,
    "by slices": "n = int(len(x) * 0.8)\nx_train, x_val = x[:n], x[n:]\n"
    f"y_train, y_val = y[:n], y[n:]\n{FIT}",
    "by slices of a table": "train, val = table[:-90], table[-90:]\n"
    "x_train, y_train = train.drop('price', axis=1), train['price']\n"
    f"x_val, y_val = val.drop('price', axis=1), val['price']\n{FIT}",
    "by what is not shown, and called so": f"x_train, x_val, x_test, y_train, y_val, y_test = load()\n{FIT}",
    "by what is not shown, and shaped": "train, val = load()\nx_train, y_train = reshaped(train)\n"
    f"x_val, y_val = reshaped(val)\n{FIT}",
    "by a function": inside("parts", "a, b, c, d = train_test_split(x, y)\nreturn a, b, c, d")
    + inside("main", f"x_train, x_val, y_train, y_val = parts()\n{FIT}")
    + "main()\n",
    "and given": "def train(x_train, x_val, y_train, y_val):\n    model = net()\n"
    "    model.fit(x_train, y_train, epochs=9)\na, b, c, d = train_test_split(x, y)\ntrain(a, b, c, d)\n",
    "in one of two functions": inside("one", SPLIT + FIT)
    + inside("two", f"{SPLIT}x_val = load(x_val)\n")
    + "one()\ntwo()\n",
    "where there is none": SPLIT + FIT.replace("=9", "=9, validation_data=None"),
}


def found_in(text: str) -> Finding:
    (found,) = lint_source(Source("train.py", HEAD + text), [RULE]).findings
    return found


@pytest.mark.parametrize("text", HELD_OUT.values(), ids=HELD_OUT)
def test_rows_that_are_held_out_are_named(text: str) -> None:
    fix = found_in(text).fix
    assert fix is not None and fix.message.startswith("pass validation_data=(x_val, y_val): line ")
    assert fix.message.endswith(" holds them out and nothing uses them")
    fixed = fix_source(Source("train.py", HEAD + text), [RULE], wanted=lambda _: True)
    expected = "validation_data=(x_val, y_val))"
    assert expected in fixed.source.text and not fixed.result.findings
    for code in ("OVF102", "OVF103"):
        assert not lint_source(fixed.source, [load_rules()[code]]).findings


def test_the_line_is_that_of_the_split() -> None:
    text = f"{TWICE}x_val = x_val / 255\nx_train = x_train / 255\n{FIT}"
    fix = found_in(text).fix
    assert fix is not None and ": line 16 holds them out" in fix.message


NOT_SURE = {
    "scored": f"{SPLIT}{FIT}print(model.evaluate(x_val, y_val))\n",
    "predicted": f"{SPLIT}{FIT}guessed = model.predict(x_val)\n",
    "scored elsewhere": f"{SPLIT}{FIT}score(model, x_val, y_val)\n",
    "scored in a list": f"{SPLIT}{FIT}held = [x_val, y_val]\nprint(model.evaluate(*held))\n",
    "compared": f"{SPLIT}{FIT}guessed = load()\nfor i in range(9):\n"
    "    if guessed[i] == y_val[i]:\n        print(i)\n",
    "scored as the slice that it is": "x_train, x_val = x[:800], x[800:]\n"
    f"y_train, y_val = y[:800], y[800:]\n{FIT}print(model.evaluate(x[800:], y[800:]))\n",
    "saved": f"{SPLIT}np.save('held.npy', x_val)\n{FIT}",
    "that another fit validates on": f"{SPLIT}other = net()\nother.fit(x_train, y_train, epochs=9, "
    f"validation_data=(x_val, y_val))\n{FIT}",
    "with others, on which another fit validates": f"{TWICE}other = net()\nother.fit(x_train, "
    f"y_train, epochs=9, validation_data=(x_val, y_val))\n{FIT}",
    "with nearer ones that are scored": f"{TWICE}{FIT}print(model.evaluate(x_val, y_val))\n",
    "not scaled": f"{SPLIT}x_train = scaler.fit_transform(x_train)\n{FIT}",
    "scaled by themselves": f"{SPLIT}x_train = scaler.fit_transform(x_train)\n"
    f"x_val = scaler.fit_transform(x_val)\n{FIT}",
    "scaled with the others": f"x = scaler.fit_transform(x)\n{SPLIT}{FIT}",
    "resampled with the others": f"x, y = SMOTE().fit_resample(x, y)\n{SPLIT}{FIT}",
    "named later": "x_train, more, y_train, labels = train_test_split(x, y)\n"
    f"{FIT}x_val, y_val = more, labels\n",
    "named otherwise then": f"{SPLIT}{FIT}x_val = None\n",
    "no longer named": f"{SPLIT}del x_val\n{FIT}",
    "named at times": "x_train, y_train = x[:800], y[:800]\nif validate:\n"
    f"    x_val, y_val = x[800:], y[800:]\n{FIT}",
    "of another split": "x_train, x_val, y_other, y_val = train_test_split(x, y)\n"
    f"x_other, x_more, y_train, y_more = train_test_split(x, y)\n{FIT}",
    "of two parts": "x_train, rest, y_train, labels = train_test_split(x, y)\n"
    f"x_a, x_b, y_a, y_b = train_test_split(rest, labels)\n{FIT}",
    "partly trained on": "x_train, y_train = x[:800], y[:800]\n"
    f"x_val, y_val = x[700:], y[700:]\n{FIT}",
    "for a test": TESTED + FIT,
    "of what is not shown, for a test": f"x_train, x_test, y_train, y_test = load()\n{FIT}",
    "in another function": inside("main", FIT) + f"{SPLIT}main()\n",
    "at one of two calls": "def train(x_train, x_val, y_train, y_val):\n    model = net()\n"
    "    model.fit(x_train, y_train, epochs=9)\na, b, c, d = train_test_split(x, y)\ntrain(a, b, c, d)\n"
    "train(x, x, y, y)\n",
}


@pytest.mark.parametrize("text", NOT_SURE.values(), ids=NOT_SURE)
def test_rows_that_may_be_meant_for_something_else_are_not(text: str) -> None:
    found = lint_source(Source("train.py", HEAD + text), [RULE]).findings
    told = [each.fix.message for each in found if each.fix is not None]
    assert told and not any("holds them out" in each for each in told)
