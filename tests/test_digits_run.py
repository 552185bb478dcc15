"""The main job from end to end: the digits are run, recorded, judged, and left as they were."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from overfitcheck.cli.main import main

SCRIPT = Path(__file__).parents[1] / "fixtures" / "scripts" / "digits_overfits.py"


def digest(weights: Path) -> list[str]:
    """A hash of every array in a weights file; the file itself also holds times."""
    h5py = importlib.import_module("h5py")
    found: list[str] = []

    def add(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found.append(f"{name} {hashlib.sha256(item[()].tobytes()).hexdigest()}")

    with h5py.File(weights) as file:
        file.visititems(add)
    return sorted(found)


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the script was run with overfitcheck, and then without."""
    folder = tmp_path_factory.mktemp("digits")
    program = f"import sys; from {main.__module__} import main; sys.exit(main())"
    watched = [sys.executable, "-c", program, "run", str(SCRIPT), "--report", "--device", "cpu"]
    subprocess.run([*watched, "--", "watched.weights.h5"], cwd=folder, check=True)
    plain = [sys.executable, str(SCRIPT), "plain.weights.h5"]
    without_gpu = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1"}
    subprocess.run(plain, cwd=folder, check=True, env=without_gpu)
    return folder


@pytest.fixture(scope="module")
def run_folder(workplace: Path) -> Path:
    (folder,) = (workplace / "overfitcheck-runs").iterdir()
    return folder


def test_the_weights_are_the_same_bit_for_bit(workplace: Path) -> None:
    watched = digest(workplace / "watched.weights.h5")
    assert len(watched) >= 8
    assert watched == digest(workplace / "plain.weights.h5")


def test_the_run_overfits_where_its_validation_loss_turns(run_folder: Path) -> None:
    (fit,) = json.loads((run_folder / "report.json").read_text())["fits"]
    losses = {each["epoch"]: each["val_loss"] for each in fit["epochs"]}
    assert len(losses) == 60
    assert fit["verdict"] == "overfitting"
    best = min(losses, key=lambda epoch: losses[epoch])
    assert fit["best"]["val_loss"]["epoch"] == best
    assert fit["onset"]["low"] <= best <= fit["onset"]["high"]
    assert 5 <= fit["onset"]["epoch"] <= 15
    assert fit["waste"]["epochs"] == 60 - best


def test_every_reduction_that_keras_announced_is_a_drop(run_folder: Path) -> None:
    (fit,) = json.loads((run_folder / "report.json").read_text())["fits"]
    announced = [
        int(line.split()[1].rstrip(":"))
        for line in (run_folder / "output.log").read_text().splitlines()
        if "ReduceLROnPlateau reducing" in line
    ]
    assert announced
    assert [drop["epoch"] for drop in fit["drops"]] == announced
    assert fit["drops"][0]["from"] == pytest.approx(0.0004)
    assert fit["drops"][0]["to"] == pytest.approx(0.00012)


def test_the_report_has_a_page_and_curves(run_folder: Path) -> None:
    names = {file.name for file in run_folder.iterdir()}
    assert {"report.html", "report.json", "curves.png", "curves.svg"} <= names
