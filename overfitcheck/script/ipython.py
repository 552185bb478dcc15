"""Code as IPython takes it: without its magics, shell commands and questions it is Python."""

from __future__ import annotations

import re
from collections.abc import Iterator

from overfitcheck.script.parsing import error_in
from overfitcheck.script.python2 import read_as_python_3
from overfitcheck.script.syntax import syntax_error

MAGIC = re.compile(r"^\s*(?:%|!|\?|,|;|/(?=\w))|^\s*%{0,2}[\w.*\[\]]+\?\??\s*$")
"""A line that IPython takes for itself: a magic, a shell command or a question."""

ASSIGNED_MAGIC = re.compile(r"^(\s*[\w., ]+=\s*)[%!].*$")
"""``files = !ls``: the name is bound, to what the text does not tell."""

TIMED = re.compile(r"^(\s*)((?:[\w., ]+=\s*)?)(%time(?:it)?\s+(?=[^\s-]))(.*)$")
"""``%time model.fit(x, y)``: a magic before a line of Python."""

SHELL = re.compile(
    r"^\s*(?:pip3?|conda|mamba|apt|apt-get|git|ls|cd|cat|cp|mv|rm|mkdir|pwd)(?:\s|$)"
)
"""Commands that IPython runs without a sign before them."""

TRANSPARENT = frozenset(
    (
        "capture debug heat local lprun memit mprun prun px pyinstrument python python3 scalene "
        "snakeviz time timeit wandb"
    ).split()
)
"""Cell magics under which the rest of the cell is still the notebook's own Python."""

SHELLS = frozenset("bash sh script system sx".split())
"""Cell magics under which the rest of the cell is run by the shell."""

PIECE = re.compile(r"#.*|'''|\"\"\"|'(?:\\.|[^'\\])*'?|\"(?:\\.|[^\"\\])*\"?|[()\[\]{}]|\\.")
"""What matters of a line for where the next statement begins."""


def python_of(lines: list[str]) -> tuple[list[str], tuple[int, int, str] | None]:
    """The Python in the lines of a cell, and the error where they are not Python.

    Lines keep their number: what is not Python becomes an empty line. Python 2 is an error, and
    what it means is given as Python 3.
    """
    magic = _cell_magic(lines)
    if magic is not None:
        if magic not in TRANSPARENT:
            return [""] * len(lines), None
        start = next(place for place, line in enumerate(lines) if line.strip())
        lines = [*lines[:start], "", *lines[start + 1 :]]
    if syntax_error("\n".join(lines)) is None:
        return lines, None
    cleaned = list(_without_magics(lines))
    text = "\n".join(cleaned)
    error = error_in(text)
    if error is None:
        return cleaned, None
    older = read_as_python_3(text)
    return [""] * len(lines) if older is None else older.split("\n"), error


def without_indent(lines: list[str]) -> tuple[list[str], str]:
    """The lines of a cell without what its first line is indented by, and that indent.

    IPython takes it away from all lines that have it.
    """
    first = next((line for line in lines if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip(" \t"))]
    return [line.removeprefix(indent) for line in lines] if indent else lines, indent


def differing(written: list[str], code: list[str]) -> Iterator[int]:
    """The lines (from 1) of which the Python is not what was written."""
    pairs = zip(written, code, strict=True)
    return (number for number, (one, other) in enumerate(pairs, 1) if one != other)


def commands_in(written: list[str], code: list[str]) -> str:
    """The lines of a cell for IPython or the shell, where they speak of TensorFlow or Keras.

    What a cell writes to a file, or shows, is none.
    """
    text = "\n".join(written[place - 1] for place in differing(written, code))
    if "tensorflow" not in text.lower() and "keras" not in text.lower():
        return ""
    magic = _cell_magic(written)
    return text if magic is None or magic in TRANSPARENT | SHELLS else ""


def _cell_magic(lines: list[str]) -> str | None:
    """The magic that a cell as a whole is given to, if there is one.

    Colab takes comments before it too, so that what the shell runs is never Python.
    """
    filled = [line.strip() for line in lines if line.strip()]
    first = next((line for line in filled if not line.startswith("#")), "")
    magic = (first[2:].split() or [""])[0] if first.startswith("%%") else None
    return magic if filled[:1] == [first] or magic in SHELLS else None


def _without_magics(lines: list[str]) -> Iterator[str]:
    """The lines without those of IPython, and without the lines that a backslash adds to them."""
    continued = False
    depth, quote = 0, ""
    for line in lines:
        inside = depth > 0 or bool(quote)
        cleaned = "" if continued else line if inside else _without_magic(line)
        continued = (continued or cleaned != line) and line.rstrip().endswith("\\")
        depth, quote = _after(cleaned, depth, quote)
        yield cleaned


def _after(line: str, depth: int, quote: str) -> tuple[int, str]:
    """How many brackets, and which triple quotes, are open after a line."""
    place = 0
    while True:
        if quote:
            end = line.find(quote, place)
            if end < 0:
                return depth, quote
            place, quote = end + len(quote), ""
        found = PIECE.search(line, place)
        if found is None:
            return depth, quote
        piece, place = found.group(), found.end()
        if piece in ("'''", '"""'):
            quote = piece
        elif piece in "([{":
            depth += 1
        elif piece in ")]}":
            depth = max(depth - 1, 0)


def _without_magic(line: str) -> str:
    timed = TIMED.match(line)
    if timed is not None:
        indent, target, magic, rest = timed.groups()
        if syntax_error(target + rest) is None:
            return indent + target + ("" if target else "None;").ljust(len(magic)) + rest
    assigned = ASSIGNED_MAGIC.match(line)
    if assigned is not None:
        return f"{assigned.group(1)}__magic__"
    if MAGIC.search(line) is None and not _is_command(line):
        return line
    indent = line[: len(line) - len(line.lstrip())]
    return f"{indent}pass" if indent else ""


def _is_command(line: str) -> bool:
    """Whether a line is a shell command that IPython knows, and not Python."""
    return SHELL.match(line) is not None and syntax_error(line.strip()) is not None
