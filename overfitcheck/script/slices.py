"""Slices of rows: whether two of them surely have rows in common, or surely none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import inf

from overfitcheck.script.values import (
    Attribute,
    Call,
    Constant,
    Item,
    Operation,
    Value,
)

COUNTS = ("builtins.", "math.", "numpy.floor", "numpy.ceil", "numpy.round")
"""Functions of numbers that give the same for the same."""


def overlap(some: Sequence[object], others: Sequence[object]) -> bool:
    """Whether two parts of some rows, told by their cuts, surely have rows in common."""
    return all(_meet(a, b) for a, b in zip(some, others, strict=False))


def _meet(some: object, others: object) -> bool:
    """Whether two slices have something in common: they begin or end at one place, or overlap."""
    if not isinstance(some, tuple) or not isinstance(others, tuple):
        return some == others
    (first, end), (other_first, other_end) = some, others
    if (first or 0) == (other_first or 0) or end == other_end:
        return True
    ends = (first or 0, other_first or 0, *(each or inf for each in (end, other_end)))
    if not all(isinstance(each, (int, float)) and each >= 0 for each in ends):
        return False
    return bool(max(ends[:2]) < min(ends[2:]))


def cut_alike(some: Sequence[object], others: Sequence[object]) -> bool:
    """Whether two parts of some rows surely are one: their cuts are the same, written twice."""
    return len(some) == len(others) and all(map(_are_one, some, others))


def _are_one(some: object, others: object) -> bool:
    if not isinstance(some, tuple) or not isinstance(others, tuple):
        return some == others
    return all(a == b or alike(a, b) for a, b in zip(some, others, strict=True))


def is_apart(part: object, others: Collection[object]) -> bool:
    """Whether a slice surely has nothing in common with some others."""
    return all(_ends_before(part, other) or _ends_before(other, part) for other in others)


def _ends_before(some: object, others: object) -> bool:
    """Whether a slice surely ends at or before the place where another one begins."""
    if not isinstance(some, tuple) or not isinstance(others, tuple):
        return False
    end, begin = some[1], others[0]
    if end is None or begin is None:
        return False
    if isinstance(end, int) and isinstance(begin, int):
        return end <= begin and (end < 0) == (begin < 0)
    return alike(end, begin)


def reaches_beyond(part: object, other: object) -> bool:
    """Whether a slice begins a window before the place where another ends, and takes all rows left.

    As in ``scaled[:n]`` and ``scaled[n - 60:]``.
    """
    if not isinstance(part, tuple) or not isinstance(other, tuple) or part[1] is not None:
        return False
    begin = part[0]
    before = isinstance(begin, Operation) and begin.operator == "Subtract"
    return before and other[1] is not None and alike(begin.operands[0], other[1])


def _number(end: object) -> object:
    """An end of a slice, which is a whole number, whether a script makes it one or not."""
    while isinstance(end, Call) and end.function == "builtins.int" and len(end.positional) == 1:
        end = end.positional[0].value
    return end


def alike(first: object, second: object, depth: int = 8) -> bool:
    """Whether two ends of slices surely are one number, written twice perhaps."""
    if depth == 8:
        first, second = _number(first), _number(second)
    if isinstance(first, Constant) and isinstance(second, Constant):
        return bool(first.value == second.value)
    if first is second or depth == 0 or type(first) is not type(second):
        return first is second
    if not isinstance(first, Value):
        return first == second
    pairs = _parts(first, second)
    return bool(pairs) and all(alike(a, b, depth - 1) for a, b in pairs)


def _parts(first: Value, second: object) -> list[tuple[object, object]]:
    """What two values are made of, in pairs; nothing where they are not made alike."""
    if isinstance(first, Operation) and isinstance(second, Operation):
        same = first.operator == second.operator and len(first.operands) == len(second.operands)
        return list(zip(first.operands, second.operands, strict=True)) if same else []
    if isinstance(first, Call) and isinstance(second, Call):
        given = [[each.value for each in call.positional] for call in (first, second)]
        same = first.function == second.function and len(given[0]) == len(given[1])
        counts = same and (first.function or "").startswith(COUNTS)
        return list(zip(*given, strict=True)) if counts else []
    if isinstance(first, Item) and isinstance(second, Item):
        return [(first.of, second.of), (first.index, second.index)]
    if isinstance(first, Attribute) and isinstance(second, Attribute):
        return [(first.of, second.of), (first.name, second.name)]
    return []


def is_window(cut: tuple[object, object]) -> bool:
    """Whether a slice is a window: both of its ends lie elsewhere in each round of a loop."""
    return all(isinstance(end, Value) for end in cut)
