"""Class labels that a script cuts out of what a model predicts."""

from __future__ import annotations

from typing import TypeGuard

from overfitcheck.script.scoring import sources_of
from overfitcheck.script.values import (
    CHOSEN_BY,
    FILLED,
    Call,
    Choice,
    Constant,
    Item,
    Items,
    Operation,
    Symbol,
    Value,
    constant,
)

ROUNDING = (
    "builtins.round",
    "numpy.round",
    "numpy.around",
    "numpy.rint",
    "tensorflow.round",
    "tensorflow.math.round",
)

ARGMAX = (
    "numpy.argmax",
    "tensorflow.argmax",
    "tensorflow.math.argmax",
    "keras.backend.argmax",
    "keras.ops.argmax",
)

RESHAPING = frozenset({"flatten", "ravel", "squeeze", "reshape", "astype", "numpy"})
"""Methods that keep the values of an array, but for its shape and type."""

COPYING = frozenset({"tolist", "copy", "to_numpy"})

SQUEEZING = frozenset(
    "numpy.array numpy.asarray numpy.squeeze numpy.ravel numpy.reshape numpy.concatenate "
    "numpy.hstack numpy.vstack tensorflow.squeeze tensorflow.reshape".split()
)
"""Functions that return the values they are given in another shape."""

PASSING = SQUEEZING | frozenset(
    "tensorflow.cast builtins.int builtins.float builtins.bool builtins.list pandas.Series".split()
)
"""Functions that return the values they are given, in another shape or type."""

ROWWISE = frozenset({"mean", "max", "sum"})
"""Methods that make one value of all outputs of a row."""


MOST_WRAPPINGS = 9
"""A list may hold itself."""


def prediction_of(value: Value) -> Call | None:
    """The call of ``predict`` whose result a value is, unchanged but for its shape."""
    while isinstance(value, Call) and FILLED not in value.attributes:
        if value.method == "predict":
            return value
        if value.function in SQUEEZING and value.positional and "dtype" not in value.keywords:
            value = _first(value)
        elif value.method in RESHAPING and value.receiver is not None and not cuts_off(value):
            value = value.receiver
        else:
            return None
    return None


def cuts_off(value: Value) -> TypeGuard[Call]:
    """Whether a value is an array of which ``astype(int)`` cuts off the fractions."""
    if not isinstance(value, Call) or value.method != "astype" or not value.positional:
        return False
    kind = _first(value)
    return "int" in (kind.path if isinstance(kind, Symbol) else str(constant(kind, "")))


def largest_of(call: Call) -> tuple[Value, object] | None:
    """The values that a call takes the place of the largest of, and along which axis."""
    values = [argument.value for argument in call.positional]
    if call.method == "argmax" and call.receiver is not None:
        values.insert(0, call.receiver)
    elif call.function not in ARGMAX or not values:
        return None
    axis = call.keywords.get("axis")
    given = axis.value if axis is not None else next(iter(values[1:]), None)
    return values[0], constant(given, ...) if given is not None else None


def thresholded(value: Value) -> Call | None:
    """The call of ``predict`` whose result was compared with a threshold."""
    value = _unshaped(value)
    if isinstance(value, Operation) and value.operator == "Compare":
        return prediction_of(value.operands[0])
    return None


def rounded(value: Value) -> Call | None:
    """The call of ``predict`` whose result was rounded to whole numbers."""
    value = _unshaped(value)
    inner = _rounded_by(value) if isinstance(value, Call) else None
    return prediction_of(inner) if inner is not None else None


def _unshaped(value: Value) -> Value:
    """What a value was before methods gave it another shape or type."""
    while isinstance(value, Call) and value.method in RESHAPING and value.receiver:
        value = value.receiver
    return value


def _rounded_by(call: Call) -> Value | None:
    """What a call rounds to whole numbers: not where it is told of decimals to keep."""
    values = [argument.value for argument in call.positional]
    if call.method == "round" and call.receiver is not None:
        values.insert(0, call.receiver)
    elif call.function not in ROUNDING:
        return None
    told = [*values[1:], *(argument.value for argument in call.keywords.values())]
    return values[0] if values and all(constant(each, ...) == 0 for each in told) else None


def cut_out_of(value: Value) -> Call | None:
    """The call of ``predict`` out of whose result a value holds class labels, however cut."""
    for _ in range(MOST_WRAPPINGS):
        value = _inside(value) or value
    if isinstance(value, Operation):
        return _compared(value) if value.operator == "Compare" else None
    if isinstance(value, Call):
        return _cut_by(value)
    return _one_or_the_other(value) if isinstance(value, (Choice, Items)) else None


def _compared(comparison: Operation) -> Call | None:
    """The prediction that is compared with a limit, or whose labels are compared with one class."""
    for operand in comparison.operands:
        found = _outputs_of(operand) or (_cut_by(operand) if isinstance(operand, Call) else None)
        if found is not None:
            return found
    return None


def _inside(value: Value) -> Value | None:
    """What a value holds in another shape or type, or None."""
    if isinstance(value, Call):
        if value.method in RESHAPING | COPYING:
            return value.receiver
        return _first(value) if value.function in PASSING and value.positional else None
    if isinstance(value, Items) and len(value.items) == 1:
        return value.items[0]
    if isinstance(value, Operation) and value.operator == "Multiply":
        others = [each for each in value.operands if not isinstance(each, Constant)]
        return others[0] if len(others) == 1 else None
    return None


def _cut_by(call: Call) -> Call | None:
    """The prediction that a call rounds, compares or takes the largest output of."""
    if call.method == "predict_classes":
        return call
    inner = _rounded_by(call)
    if inner is not None:
        return _outputs_of(inner)
    largest = largest_of(call)
    if largest is not None:
        return _outputs_of(largest[0])
    values = [argument.value for argument in call.positional]
    if call.function in ("numpy.where", "tensorflow.where") and len(values) == 3:
        return cut_out_of(values[0]) if _are_constants(values[1:]) else None
    return None


def _one_or_the_other(labels: Choice | Items) -> Call | None:
    """The prediction by which a loop chooses between constants."""
    held = labels.options if isinstance(labels, Choice) else labels.items
    if len(held) < 2 or not _are_constants(held):
        return None
    test = labels.attributes.get(FILLED)
    if isinstance(test, Operation) and test.operator == "Compare":
        return _compared(test)
    chosen = labels.attributes.get(CHOSEN_BY)
    sources = sources_of(chosen) if chosen is not None else ()
    return next(filter(None, map(prediction_of, sources)), None)


def _are_constants(values: tuple[Value, ...] | list[Value]) -> bool:
    return all(isinstance(each, Constant) for each in values)


def _outputs_of(value: Value) -> Call | None:
    """The prediction that values are, some of its outputs, or one value of all of a row."""
    while True:
        found = prediction_of(value)
        if found is not None or FILLED in value.attributes:
            return found
        if isinstance(value, Item):
            value = value.of
        elif isinstance(value, Call) and value.method in RESHAPING | COPYING | ROWWISE:
            if value.receiver is None:
                return None
            value = value.receiver
        elif isinstance(value, Call) and value.function in PASSING and value.positional:
            value = _first(value)
        else:
            return None


def _first(call: Call) -> Value:
    return call.positional[0].value if call.positional else call
