"""Operators on values: arithmetic, comparison, truth and indexing."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING, Any

import libcst as cst

from overfitcheck.script.containers import fill
from overfitcheck.script.learners import TRANSFORMERS
from overfitcheck.script.settings import setting
from overfitcheck.script.values import (
    FILLED,
    Call,
    Choice,
    Class,
    Constant,
    Function,
    Item,
    Items,
    Operation,
    Setting,
    Slice,
    Symbol,
    Table,
    Text,
    Unknown,
    Value,
    choice,
    constant,
)

if TYPE_CHECKING:
    from overfitcheck.script.walk import Walk


CONVERSION = r"%(?:\([^)]*\))?[#0 +-]*(?:\*|\d*)(?:\.(?:\*|\d*))?[a-zA-Z%]"
"""What ``%`` fills in a text, or a doubled ``%%``."""

LONGEST = len("%.10f")
"""Longer conversions, which may ask for any width, are not filled in."""


def augment(walk: Walk, operator: str, left: Value, right: Value) -> Value:
    """``left <operator> right``, for an operator named as libcst names it."""
    if operator == "Modulo":
        return _remainder(left, right)
    if isinstance(left, Constant) and isinstance(right, Constant):
        return _arithmetic(operator, left, right)
    if isinstance(left, Items) and operator == "Add":
        return _joined(walk, left, right)
    if isinstance(left, Choice) and operator == "Add" and isinstance(left.options[0], Items):
        return reduce(choice, (augment(walk, operator, each, right) for each in left.options))
    if isinstance(left, Table) and isinstance(right, Table) and operator == "BitOr":
        entries = {**left.entries, **right.entries}
        return Table(entries, left.complete and right.complete, walk.place())
    times = constant(right)
    if isinstance(left, Items) and operator == "Multiply" and type(times) is int and times < 64:
        return Items(left.kind, list(left.items) * times, left.complete, walk.place())
    tail = constant(right) if not isinstance(right, Text) else right.suffix
    if isinstance(tail, str) and operator in ("Add", "Divide"):
        return Text(tail if operator == "Add" else "/" + tail)
    return Operation(operator, (left, right))


def _remainder(left: Value, right: Value) -> Value:
    """``left % right``, which fills in a text: the whole where all is known, else the end of it.

    What is computed and put into a text stays its part.
    """
    text = left.suffix if isinstance(left, Text) else constant(left)
    if not isinstance(text, str):
        if isinstance(left, Constant) and isinstance(right, Constant):
            return _arithmetic("Modulo", left, right)
        return Operation("Modulo", (left, right))
    given = right.items if isinstance(right, Items) and right.kind == "tuple" else [right]
    filled = [piece for piece in re.finditer(CONVERSION, text) if piece[0] != "%%"]
    if not filled or not all(isinstance(each, (Constant, Text, Unknown)) for each in given):
        return Operation("Modulo", (left, right))
    known = tuple(each.value for each in given if type(each) is Constant)
    if type(left) is Constant and len(known) == len(given) and _is_short(text, *known):
        try:
            return Constant(text % known)
        except (TypeError, ValueError, OverflowError):
            return Operation("Modulo", (left, right))
    return Text(text[filled[-1].end() :].replace("%%", "%"))


def _is_short(text: str, *values: Any) -> bool:
    """Whether a text stays short when values are put into it."""
    conversions = all(len(piece[0]) <= LONGEST for piece in re.finditer(CONVERSION, text))
    return conversions and sum(len(str(each)) for each in (text, *values)) < 1000


def _joined(walk: Walk, left: Items, right: Value) -> Items:
    """A list with further items; what it goes on with is kept where these are not known."""
    further = right.items if isinstance(right, Items) else []
    complete = left.complete and isinstance(right, Items) and right.complete
    joined = Items(left.kind, [*left.items, *further], complete, walk.place())
    joined.fewer = not complete and left.closed and isinstance(right, Items) and right.closed
    for each in (left, right):
        fill(joined, each)
        if isinstance(each, Items):
            joined.perhaps.update(each.perhaps)
    return joined


def _divided(left: Any, right: Any) -> Any:
    """A quotient; of texts, which only paths are divided by, the longer path."""
    if isinstance(left, str) and isinstance(right, str):
        return f"{left.rstrip('/')}/{right}"
    return left / right


ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "Add": lambda a, b: a + b,
    "Subtract": lambda a, b: a - b,
    "Multiply": lambda a, b: a * b,
    "Divide": _divided,
    "FloorDivide": lambda a, b: a // b,
    "Modulo": lambda a, b: a % b,
    "Power": lambda a, b: a**b,
}


def _arithmetic(operator: str, left: Constant, right: Constant) -> Value:
    """Arithmetic on numbers, and joining of strings; nothing that could grow without bound."""
    a, b = left.value, right.value
    numbers = all(isinstance(each, (int, float)) and abs(each) < 1e9 for each in (a, b))
    small_power = operator != "Power" or (numbers and abs(b) <= 64)
    joined = isinstance(a, str) and isinstance(b, str) and operator in ("Add", "Divide")
    if operator in ARITHMETIC and (joined or (numbers and small_power)):
        try:
            result = ARITHMETIC[operator](a, b)
        except (ArithmeticError, ValueError):
            return Unknown()
        kind = Setting if isinstance(left, Setting) or isinstance(right, Setting) else Constant
        return kind(result)
    return Operation(operator, (left, right))


COMPARISONS: dict[type, Callable[[Any, Any], Any]] = {
    cst.Equal: lambda a, b: a == b,
    cst.NotEqual: lambda a, b: a != b,
    cst.LessThan: lambda a, b: a < b,
    cst.LessThanEqual: lambda a, b: a <= b,
    cst.GreaterThan: lambda a, b: a > b,
    cst.GreaterThanEqual: lambda a, b: a >= b,
}


def compared(operator: cst.BaseCompOp, left: Value, right: Value) -> Value | None:
    """What ``left <operator> right`` is, or Unknown; None where nothing is known of it."""
    kind = type(operator)
    if kind is cst.Is or kind is cst.IsNot:
        same = identical(left, right)
        return Unknown() if same is None else Constant(same is (kind is cst.Is))
    if kind is cst.In or kind is cst.NotIn:
        among = is_among(left, right)
        return None if among is None else Constant(among is (kind is cst.In))
    compare = COMPARISONS.get(kind)
    if compare is None or type(left) is not Constant or type(right) is not Constant:
        return None
    try:
        return Constant(bool(compare(left.value, right.value)))
    except TypeError:
        return Unknown()


def is_among(left: Value, right: Value) -> bool | None:
    """Whether ``left in right``; None where the text does not tell."""
    if type(left) is not Constant or not isinstance(right, Items) or not right.complete:
        return None
    if not all(type(each) is Constant for each in right.items):
        return None
    return any(constant(each) == left.value for each in right.items)


def identical(left: Value, right: Value) -> bool | None:
    """Whether ``left is right``, which is None, True or False; None where that is not told."""
    known = constant(right, ...)
    if isinstance(known, bool):
        return left.value is known if type(left) is Constant else None
    if known is not None or isinstance(left, (Setting, Choice)):
        return None
    if isinstance(left, Constant):
        return left.value is None
    if isinstance(left, Call) and (left.cls or _is_always_true(left)):
        return False
    return False if isinstance(left, (Items, Table, Function, Class, Symbol, Text)) else None


ALWAYS_TRUE = (
    "keras.callbacks.",
    "keras.optimizers.",
    "keras.layers.",
    "keras.Sequential",
    "keras.Model",
    "keras.models.load_model",
    "keras.applications.",
)
"""What makes objects that are true wherever they are asked."""

CLASSES = (*TRANSFORMERS, "keras.preprocessing.")
"""Where classes stand whose objects are true wherever they are asked, beside functions."""


def _is_always_true(call: Call) -> bool:
    """Whether a call surely makes an object that is true, and so not None."""
    made = call.function or ""
    by_class = made.startswith(CLASSES) and made.rpartition(".")[2][:1].isupper()
    return by_class or made.startswith(ALWAYS_TRUE)


def truth(value: Value) -> bool | None:
    """Whether a value is true; None where the text or the command line decides."""
    if isinstance(value, Choice):
        answers = {truth(option) for option in value.options}
        return answers.pop() if len(answers) == 1 else None
    if isinstance(value, (Function, Class)) or (isinstance(value, Call) and _is_always_true(value)):
        return True
    if isinstance(value, (Items, Table)) and value.complete:
        return bool(value.items if isinstance(value, Items) else value.entries)
    return bool(value.value) if type(value) is Constant else None


def item(walk: Walk, of: Value, index: Value) -> Value:
    """``of[index]``; the same constant index gives the same value each time."""
    key = constant(index, ...)
    if isinstance(of, Items) and of.complete and isinstance(key, int):
        if -len(of.items) <= key < len(of.items):
            return of.items[key]
        return Unknown()
    if isinstance(of, Items) and of.complete and isinstance(index, Slice):
        ends = [None if end is None else constant(end, ...) for end in (index.lower, index.upper)]
        if all(end is None or isinstance(end, int) for end in ends):
            return Items(of.kind, of.items[ends[0] : ends[1]])
    if isinstance(of, Table) and isinstance(index, Constant):
        if key.__hash__ is not None and key in of.entries:
            return of.entries[key]
        if FILLED not in of.attributes:
            return Unknown()
    if isinstance(of, Choice):
        result = item(walk, of.options[0], index)
        for option in of.options[1:]:
            result = choice(result, item(walk, option, index))
        return result
    if isinstance(of, Call) and isinstance(key, str):
        held = setting(of, key)
        if held is not None:
            return held
    if not isinstance(index, Constant):
        return Item(of, index)
    walk.taken_of.append(of)
    return of.attributes.setdefault(f"[{key!r}]", Item(of, index))
