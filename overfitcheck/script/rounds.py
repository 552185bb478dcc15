"""Rounds: the loops around a fit, and what they run over (folds, settings that are compared)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.script.flow import ingredients
from overfitcheck.script.splits import FOLDS, splitter_of
from overfitcheck.script.values import Call, Item, Items, Slice, Value, constant

if TYPE_CHECKING:
    from overfitcheck.script.fit import Fit


@dataclass(frozen=True, eq=False, repr=False)
class Round:
    """A loop around a fit.

    `what` says what it runs over, `follows` what it means for a model that goes on training;
    `compares` whether its rounds are to be independent of one another.
    """

    node: cst.For
    compares: bool
    what: str
    follows: str

    def holds(self, call: Call) -> bool:
        """Whether a call is made inside the loop."""
        return self.node in call.context.loops


def rounds_around(fit: Fit) -> Iterator[Round]:
    """The ``for`` loops around a fit, from the inside out."""
    for loop in reversed(fit.loops_around):
        if isinstance(loop, cst.For):
            yield _round(fit, loop)


def _round(fit: Fit, loop: cst.For) -> Round:
    iterable = fit.script.walk.iterables.get(loop)
    if iterable is not None and (_runs_over_folds(iterable) or _leaves_out(fit, iterable)):
        text = fit.script.text(loop.iter)
        return Round(loop, True, text, "so it has already learned what the later folds hold out")
    name = fit.script.text(loop.target)
    if isinstance(iterable, Items) and _compares(fit, loop, iterable):
        return Round(
            loop, True, name, f"so the later {name} inherits what it learned with the earlier ones"
        )
    return Round(loop, False, name, "")


def _runs_over_folds(iterable: Value) -> bool:
    # Rows of a fold are no folds: a loop over its batches runs over something else.
    for each in ingredients(iterable, stop=lambda value: isinstance(value, Item)):
        splitter = splitter_of(each)
        if splitter is not None:
            return splitter.short_name.endswith(FOLDS)
    return False


def _leaves_out(fit: Fit, iterable: Value) -> bool:
    """Whether each round trains on what stands before and behind another part of the rows."""

    def moves(end: Value | None) -> bool:
        return end is not None and any(
            isinstance(each, Item) and each.of is iterable for each in ingredients(end)
        )

    if not isinstance(iterable, Call) or iterable.function != "builtins.range":
        return False
    parts = [each.index for each in ingredients(fit.x) if isinstance(each, Item)]
    cuts = [(part.lower, part.upper) for part in parts if isinstance(part, Slice)]
    before = any(lower is None and moves(upper) for lower, upper in cuts)
    return before and any(upper is None and moves(lower) for lower, upper in cuts)


def _compares(fit: Fit, loop: cst.For, iterable: Items) -> bool:
    """Whether a loop over literal settings gives each of them to ``compile`` or to the fit."""
    if not isinstance(loop.target, cst.Name) or len(iterable.items) < 2 or not iterable.complete:
        return False
    settings = [constant(item) for item in iterable.items]
    if not all(isinstance(each, (str, int)) and not isinstance(each, bool) for each in settings):
        return False
    used = re.compile(rf"\b{loop.target.value}\b")
    compiled = fit.compiled
    if compiled is not None and loop in compiled.context.loops:
        return used.search(fit.script.text(compiled.node)) is not None
    argument = fit.argument("batch_size")
    return argument is not None and used.search(fit.text_of("batch_size")) is not None
