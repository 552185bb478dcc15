"""Histories in JSON: what scripts dump of ``History.history``, and records of epochs.

The grammar, ``column`` a list of numbers, or an object of them by their place (pandas)::

    document = columns | records | wrapped | several
    columns  = { name: column, ... }                 one of the names is a loss
    records  = [ { name: number, ... }, ... ]        what they mean: `overfitcheck.history.records`
    split    = { "columns": [ name, ... ], "data": [ [ number, ... ], ... ] }
    wrapped  = { "history" | "epochs" | "data": document, ... }
             | { "fits": [ { "source": name, "epochs": records }, ... ] }    report.json of a run
    several  = { name: document, ... } | [ document, ... ]

A dictionary as Python prints it is read, too, also in a line of an output. JSON lines are records,
a line each; lines that a container wrote (``{"log": "Epoch 1/3\\n", ...}``) are the output of a
training.
"""

from __future__ import annotations

import ast
import itertools
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from overfitcheck.history.epochs import numbered
from overfitcheck.history.history import History
from overfitcheck.history.lines import decoded, raw_lines
from overfitcheck.history.records import Record, is_loss, read_records

FORMAT = "JSON"
LINES = "JSON lines"

DEEPEST = 6
"""Levels of wrapping that are looked into."""

LONGEST_PRINTED = 1 << 22
"""Bytes of a line in which a dictionary is looked for."""

LOOKED_AT = 1000
"""JSON lines of which one has to hold a loss."""

WRAPPERS = ("history", "epochs", "data", "metrics", "logs")
TYPED = re.compile(r"\bnp\.float\d+\(([^()]*)\)|\barray\((\[[^()]*\])(?:, dtype=\w+)?\)")
"""Numbers as NumPy prints them."""

NOT_LITERAL = re.compile(r"(?<![\w.'\"])(-?)(nan|inf)(?![\w'\"])")

Changes = Mapping[str, str]


@dataclass(frozen=True)
class _Found:
    label: str | None
    records: list[Record]


def read_document(text: str, source: str, changes: Changes | None = None) -> list[History]:
    """The fits in a JSON document, or in a dictionary that Python printed; empty where none is."""
    value = _parsed(text)
    if value is None:
        return []
    found = list(_documents(value, None, changes or {}, 0))
    histories: list[History] = []
    for number, each in enumerate(found, 1):
        label = f"{source}: {each.label}" if each.label else numbered(source, number, len(found))
        histories.extend(read_records(each.records, label, FORMAT, changes))
    return histories


def read_json_lines(
    chunks: Iterable[bytes], source: str, changes: Changes | None = None
) -> list[History]:
    """The fits in JSON lines; empty where they hold no loss."""
    notes: list[str] = []
    records = _line_records(chunks, notes)
    first = list(itertools.islice(records, LOOKED_AT))
    if not any(is_loss(name, changes) for record in first for name in record.cells):
        return []
    histories = read_records(itertools.chain(first, records), source, LINES, changes)
    histories[:1] = [replace(each, notes=(*notes[:20], *each.notes)) for each in histories[:1]]
    return histories


def read_printed_dictionaries(
    chunks: Iterable[bytes], source: str, changes: Changes | None = None
) -> list[History]:
    """The fits whose ``History.history`` a script has printed; empty where none was."""
    found = []
    for number, (line, _) in enumerate(raw_lines(chunks, LONGEST_PRINTED), 1):
        begin, end = line.find(b"{'"), line.rfind(b"}")
        if 0 <= begin < end and b"loss'" in line:
            value = _parsed(decoded(line[begin : end + 1]))
            for each in _documents(value, None, changes or {}, 0):
                records = [Record(record.cells, number) for record in each.records]
                found.append(records)
    histories: list[History] = []
    for place, records in enumerate(found, 1):
        label = numbered(source, place, len(found))
        histories.extend(read_records(records, label, "printed dictionary", changes))
    return histories


def container_output(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """What a container wrote, out of the lines of its log driver."""
    for line, _ in raw_lines(chunks):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(entry, dict) and isinstance(entry.get("log"), str):
            yield entry["log"].encode("utf-8", "replace")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    text = text.strip() if len(text) <= LONGEST_PRINTED else ""
    if not (text.startswith(("{", "[")) and text.endswith(("}", "]"))):
        return None
    text = TYPED.sub(lambda match: match[1] or match[2], text)
    text = NOT_LITERAL.sub(lambda m: "None" if m[2] == "nan" else f"{m[1]}1e999", text)
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None


def _documents(value: Any, label: str | None, changes: Changes, depth: int) -> Iterator[_Found]:
    if depth > DEEPEST:
        return
    records = (
        _of_columns(value, changes) or _of_records(value, changes) or _of_split(value, changes)
    )
    if records:
        yield _Found(label, records)
    elif isinstance(value, dict) and isinstance(value.get("fits"), list):
        for fit in value["fits"]:
            own = fit.get("source") if isinstance(fit, dict) else None
            yield from _documents(fit, own if isinstance(own, str) else label, changes, depth + 1)
    elif isinstance(value, dict):
        wrapped = [value[key] for key in WRAPPERS if isinstance(value.get(key), (dict, list))]
        if wrapped:
            yield from _documents(wrapped[0], label, changes, depth + 1)
            return
        for key, inner in value.items():
            if isinstance(inner, (dict, list)):
                yield from _documents(inner, _joined(label, str(key)), changes, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, (dict, list)):
                yield from _documents(inner, label, changes, depth + 1)


def _joined(label: str | None, key: str) -> str:
    return key if label is None else f"{label}/{key}"


def _of_columns(value: Any, changes: Changes) -> list[Record]:
    """The records of columns, of which one is a loss."""
    if not isinstance(value, dict):
        return []
    columns = {str(name): _column(cells) for name, cells in value.items()}
    named = {name: cells for name, cells in columns.items() if cells is not None}
    if not any(is_loss(name, changes) for name in named):
        return []
    length = max(len(cells) for cells in named.values())
    return [
        Record({name: cells[place] for name, cells in named.items() if place < len(cells)})
        for place in range(length)
    ]


def _column(cells: Any) -> list[float] | None:
    if isinstance(cells, dict):
        if not all(isinstance(place, (str, int)) and str(place).isdigit() for place in cells):
            return None
        cells = list(cells.values())
    if not isinstance(cells, (list, tuple)) or not cells:
        return None
    numbers = [math.nan if cell is None else _number(cell) for cell in cells]
    return None if any(number is None for number in numbers) else [n or 0.0 for n in numbers]


def _of_records(value: Any, changes: Changes) -> list[Record]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        return []
    records = [Record(_cells(each), 0) for each in value]
    if not any(is_loss(name, changes) for record in records for name in record.cells):
        return []
    return records


def _of_split(value: Any, changes: Changes) -> list[Record]:
    if not isinstance(value, dict):
        return []
    names, lines = value.get("columns"), value.get("data")
    if not isinstance(names, list) or not isinstance(lines, list):
        return []
    if not all(isinstance(line, list) and len(line) == len(names) for line in lines):
        return []
    return _of_records([dict(zip(map(str, names), line, strict=True)) for line in lines], changes)


def _cells(entry: Mapping[Any, Any]) -> dict[str, float]:
    """The numbers of an object; those of an object within it are named ``outer/inner``."""
    cells: dict[str, float] = {}
    for name, value in entry.items():
        number = math.nan if value is None else _number(value)
        if number is not None:
            cells[str(name)] = number
        elif isinstance(value, dict) and name in ("logs", "metrics"):
            cells.update({str(k): n for k, v in value.items() if (n := _number(v)) is not None})
    return cells


def _number(value: Any) -> float | None:
    """A number, also where JSON had to write it as a word or in a list of its own."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        try:
            return float(value)
        except OverflowError:
            return math.inf
    if isinstance(value, list) and len(value) == 1:
        return _number(value[0])
    if value in ("NaN", "nan", "Infinity", "inf", "-Infinity", "-inf"):
        return float(value)
    return None


def _line_records(chunks: Iterable[bytes], notes: list[str]) -> Iterator[Record]:
    loads: Callable[[bytes], Any] = json.loads
    for number, (line, _) in enumerate(raw_lines(chunks), 1):
        if not line.strip():
            continue
        try:
            entry = loads(line)
        except (ValueError, RecursionError):
            entry = None
        if isinstance(entry, dict):
            yield Record(_cells(entry), number)
        else:
            notes.append(f"line {number} is left out: it is cut, or no JSON object")
