"""Text and places in it: lines and columns from 1, columns in characters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from overfitcheck.finding import Edit
from overfitcheck.script.syntax import LINE_END

Place = tuple[int, int]
"""A line and a column."""


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text after some edits that do not overlap; what none of them touches stays as it is.

    Raises:
        ValueError: an edit lies outside of the text, or two overlap.
    """
    parts: list[str] = []
    done = 0
    for start, end, replacement in offsets(text, edits):
        parts += (text[done:start], replacement)
        done = end
    return "".join([*parts, text[done:]])


def offsets(text: str, edits: Iterable[Edit]) -> list[tuple[int, int, str]]:
    """Edits in order, with offsets (start, end, replacement) instead of lines and columns.

    Raises:
        ValueError: an edit lies outside of the text, or two overlap.
    """
    lines = list(_lines(text))
    found = [
        (
            _offset(lines, edit.line, edit.column),
            _offset(lines, edit.end_line, edit.end_column),
            edit.replacement,
        )
        for edit in edits
    ]
    found.sort(key=lambda each: each[:2])
    done = 0
    for start, end, _ in found:
        if start < done or end < start:
            raise ValueError("edits overlap")
        done = end
    return found


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Where each line begins and, without what ends it, ends."""
    start = 0
    for found in LINE_END.finditer(text):
        yield start, found.start()
        start = found.end()
    yield start, len(text)


def _offset(lines: list[tuple[int, int]], line: int, column: int) -> int:
    """The offset of a place; the line behind the last one is the end of the text."""
    if (line, column) == (len(lines) + 1, 1):
        return lines[-1][1]
    start, end = lines[line - 1] if 0 < line <= len(lines) else (0, -1)
    if column < 1 or start + column - 1 > end:
        raise ValueError(f"line {line}, column {column} is outside of the text")
    return start + column - 1
