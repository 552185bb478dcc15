"""Columns: whether two values hold the same ones of the same rows (an autoencoder's do)."""

from __future__ import annotations

from overfitcheck.script.axes import drops_columns
from overfitcheck.script.data import one_step, same_rows
from overfitcheck.script.values import Call, Constant, Item, Items, Slice, Value


def same_values(first: Value, second: Value) -> bool:
    """Whether two values surely hold the same columns of the same rows."""
    return same_rows(first, second) and _columns(first) == _columns(second)


def _columns(value: Value) -> list[object]:
    """What was chosen of the columns, from the outside in; nothing where all of them are."""
    chosen: list[object] = []
    step: Value | None = value
    while step is not None and len(chosen) < 40:
        value = step
        if isinstance(value, Item) and isinstance(value.index, Items):
            part = value.index
            chosen.extend(
                _told(each) for each in (part.items[1:] if part.kind == "tuple" else [part])
            )
        if isinstance(value, Item) and isinstance(value.index, Constant):
            chosen.append(_told(value.index))
        if isinstance(value, Call) and value.method == "drop" and drops_columns(value):
            given = (*value.positional, *value.keywords.values())
            chosen.append(("drop", *(_told(each.value) for each in given)))
        step = value.of if isinstance(value, Item) else one_step(value)
    return [each for each in chosen if each != WHOLE]


def _told(index: Value) -> object:
    """An index as it can be compared."""
    if isinstance(index, Constant):
        return index.value
    if isinstance(index, Slice):
        return (
            "slice",
            *(None if end is None else _told(end) for end in (index.lower, index.upper)),
        )
    if isinstance(index, Items):
        return tuple(_told(each) for each in index.items)
    return id(index)


WHOLE = ("slice", None, None)
"""All columns: ``x[3:, :]``."""
