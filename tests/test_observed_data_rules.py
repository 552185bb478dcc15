"""What a run says of the rules on splits, imbalance and dropout."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from overfitcheck.analysis.diagnose import diagnose
from overfitcheck.config import Config
from overfitcheck.finding import Level, RunSays
from overfitcheck.history.history import History
from overfitcheck.history.observation import read_observations
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import load_rules
from overfitcheck.script.script import read_script
from overfitcheck.selection import choose_rules

FALLING = [2.0 * 0.8**n + 0.01 for n in range(50)]
RISING = [abs(n - 18) * 0.02 + 0.5 for n in range(50)]

SCRIPT = """
import keras
model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=50{})
"""


def outcome(
    code: str,
    tmp_path: Path,
    *entries: dict[str, object],
    validation: list[float] | None = None,
    extra: str = "",
) -> Outcome | None:
    """What the rule says of a fit of which a run has seen `entries`."""
    lines = [json.dumps({"fit": 1, **entry}) + "\n" for entry in entries]
    (tmp_path / "observations.jsonl").write_text("".join(lines))
    columns: dict[str, object] = {"loss": FALLING, "seconds": 1.0}
    if validation is not None:
        columns["val_loss"] = validation
    frame = pd.DataFrame(columns, index=pd.Index(range(1, 51), name="epoch"))
    script = read_script(SCRIPT.format(extra), "train.py")
    seen = ObservedFit(
        diagnose(History("train.py", frame, 50, fit=1)),
        read_observations(tmp_path).get(1),
        script.fits[0],
    )
    return load_rules()[code].outcome(seen)


def said(found: Outcome | None) -> RunSays | None:
    return found.says if found is not None else None


IDENTICAL = {"observation": "same_data", "validation_is_training": True}


def arguments(**given: object) -> dict[str, object]:
    return {"observation": "arguments", "arguments": {"epochs": 50, **given}}


def data(which: str, **classes: int) -> dict[str, object]:
    counts = {name.strip("_"): count for name, count in classes.items()}
    return {
        "observation": which,
        "kind": "arrays",
        "samples": sum(classes.values()),
        "classes": counts,
        "looked_at": "all labels",
    }


def test_epochs_that_nothing_validated(tmp_path: Path) -> None:
    assert said(outcome("OVF101", tmp_path, arguments())) is RunSays.CONFIRMED
    assert said(outcome("OVF101", tmp_path, arguments(), validation=RISING)) is RunSays.REFUTED
    assert outcome("OVF101", tmp_path) is None


def evaluated(**same: list[int]) -> dict[str, object]:
    none: dict[str, object] = {"same_as_validation_of": [], "same_as_training_of": []}
    return {"observation": "evaluated", "results": {"loss": 0.5}, "place": [], **none, **same}


@pytest.mark.parametrize(
    ("evaluations", "says"),
    [
        ([evaluated(same_as_validation_of=[1])], RunSays.CONFIRMED),
        ([evaluated(same_as_validation_of=[1]), evaluated()], RunSays.REFUTED),
        ([evaluated(same_as_training_of=[1])], None),
        ([], None),
    ],
)
def test_scored_on_validation(
    tmp_path: Path, evaluations: list[dict[str, object]], says: RunSays | None
) -> None:
    assert said(outcome("OVF102", tmp_path, arguments(), *evaluations, validation=RISING)) is says


def test_of_rows_that_are_trained_on_another_rule_tells(tmp_path: Path) -> None:
    entries = (
        arguments(),
        IDENTICAL,
        evaluated(same_as_validation_of=[1], same_as_training_of=[1]),
    )
    assert outcome("OVF102", tmp_path, *entries, validation=RISING) is None
    assert said(outcome("OVF103", tmp_path, *entries, validation=RISING)) is RunSays.CONFIRMED


HALVES = {"validation_split": 0.2}


@pytest.mark.parametrize(
    ("head", "tail", "says"),
    [
        ({"_0": 400, "_1": 400}, {"_0": 100, "_1": 100}, RunSays.REFUTED),
        ({"_0": 500, "_1": 300}, {"_1": 200}, RunSays.CONFIRMED),
        ({"_0": 800}, {"_1": 200}, RunSays.CONFIRMED),
        ({"_0": 40, "_1": 40}, {"_0": 3, "_1": 17}, None),
    ],
)
def test_the_tail_that_validation_split_holds_out(
    tmp_path: Path, head: dict[str, int], tail: dict[str, int], says: RunSays | None
) -> None:
    entries = (arguments(**HALVES), data("training", **head), data("validation", **tail))
    found = outcome("OVF109", tmp_path, *entries, validation=RISING)
    assert said(found) is says
    if found is not None and says is RunSays.CONFIRMED:
        assert found.level is Level.WARNING
        assert "20%" in found.message


@pytest.mark.parametrize(
    ("tail", "says"),
    [
        ([12.0, 15.0, 19.0], RunSays.CONFIRMED),
        ([0.1, 5.2, 9.0], RunSays.REFUTED),
        ([2.0, 8.0, 9.5], None),
    ],
)
def test_the_numbers_in_the_tail(tmp_path: Path, tail: list[float], says: RunSays | None) -> None:
    numbers = {"kind": "arrays", "samples": 200, "looked_at": "all"}
    entries = (
        arguments(**HALVES),
        {"observation": "training", **numbers, "spread": [0.0, 5.0, 10.0]},
        {"observation": "validation", **numbers, "spread": tail},
    )
    found = outcome("OVF109", tmp_path, *entries, validation=RISING)
    assert said(found) is says
    if says is RunSays.CONFIRMED:
        assert found is not None
        assert "last 20%" in found.message
        assert "above 10" in found.message


def test_a_validation_set_of_its_own_is_no_tail(tmp_path: Path) -> None:
    entries = (
        arguments(validation_split=0.2, validation_data="tuple"),
        data("training", _0=400),
        data("validation", _1=100),
    )
    assert outcome("OVF109", tmp_path, *entries) is None


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ({"0": 1, "1": 9}, RunSays.REFUTED),
        ({"0.0": 1, "1.0": 9}, RunSays.REFUTED),
        ({"1": 1, "2": 9}, RunSays.CONFIRMED),
        (None, None),
    ],
)
def test_classes_without_a_weight(
    tmp_path: Path, weights: dict[str, int] | None, says: RunSays | None
) -> None:
    entries = (arguments(class_weight=weights), data("training", _0=900, _1=100))
    found = outcome("OVF203", tmp_path, *entries)
    assert said(found) is says
    if says is RunSays.CONFIRMED:
        assert found is not None
        assert "class 0 (900 rows)" in found.message


def model(*layers: dict[str, object]) -> dict[str, object]:
    known = [{"name": "", "trainable": True, "settings": {}, **layer} for layer in layers]
    return {"observation": "model", "layers": known, "parameters": 9}


NO_CALLBACKS: dict[str, object] = {"observation": "callbacks", "callbacks": []}


@pytest.mark.parametrize(
    ("layers", "says"),
    [
        ([{"kind": "Dense"}, {"kind": "Dense"}], RunSays.CONFIRMED),
        ([{"kind": "Dense"}, {"kind": "Dropout", "settings": {"rate": 0.5}}], None),
        ([{"kind": "Dense", "settings": {"kernel_regularizer": "L2"}}], None),
        ([{"kind": "Conv2D", "trainable": False}, {"kind": "Dense"}], None),
        ([{"kind": "RandomFlip"}, {"kind": "Dense"}], None),
    ],
)
def test_overfitting_that_nothing_restrained(
    tmp_path: Path, layers: list[dict[str, object]], says: RunSays | None
) -> None:
    entries = (arguments(), model(*layers), NO_CALLBACKS)
    assert said(outcome("OVF301", tmp_path, *entries, validation=RISING)) is says
    assert outcome("OVF301", tmp_path, *entries, validation=FALLING) is None


def test_same_rows(tmp_path: Path) -> None:
    overlap = {"rows": 0, "compared": 500, "distinct": 500, "repeated": 0, "trained": 900}
    apart = {"observation": "overlap", **overlap, "looked_at": "all rows"}
    assert said(outcome("OVF103", tmp_path, arguments(), apart)) is RunSays.REFUTED
    assert said(outcome("OVF103", tmp_path, arguments(), IDENTICAL)) is RunSays.CONFIRMED


def test_opt_in_rules_that_a_run_decides_need_no_asking() -> None:
    rules = load_rules()
    of_text = {rule.code for rule in choose_rules(rules, Config())}
    of_run = {rule.code for rule in choose_rules(rules, Config(), of_run=True)}
    assert {"OVF109", "OVF301"} <= of_run - of_text
    assert "OVF304" not in of_run
