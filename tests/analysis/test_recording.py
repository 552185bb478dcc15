"""The Recorder callback in real Keras trainings."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import overfitcheck
from overfitcheck.analysis.diagnosis import Verdict
from overfitcheck.errors import UserError

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 4)).astype("float32"), RNG.normal(size=40).astype("float32")


def fit(recorder: Any, *callbacks: Any, epochs: int = 6) -> Any:
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(1)]
    )
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    callbacks = (*([recorder] if recorder else []), *callbacks)
    return model.fit(
        X, Y, validation_split=0.5, epochs=epochs, verbose=0, callbacks=list(callbacks)
    )


def test_it_is_a_callback_and_records_what_keras_logs() -> None:
    recorder = overfitcheck.Recorder()
    assert isinstance(recorder, keras.callbacks.Callback)
    assert isinstance(recorder, overfitcheck.Recorder)
    kept = fit(recorder)
    (history,) = recorder.histories
    assert history.planned_epochs == 6
    assert history.epochs.index.tolist() == [1, 2, 3, 4, 5, 6]
    for name, values in kept.history.items():
        assert history.epochs[name].tolist() == values
    assert (history.epochs["learning_rate"] == 0.01).all()
    assert (history.epochs["seconds"] > 0).all()


def test_it_changes_nothing() -> None:
    with_it, without = fit(overfitcheck.Recorder()), fit(None)
    assert with_it.history == without.history


@pytest.mark.parametrize("first", [True, False])
def test_rates_are_those_an_epoch_was_trained_at(first: bool) -> None:
    recorder = overfitcheck.Recorder()
    plateau = keras.callbacks.ReduceLROnPlateau("loss", factor=0.1, patience=1, min_delta=100.0)
    given = [recorder, plateau] if first else [plateau, recorder]
    fit(None, *given)
    rates = recorder.histories[0].epochs["learning_rate"].tolist()
    assert rates == pytest.approx([0.01, 0.01, 0.001, 1e-4, 1e-5, 1e-6])


def test_its_diagnosis_is_of_the_last_fit() -> None:
    recorder = overfitcheck.Recorder()
    with pytest.raises(UserError, match="no epoch was recorded"):
        _ = recorder.diagnosis
    fit(recorder, epochs=3)
    assert recorder.diagnosis.verdict is Verdict.UNKNOWN
    fit(recorder, epochs=80)
    assert len(recorder.histories) == 2
    assert recorder.diagnosis.verdict is Verdict.OVERFITTING


def test_a_fit_that_dies_leaves_its_epochs(tmp_path: Path) -> None:
    class Dies(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if epoch == 5:
                raise RuntimeError("no more")

    recorder = overfitcheck.Recorder(tmp_path / "runs" / "1")
    with pytest.raises(RuntimeError, match="no more"):
        fit(recorder, Dies(), epochs=20)
    assert len(recorder.diagnosis.history.epochs) == 6
    assert len(overfitcheck.analyze(tmp_path / "runs" / "1").history.epochs) == 6


def test_its_folder_is_read_like_that_of_a_run(tmp_path: Path) -> None:
    recorder = overfitcheck.Recorder(tmp_path / "run")
    fit(recorder, epochs=30)
    read = overfitcheck.analyze(tmp_path / "run").history
    assert read.epochs["val_loss"].tolist() == recorder.histories[0].epochs["val_loss"].tolist()
    assert read.planned_epochs == 30
    fit(recorder, epochs=2)
    assert len(overfitcheck.analyze(tmp_path / "run", fit=2).history.epochs) == 2


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be made"):
        overfitcheck.Recorder(tmp_path / "file" / "run")


LEGACY = """
import numpy as np, overfitcheck, tf_keras
recorder = overfitcheck.Recorder()
assert isinstance(recorder, tf_keras.callbacks.Callback)
model = tf_keras.Sequential([tf_keras.layers.Dense(1, input_shape=(4,))])
model.compile("adam", "mse")
model.fit(np.zeros((8, 4)), np.zeros(8), epochs=2, verbose=0, callbacks=[recorder])
print(len(recorder.histories[0].epochs), recorder.histories[0].epochs["learning_rate"].iloc[0])
"""


def test_in_the_other_keras() -> None:
    environment = {**os.environ, "TF_USE_LEGACY_KERAS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-c", LEGACY], capture_output=True, text=True, env=environment
    )
    assert done.stdout.strip() == "2 0.001", done.stderr
