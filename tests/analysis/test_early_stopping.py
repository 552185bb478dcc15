"""Replayed early stopping does what Keras's callback does."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import math
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overfitcheck.analysis.early_stopping import EarlyStopping, Stop, settings_from, stop_of
from overfitcheck.history.history import History


class Weights:
    """A model as far as the callback cares: its weights are the number of epochs trained."""

    def __init__(self) -> None:
        self.stop_training = False
        self.epochs = 0
        self.metrics: list[Any] = []

    def get_weights(self) -> int:
        return self.epochs

    def set_weights(self, weights: int) -> None:
        self.epochs = weights


def keras_stop(values: list[float], rules: EarlyStopping) -> Stop:
    """What the real callback does, fed with a history."""
    callback = keras.callbacks.EarlyStopping(
        monitor=rules.monitor,
        min_delta=rules.min_delta,
        patience=rules.patience,
        mode=rules.mode,
        baseline=rules.baseline,
        restore_best_weights=True,
        start_from_epoch=rules.start_from_epoch,
    )
    model = Weights()
    callback.set_model(model)
    callback.on_train_begin()
    last = 0
    for epoch, value in enumerate(values):
        model.epochs = last = epoch + 1
        callback.on_epoch_end(epoch, {rules.monitor: value, "loss": 1.0})
        if model.stop_training:
            break
    callback.on_train_end()
    return Stop(last, model.epochs, model.stop_training)


def history(values: list[float], monitor: str, loss: list[float] | None = None) -> History:
    frame = pd.DataFrame(
        {"loss": loss or [1.0] * len(values), monitor: values},
        index=pd.RangeIndex(1, len(values) + 1, name="epoch"),
        dtype=float,
    )
    return History("train.log", frame)


# Numbers that float32 tells apart, as Keras compares in it.
VALUES = st.lists(st.integers(0, 40).map(lambda n: n / 16), min_size=1, max_size=30)


@settings(max_examples=300)
@given(
    VALUES,
    st.integers(0, 6),
    st.sampled_from(["min", "max"]),
    st.sampled_from([0.0, 0.125, 0.5]),
    st.sampled_from([None, 0.5, 1.5]),
    st.integers(0, 4),
)
def test_as_keras(
    values: list[float], patience: int, mode: str, delta: float, baseline: float | None, start: int
) -> None:
    rules = EarlyStopping(patience, "val_loss", delta, mode, baseline, True, start)
    replayed, real = stop_of(history(values, "val_loss"), rules), keras_stop(values, rules)
    if len(values) <= start:
        assert replayed is None
    else:
        assert replayed == real


@pytest.mark.parametrize("mode", ["min", "max"])
def test_nan_is_never_an_improvement(mode: str) -> None:
    values = [0.5, 0.4, math.nan, math.nan, math.nan, 0.1]
    rules = EarlyStopping(2, "val_loss", mode=mode, restore_best_weights=True)
    replayed = stop_of(history(values, "val_loss", [1.0, 0.9, *[math.nan] * 4]), rules)
    assert replayed == keras_stop(values, rules)


def test_epochs_without_validation_do_not_count() -> None:
    values = [0.5, math.nan, 0.6, math.nan, 0.7, math.nan, 0.8]
    stop = stop_of(history(values, "val_loss"), EarlyStopping(2))
    assert stop == Stop(5, 1, True)


def test_the_direction_follows_from_the_metric() -> None:
    values = [0.5, 0.6, 0.7, 0.6, 0.5, 0.4]
    assert stop_of(history(values, "val_accuracy"), EarlyStopping(2, "val_accuracy")) == Stop(
        5, 3, True
    )
    assert stop_of(history(values, "val_foo"), EarlyStopping(2, "val_foo")) is None
    assert stop_of(history(values, "val_loss"), EarlyStopping(2, "val_accuracy")) is None


def test_epochs_are_counted_as_they_were_trained() -> None:
    frame = history([0.5, 0.6, 0.7], "val_loss").epochs
    frame.index = pd.Index([32, 33, 34], name="epoch")
    assert stop_of(History("resumed", frame), EarlyStopping(2)) == Stop(34, 32, True)


def test_settings_seen_in_a_run() -> None:
    seen = {
        "patience": 7,
        "monitor": "val_auc",
        "min_delta": -0.01,
        "mode": "max",
        "baseline": None,
    }
    assert settings_from(seen) == EarlyStopping(7, "val_auc", 0.01, "max")
    assert settings_from({"patience": "many"}) is None
    assert str(settings_from(seen)) == "EarlyStopping(monitor='val_auc', patience=7)"
    assert np.isfinite(settings_from({}).min_delta)  # type: ignore[union-attr]
