"""Places in a text as an editor counts them, and as findings do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lsprotocol import types

from overfitcheck.finding import Edit, Location


@dataclass(frozen=True)
class Places:
    """The lines of a text; `units` measures text as the editor does, mostly in UTF-16."""

    lines: list[str]
    units: Callable[[str], int]

    def range(self, where: Location | Edit) -> types.Range:
        """A stretch of text as the editor has it: lines and columns from 0."""
        start = self._position(where.line, where.column)
        return types.Range(start, self._position(where.end_line, where.end_column))

    def line(self, position: types.Position) -> str:
        """The line that a position of the editor is in."""
        return self.lines[position.line] if position.line < len(self.lines) else ""

    def column(self, position: types.Position) -> int:
        """How many characters of its line stand before a position of the editor."""
        line = self.line(position)
        column = min(position.character, len(line))
        while column and self.units(line[:column]) > position.character:
            column -= 1
        return column

    def end_of(self, line: int) -> types.Position:
        """The end of a line (from 1), without what ends it."""
        text = self.lines[line - 1].rstrip("\r")
        return types.Position(line - 1, self.units(text))

    def _position(self, line: int, column: int) -> types.Position:
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return types.Position(line - 1, self.units(text[: column - 1]))


def overlap(first: types.Range, second: types.Range) -> bool:
    """Whether two stretches touch."""
    return _key(first.start) <= _key(second.end) and _key(second.start) <= _key(first.end)


def _key(position: types.Position) -> tuple[int, int]:
    return position.line, position.character
