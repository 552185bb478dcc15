"""Loops: over what the text shows they go round by round, over anything else once for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.script.nodes import inner_nodes
from overfitcheck.script.operators import truth
from overfitcheck.script.values import (
    Call,
    Constant,
    Function,
    Item,
    Items,
    Table,
    Unknown,
    Value,
    choice,
    constant,
)

if TYPE_CHECKING:
    from overfitcheck.script.walk import Walk

MOST_ROUNDS = 16
"""Loops with more rounds are followed once, like those whose number of rounds is not known."""

MOST_NESTED_ROUNDS = 256
"""Rounds of a loop times those of the loops around it that are followed one by one as well."""

MOST_LINES = 1_000
"""Lines of a loop and of the functions that it calls, times its rounds, that are followed one
after the other."""

MOST_RESULTS = 64
"""Comprehensions with more results are not followed item by item."""

TRAINING = frozenset(
    "fit fit_generator train_on_batch evaluate predict apply_gradients search compile".split()
)
"""A loop that calls one of these is one loop to a rule, not so many calls."""

UPDATING = frozenset({"apply_gradients", "train_on_batch"})
"""So is one that calls a function of the script which calls one of these."""


def elements(iterable: Value) -> list[Value] | None:
    """The items that a loop goes over, in order; None where the text does not show them."""
    if isinstance(iterable, Items):
        return list(iterable.items) if iterable.complete else None
    if isinstance(iterable, Table):
        keys = [Constant(key) for key in iterable.entries]
        return list(keys) if iterable.complete else None
    if isinstance(iterable, Call) and iterable.function == "builtins.range" and not iterable.open:
        ends = [constant(argument.value) for argument in iterable.positional]
        if 0 < len(ends) <= 3 and all(type(end) is int for end in ends) and 0 not in ends[2:]:
            numbers = range(*ends)
            return [Constant(each) for each in numbers] if len(numbers) <= MOST_RESULTS else None
    return None


def element(iterable: Value) -> Value:
    """Any one element of an iterable."""
    known = elements(iterable) if isinstance(iterable, Items) else None
    if known and len(known) <= 8:
        result = known[0]
        for item in known[1:]:
            result = choice(result, item)
        return result
    return Item(iterable, Unknown())


def rounds_of(walk: Walk, iterable: Value, body: Sequence[cst.CSTNode]) -> list[Value] | None:
    """The rounds of a loop that can be followed one after the other; None for any other loop.

    A loop that trains is not: its rounds are repetitions of one thing.
    """
    known = elements(iterable)
    if (
        known is None
        or walk.is_long
        or len(known) > min(MOST_ROUNDS, MOST_NESTED_ROUNDS // walk.rounds)
    ):
        return None
    names = _names_called_in(body)
    if names is None:
        return None
    called = [each for each in walk.functions if each.name in names]
    if any(_updates(walk, each) for each in called):
        return None
    lines = walk.frame.tree.height(body[0], body[-1])
    lines += sum(each.frame.tree.height(each.node, each.node) for each in called)
    return known if len(known) * lines <= MOST_LINES else None


def _names_called_in(body: Sequence[cst.CSTNode]) -> set[str] | None:
    """What a loop body calls; None where it ends the loop early, or trains."""
    waiting: list[tuple[cst.CSTNode, bool]] = [(node, False) for node in body]
    called: set[str] = set()
    while waiting:
        each, inner = waiting.pop()
        kind = type(each)
        if kind is cst.Name:
            continue
        if kind is cst.Break and not inner:
            return None
        if type(each) is cst.Attribute and each.attr.value in TRAINING:
            return None
        if type(each) is cst.Call:
            called.update(_names_called(each))
        inner = inner or kind is cst.For or kind is cst.While
        waiting.extend((child, inner) for child in inner_nodes(each))
    return called


def _names_called(call: cst.Call) -> Iterator[str]:
    """The names of what a call calls, and of what it may hand on to be called."""
    for each in (call.func, *(argument.value for argument in call.args)):
        if type(each) is cst.Attribute:
            yield each.attr.value
        elif type(each) is cst.Name:
            yield each.value


def _updates(walk: Walk, function: Function) -> bool:
    """Whether a function, or one that it calls, changes the weights of a model by itself."""
    known = walk.updating.get(function)
    if known is not None:
        return known
    walk.updating[function] = False
    called: set[str] = set()
    waiting: list[cst.CSTNode] = [function.node.body]
    while waiting:
        each = waiting.pop()
        if type(each) is cst.Call:
            called.update(_names_called(each))
        waiting.extend(inner_nodes(each))
    found = bool(called & UPDATING) or any(
        _updates(walk, each) for each in walk.functions if each.name in called
    )
    walk.updating[function] = found
    return found


def comprehended(
    walk: Walk, loop: cst.CompFor, result: Callable[[], Value], bind: Callable[..., None]
) -> tuple[list[Value], bool]:
    """The results of a comprehension, and whether these are all and the only ones."""
    iterable = walk.value(loop.iter)
    known = elements(iterable)
    complete = known is not None and len(known) <= MOST_RESULTS
    rounds = known if known is not None and complete else [Item(iterable, Unknown())]
    found: list[Value] = []
    outside = walk.context
    for each in rounds:
        walk.context = outside if rounds is known else outside.in_comprehension(loop)
        bind(walk, loop.target, each)
        passes = [truth(walk.value(condition.test)) for condition in loop.ifs]
        if False in passes:
            walk.context = outside
            continue
        complete = complete and None not in passes
        if loop.inner_for_in is None:
            found.append(result())
        else:
            inner, certain = comprehended(walk, loop.inner_for_in, result, bind)
            found.extend(inner)
            complete = complete and certain
        walk.context = outside
        if len(found) > MOST_RESULTS:
            return found, False
    return found, complete


def changed_by_itself(target: cst.BaseExpression, value: cst.BaseExpression) -> bool:
    """Whether a name is bound to what is computed from it, as in ``n = n + 1``."""
    if type(target) is not cst.Name or type(value) is not cst.BinaryOperation:
        return False
    return any(isinstance(side, cst.Name) and side.value == target.value for side in _sides(value))


def _sides(value: cst.BinaryOperation) -> Iterator[cst.BaseExpression]:
    for side in (value.left, value.right):
        if isinstance(side, cst.BinaryOperation):
            yield from _sides(side)
        else:
            yield side
