"""Targets of assignments: names, attributes, items, and several of them at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.script.operators import item
from overfitcheck.script.values import (
    ANY,
    FILLED,
    PLACES,
    Call,
    Choice,
    Constant,
    Item,
    Items,
    Slice,
    Symbol,
    Table,
    Unknown,
    Value,
    column_key,
    column_names,
    constant,
    options,
)

if TYPE_CHECKING:
    from overfitcheck.script.walk import Walk

MOST_PARTS = 60
"""Parts of one value that are remembered when they were assigned to: the last ones."""


def index_of(walk: Walk, node: cst.BaseSlice) -> Value:
    """The value of what stands between the brackets of a subscript."""
    if isinstance(node, cst.Index):
        return walk.value(node.value)
    assert isinstance(node, cst.Slice)
    if node.step is not None and constant(walk.value(node.step)) is not None:
        return Unknown()
    lower = walk.value(node.lower) if node.lower is not None else None
    upper = walk.value(node.upper) if node.upper is not None else None
    return Slice(lower, upper)


def assign(walk: Walk, target: cst.CSTNode, value: Value) -> None:
    """Bind an assignment target to a value."""
    if type(target) is cst.Name:
        walk.frame.bind(target.value, value)
        if isinstance(value, (Call, Items, Item)):
            walk.bound.append((target.value, value))
        elif isinstance(value, Table):
            walk.tables.append((target, value))
    elif type(target) is cst.Tuple or type(target) is cst.List:
        _unpack(walk, target, value)
    elif type(target) is cst.Attribute:
        of, name = walk.value(target.value), target.attr.value
        for each in options(of):
            if isinstance(each, Symbol):
                walk.symbols[f"{each.path}.{name}"] = value
            known = each.attributes.get(name)
            each.attributes[name] = value if known is None else walk.replacing(each, known, value)
            walk.note_assignment(each, name, value, target)
    elif type(target) is cst.Subscript:
        of = walk.value(target.value)
        index = [index_of(walk, element.slice) for element in target.slice]
        if isinstance(of, Table) and isinstance(index[0], Constant):
            walk.put(of, index[0].value, value)
        elif isinstance(of, (Table, Items)):
            of.disturb()
            _fill(of, FILLED, value)
        else:
            _fill(of, FILLED, value)
            for place in _places(index):
                _fill(of, PLACES, place)
            for name in column_names(index[0]) or (ANY,):
                _fill(of, column_key(name), value)
    elif isinstance(target, cst.StarredElement):
        assign(walk, target.value, value)


def _places(index: list[Value]) -> Iterator[Value]:
    """What the places are computed of that a subscript names, as far as anything is."""
    for each in index:
        bounds = (each.lower, each.upper) if isinstance(each, Slice) else (each,)
        yield from (
            bound for bound in bounds if bound is not None and not isinstance(bound, Constant)
        )


def _fill(of: Value, place: str, value: Value) -> None:
    """Note that a part of a value is another one from now on, beside those filled in before."""
    known = of.attributes.get(place)
    parts = () if known is None else options(known)
    further = [each for each in options(value) if not any(each is part for part in parts)]
    together = (*parts[-MOST_PARTS:], *further)
    if further:
        of.attributes[place] = Choice(together) if len(together) > 1 else together[0]


def _unpack(walk: Walk, target: cst.Tuple | cst.List, value: Value) -> None:
    starred = [type(each) is cst.StarredElement for each in target.elements]
    for number, element in enumerate(target.elements):
        if any(starred[: number + 1]):
            part: Value = Items("list", [], False) if starred[number] else Unknown()
        else:
            part = item(walk, value, Constant(number))
        assign(walk, element.value, part)
