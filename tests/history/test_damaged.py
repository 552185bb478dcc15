"""Damaged and hostile binary logs: a History or one clear error, and never more memory than that."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from overfitcheck.errors import UserError
from overfitcheck.history.read import read_histories

HEALTHY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)

changes = st.lists(st.tuples(st.integers(0, 1 << 16), st.binary(max_size=6)), max_size=6)


def damaged(content: bytes, wanted: list[tuple[int, bytes]], end: int) -> bytes:
    """Some bytes with others in their place, cut off at a share (0 to 100) of their length."""
    found = bytearray(content[: max(len(content) * end // 100, 1)])
    for place, new in wanted:
        at = place % len(found)
        found[at : at + len(new)] = new
    return bytes(found)


def judged(path: Path) -> None:
    """The histories of a path are whole, or there is one line that says what is wrong."""
    try:
        histories = read_histories(path)
    except UserError as error:
        assert "\n" not in str(error)
    else:
        assert histories
        assert all(history.epochs.index.is_monotonic_increasing for history in histories)


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    folder = tmp_path_factory.mktemp("events")
    writer = EventFileWriter(str(folder))
    for step in range(12):
        value = Summary.Value(tag="epoch_loss", simple_value=1 / (step + 1))
        writer.add_event(Event(step=step, wall_time=step, summary=Summary(value=[value])))
    writer.close()
    (file,) = folder.iterdir()
    return file.read_bytes()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("database") / "mlflow.db"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE runs (run_uuid TEXT, name TEXT, start_time BIGINT)")
        made.execute(
            "CREATE TABLE metrics (key TEXT, value DOUBLE, timestamp BIGINT, run_uuid TEXT,"
            " step BIGINT, is_nan BOOLEAN)"
        )
        made.execute("INSERT INTO runs VALUES ('r', 'name', 1)")
        for step in range(12):
            made.execute(
                "INSERT INTO metrics VALUES ('loss', ?, ?, 'r', ?, 0)", (1 / (step + 1), step, step)
            )
    made.close()
    return path.read_bytes()


@HEALTHY
@given(changes, st.integers(1, 100))
def test_event_files(
    tmp_path: Path, events: bytes, wanted: list[tuple[int, bytes]], end: int
) -> None:
    path = tmp_path / "events.out.tfevents.1"
    path.write_bytes(damaged(events, wanted, end))
    judged(path)
    judged(tmp_path)


@HEALTHY
@given(changes, st.integers(1, 100))
def test_databases(
    tmp_path: Path, database: bytes, wanted: list[tuple[int, bytes]], end: int
) -> None:
    path = tmp_path / "mlflow.db"
    path.write_bytes(damaged(database, wanted, end))
    judged(path)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["cells", "outputs", "text", "data", "name", "text/plain", "source"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@HEALTHY
@given(anything, anything)
def test_notebooks(tmp_path: Path, cells: object, outputs: object) -> None:
    path = tmp_path / "train.ipynb"
    printed = {"output_type": "stream", "name": "stdout", "text": "Epoch 1/2\nloss: 0.5\n"}
    for notebook in (
        {"nbformat": 4, "cells": cells},
        {"nbformat": 4, "cells": [{"cell_type": "code", "outputs": outputs}]},
        {"nbformat": 4, "cells": [{"cell_type": "code", "outputs": [printed, outputs]}]},
    ):
        path.write_text(json.dumps(notebook), encoding="utf-8")
        judged(path)


LONGEST_LINE = """
import resource, sys
from pathlib import Path
from overfitcheck.errors import UserError
from overfitcheck.history.read import read_histories
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_histories(Path(sys.argv[1]))
except UserError as error:
    print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""

LINE = 256


@pytest.mark.parametrize(
    "piece", [b"x", b"\r1/9 - loss: 0.5", b"1,", b'{"loss": [1, ', b"\b \x1b[1m"]
)
def test_a_line_without_end_takes_little_memory(tmp_path: Path, piece: bytes) -> None:
    path = tmp_path / "train.log"
    block = piece * ((1 << 20) // len(piece))
    with path.open("wb") as file:
        file.write(b"Epoch 1/2\n")
        for _ in range(LINE):
            file.write(block)
    done = subprocess.run(
        [sys.executable, "-c", LONGEST_LINE, str(path)], capture_output=True, text=True, check=True
    )
    # ru_maxrss is in KiB, on macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(done.stdout.split()[-1]) * unit < LINE * 2**20
