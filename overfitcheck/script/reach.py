"""Which callbacks reach a fit, and which are made in vain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from overfitcheck.script.callbacks import KERAS_CALLBACKS, kind_of
from overfitcheck.script.values import (
    Call,
    Choice,
    Constant,
    Function,
    Item,
    Items,
    Operation,
    Table,
    Value,
)

if TYPE_CHECKING:
    from overfitcheck.script.script import Script


def made_in_vain(script: Script) -> Iterator[Call]:
    """Callbacks that the script makes where it also fits, and that reach nothing."""
    if not script.fits or not script.callbacks:
        return
    if any(not _shows_callbacks(fit.callbacks.value) for fit in script.fits):
        return
    if any(fit.call.open for fit in script.fits):
        return
    used = taken(script, script.walk.exported)
    told: set[object] = set()
    for callback in script.callbacks:
        if id(callback) in used or callback.node in told or kind_of(callback) == "Callback":
            continue
        if callback.cls is not None or (
            script.name_of(callback) is None
            and not _is_listed(script, callback)
            and not is_returned(script, callback)
        ):
            continue
        if _made_again(script, callback, used):
            continue
        if any(not fit.call.context.excludes(callback.context) for fit in script.fits):
            told.add(callback.node)
            yield callback


def _made_again(script: Script, callback: Call, used: set[int]) -> bool:
    """Whether another callback of its kind and name is used in its place."""
    name = script.name_of(callback)
    return name is not None and any(
        id(other) in used and kind_of(other) == kind_of(callback) and script.name_of(other) == name
        for other in script.callbacks
    )


def _shows_callbacks(value: Value | None) -> bool:
    """Whether everything in a ``callbacks`` argument can be looked into."""
    if value is None or isinstance(value, (Constant, Items, Choice)):
        return True
    return isinstance(value, Call) and kind_of(value) is not None


def is_returned(script: Script, callback: Call) -> bool:
    """Whether a function of the script returns the callback, or a list that it stands in."""
    return any(_holds(value, callback) for value in script.walk.handed_out)


def _is_listed(script: Script, callback: Call) -> bool:
    """Whether the callback stands in a list that has a name."""
    return any(_holds(value, callback) for value in script.bound_values())


def _holds(value: Value, callback: Call) -> bool:
    return value is callback or (isinstance(value, Items) and callback in value.items)


def taken(
    script: Script, returned: Sequence[Value] | None = None, *, receivers: bool = True
) -> set[int]:
    """Identities of all values that some call takes, some attribute keeps or a function returns.

    A method call takes its object too, but for callbacks' own, unless `receivers` is False. Of
    what functions return only `returned` counts where that is given.
    """
    used: set[int] = set()
    for call in script.calls:
        inside = call.function is not None and call.function.startswith(KERAS_CALLBACKS)
        for argument in (*call.positional, *call.keywords.values()):
            if id(argument.value) not in used:
                mark(argument.value, used)
        own = call.method in (None, "__init__") or inside or not receivers
        if call.receiver is not None and not own:
            mark(call.receiver, used)
    for assignment in script.assignments:
        mark(assignment.value, used)
        mark(assignment.of, used)
    for value in script.walk.handed_out if returned is None else returned:
        mark(value, used)
    return used


def mark(value: Value, used: set[int]) -> None:
    """Add a value and everything that it holds to `used`."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if id(each) in used:
            continue
        used.add(id(each))
        held = HOLDS.get(type(each))
        if held is not None:
            waiting.extend(held(each))


HOLDS: dict[type[Value], Callable[[Any], Iterable[Value]]] = {
    Items: lambda items: items.items,
    Table: lambda table: table.entries.values(),
    Choice: lambda choice: choice.options,
    Item: lambda item: (item.of, item.index),
    Operation: lambda operation: operation.operands,
    Function: lambda function: function.defaults.values(),
}
"""What values hold."""
