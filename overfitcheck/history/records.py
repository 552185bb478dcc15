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
from functools import lru_cache

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
    """A fit while it is read; `first` is the number of its first epoch as it is counted."""

    first: int
    rows: dict[int, dict[str, float]] = field(default_factory=dict)
    seconds: dict[int, float] = field(default_factory=dict)
    lines: dict[int, int] = field(default_factory=dict)
    last: int = 0
    step: float | None = None
    elapsed: float = 0.0

    def number(self, others: Mapping[str, float]) -> int:
        """The number of the epoch that a record is of, from 1."""
        counted = others.get("epoch", -1.0)
        if 0 <= counted < FARTHEST:
            return int(counted) + (1 if self.first < 1 else 0)
        same = "step" in others and others["step"] == self.step and self.last > 0
        return self.last if same else self.last + 1

    def ends_before(self, cells: Mapping[str, float], others: Mapping[str, float]) -> bool:
        """Whether a record is of another fit."""
        epoch = self.number(others)
        if epoch < self.last:
            return True
        before = self.rows.get(epoch) if "step" not in others else None
        return before is not None and _differs(before, cells)

    def add(self, cells: Mapping[str, float], others: Mapping[str, float], line: int) -> None:
        """Add a record to its epoch."""
        epoch = self.number(others)
        row = self.rows.setdefault(epoch, {})
        for name, value in cells.items():
            if not math.isnan(value) or name not in row:
                row[name] = value
        self.lines[epoch], self.last, self.step = line, epoch, others.get("step")
        if "seconds" in others:
            self.seconds[epoch] = others["seconds"]
        elif others.get("elapsed", -1.0) >= self.elapsed:
            self.seconds[epoch] = self.seconds.get(epoch, 0.0) + others["elapsed"] - self.elapsed
            self.elapsed = others["elapsed"]


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
            for epoch in fit.rows
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
    for record in records:
        cells, others = _sorted_cells(record.cells)
        if not cells:
            continue
        fit = fits[-1] if fits else None
        if fit is None or fit.ends_before(cells, others):
            counted = others.get("epoch", 1.0)
            fit = _Fit(int(counted) if 0 <= counted < FARTHEST else 1)
            fits.append(fit)
        fit.add(cells, others, record.line)
    return fits


def _sorted_cells(cells: Mapping[str, float]) -> tuple[dict[str, float], dict[str, float]]:
    """The metrics, and what counts or measures time, by what it is."""
    metrics: dict[str, float] = {}
    others: dict[str, float] = {}
    for name, value in cells.items():
        role = _role(name)
        if role is None:
            metrics[name] = value
        elif role and math.isfinite(value):
            others[role] = value
    return metrics, others


@lru_cache(maxsize=4096)
def _role(name: str) -> str | None:
    """What a column counts; "" where it is left out, None where it is a metric."""
    low = name.lower()
    for role, names in (("epoch", EPOCHS), ("step", STEPS), ("elapsed", RUNTIMES)):
        if low in names:
            return role
    return "seconds" if low == "seconds" else "" if low in OTHERS else None


def _differs(before: Mapping[str, float], cells: Mapping[str, float]) -> bool:
    """Whether two records of one epoch are of two fits."""
    return any(
        name in before and not math.isnan(before[name]) and not math.isnan(value)
        for name, value in cells.items()
    )
