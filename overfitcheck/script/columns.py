"""Columns: whether two values hold the same ones of the same rows (an autoencoder's do)."""

from __future__ import annotations

from collections.abc import Iterator

from overfitcheck.script.axes import drops_columns, is_table
from overfitcheck.script.data import one_step, rows_of, same_rows
from overfitcheck.script.flow import ingredients
from overfitcheck.script.values import (
    Attribute,
    Call,
    Constant,
    Item,
    Items,
    Slice,
    Unknown,
    Value,
)

GATHERING = frozenset(
    "pandas.concat numpy.concatenate numpy.hstack numpy.append itertools.chain".split()
)
"""What puts the values of several columns one behind the other."""

OF_WHOLE_TABLES = frozenset("shape columns index dtypes size ndim empty axes attrs".split())
"""Attributes of tables that are no columns."""


def same_values(first: Value, second: Value) -> bool:
    """Whether two values surely hold the same columns of the same rows."""
    if not same_rows(first, second) or _columns(first) != _columns(second):
        return False
    taken = [_columns_of_frame(each) for each in (first, second)]
    return None in taken or taken[0] == taken[1]


def _columns_of_frame(value: Value) -> object:
    """Which columns ``pd.DataFrame(table, columns=[…])`` takes, or names; None for no such."""
    step: Value | None = value
    for _ in range(40):
        if isinstance(step, Call) and step.function == "pandas.DataFrame":
            columns = step.argument("columns")
            return _told(columns.value) if columns is not None else None
        step = step.of if isinstance(step, Item) else one_step(step) if step is not None else None
    return None


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


def gathered_from(rows: Value) -> Iterator[Value]:
    """The rows, and columns of tables whose values were gathered in them, item by item.

    As in ``table.text``, ``[clean(text) for text in table["text"]]`` and
    ``pd.concat([table["question"], table["answer"]])``.
    """
    yield rows
    waiting = [rows]
    for _ in range(20):
        if not waiting:
            return
        origin = rows_of(waiting.pop()).origin
        if isinstance(origin, Attribute) and origin.name not in OF_WHOLE_TABLES:
            if is_table(origin.of):
                yield origin.of
        elif isinstance(origin, Call) and origin.function in GATHERING:
            given = [argument.value for argument in origin.positional]
            parts = given[0].items if given and isinstance(given[0], Items) else given
            yield from (part for part in parts if is_table(rows_of(part).origin))
            waiting += parts
        elif isinstance(origin, Items) and not origin.complete:
            yield from (table for item in origin.items for table in _gone_over(item))


def _gone_over(item: Value) -> Iterator[Value]:
    """The columns of tables whose items, one by one, an item is made of."""
    for each in ingredients(item, most=20):
        if isinstance(each, Item) and type(each.index) is Unknown:
            for column in gathered_from(each.of) if not isinstance(each.of, Items) else ():
                if is_table(rows_of(column).origin):
                    yield column
