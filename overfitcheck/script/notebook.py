"""Notebooks as scripts: code cells in order, magics and shell lines blanked, lines kept.

The format is that of nbformat 3 and 4: ``cells`` (or ``worksheets[0].cells``), each with a
``cell_type`` and a ``source`` (``input`` in format 3) that is a string or a list of lines.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from overfitcheck.script.syntax import syntax_error

MAGIC = re.compile(r"^\s*(?:%|!|\?)|\?\s*$")
"""A line that IPython takes for itself: a magic, a shell command or a question."""

ASSIGNED_MAGIC = re.compile(r"^(\s*[\w, ]+=\s*)[%!].*$")
"""``files = !ls``: the name is bound, to what the text does not tell."""

TRANSPARENT = frozenset({"time", "timeit", "capture", "prun", "python", "python3"})
"""Cell magics under which the rest of the cell is still the notebook's own Python."""


class NotebookError(Exception):
    """The file is not a notebook."""


@dataclass(frozen=True)
class BrokenCell:
    """A cell that is not Python; `line` and `column` count from 1 within the cell."""

    cell: int
    line: int
    column: int
    message: str


@dataclass(frozen=True)
class Notebook:
    """The code of a notebook as one text.

    `cells` are the numbers of its code cells, counted over all cells from 0; `starts` the lines
    of `text` (from 1) at which they begin. Broken cells are blank in `text`.
    """

    text: str
    cells: tuple[int, ...]
    starts: tuple[int, ...]
    broken: tuple[BrokenCell, ...] = ()

    def place(self, line: int) -> tuple[int, int]:
        """The cell and the line in it (from 1) of a line of `text`."""
        number = max(bisect_right(self.starts, line) - 1, 0)
        return self.cells[number], line - self.starts[number] + 1


def read_notebook(raw: str) -> Notebook:
    """The code of a notebook.

    Raises:
        NotebookError: the text is not JSON, or not a notebook.
    """
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        raise NotebookError("it is not JSON") from None
    lines: list[str] = []
    numbers: list[int] = []
    starts: list[int] = []
    broken: list[BrokenCell] = []
    for number, cell in enumerate(_cells(data)):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        code, error = python_of(_source(cell))
        if error is not None:
            broken.append(BrokenCell(number, *error))
        numbers.append(number)
        starts.append(len(lines) + 1)
        lines.extend(code)
    return Notebook("\n".join([*lines, ""]), tuple(numbers), tuple(starts), tuple(broken))


def _cells(data: Any) -> list[Any]:
    if not isinstance(data, dict):
        raise NotebookError("it holds no notebook")
    cells = data.get("cells")
    if cells is None and isinstance(data.get("worksheets"), list):
        cells = [
            cell
            for sheet in data["worksheets"]
            if isinstance(sheet, dict)
            for cell in sheet.get("cells", ())
        ]
    if not isinstance(cells, list):
        raise NotebookError("it holds no cells")
    return cells


def _source(cell: dict[str, Any]) -> list[str]:
    """The lines of a cell, as many as an editor shows."""
    source = cell.get("source", cell.get("input", ""))
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    return text.replace("\r\n", "\n").split("\n")


def python_of(lines: list[str]) -> tuple[list[str], tuple[int, int, str] | None]:
    """The Python in the lines of a cell, and the error where there is none.

    Lines keep their number: what is not Python becomes an empty line.
    """
    first = lines[0].strip() if lines else ""
    if first.startswith("%%"):
        if first[2:].partition(" ")[0] not in TRANSPARENT:
            return [""] * len(lines), None
        lines = ["", *lines[1:]]
    if syntax_error("\n".join(lines)) is None:
        return lines, None
    cleaned = list(_without_magics(lines))
    error = syntax_error("\n".join(cleaned))
    return (cleaned, None) if error is None else ([""] * len(lines), error)


def _without_magics(lines: list[str]) -> Iterator[str]:
    """The lines without those of IPython, and without the lines that a backslash adds to them."""
    continued = False
    for line in lines:
        cleaned = "" if continued else _without_magic(line)
        continued = (continued or cleaned != line) and line.rstrip().endswith("\\")
        yield cleaned


def _without_magic(line: str) -> str:
    assigned = ASSIGNED_MAGIC.match(line)
    if assigned is not None:
        return f"{assigned.group(1)}__magic__"
    if MAGIC.search(line) is None:
        return line
    indent = line[: len(line) - len(line.lstrip())]
    return f"{indent}pass" if indent else ""
