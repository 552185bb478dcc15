"""Two stories from end to end: what a report says of an imbalanced table, and of a leak."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from overfitcheck.cli.main import main

SCRIPTS = Path(__file__).parents[1] / "fixtures" / "scripts"


def story(script: str, folder: Path) -> tuple[dict[str, Any], str]:
    """The report of a run of a fixture script as JSON, and what the script printed."""
    program = f"import sys; from {main.__module__} import main; sys.exit(main())"
    words = [sys.executable, "-c", program, "run", str(SCRIPTS / script)]
    done = subprocess.run(
        [*words, "--report", "--device", "cpu"], cwd=folder, check=True, capture_output=True
    )
    (run_folder,) = (folder / "overfitcheck-runs").iterdir()
    report = json.loads((run_folder / "report.json").read_text(encoding="utf-8"))
    return report, done.stdout.decode()


def said(report: dict[str, Any], code: str) -> list[dict[str, Any]]:
    """The findings of a code that the run confirms."""
    return [
        finding
        for finding in report["findings"]
        if finding["code"] == code and finding["run"]["says"] == "confirmed"
    ]


@pytest.fixture(scope="module")
def imbalance(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    return story("screening_imbalanced.py", tmp_path_factory.mktemp("imbalance"))


@pytest.fixture(scope="module")
def leak(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    return story("fine_tuning_leak.py", tmp_path_factory.mktemp("leak"))


def test_the_run_turns_a_doubt_about_imbalance_into_a_warning(
    imbalance: tuple[dict[str, Any], str],
) -> None:
    report, printed = imbalance
    (finding,) = said(report, "OVF201")
    assert finding["level"] == "warning"
    assert "class 1 has 19 rows and class 0 has 201" in finding["run"]["message"]
    assert "0 of 9 ill people found" in printed


def test_the_leak_is_seen_in_the_rows(leak: tuple[dict[str, Any], str]) -> None:
    report, _ = leak
    overlaps = said(report, "OVF110")
    assert overlaps
    assert overlaps[0]["level"] == "error"
    # Both fits of the student, and not that of the teacher.
    assert sorted({fit for finding in overlaps for fit in finding["run"]["fits"]}) == [2, 3]


def test_the_leak_is_seen_in_the_text(leak: tuple[dict[str, Any], str]) -> None:
    report, _ = leak
    lines = (SCRIPTS / "fine_tuning_leak.py").read_text(encoding="utf-8").splitlines()
    found = [finding for finding in report["findings"] if finding["code"] == "OVF106"]
    assert found
    assert "train_test_split" in lines[found[0]["line"] - 1]
    assert "repeat" in found[0]["message"]


def test_the_fits_of_a_fine_tuning_are_told_apart(leak: tuple[dict[str, Any], str]) -> None:
    report, printed = leak
    assert [len(fit["epochs"]) for fit in report["fits"]] == [15, 12, 40]
    accuracy = [float(line.rpartition(" ")[2].rstrip("]")) for line in printed.splitlines()[-2:]]
    # What the leak hides: on images that were never seen the model is far worse.
    assert accuracy[0] - accuracy[1] > 0.1
