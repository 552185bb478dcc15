"""A run that is killed at any moment loses no finished epoch and leaves no damaged folder."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from overfitcheck.history.observation import read_observations
from overfitcheck.history.run_folder import read_run_folder

from .conftest import START, TINY_KERAS

KILLS = 100

TRAINING = """
import os, sys
import keras

progress = os.open("progress", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

class Tells(keras.Callback):
    def on_epoch_end(self, epoch, logs=None):
        os.write(progress, b"%d\\n" % (epoch + 1))

print("up", flush=True)
while True:
    keras.Model().fit(epochs=40, callbacks=[Tells()], seconds=0.0005)
"""


def killed_at(moment: float, folder: Path) -> Path:
    """The run folder of a training that is killed so many seconds after it has begun."""
    folder.mkdir()
    run_folder = folder / "run"
    run_folder.mkdir()
    (folder / "train.py").write_text(TRAINING)
    environment = {**os.environ, "PYTHONPATH": str(TINY_KERAS), "OVERFITCHECK_RUN": str(run_folder)}
    process = subprocess.Popen(
        [sys.executable, str(START), "train.py"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    time.sleep(moment)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    return run_folder


def test_a_hundred_kills_lose_no_finished_epoch(tmp_path):
    moments = random.Random(20).sample(range(1, 2000), KILLS)
    with ThreadPoolExecutor(4) as threads:
        folders = list(
            threads.map(lambda n: killed_at(moments[n] / 10_000, tmp_path / str(n)), range(KILLS))
        )
    finished = [check(folder) for folder in folders]
    assert len(finished) == KILLS
    assert sum(finished) > KILLS, "the kills came before anything was trained"


def check(run_folder: Path) -> int:
    """Look at what a kill has left; returns how many epochs were finished."""
    progress = run_folder.parent / "progress"
    told = progress.read_text().count("\n") if progress.exists() else 0
    recorded = 0
    for name in ("epochs.jsonl", "observations.jsonl", "recorder.jsonl"):
        file = run_folder / name
        lines = file.read_text().splitlines(keepends=True) if file.exists() else []
        # Whole lines only: what is written is written in one piece.
        events = [json.loads(line) for line in lines]
        assert all(line.endswith("\n") for line in lines)
        recorded += sum(event.get("event") == "epoch" for event in events)
    assert told <= recorded <= told + 1
    assert sum(len(history.epochs) for history in read_run_folder(run_folder)) == recorded
    assert not [n for h in read_run_folder(run_folder) for n in h.notes if "damaged" in n]
    assert isinstance(read_observations(run_folder), dict)
    return told
