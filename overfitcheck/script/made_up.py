"""Data that a script makes up itself: numbers at random, and lists that it writes down."""

from __future__ import annotations

from overfitcheck.script.data import STACKS, TRAIN_TEST_SPLIT, maker_of, origin_of, rows_of
from overfitcheck.script.values import (
    FILLED,
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

RANDOM_MAKERS = (
    "numpy.random.",
    "numpy.ones",
    "numpy.zeros",
    "tensorflow.zeros",
    "tensorflow.ones",
    "tensorflow.random.",
    "keras.random.",
    "sklearn.datasets.make_",
)
"""What makes data for a demonstration rather than reading it."""


def is_made_up(value: Value) -> bool:
    """Whether the data were made by the script for a demonstration (G4), not read."""
    if isinstance(value, Items) and value.kind == "generator":
        pairs = (each.items[:1] if isinstance(each, Items) else [each] for each in value.items)
        return bool(value.items) and all(is_made_up(rows) for pair in pairs for rows in pair)
    whole = _parted(value)
    if whole is not None:
        # What sklearn makes and splits is taught with as if it were read.
        return is_made_up(whole) and not maker_of(whole).startswith("sklearn.")
    origin = origin_of(value)
    if isinstance(origin, Call) and origin.function in STACKS and origin.positional:
        stacked = origin.positional[0].value
        stacks = stacked.items if isinstance(stacked, Items) and stacked.closed else []
        return bool(stacks) and all(is_made_up(rows) for rows in stacks)
    if isinstance(origin, Call) and origin.function == "numpy.sort" and origin.positional:
        return is_made_up(origin.positional[0].value)
    # An array of zeros that is filled afterwards holds what it was filled with.
    return maker_of(origin).startswith(RANDOM_MAKERS) and FILLED not in origin.attributes


def _parted(value: Value) -> Value | None:
    """What ``train_test_split`` parted, where rows are a part of that."""
    part = rows_of(value).origin
    split = part.of if isinstance(part, Item) else None
    if not isinstance(part, Item) or not isinstance(split, Call) or split.open:
        return None
    number = constant(part.index)
    if split.function != TRAIN_TEST_SPLIT or not isinstance(number, int):
        return None
    given = split.positional[number // 2 : number // 2 + 1] if number >= 0 else []
    return given[0].value if given else None


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
