"""What the recorder writes stays whole, and costs the training next to nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import time

from overfitcheck.recorder.journal import Journal

WRITER = """
import sys
from overfitcheck.recorder.journal import Journal
journal = Journal(sys.argv[1])
for _ in range(10):
    number = journal.begin_fit({"epochs": 3})
    for epoch in range(3):
        journal.event({"event": "epoch", "fit": number, "epoch": epoch + 1, "logs": {"loss": 0.1}})
"""


def test_fits_of_several_processes_keep_apart(tmp_path):
    words = [sys.executable, "-c", WRITER, str(tmp_path)]
    processes = [subprocess.Popen(words) for _ in range(4)]
    assert [process.wait() for process in processes] == [0] * 4
    events = [json.loads(line) for line in (tmp_path / "epochs.jsonl").read_text().splitlines()]
    assert sorted(e["fit"] for e in events if e["event"] == "fit") == list(range(1, 41))
    assert all(sum(e["fit"] == number for e in events) == 4 for number in range(1, 41))


def test_numbers_that_json_lacks(tmp_path):
    logs = {"a": float("nan"), "b": float("inf"), "c": [float("-inf"), 1.0], "d": 1e300}
    Journal(str(tmp_path)).event({"logs": logs})
    written = json.loads((tmp_path / "epochs.jsonl").read_text())
    assert written == {"logs": {"a": "nan", "b": "inf", "c": ["-inf", 1.0], "d": 1e300}}


def test_an_error_of_the_recorder_is_noted_and_not_raised(tmp_path):
    journal = Journal(str(tmp_path))
    with journal.swallowing("an epoch is not recorded"):
        raise OSError("disk full")
    noted = json.loads((tmp_path / "recorder.jsonl").read_text())
    assert noted == {"note": "an epoch is not recorded: OSError: disk full"}


def test_an_error_that_cannot_even_be_noted_is_not_raised(tmp_path):
    (tmp_path / "file").write_text("")
    with Journal(str(tmp_path / "file" / "gone")).swallowing("an epoch is not recorded"):
        raise ValueError


def test_a_line_costs_less_than_a_millisecond(tmp_path):
    journal = Journal(str(tmp_path))
    logs = dict.fromkeys(("loss", "accuracy", "val_loss", "val_accuracy"), 0.123456789)
    began = time.perf_counter()
    for epoch in range(200):
        journal.event({"event": "epoch", "fit": 1, "epoch": epoch, "logs": logs})
    assert (time.perf_counter() - began) / 200 < 1e-3
    assert len((tmp_path / "epochs.jsonl").read_text().splitlines()) == 200
