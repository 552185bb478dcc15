"""Calls of Keras 1, written as later versions take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.script.edits import Edits, at, rename, span_of
from overfitcheck.script.former import WITHOUT_KERAS_1, Former
from overfitcheck.script.signatures import Signature
from overfitcheck.script.values import Argument, Call, Constant, Items, constant
from overfitcheck.script.written_strings import respell

if TYPE_CHECKING:
    from overfitcheck.script.script import Script

DATA_FORMATS = {"th": "channels_first", "tf": "channels_last"}
"""The values of `data_format` by those of `dim_ordering`."""

DIMENSIONS = {"2D": 2, "3D": 3}
"""How many sizes a kernel has, by how the name of its layer ends."""


def data_format(argument: Argument) -> str | None:
    """What `data_format` is called where `dim_ordering` has a value; None where that is unknown."""
    value = constant(argument.value)
    return DATA_FORMATS.get(value) if isinstance(value, str) else None


def renamed(script: Script, call: Call, name: str, old: Former, signature: Signature) -> Edits:
    """An argument under the name that took its place, with what else has to change with it.

    Nothing where the text does not show all of that.
    """
    argument, new = call.keywords[name], old.successor or ""
    sizes = sizes_of_kernel(call, old, signature)
    joined = _in_one_tuple(script, call, sizes)
    if (sizes and not joined) or new in (call.keywords if sizes else call.arguments):
        return ()
    edits = rename(script, argument, new)
    if name == "dim_ordering":
        respelt = _respelt(script, argument)
        edits = (*edits, *respelt) if respelt else ()
    return (*edits, *joined) if edits else ()


def _respelt(script: Script, argument: Argument) -> Edits:
    """The value of `dim_ordering` as `data_format` takes it, where it is a string."""
    node, value = argument.node, data_format(argument)
    return respell(script, node.value, value) if node is not None and value else ()


def sizes_of_kernel(call: Call, old: Former, signature: Signature) -> tuple[Argument, ...]:
    """The sizes of a kernel that are given one by one, as only Keras 1 takes them.

    Of ``Convolution2D(64, 3, 1, border_mode="same")`` these are 3 and 1; the versions that know
    the old names and take a tuple raise an error there.
    """
    dimensions = DIMENSIONS.get(call.short_name[-2:], 0)
    given = call.positional
    if signature.positional[1:3] != ("kernel_size", "strides") or old.since != WITHOUT_KERAS_1:
        return ()
    if not dimensions or len(given) < 3 or isinstance(given[1].value, Items):
        return ()
    return given[1 : dimensions + 1]


def _in_one_tuple(script: Script, call: Call, sizes: tuple[Argument, ...]) -> Edits:
    """Put brackets around the sizes of a kernel, where they surely are these and stand last."""
    dimensions = DIMENSIONS.get(call.short_name[-2:], 0)
    whole = len(sizes) == len(call.positional) - 1 == dimensions
    if not sizes or not whole or not all(_is_size(each) for each in sizes):
        return ()
    first, last = (
        span_of(script, each.node) if each.node is not None else None
        for each in (sizes[0], sizes[-1])
    )
    if first is None or last is None:
        return ()
    return (at(first.line, first.column, "("), at(last.end_line, last.end_column, ")"))


def _is_size(argument: Argument) -> bool:
    """Whether an argument is a number that stands in the call."""
    node = argument.node
    number = isinstance(argument.value, Constant) and type(argument.value.value) is int
    return number and isinstance(node, cst.Arg) and not node.star
