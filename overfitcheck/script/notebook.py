"""Notebooks as scripts: code cells in order, without what is not Python, lines kept.

The format is that of nbformat 3 and 4: ``cells`` (or ``worksheets[0].cells``), each with a
``cell_type`` and a ``source`` (``input`` in format 3) that is a string or a list of lines.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from overfitcheck.script.ipython import commands_in, differing, python_of, without_indent
from overfitcheck.script.syntax import LINE_END

Refusal = tuple[int, int, str]
"""Why a text cannot be read: the line and column of the error (from 1), and a message."""


COUNTING = ("value_counts", "Counter(", "return_counts")
"""What stands in the code of cells whose output may show how many rows each class has."""


class NotebookError(Exception):
    """The file is not a notebook."""


@dataclass(frozen=True)
class BrokenCell:
    """A cell that is not Python; `line` and `column` count from 1 within the cell.

    `python_2` tells that it is Python 2, as which it was read nevertheless.
    """

    cell: int
    line: int
    column: int
    message: str
    python_2: bool = False


@dataclass(frozen=True)
class Notebook:
    """The code of a notebook as one text.

    `cells` are the numbers of its code cells, counted over all cells from 0; `starts` the lines
    of `text` (from 1) at which they begin. Broken cells are blank in `text`, unless they are in
    Python 2; `altered` are its lines that stand otherwise in the notebook, `indents` what stands
    before some lines, of cells that are indented as a whole. `outputs` are the saved texts of
    cells that count something, `commands` the lines about TensorFlow or Keras that are not Python:
    of magics and the shell.
    """

    text: str
    cells: tuple[int, ...]
    starts: tuple[int, ...]
    broken: tuple[BrokenCell, ...] = ()
    altered: frozenset[int] = frozenset()
    indents: Mapping[int, str] = field(default_factory=dict)
    outputs: Mapping[int, str] = field(default_factory=dict)
    commands: str = ""

    def place(self, line: int) -> tuple[int, int]:
        """The cell and the line in it (from 1) of a line of `text`."""
        number = max(bisect_right(self.starts, line) - 1, 0)
        return self.cells[number], line - self.starts[number] + 1


def read_notebook(raw: str, refusal: Callable[[str], Refusal | None] | None = None) -> Notebook:
    """The code of a notebook; none where its language is not Python.

    `refusal` says why a cell that is Python cannot be read nevertheless; such cells are broken too.

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
    altered: set[int] = set()
    indents: dict[int, str] = {}
    broken: list[BrokenCell] = []
    outputs: dict[int, str] = {}
    commands: list[str] = []
    for number, cell in enumerate(_cells(data)):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        cell_lines = _source(cell)
        written, indent = without_indent(cell_lines)
        code, error = python_of(written) if _is_python(data, cell) else ([""] * len(written), None)
        if error is None and refusal is not None:
            error = refusal("\n".join([*code, ""]))
            code = code if error is None else [""] * len(code)
        if error is not None:
            broken.append(_broken(number, error, cell_lines, indent, any(code)))
        numbers.append(number)
        starts.append(len(lines) + 1)
        altered |= {len(lines) + place for place in differing(written, code)}
        commands.append(commands_in(written, code))
        if indent:
            indents |= {len(lines) + place: indent for place in differing(cell_lines, written)}
        if any(counting in line for line in code for counting in COUNTING):
            outputs[number] = _output(cell)
        lines.extend(code)
    text = "\n".join([*lines, ""])
    code_cells = tuple(numbers), tuple(starts), tuple(broken)
    told = "\n".join(filter(None, commands))
    return Notebook(text, *code_cells, frozenset(altered), indents, outputs, told)


def written_lines(raw: str) -> dict[int, list[str]]:
    """The lines of each code cell as they stand in the notebook, by the number of the cell.

    `raw` is the text of a notebook that could be read.
    """
    return {
        number: _source(cell)
        for number, cell in enumerate(_cells(json.loads(raw)))
        if isinstance(cell, dict) and cell.get("cell_type") == "code"
    }


def _output(cell: dict[str, Any]) -> str:
    """The text of what a cell has put out: printed, or shown as its last value."""
    texts = []
    outputs = cell.get("outputs")
    for each in outputs if isinstance(outputs, list) else ():
        if isinstance(each, dict):
            data = each.get("data")
            text = each.get("text", data.get("text/plain") if isinstance(data, dict) else None)
            texts.append("".join(map(str, text)) if isinstance(text, list) else str(text or ""))
    return "\n".join(texts)


def _broken(cell: int, error: Refusal, lines: list[str], indent: str, python_2: bool) -> BrokenCell:
    """A cell that is not Python, whose `lines` were read without an `indent`."""
    line, column, message = error
    shifted = indent and line <= len(lines) and lines[line - 1].startswith(indent)
    return BrokenCell(cell, line, column + len(indent) if shifted else column, message, python_2)


def _is_python(data: dict[str, Any], cell: dict[str, Any]) -> bool:
    """Whether a cell is Python, by its own ``language`` or by the kernel of the notebook."""
    metadata = data.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    kernel, info = metadata.get("kernelspec"), metadata.get("language_info")
    told = [
        cell.get("language"),
        kernel.get("language") if isinstance(kernel, dict) else None,
        info.get("name") if isinstance(info, dict) else None,
    ]
    language = next((each for each in told if isinstance(each, str) and each), "python")
    return "python" in language.lower()


def _cells(data: Any) -> list[Any]:
    if not isinstance(data, dict):
        raise NotebookError("it holds no notebook")
    cells = data.get("cells")
    if cells is None and isinstance(data.get("worksheets"), list):
        cells = [
            cell
            for sheet in data["worksheets"]
            if isinstance(sheet, dict)
            for cell in sheet.get("cells") or ()
        ]
    if not isinstance(cells, list):
        raise NotebookError("it holds no cells")
    return cells


def _source(cell: dict[str, Any]) -> list[str]:
    """The lines of a cell, as many as an editor shows."""
    source = cell.get("source", cell.get("input", ""))
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    return LINE_END.split(text)
