"""What Python's own functions and containers do, as far as the model of a script needs it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from overfitcheck.script.containers import LIST_METHODS, table_method
from overfitcheck.script.loops import elements
from overfitcheck.script.operators import truth
from overfitcheck.script.stored import READING, reading_what
from overfitcheck.script.values import (
    Argument,
    Attribute,
    Call,
    Constant,
    Item,
    Items,
    Setting,
    Symbol,
    Table,
    Text,
    Unknown,
    Value,
    constant,
)

if TYPE_CHECKING:
    from overfitcheck.script.walk import Walk


NUMBER = re.compile(r"\s*[+-]?\d{1,12}(?:\.\d*)?(?:[eE][+-]?\d{1,2})?\s*")


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
        return table_method(walk, of, name, values, keywords)
    if isinstance(of, Text) and name == "format":
        return Text(of.suffix.rpartition("}")[2])
    if isinstance(of, Constant) and name == "format" and isinstance(of.value, str):
        return _filled(of.value, values, keywords)
    if isinstance(of, Constant) and name == "join" and len(values) == 1:
        return _joined(of, values[0])
    if isinstance(of, Constant) and isinstance(of.value, str) and not values:
        return Constant(getattr(of.value, name)()) if name in TEXT_METHODS else None
    return None


TEXT_METHODS = frozenset({"lower", "upper", "strip", "title"})


def _filled(template: str, values: list[Value], keywords: dict[str, Argument]) -> Value | None:
    """``template.format(…)``: the whole where everything in it is known, else the end of it."""
    named = {name: argument.value for name, argument in keywords.items()}
    from string import Formatter  # Its import compiles an expression.

    numbered = {str(number): value for number, value in enumerate(values)}
    text, whole, number = "", True, 0
    try:
        for literal, field, layout, conversion in Formatter().parse(template):
            text += literal
            if field is None:
                continue
            value = {**named, **numbered}.get(field or str(number))
            number += not field
            if type(value) is Constant and not layout and not conversion:
                text += str(value.value)
            else:
                text, whole = value.suffix if isinstance(value, Text) else "", False
    except ValueError:
        return None
    return Constant(text) if whole else Text(text)


def _joined(between: Constant, parts: Value) -> Value | None:
    """``between.join(parts)``: the whole where all parts are known, else the end of it."""
    if not isinstance(parts, Items) or not parts.items or not isinstance(between.value, str):
        return None
    known = [constant(part) for part in parts.items]
    if parts.complete and all(isinstance(part, str) for part in known):
        return Constant(between.value.join(known))
    last = parts.items[-1]
    if isinstance(last, Text) or not isinstance(known[-1], str):
        return last if isinstance(last, Text) else None
    return Text(known[-1]) if parts.complete else None


def _list(walk: Walk, values: list[Value], keywords: dict[str, Argument]) -> Value | None:
    if not values:
        return Items("list", [], True, walk.place())
    if isinstance(values[0], Items):
        return values[0].copied("list", walk.place())
    found = elements(values[0])
    return Items("list", found, True, walk.place()) if found is not None else None


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
    pairs = _pairs(values)
    return Table({**pairs, **entries}, True, walk.place()) if pairs is not None else None


def _number(kind: type) -> Callable[[Walk, list[Value], dict[str, Argument]], Value | None]:
    def convert(walk: Walk, values: list[Value], keywords: dict[str, Argument]) -> Value | None:
        number = constant(values[0]) if len(values) == 1 else None
        if isinstance(number, (int, float)):
            return type(values[0])(kind(number))  # type: ignore[call-arg]
        if isinstance(number, str) and NUMBER.fullmatch(number):
            return type(values[0])(kind(float(number)))  # type: ignore[call-arg]
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


def _enumerate(walk: Walk, values: list[Value], keywords: dict[str, Argument]) -> Value | None:
    found = elements(values[0]) if len(values) == 1 and not keywords else None
    if found is None:
        return None
    pairs: list[Value] = [
        Items("tuple", [Constant(number), value]) for number, value in enumerate(found)
    ]
    return Items("list", pairs, True, walk.place())


def _zip(walk: Walk, values: list[Value], keywords: dict[str, Argument]) -> Value | None:
    found = [elements(value) for value in values]
    lists = [each for each in found if each is not None]
    if not lists or len(lists) != len(found):
        return None
    rows: list[Value] = [Items("tuple", list(row)) for row in zip(*lists, strict=False)]
    return Items("list", rows, True, walk.place())


def _filter(walk: Walk, values: list[Value], keywords: dict[str, Argument]) -> Value | None:
    if len(values) != 2 or constant(values[0], ...) is not None:
        return None
    if not isinstance(values[1], Items):
        return None
    answers = [(value, truth(value)) for value in values[1].items]
    kept = [value for value, answer in answers if answer is not False]
    certain = all(answer is not None for _, answer in answers)
    return Items("list", kept, values[1].complete and certain, walk.place())


def _chain(walk: Walk, values: list[Value], keywords: dict[str, Argument]) -> Value | None:
    if not all(isinstance(value, Items) for value in values):
        return None
    items = [item for value in values if isinstance(value, Items) for item in value.items]
    complete = all(isinstance(value, Items) and value.complete for value in values)
    return Items("list", items, complete, walk.place())


def _pairs(values: list[Value]) -> dict[object, Value] | None:
    """The entries of a dict that is made of pairs, as ``dict(zip(names, values))``."""
    found = elements(values[0])
    entries: dict[object, Value] = {}
    for pair in found if found is not None else (Unknown(),):
        if not isinstance(pair, Items) or len(pair.items) != 2:
            return None
        key, value = pair.items
        if not isinstance(key, Constant):
            return None
        entries[key.value] = value
    return entries


def _of_numbers(
    function: Callable[..., Any],
) -> Callable[[Walk, list[Value], dict[str, Argument]], Value | None]:
    """A function of numbers, which all have to be known."""

    def call(walk: Walk, values: list[Value], keywords: dict[str, Argument]) -> Value | None:
        several = elements(values[0]) if len(values) == 1 else values
        numbers = [constant(value) for value in several or ()]
        if keywords or not numbers or not all(type(each) in (int, float) for each in numbers):
            return None
        asked = any(isinstance(value, Setting) for value in several or ())
        result = function(numbers)
        return Setting(result) if asked else Constant(result)

    return call


def _rounded(walk: Walk, values: list[Value], keywords: dict[str, Argument]) -> Value | None:
    number = constant(values[0]) if len(values) == 1 else None
    if type(number) is float and abs(number) < 1e15:
        return type(values[0])(round(number))  # type: ignore[call-arg]
    return values[0] if type(number) is int else None


def _getattr(walk: Walk, values: list[Value], keywords: dict[str, Argument]) -> Value | None:
    name = constant(values[1]) if len(values) > 1 else None
    return walk.attribute(values[0], name) if isinstance(name, str) else None


def _environment(walk: Walk, values: list[Value], keywords: dict[str, Argument]) -> Value | None:
    default = constant(values[1]) if len(values) == 2 else None
    return Setting(default) if default is not None else None


def _as_dict(walk: Walk, values: list[Value], keywords: dict[str, Argument]) -> Value | None:
    """``vars(options)``, whose items are the attributes."""
    return values[0] if len(values) == 1 and isinstance(values[0], (Call, Item)) else None


def _first(walk: Walk, values: list[Value], keywords: dict[str, Argument]) -> Value | None:
    """What a function is given first, and gives back in another guise."""
    return values[0] if values else None


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
    "os.getenv": _environment,
    "os.environ.get": _environment,
    "builtins.enumerate": _enumerate,
    "builtins.zip": _zip,
    "builtins.filter": _filter,
    "builtins.sorted": lambda walk, values, keywords: _list(walk, values, {}),
    "builtins.reversed": _list,
    "itertools.chain": _chain,
    "builtins.min": _of_numbers(min),
    "builtins.max": _of_numbers(max),
    "builtins.sum": _of_numbers(sum),
    "builtins.round": _rounded,
    "builtins.getattr": _getattr,
    "builtins.vars": _as_dict,
    "keras.utils.multi_gpu_model": _first,
    **{reader: reading_what(writer) for reader, writer in READING.items()},
}
