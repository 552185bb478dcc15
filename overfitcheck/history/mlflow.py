"""Histories that MLflow has tracked: its folder ``mlruns`` and its database ``mlflow.db``.

The grammar of the folder: ``<experiment>/<run>/metrics/<name>`` has a line a value, "time value
step", time in milliseconds; ``<run>/meta.yaml`` names the run. The database is SQLite, with the
same in the tables ``metrics`` and ``runs``; it is opened for reading alone. Steps are the epochs.
A metric that has more steps than the loss was logged by batches and is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from overfitcheck.errors import UserError
from overfitcheck.history.epochs import Row, history_of
from overfitcheck.history.history import History
from overfitcheck.history.lines import decoded
from overfitcheck.history.names import keras_names

FORMAT = "MLflow"

NAME = re.compile(r"^run_name:[ \t]*['\"]?(.*?)['\"]?[ \t]*$", re.MULTILINE)

SYSTEM = "system/"
"""What MLflow logs of the machine."""

LARGEST = 1 << 26
"""Bytes of a metric's file that is read."""

Values = dict[int, tuple[float, float]]
"""Value and time in seconds by step."""

SELECT = """
SELECT m.run_uuid, r.name, m.key, m.step, m.value, m.is_nan, m.timestamp
FROM metrics AS m JOIN runs AS r ON r.run_uuid = m.run_uuid
ORDER BY r.start_time, m.run_uuid, m.key, m.timestamp, m.step
"""


def is_run(folder: Path) -> bool:
    """Whether a folder is that of one tracked run."""
    return (folder / "metrics").is_dir() and (folder / "meta.yaml").is_file()


def is_database(head: bytes) -> bool:
    """Whether a file that begins with `head` is an SQLite database."""
    return head.startswith(b"SQLite format 3\0")


def read_run(folder: Path, source: str, changes: Mapping[str, str] | None = None) -> list[History]:
    """The fit of a run's folder; empty where it has no loss.

    Raises:
        UserError: the folder cannot be read.
    """
    try:
        meta = decoded((folder / "meta.yaml").read_bytes())
        files = [file for file in sorted((folder / "metrics").rglob("*")) if file.is_file()]
        metrics = {
            file.relative_to(folder / "metrics").as_posix(): dict(_values(file)) for file in files
        }
    except OSError as error:
        raise UserError(f"{folder}: cannot be read: {error.strerror or error}") from None
    name = NAME.search(meta)
    label = f"{source}: {name[1]}" if name is not None and name[1] else source
    return _histories(label, metrics, changes)


def read_database(
    path: Path, source: str, changes: Mapping[str, str] | None = None
) -> list[History]:
    """The fits of all runs in a database.

    Raises:
        UserError: it is no database of MLflow, or is damaged.
    """
    import sqlite3

    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    histories: list[History] = []
    run, label = "", source
    metrics: dict[str, Values] = {}
    try:
        connection = sqlite3.connect(uri, uri=True)
        try:
            for uuid, name, key, step, value, is_nan, time in connection.execute(SELECT):
                if uuid != run:
                    histories.extend(_histories(label, metrics, changes))
                    run, label, metrics = uuid, f"{source}: {name or uuid}", {}
                number = float("nan") if is_nan else float(value)
                metrics.setdefault(str(key), {})[int(step)] = (number, float(time) / 1000)
        finally:
            connection.close()
    except (sqlite3.Error, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{path}: is no readable database of MLflow: {reason}") from None
    return [*histories, *_histories(label, metrics, changes)]


def _values(file: Path) -> Iterator[tuple[int, tuple[float, float]]]:
    with file.open("rb") as stream:
        text = decoded(stream.read(LARGEST))
    for line in text.splitlines():
        words = line.split()
        try:
            yield int(words[2]), (float(words[1]), float(words[0]) / 1000)
        except (IndexError, ValueError):
            continue


def _histories(
    label: str, metrics: Mapping[str, Values], changes: Mapping[str, str] | None
) -> list[History]:
    """The one fit of a run, if it has a loss."""
    names = keras_names((name for name in metrics if not name.startswith(SYSTEM)), changes)
    values = {wanted: metrics[name] for name, wanted in names.items() if metrics[name]}
    reference = values.get("loss") or values.get("val_loss")
    if reference is None:
        return []
    left_out = [name for name, points in values.items() if len(points) > len(reference)]
    steps = sorted(reference)
    first = 1 if steps[0] <= 0 else 0
    rows = []
    before: float | None = None
    for step in steps:
        cells = {
            name: points[step][0]
            for name, points in values.items()
            if step in points and name not in left_out
        }
        time = reference[step][1]
        rows.append(Row(step + first, cells, None if before is None else max(time - before, 0.0)))
        before = time
    notes = [f"{name} has more steps than the loss and is left out" for name in left_out]
    return [history_of(label, rows, notes=notes, read_as=FORMAT)]
