"""Plain Python lists of numbers, as scripts write them down, repeat and join them."""

from __future__ import annotations

from overfitcheck.script.values import (
    Call,
    Item,
    Items,
    Operation,
    Slice,
    Table,
    Value,
    constant,
    options,
)


def is_number_list(value: Value) -> bool:
    """Whether a value surely is a plain Python list of numbers."""
    while isinstance(value, Item) and isinstance(value.index, Slice):
        value = value.of
    if isinstance(value, Operation):
        return _joins_number_lists(value)
    return (
        isinstance(value, Items)
        and value.kind == "list"
        and bool(value.items)
        and all(_is_number(item) for item in value.items)
    )


def _joins_number_lists(joint: Operation) -> bool:
    """Whether lists of numbers are repeated or joined: ``[1] * 500 + [0] * 500``."""
    if joint.operator == "Add":
        return all(map(is_number_list, joint.operands))
    lists = [each for each in joint.operands if is_number_list(each)]
    return (
        joint.operator == "Multiply"
        and len(lists) == 1
        and all(
            type(constant(each)) is int
            or (isinstance(each, Call) and each.function == "builtins.len")
            for each in joint.operands
            if each is not lists[0]
        )
    )


def _is_number(value: Value) -> bool:
    """Whether a value surely is a number: written down, or looked up in a table of numbers."""
    if isinstance(value, Item) and isinstance(value.of, Table):
        entries = value.of.entries.values()
        return bool(entries) and value.of.complete and all(_is_number(each) for each in entries)
    return all(isinstance(constant(each), (int, float)) for each in options(value))
