"""The Python API: from whatever is at hand of a training to its diagnosis."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest

import overfitcheck
from overfitcheck.analysis.diagnosis import Verdict
from overfitcheck.errors import UserError
from overfitcheck.history.history import History

LOG = Path(__file__).parents[2] / "fixtures" / "logs" / "fer2013_excerpt.log"
SCHEMA = (
    Path(overfitcheck.__file__).parent / "report" / "templates" / "report.schema.json"
).read_text(encoding="utf-8")

COLUMNS = {
    "loss": [0.9**n for n in range(30)],
    "val_loss": [1 + 0.003 * (n - 9) ** 2 for n in range(30)],
    "val_accuracy": [0.5 + 0.01 * n for n in range(30)],
}


def keras_history() -> Any:
    return SimpleNamespace(history=COLUMNS, epoch=list(range(30)), params={"epochs": 100})


@pytest.mark.parametrize(
    "source",
    [
        COLUMNS,
        {name: np.asarray(values) for name, values in COLUMNS.items()},
        {name: tuple(values) for name, values in COLUMNS.items()},
        pd.DataFrame(COLUMNS),
        pd.DataFrame(COLUMNS).rename_axis("epoch"),
        pd.DataFrame({"epoch": range(1, 31), **COLUMNS}),
        pd.DataFrame(COLUMNS, index=pd.RangeIndex(1, 31, name="epoch")),
        pd.DataFrame(COLUMNS).rename(columns={"val_accuracy": "note"}).assign(note="fine"),
        keras_history(),
    ],
    ids=["dict", "arrays", "tuples", "frame", "epochs from 0", "epoch column", "epochs from 1",
         "text beside", "keras"],
)  # fmt: skip
def test_what_can_be_analyzed(source: Any) -> None:
    found = overfitcheck.analyze(source)
    assert found.verdict is Verdict.OVERFITTING
    assert found.best["val_loss"].epoch == 10
    assert list(found.history.epochs.index) == list(range(1, 31))


def test_a_keras_history_knows_its_plan() -> None:
    assert overfitcheck.analyze(keras_history()).history.planned_epochs == 100


def test_a_history_and_a_path() -> None:
    from_path = overfitcheck.analyze(LOG)
    assert from_path.verdict is Verdict.OVERFITTING
    again = overfitcheck.analyze(from_path.history)
    assert isinstance(again, overfitcheck.Diagnosis)
    assert again.reason == from_path.reason
    assert overfitcheck.analyze(str(LOG)).reason == from_path.reason


def test_the_metric_to_judge_by_can_be_chosen() -> None:
    assert overfitcheck.analyze(COLUMNS, monitor="val_accuracy").verdict is Verdict.IMPROVING
    with pytest.raises(UserError, match="no metric 'val_auc'"):
        overfitcheck.analyze(COLUMNS, monitor="val_auc")
    with pytest.raises(UserError, match="no metric 'val_auc'"):
        overfitcheck.analyze(LOG, monitor="val_auc")


def test_one_of_several_fits_is_chosen(tmp_path: Path) -> None:
    log = tmp_path / "two.csv"
    lines = [f"{n},{1 / (n + 1)},{1 / (n + 1)}" for n in range(8)]
    log.write_text("\n".join(["epoch,loss,val_loss", *lines, *lines[:6]]) + "\n")
    assert len(overfitcheck.analyze(log, fit=2).history.epochs) == 6
    with pytest.raises(UserError, match="holds 2 fits; choose one with fit=1 to fit=2"):
        overfitcheck.analyze(log)
    with pytest.raises(UserError, match="no fit 3; it holds 2"):
        overfitcheck.analyze(log, fit=3)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({}, "holds no epoch"),
        ({"loss": []}, "holds no epoch"),
        ({"loss": 3.0}, "a list of numbers"),
        (pd.DataFrame({"loss": ["a", "b"]}), "holds no epoch"),
        (42, "a int holds no training history"),
        ("nowhere.csv", "no such file"),
    ],
)
def test_what_cannot_be_analyzed(source: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        overfitcheck.analyze(source)


def test_the_dictionary_keeps_the_schema_of_reports() -> None:
    fit = overfitcheck.analyze(LOG).to_dict()
    jsonschema.validate({"version": 1, "fits": [fit]}, json.loads(SCHEMA))
    json.dumps(fit, allow_nan=False)
    assert (fit["verdict"], fit["kind"], fit["monitor"]) == ("overfitting", "loss_only", "val_loss")
    assert fit["replays"][0]["kept"] == 33


def test_the_frame_marks_what_is_said_of_each_epoch() -> None:
    frame = overfitcheck.analyze(LOG).to_frame()
    assert frame.index[frame["is_best"]].tolist() == [33]
    assert frame.index[frame["after_onset"]].tolist() == [34, 35, 36, 37, 38]
    assert frame.index[frame["after_drop"]].tolist() == [36]
    assert frame.loc[35, "val_acc"] == 0.5311


def test_a_notebook_shows_verdict_numbers_and_curves() -> None:
    shown = overfitcheck.analyze(LOG)._repr_html_()
    assert "overfitting" in shown
    assert "3.7183 at epoch 33" in shown
    assert shown.count("<svg") == 1
    assert "<script" not in shown


def test_names_in_a_history_are_no_markup_in_a_notebook() -> None:
    frame = pd.DataFrame(COLUMNS).rename(columns={"val_accuracy": "val_<img src=x onerror=a>acc"})
    shown = overfitcheck.analyze(History("<b>x</b>", frame.rename_axis("epoch")))._repr_html_()
    assert "<img" not in shown
    assert "<b>x</b>" not in shown


def test_the_curves_are_a_figure() -> None:
    figure = overfitcheck.analyze(LOG).plot()
    assert [axes.get_ylabel() or axes.get_title(loc="left") for axes in figure.axes]
    assert len(figure.axes) == 2


def test_importing_stays_light() -> None:
    code = (
        "import sys, overfitcheck; dir(overfitcheck); "
        "print([n for n in ('pandas', 'scipy', 'matplotlib', 'keras', 'libcst') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    code = (
        f"import sys, overfitcheck; overfitcheck.analyze({str(LOG)!r}); "
        "print([n for n in ('scipy.stats', 'scipy.optimize', 'matplotlib', 'keras') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'analyse'"):
        overfitcheck.analyse  # noqa: B018
