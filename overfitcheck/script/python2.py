"""Scripts in Python 2, so far read as Python 3 that their trainings can be understood.

What only Python 2 has as statements is written as calls: ``print loss`` as ``print(loss)``. Lines
keep their number, and what stands in a line its column: a bracket takes the place of the space.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from overfitcheck.script.syntax import syntax_error

PIECE = re.compile(
    r"(?s)'''(?:\\.|[^\\])*?(?:'''|\Z)|\"\"\"(?:\\.|[^\\])*?(?:\"\"\"|\Z)"
    r"|'(?:\\.|[^'\\\r\n])*'?|\"(?:\\.|[^\"\\\r\n])*\"?|#[^\r\n]*|\\(?:\r\n|.)|\r\n?|\n|[()\[\]{}:;]"
)
"""What matters for where a statement begins and ends."""

CALLED = re.compile(
    r"[ \t]*(?:print(?:([ \t])(?=[ \t]*[^\s(=.,;:)\]}>#])|()(?=[\"'`]))|raise[ \t]+[\w.]+[ \t]*(,))"
)
"""A statement that becomes a call, and what its bracket takes the place of.

``print (loss)`` and ``print >>file, loss`` are Python 3 as well.
"""

CAUGHT = re.compile(r"[ \t]*except[ \t]+(?:[\w.]+|\([^()]*\))([ \t]*,[ \t]*)\w+[ \t]*:")
"""``except ValueError, error:``."""


def read_as_python_3(text: str) -> str | None:
    """A text in Python 2 as one in Python 3; None where something else in it is no Python."""
    made: list[str] = []
    done = 0
    for start, end, instead in _changes(text):
        made += text[done:start], instead
        done = end
    if not made:
        return None
    python_3 = "".join(made) + text[done:]
    return python_3 if syntax_error(python_3) is None else None


def _changes(text: str) -> Iterator[tuple[int, int, str]]:
    """From where to where the text is changed, and what stands there then; in their order."""
    depth, opened = 0, False
    begins: int | None = 0
    for piece in chain(PIECE.finditer(text), (None,)):
        found, at = ("\n", len(text)) if piece is None else (piece[0], piece.start())
        change = None if begins is None else _begun(text, begins)
        begins = None
        if change is not None:
            opened = change[2] == "("
            yield change
        if found in ("(", "[", "{"):
            depth += 1
        elif found in (")", "]", "}"):
            depth = max(depth - 1, 0)
        elif depth == 0 and found[0] in "\r\n;:#":
            if opened and found != ":":
                opened = False
                yield _closed(text, at)
            begins = None if piece is None else piece.end()


def _begun(text: str, at: int) -> tuple[int, int, str] | None:
    """The change at the beginning of a statement that only Python 2 has."""
    called = CALLED.match(text, at)
    if called is not None:
        return (*called.span(called.lastindex or 0), "(")
    caught = CAUGHT.match(text, at)
    return None if caught is None else (*caught.span(1), " as ")


def _closed(text: str, at: int) -> tuple[int, int, str]:
    """The bracket behind a statement that ends before a place."""
    while text[at - 1] in " \t":
        at -= 1
    return at, at, ")"
