"""Modules of tests try things out: what is only suspicious elsewhere is meant there."""

import pytest

from overfitcheck.linter import lint_source
from overfitcheck.rule import load_rules
from overfitcheck.script.source import Source

HEAD = "import keras\n"


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("OVF602", "layer = keras.layers.Dense(8, kernel_regularizer=keras.regularizers.l2(0.5))"),
        ("OVF602", "layer = keras.layers.Dense(8, kernel_regularizer=keras.regularizers.l2(0.0))"),
        ("OVF303", "layer = keras.layers.Dropout(0.9)"),
        ("OVF601", 'layer = keras.layers.Dense(8, activity_regularizer="l2")'),
        ("OVF502", "model = keras.Sequential([keras.layers.Dense(1)])\n"
         "stop = keras.callbacks.EarlyStopping(monitor='loss', patience=3)\n"
         "model.fit(x, y, epochs=99, callbacks=[stop])\nmodel.predict(x)"),
    ],
)  # fmt: skip
def test_what_is_suspicious_is_said_of_scripts_alone(code: str, line: str) -> None:
    rules = [load_rules()[code]]
    assert lint_source(Source("train.py", HEAD + line), rules).findings
    assert not lint_source(Source("tests/dense_test.py", HEAD + line), rules).findings


def test_what_is_wrong_is_said_of_tests_too() -> None:
    text = HEAD + "layer = keras.layers.Dense(8, kernel_regularizer=keras.regularizers.l2(-0.5))"
    assert lint_source(Source("test_dense.py", text), [load_rules()["OVF602"]]).findings


@pytest.mark.parametrize(
    ("path", "more", "told"),
    [
        ("keras05_train_test.py", "", True),
        ("test_losses.py", "", True),
        ("keras05_train_test.py", "def test_fit():\n    model.fit(x, y)\n", False),
        ("test_losses.py", "import pytest\n", False),
        ("test/losses_test.py", "", False),
    ],
)
def test_a_script_that_trains_may_be_called_so(path: str, more: str, told: bool) -> None:
    text = f"{HEAD}{more}layer = keras.layers.Dropout(0.9)\n"
    assert bool(lint_source(Source(path, text), [load_rules()["OVF303"]]).findings) is told
