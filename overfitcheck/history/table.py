"""Histories in tables: what ``CSVLogger`` writes, and tables like it.

The grammar: a line of column names, of which one is a loss, then a line an epoch, separated by
comma, tab or semicolon. A column ``epoch`` counts from 0 (CSVLogger) or from 1; where it is
missing, the lines are counted. A repeated line of names, or an epoch that is not larger than the
one before, starts another fit (``CSVLogger(append=True)``). ``NA`` and empty cells are missing.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator

from overfitcheck.history.epochs import Row, history_of
from overfitcheck.history.history import History

DELIMITERS = ",\t;"

NOT_LOGGED = frozenset({"epoch", "epochs", "", "step", "index", "unnamed: 0"})
"""Columns that count, and are no metric."""

LOSS = re.compile(r"[^\s,;:]*loss[^\s,;:]*(?: \w+)?|\w+ loss", re.IGNORECASE)
"""A column that is a loss: a word or two, where a sentence that speaks of one has more."""

TIMES = ("seconds", "time", "epoch_time", "duration")


def names_in(line: str) -> tuple[list[str], str] | None:
    """The column names in a first line and their delimiter; None where it is no table's."""
    for delimiter in DELIMITERS:
        if delimiter in line:
            names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter))]
            if any(map(_is_loss, names)) and all(map(_may_be_name, names)):
                return names, delimiter
    return None


def _is_loss(name: str) -> bool:
    return name.lower() == "loss" or name.lower().endswith(("_loss", "/loss", " loss"))


def _may_be_name(name: str) -> bool:
    return len(name) <= 64 and ": " not in name and not _is_number(name)


def read_table(text: str, source: str) -> list[History]:
    """The fits in a table; empty where the text is none."""
    lines = text.lstrip("\ufeff").splitlines()
    first = next((line for line in lines if line.strip()), "")
    found = names_in(first)
    if found is None:
        return []
    names, delimiter = found
    fits, notes = _fits(csv.reader(lines, delimiter=delimiter), names)
    return [
        history_of(
            source if len(fits) == 1 else f"{source}#{number}", rows, notes=notes.get(number, ())
        )
        for number, rows in enumerate(fits, 1)
    ]


def _fits(
    lines: Iterator[list[str]], names: list[str]
) -> tuple[list[list[Row]], dict[int, list[str]]]:
    fits: list[list[Row]] = []
    notes: dict[int, list[str]] = {}
    rows: list[Row] = []
    first: int | None = None
    for number, cells in enumerate(lines, 1):
        stripped = [cell.strip() for cell in cells]
        if not any(stripped):
            continue
        if stripped == names or _renamed(stripped):
            names, first = stripped, None
            rows = []
            fits.append(rows)
            continue
        if not fits or len(stripped) != len(names):
            notes.setdefault(max(len(fits), 1), []).append(f"line {number} is left out: it is cut")
            continue
        entry = dict(zip(names, stripped, strict=True))
        counted = _epoch(entry)
        if counted is not None and rows and first is not None:
            if counted + (1 - first if first < 1 else 0) <= rows[-1].epoch:
                rows, first = [], None
                fits.append(rows)
        if counted is None:
            counted, first = len(rows) + 1, 1
        elif first is None:
            first = counted
        epoch = counted + 1 if first == 0 else counted
        rows.append(Row(epoch, _metrics(entry), _time(entry)))
    return [each for each in fits if each], notes


def _renamed(cells: list[str]) -> bool:
    return names_in(",".join(cells)) is not None


def _epoch(entry: dict[str, str]) -> int | None:
    for name in ("epoch", "Epoch", "epochs"):
        if _is_number(entry.get(name, "")):
            number = float(entry[name])
            return int(number) if math.isfinite(number) and abs(number) < 1e9 else None
    return None


def _metrics(entry: dict[str, str]) -> dict[str, float]:
    return {
        name: float(cell) if _is_number(cell) else math.nan
        for name, cell in entry.items()
        if name.lower() not in NOT_LOGGED and name.lower() not in TIMES
    }


def _time(entry: dict[str, str]) -> float | None:
    """Seconds of an epoch; only a column that says so is believed."""
    cell = entry.get("seconds", "")
    return float(cell) if _is_number(cell) and math.isfinite(float(cell)) else None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
