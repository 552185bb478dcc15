"""The recorded runs: listed, kept, reported, and told apart."""

from __future__ import annotations

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from overfitcheck.runner.runs import list_runs, prune

from .test_run_options import MAIN, OVERFITS, epochs_of, overfitcheck, run


def test_a_folder_without_runs_is_said_to_be_just_that(tmp_path):
    shown = overfitcheck(tmp_path, "runs", "nowhere")
    assert (shown.returncode, shown.stdout) == (0, "")
    assert "no runs" in shown.stderr


def test_a_folder_that_is_no_run_is_not_reported_and_stays_as_it_is(tmp_path):
    (tmp_path / "runs" / "other").mkdir(parents=True)
    done = overfitcheck(tmp_path, "report", "runs", "runs/other", "missing")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"overfitcheck: {name}: is no run folder; see: overfitcheck runs"
        for name in ("runs", "runs/other", "missing")
    ]
    assert [path.name for path in tmp_path.rglob("*")] == ["runs", "other"]


def described(folder: Path, name: str, **facts: object) -> None:
    (folder / name).mkdir()
    known = {"overfitcheck": "0", "script": "a.py", "started": name, "ended": name, "exit_code": 0}
    (folder / name / "run.json").write_text(json.dumps({**known, **facts}))


def test_the_oldest_runs_go_first_and_what_is_none_of_ours_or_goes_on_stays(tmp_path):
    for name in ("2024-01", "2024-02", "2024-03"):
        described(tmp_path, name)
    described(tmp_path, "2023-01", ended=None, process=os.getpid())
    described(tmp_path, "2023-02", ended=None, process=2**22 + 1)
    (tmp_path / "notes").mkdir()
    assert [r.status for r in list_runs(tmp_path)][-2:] == ["broken off", "running"]
    assert {path.name for path in prune(tmp_path, 2)} == {"2024-01", "2023-02"}
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"2024-02", "2024-03", "2023-01", "notes"}


def test_keep_deletes_older_runs_when_this_one_has_ended(tmp_path):
    (tmp_path / "train.py").write_text("")
    for _ in range(3):
        assert run(tmp_path, "train.py", "--keep", "2").returncode == 0
    assert len(list((tmp_path / "overfitcheck-runs").iterdir())) == 2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[tool.overfitcheck]\nkeep-runs = 2\n"),
        ("overfitcheck.toml", "keep-runs = 2\n"),
    ],
)
def test_how_many_runs_are_kept_may_stand_in_the_configuration(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    (tmp_path / "train.py").write_text("")
    (tmp_path / "overfitcheck-runs").mkdir()
    for month in ("2024-01", "2024-02", "2024-03"):
        described(tmp_path / "overfitcheck-runs", month)
    assert run(tmp_path, "train.py").returncode == 0
    assert len(list_runs(tmp_path / "overfitcheck-runs")) == 2
    assert run(tmp_path, "train.py", "--keep", "1").returncode == 0
    assert len(list_runs(tmp_path / "overfitcheck-runs")) == 1


@pytest.mark.parametrize("value", ["0", "true", "'all'", "2.5"])
def test_a_number_of_runs_that_is_none_is_said_before_the_training(tmp_path, value):
    (tmp_path / "overfitcheck.toml").write_text(f"keep-runs = {value}\n")
    (tmp_path / "train.py").write_text("print('trained')")
    done = run(tmp_path, "train.py")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("keep-runs has to be a whole number, 1 or more\n")
    assert done.stderr.count("\n") == 1


def test_runs_into_one_folder_at_one_time_keep_apart(tmp_path):
    (tmp_path / "train.py").write_text(OVERFITS)
    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(lambda _: run(tmp_path, "train.py", "--out", "runs"), range(4)))
    assert [each.returncode for each in done] == [0] * 4
    folders = list((tmp_path / "runs").iterdir())
    assert [len(epochs_of(folder)) for folder in folders] == [30] * 4
    assert {path.name for path in tmp_path.iterdir()} == {"runs", "train.py"}


def test_on_a_full_disk_nothing_is_started_and_nothing_left_behind(tmp_path):
    (tmp_path / "train.py").write_text("print('trained')")
    command = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    command += "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)); "
    done = subprocess.run(
        [MAIN[0], "-c", command + MAIN[2], "run", "train.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("choose another --out\n")
    assert done.stderr.count("\n") == 1
    assert list((tmp_path / "overfitcheck-runs").iterdir()) == []


RUNS_OUT_OF_MEMORY = """
import resource
import keras
class Hoards(keras.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 12:
            resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
            bytearray(2 << 30)
keras.Model().fit(epochs=99, callbacks=[Hoards()])
"""


def test_when_memory_runs_out_all_finished_epochs_are_reported(tmp_path):
    (tmp_path / "train.py").write_text(RUNS_OUT_OF_MEMORY)
    done = run(tmp_path, "train.py")
    assert done.returncode == 1
    assert "MemoryError" in done.stderr
    [made] = (tmp_path / "overfitcheck-runs").iterdir()
    assert len(epochs_of(made)) == 13
    assert overfitcheck(tmp_path, "report", str(made)).returncode == 0
    assert (made / "report.html").exists()
