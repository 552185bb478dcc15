"""What Python's own functions and containers do, as far as the model of a script needs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from overfitcheck.script.values import (
    Argument,
    Attribute,
    Constant,
    Items,
    Symbol,
    Table,
    Text,
    Unknown,
    Value,
    constant,
)

if TYPE_CHECKING:
    from overfitcheck.script.walk import Walk


def call(
    walk: Walk,
    callee: Value,
    positional: Sequence[Argument],
    keywords: dict[str, Argument],
    hidden: bool,
) -> Value | None:
    """The value of a call that is understood here; None for every other call."""
    values = [argument.value for argument in positional]
    if isinstance(callee, Symbol):
        function = FUNCTIONS.get(callee.path)
        return function(walk, values, keywords) if function and not hidden else None
    if not isinstance(callee, Attribute):
        return None
    of, name = callee.of, callee.name
    if isinstance(of, Items):
        method = LIST_METHODS.get(name)
        return method(walk, of, values) if method else None
    if isinstance(of, Table):
        return _table_method(walk, of, name, values, keywords)
    if isinstance(of, (Constant, Text)) and name == "format":
        text = of.suffix if isinstance(of, Text) else str(constant(of))
        return Text(text.rpartition("}")[2])
    if isinstance(of, Constant) and isinstance(of.value, str) and not values:
        return Constant(getattr(of.value, name)()) if name in TEXT_METHODS else None
    return None


TEXT_METHODS = frozenset({"lower", "upper", "strip", "title"})


def _list(walk: Walk, values: list[Value], keywords: dict[str, Argument]) -> Value | None:
    if not values:
        return Items("list", [], True, walk.place())
    if isinstance(values[0], Items):
        return Items("list", list(values[0].items), values[0].complete, walk.place())
    return None


def _tuple(walk: Walk, values: list[Value], keywords: dict[str, Argument]) -> Value | None:
    made = _list(walk, values, keywords)
    if isinstance(made, Items):
        made.kind = "tuple"
    return made


def _dict(walk: Walk, values: list[Value], keywords: dict[str, Argument]) -> Value | None:
    entries = {name: argument.value for name, argument in keywords.items()}
    if not values:
        return Table(dict(entries), True, walk.place())
    if isinstance(values[0], Table):
        return Table({**values[0].entries, **entries}, values[0].complete, walk.place())
    return None


def _number(kind: type) -> Callable[[Walk, list[Value], dict[str, Argument]], Value | None]:
    def convert(walk: Walk, values: list[Value], keywords: dict[str, Argument]) -> Value | None:
        number = constant(values[0]) if len(values) == 1 else None
        if isinstance(number, (int, float)):
            return type(values[0])(kind(number))  # type: ignore[call-arg]
        return None

    return convert


def _text(walk: Walk, values: list[Value], keywords: dict[str, Argument]) -> Value | None:
    if len(values) != 1:
        return None
    if isinstance(values[0], Constant):
        return Constant(str(values[0].value))
    return values[0] if isinstance(values[0], Text) else None


def _length(walk: Walk, values: list[Value], keywords: dict[str, Argument]) -> Value | None:
    if len(values) == 1 and isinstance(values[0], Items) and values[0].complete:
        return Constant(len(values[0].items))
    return None


def _path(walk: Walk, values: list[Value], keywords: dict[str, Argument]) -> Value | None:
    """A joined path, of which the last part is known."""
    if not values:
        return None
    last = values[-1]
    if isinstance(last, Text):
        return Text("/" + last.suffix) if len(values) > 1 else last
    tail = constant(last)
    if not isinstance(tail, str):
        return None
    parts = [constant(value) for value in values]
    if all(isinstance(part, str) for part in parts):
        return Constant("/".join(part.rstrip("/") or "/" for part in parts))
    return Text("/" + tail)


def _super(walk: Walk, values: list[Value], keywords: dict[str, Argument]) -> Value | None:
    for function in reversed(walk.active):
        first = function.node.params.params[:1]
        if function.owner is not None and first:
            instance = walk.frame.look_up(first[0].name.value)
            if instance is not None:
                return Attribute(instance, "super()")
    return None


FUNCTIONS: dict[str, Callable[[Walk, list[Value], dict[str, Argument]], Value | None]] = {
    "builtins.list": _list,
    "builtins.tuple": _tuple,
    "builtins.dict": _dict,
    "collections.OrderedDict": _dict,
    "builtins.int": _number(int),
    "builtins.float": _number(float),
    "builtins.str": _text,
    "builtins.len": _length,
    "builtins.super": _super,
    "os.path.join": _path,
    "pathlib.Path": _path,
    "os.fspath": _text,
}


def _append(walk: Walk, of: Items, values: list[Value]) -> Value | None:
    of.items.extend(values)
    of.complete = of.complete and walk.surely(of.branch)
    return Constant(None)


def _extend(walk: Walk, of: Items, values: list[Value]) -> Value | None:
    further = values[0] if values else Unknown()
    if isinstance(further, Items):
        of.items.extend(further.items)
    of.complete = (
        of.complete and isinstance(further, Items) and further.complete and walk.surely(of.branch)
    )
    return Constant(None)


def _insert(walk: Walk, of: Items, values: list[Value]) -> Value | None:
    place = constant(values[0]) if values else None
    if len(values) == 2 and isinstance(place, int):
        of.items.insert(place, values[1])
    of.complete = of.complete and isinstance(place, int) and walk.surely(of.branch)
    return Constant(None)


def _copy(walk: Walk, of: Items, values: list[Value]) -> Value | None:
    return Items(of.kind, list(of.items), of.complete, walk.place())


def _disturb(walk: Walk, of: Items, values: list[Value]) -> Value | None:
    of.complete = False
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


def _table_method(
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
        return found or (default if of.complete else Unknown())
    if name == "update":
        further = values[0] if values else Table({})
        if isinstance(further, Table):
            of.entries.update(further.entries)
        of.entries.update({each: argument.value for each, argument in keywords.items()})
        certain = isinstance(further, Table) and further.complete and walk.surely(of.branch)
        of.complete = of.complete and certain
        return Constant(None)
    if name == "copy":
        return Table(dict(of.entries), of.complete, walk.place())
    if name == "values":
        return Items("list", list(of.entries.values()), of.complete, walk.place())
    if name == "keys":
        return Items("list", [Constant(key) for key in of.entries], of.complete, walk.place())
    if name == "items":
        pairs: list[Value] = [
            Items("tuple", [Constant(key), value]) for key, value in of.entries.items()
        ]
        return Items("list", pairs, of.complete, walk.place())
    return None
