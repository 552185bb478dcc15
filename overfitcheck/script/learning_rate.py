"""Learning rates: the one that training begins with, and what changes it afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.script.custom_steps import nodes_in, returned
from overfitcheck.script.signatures import signature_of
from overfitcheck.script.values import Call, Constant, Function, Setting, Value, constant, options

if TYPE_CHECKING:
    from overfitcheck.script.fit import Fit
    from overfitcheck.script.script import Script

OPTIMIZERS = "keras.optimizers."
SCHEDULES = "keras.optimizers.schedules."
BY_NAME = {
    name.lower(): f"{OPTIMIZERS}{name}"
    for name in "Adadelta Adagrad Adam Adamax AdamW Ftrl Lion Nadam RMSprop SGD".split()
}
"""Optimizers of Keras by the strings that ``compile`` takes for them."""

RATE_NAMES = ("learning_rate", "lr")


def is_optimizer(call: Call) -> bool:
    """Whether a call makes an optimizer of Keras itself."""
    path = call.function or ""
    return (
        path.startswith(OPTIMIZERS)
        and not path.startswith(SCHEDULES)
        and call.cls is None
        and call.short_name[:1].isupper()
    )


def rate_of(optimizer: Value) -> Value | None:
    """The learning rate of an optimizer, given or its default; None where it is not known."""
    name = constant(optimizer)
    if isinstance(name, str):
        signature = signature_of(BY_NAME.get(name.lower(), ""))
        known, default = signature.default("learning_rate") if signature else (False, None)
        return Constant(default) if known else None
    if not isinstance(optimizer, Call) or not is_optimizer(optimizer):
        return None
    given = next(
        (optimizer.argument(each) for each in RATE_NAMES if optimizer.argument(each)), None
    )
    return given.value if given is not None else optimizer["learning_rate"]


def optimizer_of(fit: Fit) -> Value | None:
    """The optimizer that the model of a fit was compiled with; None where it is not known."""
    compiled = fit.compiled
    if compiled is None or compiled.argument("optimizer") is None:
        return None
    return compiled["optimizer"]


def first_rate(fit: Fit) -> float | None:
    """The rate that a fit begins with; None where the text does not tell, or a schedule does."""
    optimizer = optimizer_of(fit)
    rate = rate_of(optimizer) if optimizer is not None else None
    number = constant(rate) if rate is not None and not isinstance(rate, Setting) else None
    if not isinstance(number, (int, float)) or isinstance(number, bool) or sets_rates(fit.script):
        return None
    return float(number)


def sets_rates(script: Script) -> bool:
    """Whether the script sets a learning rate beside making the optimizer."""
    named = any(each.name in RATE_NAMES for each in script.assignments)
    return named or any(call.short_name in ("set_value", "assign") for call in script.calls)


def schedule_of(fit: Fit) -> Call | None:
    """The schedule object of Keras that the optimizer of a fit surely follows."""
    optimizer = optimizer_of(fit)
    return schedule_in(optimizer) if optimizer is not None else None


def schedule_in(optimizer: Value) -> Call | None:
    """The schedule object of Keras that an optimizer is surely given for a rate."""
    rate = rate_of(optimizer)
    if isinstance(rate, Call) and (rate.function or "").startswith(SCHEDULES):
        return rate
    return None


def ignores_rate(function: Value) -> bool | None:
    """Whether a schedule function surely ignores the rate it is given as second argument.

    None where the text does not show the function.
    """
    answers = {_ignores(option) for option in options(function)}
    return answers.pop() if len(answers) == 1 else None


def _ignores(function: Value) -> bool | None:
    if not isinstance(function, Function):
        return None
    parameters = function.node.params
    if not isinstance(parameters.star_arg, cst.MaybeSentinel) or parameters.star_kwarg is not None:
        return None
    names = [each.name.value for each in (*parameters.posonly_params, *parameters.params)]
    names = names[1:] if function.owner is not None and function.kind != "staticmethod" else names
    if len(names) < 2:
        return True
    used = (each.value for each in nodes_in(function.node.body) if isinstance(each, cst.Name))
    return names[1] not in set(used)


def whole_numbers_returned(function: Value) -> list[cst.CSTNode]:
    """The whole numbers that a function may return as they stand in its text (``return 1``)."""
    found: list[cst.CSTNode] = []
    for end in returned(function) if isinstance(function, Function) else ():
        arms = [end.body, end.orelse] if isinstance(end, cst.IfExp) else [end]
        found.extend(arm for arm in arms if isinstance(arm, cst.Integer))
    return found
