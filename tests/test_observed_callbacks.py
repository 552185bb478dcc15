"""What a run says of rules on callbacks: which epoch each chose, and what the model ended with."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from overfitcheck.analysis.diagnose import diagnose
from overfitcheck.finding import RunSays
from overfitcheck.history.history import History
from overfitcheck.history.observation import read_observations
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import load_rules
from overfitcheck.script.script import read_script

EPOCHS = 30

FALLING = [2.0 * 0.8**n + 0.01 for n in range(EPOCHS)]
RISING = [abs(n - 9) * 0.02 + 0.5 for n in range(EPOCHS)]
"""The best epoch is the tenth."""
ACCURACY = [0.9 - abs(n - 9) * 0.01 for n in range(EPOCHS)]

SCRIPT = """
import keras
model = keras.Sequential([keras.layers.Conv2D(8, 3), keras.layers.Dense(10)])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=30, validation_data=(a, b), callbacks=callbacks)
"""

USED = SCRIPT + "model.evaluate(c, d)\n"


def outcome(
    code: str, tmp_path: Path, *entries: dict[str, object], text: str = USED, planned: int = EPOCHS
) -> Outcome | None:
    """What a rule says of a fit whose best epoch is the tenth of thirty."""
    lines = [json.dumps({"fit": 1, **entry}) + "\n" for entry in entries]
    (tmp_path / "observations.jsonl").write_text("".join(lines))
    columns = {"loss": FALLING, "val_loss": RISING, "accuracy": FALLING, "val_accuracy": ACCURACY}
    frame = pd.DataFrame(columns, index=pd.Index(range(1, EPOCHS + 1), name="epoch"))
    seen = ObservedFit(
        diagnose(History("train.py", frame, planned, fit=1)),
        read_observations(tmp_path).get(1),
        read_script(text, "train.py").fits[0],
    )
    return load_rules()[code].outcome(seen)


def said(found: Outcome | None) -> RunSays | None:
    return found.says if found is not None else None


def given(name: str, **settings: object) -> dict[str, object]:
    return {"observation": "callbacks", "callbacks": [{"name": name, "settings": settings}]}


def deed(epoch: int, what: str, value: float | None = None) -> dict[str, object]:
    return {
        "observation": "deed",
        "callback": 0,
        "epoch": epoch,
        "deed": what,
        "value": value,
    }


def kept(epoch: int) -> dict[str, object]:
    return {"observation": "end", "kept_epoch": epoch}


def best(monitor: str) -> dict[str, object]:
    return given("ModelCheckpoint", monitor=monitor, save_best_only=True)


def stop(**settings: object) -> dict[str, object]:
    return given("EarlyStopping", **{"monitor": "val_loss", "patience": 5, **settings})


@pytest.mark.parametrize(
    ("entries", "says", "told"),
    [
        ([stop(monitor="loss"), kept(30)], RunSays.CONFIRMED, "epoch 30, whose val_loss is 80.0%"),
        ([stop(monitor="loss"), kept(10)], RunSays.REFUTED, "near the best"),
        ([stop(), kept(30)], None, ""),
        ([stop(monitor="loss")], None, ""),
        ([best("accuracy"), deed(1, "checkpoint_saved", 2.0)], RunSays.CONFIRMED, "saved epoch 1,"),
        ([best("accuracy"), deed(10, "checkpoint_saved", 2.0)], RunSays.REFUTED, "saved epoch 10"),
        ([best("accuracy")], None, ""),
    ],
)
def test_what_watches_a_training_metric(
    tmp_path: Path, entries: list[dict[str, object]], says: RunSays | None, told: str
) -> None:
    found = outcome("OVF503", tmp_path, *entries)
    assert said(found) is says
    assert found is None or told in found.message


@pytest.mark.parametrize(
    ("entries", "says", "told"),
    [
        (
            [best("val_accuracy"), deed(1, "checkpoint_saved"), deed(30, "checkpoint_saved")],
            RunSays.CONFIRMED,
            "epoch 30 for the best, with a val_accuracy of 0.7, the worst of all; the best was 0.9",
        ),
        ([best("val_accuracy"), deed(10, "checkpoint_saved")], RunSays.REFUTED, "epoch 10"),
        ([best("val_accuracy"), deed(12, "checkpoint_saved")], None, ""),
        (
            [stop(monitor="val_accuracy"), deed(30, "weights_restored", 10)],
            RunSays.REFUTED,
            "epoch 10",
        ),
        (
            [stop(monitor="val_loss", patience=5), deed(15, "early_stop")],
            RunSays.REFUTED,
            "epoch 10",
        ),
        ([stop(monitor="val_score"), deed(15, "early_stop")], None, ""),
        ([stop()], None, ""),
    ],
)
def test_which_epoch_is_taken_for_the_best(
    tmp_path: Path, entries: list[dict[str, object]], says: RunSays | None, told: str
) -> None:
    found = outcome("OVF505", tmp_path, *entries)
    assert said(found) is says
    assert found is None or told in found.message


@pytest.mark.parametrize(
    ("entries", "says", "told"),
    [
        ([stop(patience=29)], RunSays.CONFIRMED, "after 30 epochs at the earliest, and 30"),
        (
            [stop(patience=29, restore_best_weights=True)],
            RunSays.CONFIRMED,
            "the best weights were not restored either",
        ),
        (
            [stop(patience=29, restore_best_weights=True), deed(30, "weights_restored", 10)],
            RunSays.REFUTED,
            "restored",
        ),
        ([stop(patience=20, start_from_epoch=10)], RunSays.CONFIRMED, "after 31 epochs"),
        ([stop(patience=20)], RunSays.REFUTED, "could have stopped after 21 of 30"),
        ([stop(patience=5), deed(30, "early_stop")], RunSays.REFUTED, "stopped the fit"),
        ([stop(patience="patience")], None, ""),
    ],
)
def test_a_patience_that_cannot_run_out(
    tmp_path: Path, entries: list[dict[str, object]], says: RunSays | None, told: str
) -> None:
    found = outcome("OVF506", tmp_path, *entries)
    assert said(found) is says
    assert found is None or told in found.message


@pytest.mark.parametrize(
    ("entries", "text", "says"),
    [
        ([deed(10, "checkpoint_saved"), kept(30)], USED, RunSays.CONFIRMED),
        ([deed(10, "checkpoint_saved"), kept(30)], SCRIPT, None),
        ([deed(10, "checkpoint_saved"), kept(30)], SCRIPT + "model.load_weights(p)\n", None),
        ([deed(30, "checkpoint_saved"), kept(30)], USED, RunSays.REFUTED),
        (
            [deed(10, "checkpoint_saved"), deed(30, "weights_restored", 9), kept(9)],
            USED,
            RunSays.REFUTED,
        ),
        ([deed(10, "checkpoint_saved")], USED, None),
        ([kept(30)], USED, None),
    ],
)
def test_weights_that_the_file_holds_and_the_model_has_not(
    tmp_path: Path, entries: list[dict[str, object]], text: str, says: RunSays | None
) -> None:
    found = outcome("OVF803", tmp_path, best("val_loss"), *entries, text=text)
    assert said(found) is says
    if says is RunSays.CONFIRMED:
        assert found is not None
        assert "epoch 10 (val_loss 0.5)" in found.message
        assert "epoch 30 (val_loss 0.9)" in found.message


def images(kind: str = "arrays", **classes: int) -> dict[str, object]:
    counts = {name.strip("_"): count for name, count in classes.items()}
    return {
        "observation": "training",
        "kind": kind,
        "samples": 500,
        "classes": counts,
        "looked_at": "all labels",
    }


def model(*kinds: str) -> dict[str, object]:
    layers = [{"kind": kind, "name": "", "trainable": True, "settings": {}} for kind in kinds]
    return {"observation": "model", "layers": layers, "parameters": 9}


@pytest.mark.parametrize(
    ("entries", "text", "says"),
    [
        ([images(), model("Conv2D", "Dense")], USED, RunSays.CONFIRMED),
        ([images(), model("RandomFlip", "Conv2D", "Dense")], USED, None),
        ([images("dataset"), model("Conv2D", "Dense")], USED, None),
        ([images(), model("Dense", "Dense")], USED, None),
        ([images(), model("Conv2D")], USED.replace("fit(x,", "fit(spectrograms,"), None),
        ([model("Conv2D")], USED, None),
    ],
)
def test_overfitting_on_the_same_images(
    tmp_path: Path, entries: list[dict[str, object]], text: str, says: RunSays | None
) -> None:
    found = outcome("OVF401", tmp_path, *entries, text=text)
    assert said(found) is says
    assert found is None or "500 images unchanged" in found.message


@pytest.mark.parametrize(
    ("entries", "text", "says"),
    [
        ([images(_0=900, _1=30)], USED, RunSays.CONFIRMED),
        ([images(_0=900, _1=600)], USED, RunSays.REFUTED),
        (
            [images(_0=900, _1=30)],
            USED + "from sklearn.metrics import f1_score\nf1_score(u, v)\n",
            None,
        ),
        ([images()], USED, None),
        ([], USED, None),
    ],
)
def test_accuracy_of_uneven_classes(
    tmp_path: Path, entries: list[dict[str, object]], text: str, says: RunSays | None
) -> None:
    text = text.replace(", callbacks=callbacks", "")
    found = outcome("OVF205", tmp_path, *entries, text=text)
    assert said(found) is says
    if says is RunSays.CONFIRMED:
        assert found is not None
        assert "right 96.8% of the time" in found.message
