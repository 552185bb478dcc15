"""What a run says of rules: numbers that confirm or refute, costs, and silence where unseen."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from overfitcheck.analysis.diagnose import diagnose
from overfitcheck.finding import Evidence, Level, RunSays
from overfitcheck.history.history import History
from overfitcheck.history.observation import read_observations
from overfitcheck.linter import lint_source
from overfitcheck.report.evidence import meet
from overfitcheck.rule import load_rules
from overfitcheck.script.source import Source

SCRIPT = """
import keras
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=50, validation_data=(a, b))
model.predict(z)
"""

FALLING = [2.0 * 0.8**n + 0.01 for n in range(50)]
RISING = [abs(n - 18) * 0.02 + 0.5 for n in range(50)]
LEVEL = [0.8 * 0.8**n + 0.5 for n in range(50)]

CALL = {"observation": "call", "place": [{"path": "train.py", "line": 5, "function": "<module>"}]}
ARGUMENTS = {"observation": "arguments", "arguments": {"epochs": 50, "class_weight": None}}
BINARY = {**ARGUMENTS, "compiled": {"loss": "binary_crossentropy"}}
NO_CALLBACKS = {"observation": "callbacks", "callbacks": []}


def said(
    tmp_path: Path,
    validation: list[float],
    *entries: dict[str, object],
    text: str = SCRIPT,
    training: list[float] = FALLING,
    planned: int = 50,
):
    """Every finding of the script, met with a run that saw `entries`, by code."""
    lines = [json.dumps({"fit": 1, **entry}) + "\n" for entry in entries]
    (tmp_path / "observations.jsonl").write_text("".join(lines) + '{"fit": 1, "observ')
    frame = pd.DataFrame({"loss": training, "val_loss": validation, "seconds": 30.0})
    frame.index = pd.Index(range(1, 51), name="epoch")
    rules = list(load_rules().values())
    source = Source("train.py", text)
    met = meet(
        source,
        rules,
        lint_source(source, rules).findings,
        [diagnose(History("train.py", frame, planned, fit=1))],
        read_observations(tmp_path),
        on_gpu=True,
    )
    return {each.finding.code: each for each in reversed(met)}


def classes(ones: int, noughts: int) -> dict[str, object]:
    return {
        "observation": "training",
        "kind": "arrays",
        "samples": ones + noughts,
        "classes": {"0": noughts, "1": ones},
        "looked_at": "all labels",
    }


def overlap(rows: int, **other: int) -> dict[str, object]:
    numbers = {"rows": rows, "compared": 500, "distinct": 500, "repeated": 0, "trained": 900}
    return {"observation": "overlap", **numbers, **other, "looked_at": "all rows"}


def test_no_early_stopping_costs_the_epochs_after_the_best(tmp_path):
    met = said(tmp_path, RISING, CALL, NO_CALLBACKS)["OVF501"]
    assert met.says is RunSays.CONFIRMED
    assert met.finding.evidence is Evidence.BOTH
    assert "epoch 19" in met.message
    assert met.cost == (
        "31 of 50 epochs, 16 GPU-minutes after the best epoch; "
        "val_loss at the end 124% above the best"
    )
    assert met.fits == (1,)


def test_no_early_stopping_is_refuted_where_the_best_epoch_is_the_last(tmp_path):
    met = said(tmp_path, LEVEL, CALL, NO_CALLBACKS)["OVF501"]
    assert (met.says, met.cost) == (RunSays.REFUTED, "")


def test_no_early_stopping_is_not_observed_where_callbacks_were_not(tmp_path):
    assert said(tmp_path, RISING, CALL)["OVF501"].says is RunSays.NOT_OBSERVED


def test_a_fit_of_another_place_says_nothing_of_this_one(tmp_path):
    elsewhere = {**CALL, "place": [{"path": "other.py", "line": 5, "function": "f"}]}
    two = SCRIPT + "other.compile('adam', 'mse')\nother.fit(c, d, epochs=50)\n"
    assert said(tmp_path, RISING, elsewhere, NO_CALLBACKS, text=two)["OVF501"].says is (
        RunSays.NOT_OBSERVED
    )


@pytest.mark.parametrize(
    ("ones", "says", "level"),
    [
        (30, RunSays.CONFIRMED, Level.WARNING),
        (150, RunSays.CONFIRMED, Level.INFO),
        (500, RunSays.REFUTED, Level.INFO),
    ],
)
def test_imbalance_by_ratio(tmp_path, ones, says, level):
    met = said(tmp_path, LEVEL, CALL, BINARY, classes(ones, 900))["OVF201"]
    assert (met.says, met.finding.level) == (says, level)
    assert "900" in met.message


def test_imbalance_is_refuted_where_the_fit_was_given_weights(tmp_path):
    weighed = {**BINARY, "arguments": {"class_weight": {"0": 1, "1": 9}}}
    met = said(tmp_path, LEVEL, CALL, weighed, classes(30, 900))["OVF201"]
    assert met.says is RunSays.REFUTED
    assert "was given weights" in met.message


def test_overlap_is_a_finding_of_the_run_alone(tmp_path):
    met = said(tmp_path, LEVEL, CALL, overlap(40))["OVF110"]
    assert met.finding.evidence is Evidence.RUN
    assert met.finding.level is Level.ERROR
    assert met.finding.location.line == 5
    assert "40 of 500 validation rows (8.0%)" in met.message
    assert said(tmp_path, LEVEL, CALL, overlap(2))["OVF110"].finding.level is Level.INFO


@pytest.mark.parametrize(
    "other", [overlap(0), overlap(40, distinct=30), overlap(40, repeated=100)], ids=repr
)
def test_rows_that_repeat_anyhow_are_no_overlap(tmp_path, other):
    assert "OVF110" not in said(tmp_path, LEVEL, CALL, other)


def test_a_comment_silences_what_the_run_alone_shows(tmp_path):
    text = SCRIPT.replace("validation_data=(a, b))", "validation_data=(a, b))  # noqa: OVF110")
    assert "OVF110" not in said(tmp_path, LEVEL, CALL, overlap(40), text=text)


def test_overfitting_is_shown_by_the_run(tmp_path):
    met = said(tmp_path, RISING, CALL)["OVF904"]
    assert met.finding.level is Level.WARNING
    assert "124%" in met.message
    kept = {"observation": "end", "kept_epoch": 19}
    restored = said(tmp_path, RISING, CALL, kept)["OVF904"]
    assert restored.finding.level is Level.INFO
    assert "weights of epoch 19 were restored" in restored.message
    assert "OVF904" not in said(tmp_path, LEVEL, CALL)


def callback(
    name: str, *deeds: tuple[int, str], **settings: object
) -> tuple[dict[str, object], ...]:
    """A fit with one callback, and what that did."""
    given = {"observation": "callbacks", "callbacks": [{"name": name, "settings": settings}]}
    done = [
        {"observation": "deed", "callback": 0, "epoch": epoch, "deed": deed}
        for epoch, deed in deeds
    ]
    return CALL, given, *done


def kept(epoch: int) -> dict[str, object]:
    return {"observation": "end", "kept_epoch": epoch}


def test_a_stop_that_leaves_the_last_weights_costs_what_came_after_the_best(tmp_path):
    stop = callback("EarlyStopping", (50, "early_stop"), monitor="val_loss", patience=31)
    met = said(tmp_path, RISING, *stop, kept(50))["OVF502"]
    assert met.says is RunSays.CONFIRMED
    assert "124.0%" in met.message
    assert "OVF502" not in said(tmp_path, RISING, *stop, kept(19))


def test_the_last_weights_are_worse_than_the_best(tmp_path):
    met = said(tmp_path, RISING, CALL, NO_CALLBACKS, kept(50))["OVF801"]
    assert met.says is RunSays.CONFIRMED
    assert "epoch 19" in met.message
    assert "those are lost" in met.message
    assert said(tmp_path, LEVEL, CALL, NO_CALLBACKS, kept(50))["OVF801"].says is RunSays.REFUTED


def test_weights_that_a_checkpoint_of_every_epoch_has_are_not_lost(tmp_path):
    every = callback(
        "ModelCheckpoint", filepath="{epoch}.keras", save_freq="epoch", save_best_only=False
    )
    met = said(tmp_path, RISING, *every, kept(50))["OVF801"]
    assert met.says is RunSays.CONFIRMED
    assert "those are in the file of that epoch alone" in met.message


def test_a_monitor_that_stood_in_no_log(tmp_path):
    met = said(tmp_path, LEVEL, *callback("EarlyStopping", monitor="val_acc", patience=5))["OVF504"]
    assert (met.says, met.finding.evidence) == (RunSays.CONFIRMED, Evidence.RUN)
    assert "val_acc" in met.message
    assert "loss, val_loss" in met.message
    seen = callback("ModelCheckpoint", monitor="val_acc", save_best_only=False)
    assert "OVF504" not in said(tmp_path, LEVEL, *seen)


def test_a_patience_that_wastes_epochs(tmp_path):
    stop = callback("EarlyStopping", (50, "early_stop"), monitor="val_loss", patience=31)
    met = said(tmp_path, RISING, *stop)["OVF905"]
    assert met.message.endswith("EarlyStopping watches val_loss with a patience of 31")
    assert met.cost.startswith("31 of 50 epochs")
    assert "OVF905" not in said(tmp_path, LEVEL, *stop)
    assert "OVF905" not in said(tmp_path, RISING, CALL, NO_CALLBACKS)


def test_validation_better_than_training_names_its_harmless_causes(tmp_path):
    dropout = {"kind": "Dropout", "name": "d", "trainable": True, "settings": {"rate": 0.5}}
    layers = {"observation": "model", "layers": [dropout]}
    better = [value * 0.5 for value in FALLING]
    met = said(tmp_path, better, CALL, layers, overlap(40))["OVF910"]
    assert met.finding.level is Level.INFO
    assert "50 of 50 epochs: Dropout(0.5)" in met.message
    assert "40 of 500 validation rows" in met.message
    assert "OVF910" not in said(tmp_path, RISING, CALL, layers)


def test_a_plateau_that_no_reduction_followed(tmp_path):
    flat = [1.0 - 0.04 * min(n, 10) for n in range(50)]
    met = said(tmp_path, flat, CALL, NO_CALLBACKS, training=flat)["OVF701"]
    assert met.finding.level is Level.WARNING
    assert "last 16 of 50 epochs" in met.message
    reduced = callback("ReduceLROnPlateau", monitor="val_loss")
    assert "OVF701" not in said(tmp_path, flat, *reduced, training=flat)
    assert "OVF701" not in said(tmp_path, LEVEL, CALL, NO_CALLBACKS)


def test_a_training_that_ends_in_nan(tmp_path):
    broken = [*FALLING[:20], *[float("nan")] * 30]
    stop = callback("EarlyStopping", monitor="loss", patience=2)
    met = said(tmp_path, LEVEL, *stop, training=broken)["OVF907"]
    assert met.finding.level is Level.WARNING
    assert "EarlyStopping is no protection" in met.message


def test_a_loss_of_zero_is_an_untracked_metric(tmp_path):
    met = said(tmp_path, LEVEL, CALL, training=[0.0] * 50)["OVF511"]
    assert "all 50 epochs" in met.message
    assert "OVF511" not in said(tmp_path, LEVEL, CALL)


def test_data_that_ran_out(tmp_path):
    met = said(tmp_path, LEVEL, CALL, NO_CALLBACKS, kept(50), planned=80)["OVF509"]
    assert "50 of 80 epochs" in met.message
    stop = callback("EarlyStopping", monitor="val_loss", patience=2)
    assert "OVF509" not in said(tmp_path, LEVEL, *stop, kept(50), planned=80)
    ended = {"observation": "stopped", "epoch": 50}
    assert "OVF509" not in said(tmp_path, LEVEL, CALL, NO_CALLBACKS, ended, kept(50), planned=80)
    left = [*FALLING[:4], 0.0, *FALLING[5:]]
    empty = said(tmp_path, LEVEL, CALL, NO_CALLBACKS, kept(50), training=left)["OVF509"]
    assert "epoch 5 of 50: a loss of 0.0" in empty.message
    once = [0.5, *[float("nan")] * 49]
    assert "only epoch 1" in said(tmp_path, once, CALL, NO_CALLBACKS, kept(50))["OVF509"].message
