"""What an index or argument means: rows, all of them in another order, or columns."""

from __future__ import annotations

from overfitcheck.script.values import Attribute, Call, Item, Items, Value, constant

TABLE_MAKERS = ("pandas.read_csv", "pandas.read_table", "pandas.DataFrame")

OF_TABLES = ("copy", "dropna", "fillna", "sample", "drop", "reset_index", "head", "drop_duplicates")
"""Methods of tables that return tables."""


def names_columns(index: Value) -> bool:
    """Whether an index is a list of names, which only a table of pandas takes: of its columns."""
    return (
        isinstance(index, Items)
        and index.kind == "list"
        and bool(index.items)
        and all(isinstance(constant(item), str) for item in index.items)
    )


def is_table(value: Value) -> bool:
    """Whether a value surely is a table of pandas, or a part of one."""
    for _ in range(40):
        if isinstance(value, Item):
            value = value.of
        elif isinstance(value, Attribute):
            return value.name in ("iloc", "loc")
        elif isinstance(value, Call) and value.function is not None:
            return value.function in TABLE_MAKERS
        elif isinstance(value, Call) and value.method in OF_TABLES and value.receiver is not None:
            value = value.receiver
        else:
            return False
    return False


def is_order(index: Value) -> bool:
    """Whether an index names all rows, in another order: ``permutation(n)``, ``arange(len(x))``."""
    if not isinstance(index, Call) or len(index.positional) != 1 or index.keywords:
        return False
    given = index.positional[0].value
    if index.short_name == "arange":
        return (isinstance(given, Call) and given.short_name == "len") or _is_height(given)
    return index.short_name == "permutation"


def _is_height(value: Value) -> bool:
    """Whether a value is ``x.shape[0]``."""
    return (
        isinstance(value, Item)
        and isinstance(value.of, Attribute)
        and value.of.name == "shape"
        and constant(value.index) == 0
    )


def drops_columns(call: Call) -> bool:
    """Whether a ``drop`` of a table leaves its rows alone."""
    return "columns" in call.keywords or is_along_columns(call)


def is_along_columns(call: Call) -> bool:
    """Whether a call works along the columns, so that the rows stay what they are."""
    axis = call.keywords.get("axis")
    given = axis.value if axis is not None else None
    if given is None and len(call.positional) > 1:
        given = call.positional[1].value
    return given is not None and constant(given) in (1, "columns")
