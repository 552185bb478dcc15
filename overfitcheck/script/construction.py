"""Nodes of libcst, made without asking each whether it is well formed.

What stands in a text that Python has read is well formed; asking takes most of the time that
making a node does. Fields that are not given have their defaults, punctuation and whitespace, one
object for all nodes: nothing here ever changes a node.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from functools import cache
from typing import Any

import libcst as cst

Maker = Callable[..., Any]
"""Makes a node of one kind from some of its fields, in the order in which they were named."""


@cache
def maker(kind: type[cst.CSTNode], *given: str) -> Maker:
    """What makes nodes of a kind from the fields that are `given`.

    The text of a function is put together, as dataclasses do for their ``__init__``: a loop over
    the fields would take twice the time.
    """
    names: dict[str, Any] = {"new": object.__new__, "kind": kind}
    lines = []
    for field in fields(kind):
        names[f"set_{field.name}"] = vars(kind)[field.name].__set__
        if field.name not in given:
            names[f"the_{field.name}"] = _default(field)
        value = field.name if field.name in given else f"the_{field.name}"
        lines.append(f"    set_{field.name}(node, {value})")
    head = [f"def made({', '.join(given)}):", "    node = new(kind)"]
    exec("\n".join([*head, *lines, "    return node"]), names)
    made: Maker = names["made"]
    return made


def rare_maker(kind: type[cst.CSTNode], *given: str) -> Maker:
    """The same for a kind that most scripts do without: put together when one first has it."""

    def made(*values: Any) -> Any:
        return maker(kind, *given)(*values)

    return made


def _default(field: Field[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    assert field.default is not MISSING, f"{field.name} has to be given"
    return field.default
