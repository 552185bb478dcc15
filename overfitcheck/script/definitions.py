"""Following a module of the project: what it only defines waits until somebody asks for it."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.script.convert_expressions import ConversionError
from overfitcheck.script.frames import Context, Frame
from overfitcheck.script.values import Value

if TYPE_CHECKING:
    from overfitcheck.script.walk import Walk

DEFINING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def follow(walk: Walk, frame: Frame) -> None:
    """Walk the module of a scope at the place where it is first needed, as an import would run it.

    Functions and classes that it defines once are walked when a name is looked up; most of a
    module is never asked for.
    """
    tree = frame.tree
    if tree.python is None:
        _walk_in(walk, frame, tree.module.body)
        return
    once = _bound_once(tree.parts)
    named = ((_defined(part), part) for part in tree.parts)
    waiting = {name: part for name, part in named if name is not None and name in once}
    frame.later = Later(walk, frame, waiting).get
    for part in tree.parts:
        if _defined(part) not in once:
            _walk_part(walk, frame, part)


class Later:
    """The definitions of a module that nobody has asked for yet."""

    def __init__(self, walk: Walk, frame: Frame, waiting: dict[str, list[ast.stmt]]) -> None:
        self._walk = walk
        self._frame = frame
        self._waiting = waiting
        self._known: dict[str, Value | None] = {}

    def get(self, name: str) -> Value | None:
        """What the module defines under a name; None where it does not, or is about to."""
        part = self._waiting.pop(name, None)
        if part is not None:
            _walk_part(self._walk, self._frame, part)
            self._known[name] = self._frame.names.get(name)
        return self._known.get(name)


def _walk_part(walk: Walk, frame: Frame, part: Sequence[ast.stmt]) -> None:
    # What cannot be converted binds nothing: its names are unknown.
    with suppress(ConversionError, RecursionError):
        _walk_in(walk, frame, [frame.tree.part(part)])


def _walk_in(walk: Walk, frame: Frame, body: Sequence[cst.CSTNode]) -> None:
    outside = walk.frame, walk.context, walk.home, walk.before, walk.foreign
    if not walk.foreign:
        walk.left_at = walk.steps
    walk.frame, walk.context, walk.before, walk.foreign = frame, Context(), [], True
    try:
        walk.block(body)
    finally:
        walk.frame, walk.context, walk.home, walk.before, walk.foreign = outside


def _defined(part: Sequence[ast.stmt]) -> str | None:
    """The name of the function or class that a statement defines."""
    first = part[0]
    return first.name if isinstance(first, DEFINING) else None


def _bound_once(parts: Sequence[Sequence[ast.stmt]]) -> set[str]:
    """The names of functions and classes that nothing else in the module binds."""
    times = Counter(name for part in parts for name in _bound(part))
    return {name for part in parts if (name := _defined(part)) is not None and times[name] == 1}


def _bound(part: Sequence[ast.stmt]) -> Iterator[str]:
    """The names that a statement of a module may bind there."""
    name = _defined(part)
    if name is not None:
        yield name
        return
    waiting: list[ast.AST] = list(part)
    while waiting:
        node = waiting.pop()
        if isinstance(node, DEFINING):
            yield node.name
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store):
                yield node.id
        else:
            waiting.extend(ast.iter_child_nodes(node))
