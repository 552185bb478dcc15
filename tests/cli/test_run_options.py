"""What `overfitcheck run` does beyond running: modules, notebooks, live judgement, trackers, runs.

The scripts train with the small Keras of the recorder's tests, which imports in no time and
overfits from epoch 10 on.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from overfitcheck.errors import UserError
from overfitcheck.report.run_report import gather_report
from overfitcheck.report.trackers import log_to

MAIN = [sys.executable, "-c", "from overfitcheck.cli.main import main; main()"]
TINY_KERAS = Path(__file__).parent.parent / "recorder" / "tiny_keras"

OVERFITS = """
import keras
print(keras.Model().fit(epochs=30, seconds=0.002)[-1])
"""


def overfitcheck(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(TINY_KERAS), "MPLBACKEND": "agg", **variables}
    return subprocess.run(
        [*MAIN, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def run(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return overfitcheck(folder, "run", *words, **variables)


def only_run(folder: Path) -> Path:
    [made] = (folder / "overfitcheck-runs").iterdir()
    return made


def epochs_of(run_folder: Path) -> list[tuple[int, int]]:
    lines = (run_folder / "epochs.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    return [(e["fit"], e["epoch"]) for e in events if e["event"] == "epoch"]


@pytest.fixture(scope="module")
def overfitted(tmp_path_factory):
    """A run that overfits, with everything that is made of it."""
    folder = tmp_path_factory.mktemp("overfitted")
    (folder / "package").mkdir()
    (folder / "package" / "train.py").write_text(OVERFITS)
    summary = folder / "summary.md"
    done = run(folder, "-m", "package.train", "--report", GITHUB_STEP_SUMMARY=str(summary))
    return folder, done


def test_a_module_runs_and_its_text_is_read(overfitted):
    folder, done = overfitted
    assert (done.returncode, done.stdout) == (0, f"{1 / 30}\n")
    described = json.loads((only_run(folder) / "run.json").read_text())
    assert described["script"] == str(Path("package") / "train.py")
    assert described["module"] == "package.train"
    assert len(epochs_of(only_run(folder))) == 30


def test_the_run_confirms_what_the_text_fears(overfitted):
    folder, _ = overfitted
    report = json.loads((only_run(folder) / "report.json").read_text())
    said = {finding["code"]: finding for finding in report["findings"]}
    assert "OVF904" in said


def test_a_github_job_gets_its_summary(overfitted):
    folder, _ = overfitted
    assert "overfit" in (folder / "summary.md").read_text()


def test_runs_are_listed(overfitted):
    folder, _ = overfitted
    shown = overfitcheck(folder, "runs")
    assert shown.returncode == 0
    assert "30" in shown.stdout
    [told] = json.loads(overfitcheck(folder, "runs", "--format", "json").stdout)
    assert (told["fits"], told["epochs"], told["status"], told["exit_code"]) == (1, 30, "ended", 0)


def test_a_worker_of_a_distributed_training_says_who_records(tmp_path):
    (tmp_path / "train.py").write_text(OVERFITS)
    done = run(tmp_path, "train.py", RANK="1")
    assert (done.returncode, bool(done.stdout)) == (0, True)
    assert "only the chief's fits are recorded" in done.stderr.splitlines()[0]
    assert not (only_run(tmp_path) / "epochs.jsonl").exists()


GENERATES = """
import keras, numpy
def batches():
    while True:
        yield numpy.zeros((10, 2)), numpy.arange(10) % 5 == 0
keras.Model().fit(batches(), epochs=9, steps_per_epoch=4)
"""


def test_the_report_says_what_was_looked_at(tmp_path):
    (tmp_path / "train.py").write_text(GENERATES)
    assert run(tmp_path, "train.py", "--report").returncode == 0
    told = (only_run(tmp_path) / "report.md").read_text()
    assert (
        "40 rows (generator); class False: 32, class True: 8 (4 to 1); "
        "looked at the 4 batches drawn in the first epoch"
    ) in told


def test_stop_after_onset_ends_the_fit_through_keras(tmp_path):
    (tmp_path / "train.py").write_text(OVERFITS.replace("epochs=30", "epochs=200"))
    done = run(tmp_path, "train.py", "--stop-after-onset", "8")
    assert done.returncode == 0
    epochs = epochs_of(only_run(tmp_path))
    assert 17 <= len(epochs) < 60
    assert done.stdout == f"{1 / len(epochs)}\n"
    last = (only_run(tmp_path) / "epochs.jsonl").read_text().splitlines()[-1]
    assert json.loads(last)["stopped"] is True
    [judged] = gather_report(only_run(tmp_path)).diagnoses
    assert "--stop-after-onset ended the fit" in judged.history.notes


def test_live_says_below_the_output_when_overfitting_is_suspected(tmp_path):
    (tmp_path / "train.py").write_text(OVERFITS.replace("0.002", "0.1"))
    shown = in_terminal([*MAIN, "run", "train.py", "--live"], tmp_path)
    assert "overfitcheck: overfitting since epoch 10, best val_loss 0.5 in epoch 10" in shown
    assert "\x1b[17;1H" in shown
    assert shown.count("\x1b7") == shown.count("\x1b8")
    assert "overfitting" not in (only_run(tmp_path) / "output.log").read_text()


def test_live_says_nothing_where_there_is_no_terminal(tmp_path):
    (tmp_path / "train.py").write_text(OVERFITS)
    done = run(tmp_path, "train.py", "--live")
    assert "\x1b" not in done.stdout + done.stderr


def in_terminal(words: list[str], folder: Path) -> str:
    """What a command shows in a terminal of 100 columns and 17 lines."""
    import fcntl
    import struct
    import termios

    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 17, 100, 0, 0))
    environment = {**os.environ, "PYTHONPATH": str(TINY_KERAS)}
    process = subprocess.Popen(
        words, cwd=folder, env=environment, stdin=slave, stdout=slave, stderr=slave
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            data = os.read(master, 65536)
        except OSError:
            break
        shown += data
    process.wait()
    os.close(master)
    return shown.decode()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["broken.ipynb"], "broken.ipynb: is not a notebook"),
        (["train.py", "--no-observe", "weather"], "no such observation; choose from arguments"),
    ],
)
def test_what_cannot_be_started_is_one_line(tmp_path, words, says):
    (tmp_path / "broken.ipynb").write_text("{")
    (tmp_path / "train.py").write_text("open('started', 'w')")
    done = run(tmp_path, *words)
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert says in line
    assert {path.name for path in tmp_path.iterdir()} == {"broken.ipynb", "train.py"}


def test_a_run_whose_starter_was_killed_can_be_reported(tmp_path):
    (tmp_path / "train.py").write_text(OVERFITS.replace("0.002", "0.02"))
    environment = {**os.environ, "PYTHONPATH": str(TINY_KERAS)}
    words = [*MAIN, "run", "train.py"]
    process = subprocess.Popen(words, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
    runs = tmp_path / "overfitcheck-runs"
    until = time.monotonic() + 30
    while not (files := list(runs.glob("*/epochs.jsonl"))) or files[0].read_text().count("\n") < 9:
        assert time.monotonic() < until
        time.sleep(0.01)
    process.kill()
    process.wait()
    report = gather_report(only_run(tmp_path))
    assert len(report.diagnoses[0].history.epochs) >= 8
    assert report.run is not None
    assert report.run["ended"] is None


def test_a_tracker_gets_the_verdict_in_a_local_mlflow_store(overfitted, tmp_path, monkeypatch):
    import mlflow

    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "store").as_uri())
    folder, _ = overfitted
    said = log_to("mlflow", gather_report(only_run(folder)), only_run(folder))
    number = re.search(r"run (\w+) in", said)
    assert number is not None
    logged = mlflow.get_run(number[1]).data
    assert logged.tags["overfitcheck/verdict"] == "overfitting"
    assert logged.metrics["overfitcheck/best_epoch"] == 10
    assert logged.metrics["overfitcheck/wasted_epochs"] == 20


def test_a_tracker_gets_the_verdict_in_wandb_offline(overfitted, tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    folder, _ = overfitted
    assert "W&B run" in log_to("wandb", gather_report(only_run(folder)), tmp_path)
    [written] = (tmp_path / "wandb").glob("offline-run-*/*.wandb")
    until = time.monotonic() + 30
    while b"wasted_epochs" not in written.read_bytes():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_tracker_gets_the_verdict_in_tensorboard(overfitted, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    folder, _ = overfitted
    said = log_to("tensorboard", gather_report(only_run(folder)), tmp_path)
    assert str(tmp_path / "tensorboard") in said
    events = EventAccumulator(str(tmp_path / "tensorboard" / "overfitcheck"))
    events.Reload()
    [best] = events.Scalars("overfitcheck/best_epoch")
    assert (best.step, best.value) == (30, 10)


def test_a_tracker_that_refuses_is_one_line(overfitted, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "no-such-scheme://x")
    folder, _ = overfitted
    with pytest.raises(UserError, match="--log-to mlflow"):
        log_to("mlflow", gather_report(only_run(folder)), only_run(folder))


CLEANS_UP = """
import time
import keras
try:
    keras.Model().fit(epochs=9, seconds=0.001)
    print("up", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    print("cleaning", flush=True)
    time.sleep(60)
"""


def test_a_second_interrupt_ends_what_the_first_has_begun(tmp_path):
    (tmp_path / "train.py").write_text(CLEANS_UP)
    environment = {**os.environ, "PYTHONPATH": str(TINY_KERAS)}
    # A session of its own: a developer's terminal would count as the sender of the signals.
    process = subprocess.Popen(
        [*MAIN, "run", "train.py"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    for word in (b"up\n", b"cleaning\n"):
        assert process.stdout.readline() == word
        process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert json.loads((only_run(tmp_path) / "run.json").read_text())["exit_code"] == 130
    assert len(epochs_of(only_run(tmp_path))) == 9


@pytest.mark.parametrize(
    ("conditions", "code", "says"),
    [
        ("overfitting", 1, "train.py fails: overfitting"),
        ("diverged|wasted:10%", 1, "epochs wasted"),
        ("diverged", 0, ""),
    ],
)
def test_a_run_fails_on_what_it_was_told_to(tmp_path, conditions, code, says):
    (tmp_path / "train.py").write_text(OVERFITS)
    done = run(tmp_path, "train.py", "--fail-on", conditions)
    assert done.returncode == code
    assert says in done.stderr
    assert not (only_run(tmp_path) / "report.html").exists()


def test_a_script_that_failed_keeps_its_exit_code(tmp_path):
    (tmp_path / "train.py").write_text(OVERFITS + "\nraise SystemExit(7)\n")
    done = run(tmp_path, "train.py", "--fail-on", "overfitting")
    assert done.returncode == 7


def test_a_condition_that_is_none_is_said_before_the_training(tmp_path):
    (tmp_path / "train.py").write_text(OVERFITS)
    done = run(tmp_path, "train.py", "--fail-on", "rain")
    assert done.returncode == 2
    assert "--fail-on rain is no condition" in done.stderr
    assert not (tmp_path / "overfitcheck-runs").exists()
