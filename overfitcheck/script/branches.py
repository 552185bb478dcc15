"""What is known after a conditional, of which either arm may have been taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.script.values import FILLED, Choice, Constant, Value, choice

if TYPE_CHECKING:
    from overfitcheck.script.walk import Walk


def merged(ends: Sequence[dict[str, Value]]) -> dict[str, Value]:
    """The names after a conditional whose arms ended with `ends`."""
    result = dict(ends[0])
    for names in ends[1:]:
        for name, value in names.items():
            known = result.get(name)
            if known is None:
                result[name] = value
            elif known is not value:
                result[name] = choice(known, value)
    return result


def either(walk: Walk, node: cst.IfExp) -> tuple[Value, Value]:
    """The values of both arms of ``first if test else second``, each met in its own arm."""
    outside = walk.context
    walk.context = outside.in_arm(node, 0)
    first = walk.value(node.body)
    walk.context = outside.in_arm(node, 1)
    second = walk.value(node.orelse)
    walk.context = outside
    return first, second


def chosen(test: Value, first: Value, second: Value) -> Value:
    """The value of ``first if test else second``; a label is made of what it was decided by."""
    result = choice(first, second)
    if type(result) is Choice and all(type(each) is Constant for each in result.options):
        result.attributes[FILLED] = test
    return result
