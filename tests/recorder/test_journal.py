"""What the recorder writes stays whole."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import subprocess
import sys

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


LONG_LINES = """
import sys
from overfitcheck.recorder.journal import Journal
journal = Journal(sys.argv[1])
logs = {f"metric_{number}": 0.1 for number in range(2_000)}
for _ in range(20):
    fit = journal.begin_fit({"epochs": 3})
    for epoch in range(10):
        journal.event({"event": "epoch", "fit": fit, "epoch": epoch + 1, "logs": logs})
"""


def test_a_fit_that_begins_while_a_long_line_is_written_leaves_no_empty_line(tmp_path):
    words = [sys.executable, "-c", LONG_LINES, str(tmp_path)]
    processes = [subprocess.Popen(words) for _ in range(4)]
    assert [process.wait() for process in processes] == [0] * 4
    lines = (tmp_path / "epochs.jsonl").read_text().splitlines()
    assert [json.loads(line)["event"] for line in lines].count("fit") == 80


def test_a_file_system_without_locks_is_written_to(tmp_path, monkeypatch):
    def refuse(descriptor, operation):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    journal = Journal(str(tmp_path))
    number = journal.begin_fit({"epochs": 3})
    journal.event({"event": "fit_end", "fit": number})
    assert (tmp_path / "epochs.jsonl").read_text().count("\n") == 2


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
