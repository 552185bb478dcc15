"""Cells under a magic, as exports of notebooks write them, read as the Python that they are.

nbconvert puts such a cell into a string, and Colab into comments; the magics that let the cell
be the notebook's own Python (``%%time``) hide nothing then. Lines keep their number.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from overfitcheck.script.ipython import TRANSPARENT
from overfitcheck.script.syntax import syntax_error

CELL_MAGIC = re.compile(r"^get_ipython\(\)\.run_cell_magic\((.*)\)\s*$")
"""How nbconvert writes a cell under a magic: ``run_cell_magic('time', '', 'model.fit(x)\\n')``."""

COMMENTED = re.compile(r"^# Commented out IPython magic")
"""What Colab writes above a cell under a magic, whose lines it puts into comments."""

COMMENTED_MAGIC = re.compile(r"^# %%(\w+)")

HIDES_CELLS = re.compile(rf"^get_ipython\(\)\.run_cell_magic\(|{COMMENTED.pattern}", re.MULTILINE)


def with_hidden_cells(lines: list[str]) -> list[str]:
    """The lines of an exported notebook, with the cells that it hides as Python."""
    shown = [_from_string(line) for line in lines]
    for number, line in enumerate(lines[:-1]):
        magic = COMMENTED_MAGIC.match(lines[number + 1]) if COMMENTED.match(line) else None
        if magic is not None and magic.group(1) in TRANSPARENT:
            cell = ["if True:", *_from_comments(lines[number + 2 :])]
            if syntax_error("\n".join(cell)) is None:
                shown[number + 1 : number + 1 + len(cell)] = cell
    return shown


def _from_string(line: str) -> str:
    """The simple statements that a cell in a string holds, on its line; else the line."""
    found = CELL_MAGIC.match(line)
    try:
        given = ast.literal_eval(f"({found.group(1)})") if found else None
        name, _, cell = given if isinstance(given, tuple) else ("", "", "")
        body = ast.parse(cell).body if name in TRANSPARENT else []
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
        return line
    written = [ast.unparse(each) for each in body]
    if not written or any("\n" in each for each in written):
        return line
    return "; ".join(written)


def _from_comments(lines: list[str]) -> Iterator[str]:
    """The lines of a cell that stands in comments, each in its columns."""
    for line in lines:
        if not line.startswith("#"):
            return
        yield f" {line[1:]}".rstrip() if line.startswith("# ") else ""
