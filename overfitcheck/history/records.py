"""Histories in records: names with their numbers, an epoch or a part of one in each.

Tables, JSON lines and the files of experiment trackers are all of this kind. An epoch is counted
from 0 or from 1 by a column of its own, else by the steps or by the records themselves. Records
of one epoch are put together (Lightning writes training and validation apart). An epoch that is
smaller than the one before, or the same with other values, starts another fit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from overfitcheck.history.epochs import Row, history_of, numbered
from overfitcheck.history.history import History
from overfitcheck.history.names import WORD, keras_names, tested_names

EPOCHS = frozenset({"epoch", "epochs", "_epoch"})
STEPS = frozenset({"step", "_step", "global_step", "trainer/global_step", "iteration", "steps"})
RUNTIMES = frozenset({"_runtime", "relative time (process)"})
"""Seconds since the beginning of the training."""

OTHERS = frozenset(
    {"", "index", "unnamed: 0", "_timestamp", "timestamp", "wall_time", "wall time", "time",
     "epoch_time", "duration", "relative time (wall)", "batch", "samples"}
)  # fmt: skip
"""Columns that are no metric, and in no unit that is known."""

MISSING = frozenset({"", "na", "n/a", "none", "null", "-"})
FARTHEST = 1e9
"""No training has more epochs; larger numbers are no epochs."""


@dataclass(frozen=True)
class Record:
    """Numbers by name, and the line they stand in (from 1; 0 where there are no lines)."""

    cells: Mapping[str, float]
    line: int = 0


@dataclass
class _Fit:
    first: int
    rows: dict[int, dict[str, float]] = field(default_factory=dict)
    seconds: dict[int, float] = field(default_factory=dict)
    lines: dict[int, int] = field(default_factory=dict)


def is_loss(name: str, changes: Mapping[str, str] | None = None) -> bool:
    """Whether a name is that of a loss, or of what the user says is one."""
    name = (changes or {}).get(name, name)
    words = [word.lower() for word in WORD.findall(name)]
    return "loss" in words and len(words) <= 8


def number_of(cell: str) -> float | None:
    """The number in a cell; None where it has none."""
    cell = cell.strip()
    if cell.lower() in MISSING:
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def read_records(
    records: Iterable[Record],
    source: str,
    read_as: str,
    changes: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> list[History]:
    """The fits in some records; empty where none of them has a metric."""
    fits = [fit for fit in _fits(records) if fit.rows]
    told = list(notes)
    histories = []
    for number, fit in enumerate(fits, 1):
        metrics = dict.fromkeys(name for cells in fit.rows.values() for name in cells)
        names = keras_names(_without_steps(metrics), changes)
        rows = [
            Row(
                epoch,
                {names[name]: value for name, value in fit.rows[epoch].items() if name in names},
                fit.seconds.get(epoch),
                fit.lines[epoch],
            )
            for epoch in sorted(fit.rows)
        ]
        histories.append(
            history_of(
                numbered(source, number, len(fits)),
                rows,
                notes=[*told, *tested_names(names)],
                read_as=read_as,
            )
        )
        told = []
    return histories


def _without_steps(names: Iterable[str]) -> list[str]:
    """The metrics without those of single steps (``loss_step``) whose epochs are there as well."""
    names = list(names)
    stems = {name.removesuffix("_epoch") for name in names if name.endswith("_epoch")}
    return [
        name
        for name in names
        if not (name.endswith("_step") and name.removesuffix("_step") in stems)
    ]


def _fits(records: Iterable[Record]) -> list[_Fit]:
    fits: list[_Fit] = []
    fit: _Fit | None = None
    step_of_last: float | None = None
    runtime = 0.0
    for record in records:
        cells, counted, step, elapsed, seconds = _sorted_cells(record.cells)
        if not cells:
            continue
        if fit is None:
            fit = _Fit(1 if counted is None else counted)
            fits.append(fit)
        epoch = _number(fit, counted, step, step_of_last)
        before = fit.rows.get(epoch, {})
        if (counted is not None and fit.rows and epoch < max(fit.rows)) or (
            step is None and _differs(before, cells)
        ):
            fit, runtime = _Fit(1 if counted is None else counted), 0.0
            fits.append(fit)
            epoch = _number(fit, counted, step, None)
        step_of_last = step
        _add(fit, epoch, cells, record.line)
        if seconds is not None:
            fit.seconds[epoch] = seconds
        elif elapsed is not None and elapsed >= runtime:
            fit.seconds[epoch] = fit.seconds.get(epoch, 0.0) + elapsed - runtime
            runtime = elapsed
    return fits


def _number(fit: _Fit, counted: int | None, step: float | None, before: float | None) -> int:
    """The number of an epoch, from 1."""
    if counted is not None:
        return counted + 1 if fit.first < 1 else counted
    last = next(reversed(fit.rows), 0)
    return last if step is not None and step == before and last else last + 1


def _sorted_cells(
    cells: Mapping[str, float],
) -> tuple[dict[str, float], int | None, float | None, float | None, float | None]:
    """Metrics, epoch, step, seconds so far, seconds of the epoch; None where one is missing."""
    metrics: dict[str, float] = {}
    epoch: int | None = None
    step = elapsed = seconds = None
    for name, value in cells.items():
        low = name.lower()
        if low in EPOCHS:
            epoch = int(value) if 0 <= value < FARTHEST else None
        elif low in STEPS:
            step = value
        elif low in RUNTIMES:
            elapsed = value if math.isfinite(value) else None
        elif low == "seconds":
            seconds = value if math.isfinite(value) else None
        elif low not in OTHERS:
            metrics[name] = value
    return metrics, epoch, step, elapsed, seconds


def _differs(before: Mapping[str, float], cells: Mapping[str, float]) -> bool:
    """Whether two records of one epoch are of two fits."""
    return any(
        name in before and not math.isnan(before[name]) and not math.isnan(value)
        for name, value in cells.items()
    )


def _add(fit: _Fit, epoch: int, cells: Mapping[str, float], line: int) -> None:
    row = fit.rows.setdefault(epoch, {})
    for name, value in cells.items():
        if not math.isnan(value) or name not in row:
            row[name] = value
    fit.lines[epoch] = line
