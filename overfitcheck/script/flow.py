"""What a value was computed from, and whether a value reaches anything that trains."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from overfitcheck.script.data import maker_of
from overfitcheck.script.values import (
    ANY,
    FILLED,
    Attribute,
    Call,
    Choice,
    Constant,
    Item,
    Items,
    Operation,
    Table,
    Unknown,
    Value,
    column_key,
    column_names,
)

if TYPE_CHECKING:
    from overfitcheck.script.script import Script

MOST = 800
"""Values looked at for one question."""

Columns = tuple[str, ...] | None
"""The names of the columns of a table that count; None for all."""


def ingredients(
    value: Value, stop: Callable[[Value], bool] | None = None, most: int = MOST
) -> Iterator[Value]:
    """The value and everything that it was computed from, up to and with what `stop` says.

    Of a table of which columns are taken by name, what was assigned to others is left out.
    """
    waiting: list[tuple[Value, Columns]] = [(value, None)]
    seen = set[int]()
    done = set[tuple[int, Columns]]()
    while waiting and len(done) < most:
        each, columns = waiting.pop()
        if (id(each), columns) in done:
            continue
        done.add((id(each), columns))
        if id(each) not in seen:
            seen.add(id(each))
            yield each
        if stop is None or not stop(each):
            if FILLED in each.attributes:
                waiting.extend((part, None) for part in _filled(each, columns))
            parts = PARTS.get(type(each))
            if parts is not None:
                taken = column_names(each.index) if isinstance(each, Item) else None
                waiting.extend((part, taken) for part in parts(each))


def _filled(value: Value, columns: Columns) -> Iterator[Value]:
    """What was assigned to parts of a value: to these columns, or to some unknown ones."""
    parts = value.attributes
    by_name = columns is not None and any(key.startswith("[") and key != FILLED for key in parts)
    places = map(column_key, (*columns, ANY)) if columns and by_name else (FILLED,)
    yield from (parts[place] for place in places if place in parts)


def _parts_of_call(call: Call) -> Iterator[Value]:
    yield from (argument.value for argument in call.positional)
    yield from (argument.value for argument in call.keywords.values())
    if call.receiver is not None:
        yield call.receiver


PARTS: dict[type[Value], Callable[[Any], Iterable[Value]]] = {
    Operation: lambda operation: operation.operands,
    Item: lambda item: (item.of, item.index),
    Attribute: lambda attribute: (attribute.of,),
    Choice: lambda choice: choice.options,
    Items: lambda items: items.items,
    Table: lambda table: table.entries.values(),
    Call: _parts_of_call,
}
"""What each kind of value was made of."""


def may_share(first: Value, second: Value) -> bool:
    """Whether two values may hold rows of one source, as far as the text tells."""
    maker = maker_of(first)
    ours, theirs = _sources(first), _sources(second)
    unknown = None in ours or None in theirs
    return unknown or bool(ours & theirs) or bool(maker and maker == maker_of(second))


def _sources(value: Value) -> set[object]:
    """What tells where rows come from: calls and names of files; None for what is unknown."""
    found: set[object] = set()
    for each in ingredients(value):
        if isinstance(each, Constant) and isinstance(each.value, str):
            found.add(each.value)
        elif isinstance(each, (Call, Unknown)):
            found.add(None if isinstance(each, Unknown) else id(each))
    return found


HARMLESS = (
    "builtins.",
    "numpy.",
    "pandas.",
    "matplotlib.",
    "seaborn.",
    "collections.",
    "json.",
    "pprint.",
    "logging.",
    "sklearn.utils.",
)
"""Functions that train nothing: they show what they are given, or put it into another form."""


def reaches_nothing(script: Script, value: Value) -> bool:
    """Whether a value is surely of no use to anything: no call, attribute or caller takes it."""
    takers = [call for call in script.calls if not _is_harmless(call)]
    kept = [assignment.value for assignment in script.assignments]
    given = [each.value for call in takers for each in (*call.positional, *call.keywords.values())]
    receivers = [call.receiver for call in takers if call.receiver is not None]
    for taken in (*given, *receivers, *kept, *script.walk.handed_out):
        if any(each is value for each in ingredients(taken)):
            return False
    return True


def _is_harmless(call: Call) -> bool:
    if call.function is not None:
        return call.function.startswith(HARMLESS)
    return call.method in ("items", "keys", "values", "round", "tolist", "info", "debug")
