"""Histories in tables: what ``CSVLogger`` writes, and tables like it.

The grammar: a line of column names, of which one is a loss, then a line an epoch (or a part of
one), separated by comma, tab, semicolon or blanks; lines that begin with ``#`` are comments, except
for the names. What the lines mean is said in `overfitcheck.history.records`. A repeated line of
names starts another fit (``CSVLogger(append=True)``). ``NA`` and empty cells are missing. In what
Weights & Biases exports, a column is ``run - metric`` and each run a fit; its columns of least and
largest values are left out.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from overfitcheck.history.history import History
from overfitcheck.history.lines import decoded, raw_lines
from overfitcheck.history.records import (
    EPOCHS,
    RUNTIMES,
    STEPS,
    Record,
    is_loss,
    number_of,
    read_records,
)

FORMAT = "table"
DELIMITERS = ",\t;"
BLANKS = " "
"""The delimiter of tables that are set in columns."""

OF_RUN = re.compile(r"(.+) - (.+?)(__MIN|__MAX)?")
WORD = re.compile(r"[A-Za-z_][\w./-]*")
"""A name in a table that is set in columns."""

LONGEST_NAME = 100

Changes = Mapping[str, str]


def names_in(line: str, changes: Changes | None = None) -> tuple[list[str], str] | None:
    """The column names in a first line and their delimiter; None where it is no table's."""
    line = line.lstrip("\ufeff# ")
    for delimiter in DELIMITERS:
        if delimiter in line:
            names = [name.strip() for name in _cells(line, delimiter)]
            if any(is_loss(name, changes) for name in names) and all(map(_may_be_name, names)):
                return names, delimiter
    names = line.split()
    if len(names) > 1 and all(map(WORD.fullmatch, names)):
        if any(is_loss(name, changes) for name in names):
            return names, BLANKS
    return None


def _may_be_name(name: str) -> bool:
    return len(name) <= LONGEST_NAME and ": " not in name and number_of(name) is None


def read_table(
    chunks: Iterable[bytes], source: str, changes: Changes | None = None
) -> list[History]:
    """The fits in a table; empty where the text is none."""
    lines = _lines(chunks)
    notes: list[str] = []
    fits: list[History] = []
    first = next((line for _, line in lines if not _is_comment(line, changes)), "")
    found = names_in(first, changes)
    while found is not None:
        names, delimiter = found
        again: list[list[str]] = []
        records = _records(lines, names, delimiter, notes, again, changes)
        if _is_export(names):
            fits.extend(_runs(list(records), names, source, changes))
        else:
            fits.extend(read_records(records, source, FORMAT, changes))
        found = (again[0], delimiter) if again else None
    return _told(fits, source, notes)


def _told(fits: list[History], source: str, notes: list[str]) -> list[History]:
    """The fits of all parts of a table, numbered, the first with what is said of the file.

    None, where most of the lines are no part of it: then it is no table.
    """
    read = sum(len(fit.epochs) for fit in fits)
    if len(notes) > read or not any("loss" in str(name) for fit in fits for name in fit.epochs):
        return []
    fits[0] = replace(fits[0], notes=(*notes[:20], *fits[0].notes))
    own = [fit.source for fit in fits if ": " in fit.source.removeprefix(source)]
    if len(fits) == 1 or own:
        return fits
    return [replace(fit, source=f"{source}#{number}") for number, fit in enumerate(fits, 1)]


def _lines(chunks: Iterable[bytes]) -> Iterator[tuple[int, str]]:
    """The lines that are not empty, and the number of each."""
    for number, (line, _) in enumerate(raw_lines(chunks), 1):
        if line.strip():
            yield number, decoded(line).rstrip("\r")


def _records(
    lines: Iterator[tuple[int, str]],
    names: list[str],
    delimiter: str,
    notes: list[str],
    again: list[list[str]],
    changes: Changes | None,
) -> Iterator[Record]:
    """The records up to the end, or to another line of names, which is put into `again`."""
    for number, line in lines:
        cells = _cells(line, delimiter)
        # A table in columns may have its lines counted in front, without a name for that.
        shift = len(cells) - len(names) if delimiter == BLANKS else 0
        if _is_comment(line, changes):
            continue
        if len(cells) - shift == len(names) and 0 <= shift <= 1:
            numbers = [number_of(cell) for cell in cells[shift:]]
            if all(each is None for each in numbers):
                renamed = names_in(line, changes)
                if renamed is not None:
                    again.append(renamed[0])
                    return
            entry = zip(names, numbers, strict=True)
            found = {name: value for name, value in entry if value is not None}
            index = number_of(cells[0]) if shift else None
            yield Record(found if index is None else {"epoch": index, **found}, number)
        elif (renamed := names_in(line, changes)) is not None and renamed[1] == delimiter:
            again.append(renamed[0])
            return
        else:
            notes.append(f"line {number} is left out: it is cut, or no line of the table")


def _is_comment(line: str, changes: Changes | None) -> bool:
    return line.lstrip().startswith("#") and names_in(line, changes) is None


def _cells(line: str, delimiter: str) -> list[str]:
    if delimiter == BLANKS:
        return line.split()
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _is_export(names: list[str]) -> bool:
    """Whether the columns are those of an export of Weights & Biases."""
    known = EPOCHS | STEPS | RUNTIMES
    others = [name for name in names if name.lower() not in known]
    return len(others) < len(names) and all(OF_RUN.fullmatch(name) for name in others)


def _runs(
    records: list[Record], names: list[str], source: str, changes: Changes | None
) -> list[History]:
    """A fit a run; what counts the lines is common to all."""
    runs: dict[str, dict[str, str]] = {}
    common = {name: name for name in names if OF_RUN.fullmatch(name) is None}
    for name in names:
        match = OF_RUN.fullmatch(name)
        if match is not None and match[3] is None:
            runs.setdefault(match[1], {})[name] = match[2]
    histories = []
    for run, metrics in runs.items():
        columns = {**common, **metrics}
        own = [
            Record({columns[n]: v for n, v in record.cells.items() if n in columns}, record.line)
            for record in records
            if any(name in record.cells for name in metrics)
        ]
        for history in read_records(own, f"{source}: {run}", "export of Weights & Biases", changes):
            histories.append(history)
    return histories
