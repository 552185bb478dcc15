"""Splits of rows: what is held out, what learns from rows, and what is split later."""

from textwrap import dedent

import pytest

from overfitcheck.linter import lint_source
from overfitcheck.rule import load_rules
from overfitcheck.script.fittings import fitted_learners
from overfitcheck.script.script import Script, read_script
from overfitcheck.script.source import Source
from overfitcheck.script.splits import comes_from_split, is_held_out, split_of, splits_in
from overfitcheck.script.values import Value

HEAD = """
import keras
import numpy as np
from sklearn.model_selection import KFold, train_test_split
from sklearn.preprocessing import LabelEncoder, StandardScaler
"""


def script(body: str) -> Script:
    return read_script(HEAD + dedent(body), "train.py")


def value(body: str, name: str) -> Value:
    found = script(body).walk.frame.look_up(name)
    assert found is not None
    return found


HELD_OUT = [
    "a, b, c, d = train_test_split(x, y)\nv = b",
    "a, b, c, d = train_test_split(x, y)\nv = d / 255.0",
    "(a, b), (c, d) = keras.datasets.mnist.load_data()\nv = np.expand_dims(c, -1)",
    "for train, test in KFold(5).split(x):\n    v = x[test]",
    "for number, (train, test) in enumerate(KFold(5).split(x)):\n    v = x[test]",
]

NOT_HELD_OUT = [
    "a, b, c, d = train_test_split(x, y)\nv = a",
    "v = load()",
    "(a, b), (c, d) = keras.datasets.mnist.load_data()\nv = a",
    "for train, test in KFold(5).split(x):\n    v = x[train]",
    "for train, test in pairs:\n    v = x[test]",
]


@pytest.mark.parametrize("body", HELD_OUT)
def test_held_out(body: str) -> None:
    assert is_held_out(value(body, "v"))


@pytest.mark.parametrize("body", NOT_HELD_OUT)
def test_not_surely_held_out(body: str) -> None:
    assert not is_held_out(value(body, "v"))


def test_the_split_that_rows_come_from() -> None:
    body = "a, b, c, d = train_test_split(x, y)\nv = scaler.transform(a)\nw = a[mask] + other"
    assert split_of(value(body, "v")) is not None
    assert split_of(value(body, "w")) is None
    assert comes_from_split(value(body, "w"))
    assert not comes_from_split(value("v = load()", "v"))


@pytest.mark.parametrize(
    ("body", "number"),
    [
        ("train_test_split(x, y)", 1),
        ("for a, b in KFold(3).split(x): pass", 1),
        ("text.split(',')", 0),
        ("m = keras.Sequential()\nm.fit(x, y, validation_split=0.2)", 1),
        ("m = keras.Sequential()\nm.fit(x, y, validation_split=0.2, validation_data=(u, v))", 0),
        ("m = keras.Sequential()\nm.fit(x, y, validation_split=share)", 0),
    ],
)
def test_splits(body: str, number: int) -> None:
    assert len(list(splits_in(script(body)))) == number


PREPARED = "    x = StandardScaler().fit_transform(raw)\n"

CACHED = {
    "loaded or prepared": "if os.path.exists('x.npy'):\n    x = np.load('x.npy')\nelse:\n"
    + PREPARED,
    "tried": f"try:\n    x = np.load('x.npy')\nexcept OSError:\n{PREPARED}",
    "returned": f"def rows():\n    if cached:\n        return np.load('x.npy')\n{PREPARED}    return x\n"
    "x = rows()\n",
    "saved, then loaded": f"if not os.path.exists('x.npy'):\n{PREPARED}    np.save('x.npy', x)\n"
    "x = np.load('x.npy')\n",
    "without an ending": f"if fresh:\n{PREPARED}    np.save(file='x', arr=x)\nx = np.load('x.npy')\n",
    "pickled": f"if fresh:\n{PREPARED}    with open('x', 'wb') as f:\n        pickle.dump(x, f)\n"
    "with open('x', 'rb') as f:\n    x = pickle.load(f)\n",
    "dumped with its labels": f"if fresh:\n{PREPARED}    joblib.dump((x, y), 'x')\n"
    "x, y = joblib.load('x')\n",
    "a scaler": "if fresh:\n    scaler = StandardScaler().fit(raw)\n    joblib.dump(scaler, 's')\n"
    "x = joblib.load('s').transform(raw)\n",
}

APART = {
    "another file": f"if fresh:\n{PREPARED}    np.save('x.npy', x)\nx = np.load('z.npy')\n",
    "an unknown file": f"if fresh:\n{PREPARED}    np.save(name, x)\nx = np.load('x.npy')\n",
    "overwritten": f"if fresh:\n{PREPARED}    np.save('x.npy', x)\nnp.save('x.npy', raw)\n"
    "x = np.load('x.npy')\n",
    "written in the other arm": f"if fresh:\n{PREPARED}    np.save('x.npy', x)\n    x = raw\nelse:\n"
    "    x = np.load('x.npy')\n",
}


def leaks(body: str) -> bool:
    head = "import joblib, os, pickle\n" + HEAD
    split = "a, b, c, d = train_test_split(x, y)\nmodel = keras.Sequential()\nmodel.fit(a, c)\n"
    source = Source("train.py", head + body + split)
    return bool(lint_source(source, [load_rules()["OVF105"]]).findings)


@pytest.mark.parametrize("body", CACHED.values(), ids=CACHED)
def test_prepared_rows_may_come_out_of_a_file(body: str) -> None:
    assert leaks(body)


@pytest.mark.parametrize("body", APART.values(), ids=APART)
def test_other_files_hold_other_rows(body: str) -> None:
    assert not leaks(body)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("StandardScaler().fit(x)", ["StandardScaler"]),
        ("s = StandardScaler()\nz = s.fit_transform(X=x)", ["StandardScaler"]),
        ("LabelEncoder().fit_transform(y)", []),
        ("n = keras.layers.Normalization()\nn.adapt(x)", ["Normalization"]),
        ("m = keras.Sequential()\nm.fit(x, y)", []),
    ],
)
def test_learners(body: str, names: list[str]) -> None:
    assert [learner.short_name for learner, _, _ in fitted_learners(script(body))] == names
