"""Epochs become a history: one table, with the learning rate that each epoch was trained at."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from overfitcheck.history.history import Event, EventKind, History

RATE_NAMES = ("learning_rate", "lr")
"""What Keras 3 and Keras 2 call the rate in the logs of an epoch."""


@dataclass(frozen=True)
class Row:
    """One finished epoch: its metrics as Keras logs them, and its wall time where it is known.

    `line` is where it stands in its file, from 1; 0 where that has no lines.
    """

    epoch: int
    metrics: dict[str, float]
    seconds: float | None = None
    line: int = 0


def history_of(
    source: str,
    rows: Sequence[Row],
    planned: int | None = None,
    events: Iterable[Event] = (),
    notes: Iterable[str] = (),
    read_as: str = "",
) -> History:
    """The history of some epochs; `rows` have rising epoch numbers."""
    events, told = tuple(_rounded(event) for event in events), list(notes)
    index = pd.Index([row.epoch for row in rows], dtype="int64", name="epoch")
    names = dict.fromkeys(name for row in rows for name in row.metrics)
    columns: dict[str, list[float]] = {
        _harmless(name): [row.metrics.get(name, math.nan) for row in rows]
        for name in names
        if name not in RATE_NAMES
    }
    if events or not names.keys().isdisjoint(RATE_NAMES):
        rates = trained_rates([row.epoch for row in rows], _logged(rows), events, told)
        if not all(math.isnan(rate) for rate in rates):
            columns["learning_rate"] = rates
    if any(row.seconds is not None for row in rows):
        columns["seconds"] = [math.nan if r.seconds is None else r.seconds for r in rows]
    frame = pd.DataFrame(columns, index=index, dtype="float64")
    lines = (rows[0].line, rows[-1].line) if rows and rows[-1].line else None
    return History(source, frame, planned, events, tuple(told), format=read_as, lines=lines)


def _logged(rows: Sequence[Row]) -> list[float]:
    """The rates as the logs of the epochs have them."""
    return [
        shortest(next((row.metrics[n] for n in RATE_NAMES if n in row.metrics), math.nan))
        for row in rows
    ]


def _harmless(name: str) -> str:
    """A metric's name without what steers a terminal: a log may come from anywhere."""
    return name if name.isprintable() else "".join(c if c.isprintable() else "?" for c in name)


def numbered(source: str, number: int, count: int) -> str:
    """The source of one of `count` fits in a file: with its number, where there are several."""
    return source if count == 1 else f"{source}#{number}"


def _rounded(event: Event) -> Event:
    if event.kind in (EventKind.RATE_REDUCED, EventKind.RATE_SET) and event.value is not None:
        return replace(event, value=shortest(event.value))
    return event


def shortest(rate: float) -> float:
    """The decimal that was meant by a rate that was computed in float32.

    Keras prints 0.00010000000474974513 where 0.001 * 0.1 was meant. Six digits are what float32
    keeps; a rate within two of its steps (2 * 2**-23) of such a decimal is taken for it.
    """
    decimal = float(f"{rate:.6g}")
    return decimal if math.isclose(decimal, rate, rel_tol=2.4e-7) else rate


def trained_rates(
    epochs: Sequence[int], logged: Sequence[float], events: Iterable[Event], notes: list[str]
) -> list[float]:
    """The rate that each epoch was trained at.

    The rate in the logs of an epoch may be the one that ReduceLROnPlateau has just set for the
    next (where another callback logs it afterwards). Messages know better: "Epoch N: reducing to
    X" holds from N + 1 on, "Epoch N: setting to X" for N itself.
    """
    reduced = {e.epoch: e.value for e in events if e.kind is EventKind.RATE_REDUCED and e.value}
    placed = {e.epoch: e.value for e in events if e.kind is EventKind.RATE_SET and e.value}
    rates: list[float] = []
    current = math.nan
    for epoch, value in zip(epochs, logged, strict=True):
        if epoch in placed:
            current = placed[epoch] or current
        elif not math.isnan(value) and not _is_next(value, reduced.get(epoch), current):
            # A rate known from a message is more exact than the four digits that are printed.
            current = current if math.isclose(current, value, rel_tol=5e-3) else value
        if epoch in reduced and _is_next(value, reduced[epoch], current):
            notes.append(
                f"epoch {epoch}: the logged rate {value:g} is the next epoch's; "
                f"it was trained at {current:g}"
            )
        rates.append(current)
        if epoch in reduced:
            current = reduced[epoch] or current
    return rates


def _is_next(logged: float, reduced: float | None, current: float) -> bool:
    """Whether the logged rate is the one that was set at the end of the epoch."""
    if reduced is None or math.isnan(logged) or math.isnan(current):
        return False
    close = math.isclose(logged, reduced, rel_tol=5e-3, abs_tol=5e-5 if reduced > 5e-5 else 0)
    return close and not math.isclose(logged, current, rel_tol=5e-3)
