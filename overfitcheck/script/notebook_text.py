"""Edits of a notebook's cells, made in the text of the file.

The JSON is never written anew: the strings of the edited cells are changed where they stand, so
that indentation, the order of keys, outputs and the way of writing characters stay as they were.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from overfitcheck.finding import Edit
from overfitcheck.script.text import offsets

DECODER = json.JSONDecoder()
"""Finds the end of a value by reading it once more: outputs are huge, and this is quick."""

GAP = re.compile(r"[\s,:]*")
"""What stands between the elements of a list, and between keys and values."""

CHARACTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]",
    re.DOTALL,
)
"""One character in a JSON string; two escapes where it needs a pair of surrogates."""


Stretch = tuple[int, int]
"""Where something stands in the file: offsets, the end exclusive."""


@dataclass(frozen=True)
class SourceText:
    """Where the source of a cell stands in the file: one string, or the strings of a list."""

    strings: tuple[Stretch, ...]
    is_list: bool


@dataclass(frozen=True)
class Character:
    """A character of a cell: how it is written, and which string (`None`: a new one) it is in."""

    text: str
    written: str
    string: int | None


def edit_notebook(raw: str, edits: Iterable[Edit]) -> str:
    """The text of a notebook after some edits of its cells.

    Raises:
        ValueError: an edit lies outside of its cell, or two overlap.
    """
    by_cell: dict[int, list[Edit]] = {}
    for edit in edits:
        by_cell.setdefault(edit.cell or 0, []).append(edit)
    places = cell_sources(raw)
    changes: list[tuple[int, int, str]] = []
    for cell, mine in by_cell.items():
        if cell not in places:
            raise ValueError(f"cell {cell} is outside of the notebook")
        changes.append(_changed(raw, places[cell], mine))
    for start, end, text in sorted(changes, reverse=True):
        raw = raw[:start] + text + raw[end:]
    return raw


def _changed(raw: str, place: SourceText, edits: Iterable[Edit]) -> tuple[int, int, str]:
    """Where the strings of a cell stand (start, end), and what stands there after the edits."""
    characters = [
        Character(json.loads(f'"{written}"'), written, number)
        for number, (start, end) in enumerate(place.strings)
        for written in CHARACTER.findall(raw[start + 1 : end - 1])
    ]
    text = "".join(each.text for each in characters)
    end = "\r\n" if "\r\n" in text else "\n"
    escaped = raw.isascii()
    edited: list[Character] = []
    done = 0
    for start, stop, replacement in offsets(text, edits):
        edited += characters[done:start]
        edited += [
            Character(each, json.dumps(each, ensure_ascii=escaped)[1:-1], None)
            for each in replacement.replace("\n", end)
        ]
        done = stop
    edited += characters[done:]
    first, last = place.strings[0][0], place.strings[-1][1]
    if not place.is_list:
        return first, last, f'"{"".join(each.written for each in edited)}"'
    return first, last, _as_list(raw, place, edited)


def _as_list(raw: str, place: SourceText, edited: list[Character]) -> str:
    """The strings of a list: those that stay with what stood between them, new lines apart."""
    strings = place.strings
    before = re.search(r"\[(\s*)\Z", raw[: strings[0][0]])
    indent = before.group(1) if before else " "
    default = raw[strings[0][1] : strings[1][0]] if len(strings) > 1 else f",{indent}"
    made: list[list[Character]] = [[]]
    gaps: list[str] = []
    for previous, each in zip([None, *edited], edited, strict=False):
        gap = _gap(raw, strings, previous, each, default) if previous is not None else None
        if gap is not None:
            made.append([])
            gaps.append(gap)
        made[-1].append(each)
    written = [f'"{"".join(each.written for each in string)}"' for string in made]
    return "".join([written[0], *(gap + text for gap, text in zip(gaps, written[1:], strict=True))])


def _gap(
    raw: str,
    strings: tuple[Stretch, ...],
    previous: Character,
    each: Character,
    default: str,
) -> str | None:
    """What stands between two characters of different strings; None within one string."""
    if previous.string is not None and previous.string == each.string:
        return None
    if previous.string is not None and each.string == previous.string + 1:
        return raw[strings[previous.string][1] : strings[each.string][0]]
    return default if previous.text == "\n" else None


def cell_sources(raw: str) -> dict[int, SourceText]:
    """Where the sources of the cells stand, by the number of the cell over all worksheets.

    `raw` is the text of a notebook that could be read.
    """
    found: dict[int, SourceText] = {}
    for number, cell in enumerate(_cells(raw)):
        members = _members(raw, cell)
        start, end = members.get("source") or members.get("input") or (0, 0)
        if raw[start : start + 1] == '"':
            found[number] = SourceText(((start, end),), False)
        elif raw[start : start + 1] == "[" and end > start:
            strings = tuple(_elements(raw, (start, end)))
            if strings and all(raw[first] == '"' for first, _ in strings):
                found[number] = SourceText(strings, True)
    return found


def _cells(raw: str) -> Iterator[Stretch]:
    """Where the cells stand: those of nbformat 4, or of all worksheets of nbformat 3."""
    members = _members(raw, (raw.index("{"), len(raw)))
    if "cells" in members and raw[members["cells"][0]] == "[":
        yield from _elements(raw, members["cells"])
    elif "worksheets" in members:
        for sheet in _elements(raw, members["worksheets"]):
            cells = _members(raw, sheet).get("cells")
            if cells is not None:
                yield from _elements(raw, cells)


def _members(raw: str, stretch: Stretch) -> dict[str, Stretch]:
    """Where the values of an object stand, by their keys; of a key given twice the last one."""
    values = list(_elements(raw, stretch))
    return {
        json.loads(raw[start:end]): value
        for (start, end), value in zip(values[::2], values[1::2], strict=False)
        if raw[start] == '"'
    }


def _elements(raw: str, stretch: Stretch) -> Iterator[Stretch]:
    """Where the elements of a list stand (of an object: its keys and values in turn)."""
    end = stretch[0] + 1
    while True:
        gap = GAP.match(raw, end)
        start = gap.end() if gap else end
        if raw[start] in "]}":
            return
        _, end = DECODER.raw_decode(raw, start)
        yield start, end
