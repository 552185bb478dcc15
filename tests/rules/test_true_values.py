"""Flags of callbacks: Keras asks whether they count as true, not whether they are True."""

import pytest

from overfitcheck.linter import lint_source
from overfitcheck.rule import load_rules
from overfitcheck.script.source import Source

CHECKPOINT = "ModelCheckpoint('best.keras', monitor='accuracy', save_best_only={})"

STOPPER = "EarlyStopping(patience=5, restore_best_weights={})"

SCRIPT = """
import keras
from keras.callbacks import EarlyStopping, ModelCheckpoint
model = keras.Sequential([keras.layers.Dense(3)])
model.compile("adam", "mse", metrics=["accuracy"])
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[{}])
model.predict(x_test)
"""


def found(callback: str) -> set[str]:
    rules = [load_rules()[code] for code in ("OVF502", "OVF503", "OVF801")]
    return {
        each.code for each in lint_source(Source("t.py", SCRIPT.format(callback)), rules).findings
    }


@pytest.mark.parametrize("true", ["True", "1", "'True'", "'auto'"])
def test_what_counts_as_true(true: str) -> None:
    assert found(CHECKPOINT.format(true)) == {"OVF503"}
    assert found(STOPPER.format(true)) == set()


@pytest.mark.parametrize("false", ["False", "0", "None", "''"])
def test_what_counts_as_false(false: str) -> None:
    assert found(CHECKPOINT.format(false)) == {"OVF801"}
    assert found(STOPPER.format(false)) == {"OVF502"}
