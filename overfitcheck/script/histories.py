"""The keys that a script reads of the history of a fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.script.values import Attribute, Value, options

if TYPE_CHECKING:
    from overfitcheck.script.fit import Fit


def keys_read(fit: Fit) -> Iterator[tuple[str, cst.CSTNode]]:
    """The keys that are read of its ``history.history`` without asking first, and where."""
    mine = [
        (key, node)
        for history, key, node, order in fit.script.walk.history_reads
        if isinstance(key, str) and _is_of(history, order, fit)
    ]
    asked = {key for key, node in mine if node is None}
    yield from ((key, node) for key, node in mine if node is not None and key not in asked)


def _is_of(history: Value, order: int, fit: Fit) -> bool:
    """Whether a history is what a fit returned, or what its model holds at some time."""
    if any(each is fit.call for each in options(history)):
        return True
    if not isinstance(history, Attribute) or history.name != "history":
        return False
    earlier = (each for each in fit.script.fits if each.call.order < order)
    last = [each for each in earlier if fit.script.same(history.of, each)][-1:]
    return bool(last) and last[0].call is fit.call
