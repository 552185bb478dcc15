"""What a script lacks, put in: statements before and after one, callbacks of a fit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.script.edits import (
    Edits,
    Span,
    add_argument,
    at,
    behind,
    line_of,
    newline_at,
    set_value,
    span_of,
)
from overfitcheck.script.imports import function_around, refer_like
from overfitcheck.script.values import Call, Items, constant

if TYPE_CHECKING:
    from overfitcheck.script.fit import Fit
    from overfitcheck.script.script import Script


LONG_LINE = 88
"""A call that is put in is broken where it is longer."""

OPENS = re.compile(
    r"([ \t]*)(?:(?:async|class|def|elif|else|except|finally|for|if|try|while|with)\b.*:|.*[(\[{])"
    r"[ \t]*(?:#.*)?"
)
"""A line below which a block, or what stands between brackets, is indented."""

UNIT = re.compile(r"(?:\t| {1,4})(?=[^\s#])")

OF_OTHERS = re.compile(
    r"#\s*(?:[%!@<]|-\*-|In ?\[|Commented out IPython|COMMAND -|MAGIC |DBTITLE|noqa\b"
    r"|(?:end)?region\b|(?:overfitcheck|ruff|flake8|isort|fmt|yapf|mypy|pyright|type|pragma)\s*:"
    r"|pylint\s*:(?!\s*disable-next))"
)
"""Comments that are not about the statement below: marks of cells, and what tools read."""


def quoted(script: Script, text: str) -> str:
    """A string as the script writes most of its strings."""
    mark = "'" if script.code.count("'") > script.code.count('"') else '"'
    return f"{mark}{text}{mark}"


def free_name(script: Script, *wanted: str) -> str | None:
    """The first of some names that means nothing in the script yet."""
    return next((name for name in wanted if _is_free(script, name)), None)


def _is_free(script: Script, name: str) -> bool:
    """Whether a name occurs nowhere; most are not even in the text."""
    absent = script.tree.python is not None and name not in script.code
    return absent or script.bindings.is_free(name)


def laid_out(script: Script, node: cst.CSTNode, start: str, middle: str, end: str) -> list[str]:
    """A call on one line, or its arguments on a line of their own where it is too long.

    They are indented as the lines around a node are.
    """
    if len(start + middle + end) <= LONG_LINE:
        return [start + middle + end]
    return [start, _unit_around(script, script.line(node)) + middle, end]


def _unit_around(script: Script, line: int) -> str:
    """What the nearest lines are indented by: those of the same cell, else of others by blanks.

    Four spaces where no line tells.
    """
    cell = _cell(script, line)
    others = (number for number in range(1, len(script.lines)) if number not in cell)
    units = (_deeper(script, number) for number in sorted(cell[:-1], key=lambda n: abs(n - line)))
    elsewhere = (_deeper(script, number) for number in sorted(others, key=lambda n: abs(n - line)))
    found = next(filter(None, units), "")
    return found or next((each for each in elsewhere if each.strip("\t")), "    ")


def _cell(script: Script, line: int) -> range:
    """The lines of the cell of a notebook that a line stands in; those of all other scripts."""
    starts = script.notebook.starts if script.notebook is not None else ()
    first = max((each for each in starts if each <= line), default=1)
    following = min((each for each in starts if each > line), default=len(script.lines) + 1)
    return range(first, following)


def _deeper(script: Script, number: int) -> str:
    """What the line below one that opens something is further indented by; "" below others."""
    opens = OPENS.fullmatch(line_of(script, number))
    below = line_of(script, number + 1)
    if opens is None or not below.startswith(opens.group(1)):
        return ""
    unit = UNIT.match(below, len(opens.group(1)))
    return unit.group() if unit is not None else ""


def before(script: Script, node: cst.CSTNode, lines: Sequence[str]) -> Edits:
    """Put statements before the one that a node stands in; nothing where there is no room.

    Comments that stand directly above it stay with it.
    """
    place = _statement_place(script, node)
    if place is None:
        return ()
    indent = line_of(script, place.line)[: place.column - 1]
    if indent.strip():
        return ()
    newline = newline_at(script, place.line) + indent
    first = _with_comments(script, place.line, indent)
    return (at(first, place.column, "".join(f"{line}{newline}" for line in lines)),)


def _with_comments(script: Script, line: int, indent: str) -> int:
    """The first of the lines of comments directly above a statement, and of its own."""
    first = _cell(script, line).start
    while line > first:
        above = line_of(script, line - 1)
        comment = above.removeprefix(indent)
        # The last line of a string may look like a comment too.
        others = OF_OTHERS.match(comment) or '"""' in comment or "'''" in comment
        if others or not comment.startswith("#") or not above.startswith(indent):
            break
        line -= 1
    return line


def after(script: Script, node: cst.CSTNode, lines: Sequence[str]) -> Edits:
    """Put statements after the one that a node stands in; nothing where there is no room."""
    statement = script.statement(node)
    place = _statement_place(script, node)
    if place is None or not isinstance(statement, cst.SimpleStatementLine):
        return ()
    if isinstance(statement.body[-1], (cst.Return, cst.Raise)):
        return ()
    indent = line_of(script, place.line)[: place.column - 1]
    if indent.strip():
        return ()
    newline = newline_at(script, place.line) + indent
    end = len(line_of(script, place.end_line)) + 1
    return (at(place.end_line, end, "".join(f"{newline}{line}" for line in lines)),)


def _statement_place(script: Script, node: cst.CSTNode) -> Span | None:
    """Where the statement around a node stands, if others may stand beside it."""
    statement = script.statement(node)
    if isinstance(statement, cst.SimpleStatementLine) and _is_first(script, statement, node):
        return span_of(script, statement)
    if isinstance(statement, cst.If):
        place = span_of(script, statement)
        if place is not None and line_of(script, place.line)[place.column - 1 :].startswith("if"):
            return place
    return None


def _is_first(script: Script, statement: cst.SimpleStatementLine, node: cst.CSTNode) -> bool:
    """Whether a node stands in the first of the statements on a line."""
    if len(statement.body) == 1:
        return True
    mine, second = span_of(script, node), span_of(script, statement.body[1])
    if mine is None or second is None:
        return False
    return (mine.line, mine.column) < (second.line, second.column)


@dataclass(frozen=True, eq=False, repr=False)
class Wanted:
    """A callback that a fit lacks.

    `path` is that of its class, ``keras.callbacks.EarlyStopping``, `names` are what it may be
    called; `waiting` is the name of one that the script has made already and gives to nothing.
    """

    path: str
    arguments: str
    names: tuple[str, ...]
    waiting: str = ""


def add_callback(fit: Fit, wanted: Wanted) -> Edits:
    """Give a fit another callback, in whatever form it has callbacks.

    Nothing where the text does not show what the fit is given, or how to import the class.
    """
    given = fit.argument("callbacks")
    if not _is_alike_wherever_reached(fit, wanted.path):
        return ()
    if given is None:
        if fit.gives("callbacks") is not False:
            return ()
        return _beside(fit, wanted, None)
    if given.node is None or given.node.star:
        return ()
    value = given.node.value
    if isinstance(value, cst.Name) and isinstance(given.value, Items):
        found = fit.script.expression_bound_to(value.value)
        if isinstance(found, cst.List) and _validates_all(fit):
            value = found
    if isinstance(value, cst.List):
        return _into_list(fit, wanted, value)
    return _beside(fit, wanted, value)


def _is_alike_wherever_reached(fit: Fit, path: str) -> bool:
    """Whether the fit lacks the callback, and is given others of one kind, however it is reached.

    A function that is called twice may be given a list once and None the other time.
    """
    reached = [each for each in fit.script.fits if each.node is fit.node]
    kinds = {type(each.callbacks.value) for each in reached}
    lacking = all(each.callbacks.has(path.rpartition(".")[2]) is False for each in reached)
    return lacking and len(kinds) == 1


def _validates_all(fit: Fit) -> bool:
    """Whether all fits that share the callbacks of this one have validation data too."""
    return all(
        other.has_validation is True
        for other in fit.script.fits
        if other.callbacks.value is fit.callbacks.value
    )


def _beside(fit: Fit, wanted: Wanted, others: cst.BaseExpression | None) -> Edits:
    """A callback of its own name before the fit, and in the list that the fit is given."""
    made = _made(fit, wanted, fit.node)
    if made is None:
        return ()
    name, edits = made
    argument = fit.argument("callbacks")
    if argument is None or others is None:
        return (*edits, *add_argument(fit.script, fit.node, f"callbacks=[{name}]"))
    text = fit.script.code_of(others)
    if constant(argument.value, ...) is None:
        text = f"[{name}]"
    elif isinstance(argument.value, Items):
        text = f"[*{text}, {name}]"
    elif isinstance(argument.value, Call):
        text = f"[{text}, {name}]"
    else:
        return ()
    return (*edits, *set_value(fit.script, argument, text))


def _into_list(fit: Fit, wanted: Wanted, found: cst.List) -> Edits:
    """A callback as the last one of a list: by a name where the others have names too."""
    script = fit.script
    plain = all(isinstance(each.value, cst.Name) for each in found.elements)
    span = span_of(script, found)
    if span is None:
        return ()
    plain = plain or span.line == span.end_line
    named = _made(fit, wanted if plain else replace(wanted, names=()), found)
    if named is None:
        return ()
    text, edits = named
    if not found.elements:
        line, column, *_ = script.position(found)
        return (*edits, at(line, column + 1, text))
    last = found.elements[-1]
    end = span_of(script, last)
    return (*edits, *behind(script, end, text)) if end is not None else ()


def _made(fit: Fit, wanted: Wanted, node: cst.CSTNode) -> tuple[str, Edits] | None:
    """What to write for a new callback at a node: its name, made before, or the call itself."""
    if wanted.waiting:
        return wanted.waiting, ()
    script = fit.script
    reference = refer_like(script, wanted.path, node, function_around(fit.call), fit.model.value)
    if reference is None:
        return None
    name = free_name(script, *wanted.names)
    lines = laid_out(script, node, f"{name} = {reference.text}(", wanted.arguments, ")")
    made = before(script, node, lines) if name is not None else ()
    if name is None or not made:
        return f"{reference.text}({wanted.arguments})", reference.edits
    return name, (*reference.edits, *made)
