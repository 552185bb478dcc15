"""The methods of lists and dicts: what they return, and what they change."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from overfitcheck.script.values import (
    CHOSEN_BY,
    FILLED,
    Argument,
    Constant,
    Items,
    Table,
    Unknown,
    Value,
    choice,
    constant,
)

if TYPE_CHECKING:
    from overfitcheck.script.walk import Walk


def _append(walk: Walk, of: Items, values: list[Value]) -> Value | None:
    of.items.extend(values)
    _grown(walk, of, values)
    loops = walk.context.loops
    if loops and walk.context.branches and values and isinstance(values[0], Constant):
        over = walk.iterables.get(loops[-1])
        if over is not None:
            of.attributes[CHOSEN_BY] = over
    return Constant(None)


def _extend(walk: Walk, of: Items, values: list[Value]) -> Value | None:
    further = values[0] if values else Unknown()
    if isinstance(further, Items):
        of.items.extend(further.items)
    fill(of, further)
    if isinstance(further, Items) and further.closed:
        _grown(walk, of, further.items, further.complete)
        of.perhaps.update(further.perhaps)
    else:
        of.disturb()
    return Constant(None)


def _grown(walk: Walk, of: Items, values: list[Value], whole: bool = True) -> None:
    """Note whether all that a list was just given is surely in it (`whole`: all was told)."""
    if walk.surely(of.branch):
        if of.complete and not whole:
            of.complete, of.fewer = False, True
        return
    if of.complete:
        of.complete, of.fewer = False, True
    branches = walk.context.branches
    if branches:
        of.perhaps.update(dict.fromkeys(values, branches))


def fill(of: Items, further: Value) -> None:
    """Keep what a list goes on with, where the items themselves do not tell."""
    told = isinstance(further, Items) and (further.complete or FILLED not in further.attributes)
    if not told:
        more = further.attributes[FILLED] if isinstance(further, Items) else further
        known = of.attributes.get(FILLED)
        of.attributes[FILLED] = more if known is None else choice(known, more)


def _insert(walk: Walk, of: Items, values: list[Value]) -> Value | None:
    place = constant(values[0]) if values else None
    if len(values) == 2 and isinstance(place, int):
        of.items.insert(place, values[1])
        _grown(walk, of, values[1:])
    else:
        of.disturb()
    return Constant(None)


def _copy(walk: Walk, of: Items, values: list[Value]) -> Value | None:
    return of.copied(of.kind, walk.place())


def _disturb(walk: Walk, of: Items, values: list[Value]) -> Value | None:
    of.disturb()
    return Unknown()


def _keep(walk: Walk, of: Items, values: list[Value]) -> Value | None:
    return Unknown()


LIST_METHODS: dict[str, Callable[[Walk, Items, list[Value]], Value | None]] = {
    "append": _append,
    "add": _append,
    "extend": _extend,
    "insert": _insert,
    "copy": _copy,
    "pop": _disturb,
    "remove": _disturb,
    "clear": _disturb,
    "index": _keep,
    "count": _keep,
    "sort": _keep,
    "reverse": _keep,
}


def table_method(
    walk: Walk, of: Table, name: str, values: list[Value], keywords: dict[str, Argument]
) -> Value | None:
    key = constant(values[0], ...) if values else ...
    if name in ("get", "setdefault", "pop") and isinstance(key, (str, int)):
        default = values[1] if len(values) > 1 else Constant(None)
        found = of.entries.get(key)
        if name == "setdefault" and found is None and of.complete:
            of.entries[key] = default
        if name == "pop":
            of.entries.pop(key, None)
            of.complete = of.complete and walk.surely(of.branch)
        if found is None:
            return default if of.complete else Unknown()
        return found if of.complete else choice(found, default)
    if name == "update":
        further = values[0] if values else Table({})
        if isinstance(further, Table):
            for each, value in further.entries.items():
                walk.put(of, each, value)
        for each, argument in keywords.items():
            walk.put(of, each, argument.value)
        of.complete = of.complete and isinstance(further, Table) and further.complete
        return Constant(None)
    if name == "copy":
        return Table(dict(of.entries), of.complete, walk.place())
    filled = [of.attributes[FILLED]] if FILLED in of.attributes else []
    if name == "values":
        return Items("list", [*of.entries.values(), *filled], of.complete, walk.place())
    if name == "keys":
        return Items("list", [Constant(key) for key in of.entries], of.complete, walk.place())
    if name == "items":
        pairs: list[Value] = [
            Items("tuple", [Constant(key), value]) for key, value in of.entries.items()
        ]
        pairs += [Items("tuple", [Unknown(), value]) for value in filled]
        return Items("list", pairs, of.complete, walk.place())
    return None
