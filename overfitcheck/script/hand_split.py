"""Rows that a script parts by hand: a mask and what it leaves, slices, a sample and the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from overfitcheck.script.columns import same_values
from overfitcheck.script.counterparts import Comparison
from overfitcheck.script.data import same_rows
from overfitcheck.script.flow import ingredients
from overfitcheck.script.splits import judgements
from overfitcheck.script.values import Attribute, Call, Item, Operation, Value, constant

if TYPE_CHECKING:
    from overfitcheck.script.script import Script


def is_parted_by_hand(script: Script, rows: Value, trained: Sequence[Value]) -> bool:
    """Whether rows came of one side of a table, and the other side is scored.

    None of the other side may be among what is `trained` on: the rows of two classes are no sides.
    """
    mine = list(_tables_in([rows]))
    known = {id(each) for each in _tables_in(trained)}
    judged = _tables_in([data for _, data in judgements(script)])
    others = [each for each in judged if id(each) not in known]
    return any(
        _are_parted(each, other) and not any(_are_one(other, part) for part in _tables_in(trained))
        for other in others
        for each in mine
    )


def _tables_in(values: Sequence[Value]) -> Iterator[Item | Call]:
    """The parts of tables that values were computed from, without those that only name rows."""
    for value in values:
        for each in ingredients(value, _names_rows):
            if isinstance(each, Item) or (
                isinstance(each, Call) and each.method in ("drop", "sample")
            ):
                yield each


def _names_rows(value: Value) -> bool:
    return isinstance(value, Attribute) and value.name == "index"


def _are_parted(part: Item | Call, other: Item | Call) -> bool:
    """Whether two parts of a table surely have no row in common."""
    if _is_left_by(part, other) or _is_left_by(other, part):
        return True
    if not isinstance(part, Item) or not isinstance(other, Item):
        return False
    return _have_masks_apart(part, other) or Comparison().counterpart(part, other) is not None


def _is_left_by(part: Item | Call, other: Item | Call) -> bool:
    """Whether a part is what a sample leaves: ``table.drop(sample.index)``."""
    if not isinstance(other, Call) or other.method != "sample":
        return False
    given = [part.index] if isinstance(part, Item) else [each.value for each in part.positional]
    if isinstance(part, Call) and part.method == "drop" and "index" in part.keywords:
        given.append(part.keywords["index"].value)
    return any(
        _names_rows(each) and isinstance(each, Attribute) and each.of is other
        for value in given
        for each in ingredients(value)
    )


def _have_masks_apart(part: Item, other: Item) -> bool:
    if not same_rows(part.of, other.of):
        return False
    if _is_inverse(part.index, other.index) or _is_inverse(other.index, part.index):
        return True
    return _ask_for_one(part.index, other.index) is False


def _are_one(part: Item | Call, other: Item | Call) -> bool:
    """Whether two parts may be the same rows of a table, chosen twice."""
    if not isinstance(part, Item) or not isinstance(other, Item) or part.of is not other.of:
        return False
    return part.index is other.index or _ask_for_one(part.index, other.index) is True


def _is_inverse(index: Value, other: Value) -> bool:
    return (
        isinstance(index, Operation)
        and index.operator == "BitInvert"
        and any(each is other for each in index.operands)
    )


def _ask_for_one(mask: Value, other: Value) -> bool | None:
    """Whether two masks ask one column for the same value; None where they ask something else."""
    first, second = _compared(mask), _compared(other)
    if first is None or second is None or not same_values(first[0], second[0]):
        return None
    return first[1] == second[1]


def _compared(index: Value) -> tuple[Value, object] | None:
    """What a mask compares, and with which number or name; None for other masks."""
    if not isinstance(index, Operation) or index.operator != "Compare" or len(index.operands) != 2:
        return None
    left, right = index.operands
    value = constant(right, ...)
    return None if value is ... else (left, value)
