"""Following a module of the project: what it only defines waits until somebody asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.script.convert_expressions import ConversionError
from overfitcheck.script.defined import Part, defined
from overfitcheck.script.frames import Context, Frame
from overfitcheck.script.values import Value

if TYPE_CHECKING:
    from overfitcheck.script.walk import Walk


def follow(walk: Walk, frame: Frame) -> None:
    """Walk the module of a scope at the place where it is first needed, as an import would run it.

    Functions and classes that it defines once are walked when a name is looked up; most of a
    module is never asked for.
    """
    tree = frame.tree
    if tree.python is None:
        _walk_in(walk, frame, tree.module.body)
        return
    frame.later = Later(walk, frame, dict(tree.definitions)).get
    for part in tree.parts:
        if defined(part) not in tree.definitions:
            _walk_part(walk, frame, part)


class Later:
    """The definitions of a module that nobody has asked for yet."""

    def __init__(self, walk: Walk, frame: Frame, waiting: dict[str, Part]) -> None:
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


def _walk_part(walk: Walk, frame: Frame, part: Part) -> None:
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
