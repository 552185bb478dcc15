"""Cells under a magic, as exports of notebooks write them, read as the Python that they are.

nbconvert puts such a cell into a string, and Colab into comments; the magics that let the cell
be the notebook's own Python (``%%time``) hide nothing then. Lines keep their number: what a cell in
a string needs besides its own line takes the place of the blank lines and comments below.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from overfitcheck.script.ipython import TRANSPARENT
from overfitcheck.script.syntax import literal, syntax_error, unwarned

CELL_MAGIC = re.compile(r"^get_ipython\(\)\.run_cell_magic\((.*)\)\s*$")
"""How nbconvert writes a cell under a magic: ``run_cell_magic('time', '', 'model.fit(x)\\n')``."""

COMMENTED = re.compile(r"^# Commented out IPython magic")
"""What Colab writes above a cell under a magic, whose lines it puts into comments."""

COMMENTED_MAGIC = re.compile(r"^# %%(\w+)")

HIDES_CELLS = re.compile(rf"^get_ipython\(\)\.run_cell_magic\(|{COMMENTED.pattern}", re.MULTILINE)

OF_CELLS = re.compile(r"^# ?(?:%%|In ?\[)|get_ipython\(\)|Colab", re.MULTILINE)
"""What tells that a script is run cell by cell: an export of a notebook, or cells by ``# %%``."""


def with_hidden_cells(lines: list[str]) -> list[str]:
    """The lines of an exported notebook, with the cells that it hides as Python."""
    shown = list(lines)
    for number, line in enumerate(lines):
        cell = _from_string(line)
        if cell and not any(map(holds_code, lines[number + 1 : number + len(cell)])):
            shown[number : number + len(cell)] = cell
    for number, line in enumerate(lines[:-1]):
        magic = COMMENTED_MAGIC.match(lines[number + 1]) if COMMENTED.match(line) else None
        if magic is not None and magic.group(1) in TRANSPARENT:
            cell = ["if True:", *_from_comments(lines[number + 2 :])]
            if syntax_error("\n".join(cell)) is None:
                shown[number + 1 : number + 1 + len(cell)] = cell
    return shown


def holds_code(line: str) -> bool:
    """Whether a line is neither blank nor a comment, so that nothing else can stand there."""
    return bool(line.strip()) and not line.startswith("#")


def _from_string(line: str) -> list[str]:
    """The Python of a cell in a string, in as few lines as it takes; none for other lines.

    The lines that the cell does not fill itself have to be free below it.
    """
    found = CELL_MAGIC.match(line)
    try:
        given = literal(f"({found.group(1)})") if found else None
        name, _, cell = given if isinstance(given, tuple) else ("", "", "")
        with unwarned():
            tree = ast.parse(cell if name in TRANSPARENT else "")
        written = ast.unparse(Unscoped().visit(tree)).split("\n")
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
        return []
    return [] if any('"""' in each for each in written) else _joined(written)


class Unscoped(ast.NodeTransformer):
    """Takes statements out of the ``with`` around them, where it gives them no name to use."""

    def visit_With(self, node: ast.With) -> list[ast.stmt] | ast.With:
        """The scope as a statement of its own, and what stands in it."""
        self.generic_visit(node)
        if any(each.optional_vars is not None for each in node.items):
            return node
        return [*(ast.Expr(each.context_expr) for each in node.items), *node.body]


def _joined(lines: list[str]) -> list[str]:
    """Lines as Python writes a tree, those of one block joined, and joined to what heads it."""
    joined: list[str] = []
    for line in lines:
        before = joined[-1] if joined else ":"
        if _is_head(line) or _is_head(before) or _indent(line) != _indent(before):
            joined.append(line)
        else:
            joined[-1] = f"{before}; {line.strip()}"
    for number in range(len(joined) - 2, -1, -1):
        head, block = joined[number : number + 2]
        after = joined[number + 2] if number + 2 < len(joined) else ""
        alone = not _is_head(block) and _indent(after) <= _indent(head) < _indent(block)
        if head.endswith(":") and alone:
            joined[number : number + 2] = [f"{head} {block.strip()}"]
    return [each for each in joined if each]


def _is_head(line: str) -> bool:
    """Whether a line is the head of a block, or already has the block behind it."""
    return line.endswith(":") or line.strip().startswith(("@", *HEADS))


HEADS = tuple(
    f"{word} "
    for word in "async class def elif else: except finally: for if try: while with".split()
)
"""What the heads of blocks begin with."""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _from_comments(lines: list[str]) -> Iterator[str]:
    """The lines of a cell that stands in comments, each in its columns."""
    for line in lines:
        if not line.startswith("#"):
            return
        yield f" {line[1:]}".rstrip() if line.startswith("# ") else ""
