"""What each round of a loop makes anew of the same arrays, which nothing in the loop changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.script.data import KEEPS_ROWS
from overfitcheck.script.nodes import inside
from overfitcheck.script.values import Call, Value

if TYPE_CHECKING:
    from overfitcheck.script.script import Script

FUNCTIONS = KEEPS_ROWS | {"builtins.len", "builtins.int", "builtins.float"}
"""Functions that put rows into another form, or that such a form is computed with."""

METHODS = frozenset(
    "astype reshape copy to_numpy toarray todense flatten squeeze transpose ravel tolist clip "
    "round numpy".split()
)
"""Methods that put rows into another form."""

LOOKING = METHODS | frozenset(
    "fit evaluate predict predict_on_batch print len range int float str format sum min max mean "
    "std shape save".split()
)
"""What leaves rows as they are, besides the functions above, by its name."""

LOOKED_WITH = LOOKING | {each.rpartition(".")[2] for each in FUNCTIONS}

REBINDING = (cst.AssignTarget, cst.AugAssign, cst.AnnAssign, cst.For, cst.NamedExpr)


def is_repeated(script: Script, loop: cst.For | cst.While, made: list[Value]) -> bool:
    """Whether a loop surely makes the same in each round, of all that `made` was made of.

    Each call that the loop makes for it puts something that stands in names into another form,
    and neither the loop nor a function changes what these names stand for.
    """
    calls = [each for each in made if isinstance(each, Call) and loop in each.context.loops]
    standing = {id(node) for node in inside(loop.body)}
    if not all(_converts(each) and id(each.node) in standing for each in calls):
        return False
    named = set[str]()
    for call in calls:
        nodes = list(_converted(call))
        if any(type(node) is cst.CompFor or type(node) is cst.Lambda for node in nodes):
            return False
        named |= _names(nodes)
    named -= set(script.bindings.imported)
    if named & (bound_in(loop) | _handed_out(loop)):
        return False
    return not _is_changed(script, loop, made) and not _is_shared(script, loop, named)


def bound_in(*loops: cst.CSTNode) -> set[str]:
    """Names that a loop gives another value, or changes by a part, in its rounds."""
    targets: list[cst.CSTNode] = []
    for each in inside(*loops):
        if isinstance(each, REBINDING):
            targets.append(each.target)
        elif type(each) is cst.AsName:
            targets.append(each.name)
    return _names(inside(*targets))


def _converts(call: Call) -> bool:
    if call.function is not None:
        return call.function in FUNCTIONS
    return call.method in METHODS


def _converted(call: Call) -> Iterator[cst.CSTNode]:
    """The text of what a call is given, or is a method of."""
    yield from inside(*(argument.value for argument in call.node.args))
    if call.method is not None and isinstance(call.node.func, cst.Attribute):
        yield from inside(call.node.func.value)


def _names(nodes: Iterator[cst.CSTNode] | list[cst.CSTNode]) -> set[str]:
    return {node.value for node in nodes if type(node) is cst.Name}


def _handed_out(loop: cst.For | cst.While) -> set[str]:
    """The names in what a loop deletes, or gives to something that may change it."""
    out: list[cst.CSTNode] = []
    for each in inside(loop.body):
        if (type(each) is cst.Call and _called(each) not in LOOKED_WITH) or type(each) is cst.Del:
            out.append(each)
    return _names(inside(*out))


def _called(call: cst.Call) -> str:
    """The name of what is called, without what it is a method of."""
    func = call.func
    name = func.attr if isinstance(func, cst.Attribute) else func
    return name.value if isinstance(name, cst.Name) else ""


def _is_changed(script: Script, loop: cst.For | cst.While, made: list[Value]) -> bool:
    """Whether a call that a round leads to may change what it is made of, under another name."""
    known = {id(each) for each in made}
    return any(
        id(value) in known
        for call in script.calls
        if loop in call.context.loops and call.short_name not in LOOKED_WITH
        for value in _given(call)
    )


def _given(call: Call) -> Iterator[Value]:
    yield from (each.value for each in (*call.positional, *call.keywords.values()))
    if call.receiver is not None:
        yield call.receiver


def _is_shared(script: Script, loop: cst.For | cst.While, names: set[str]) -> bool:
    """Whether a function that does not hold the loop speaks of these names of the script."""
    for function in script.walk.functions:
        nodes = list(inside(function.node))
        if not any(node is loop for node in nodes):
            own = {node.name.value for node in nodes if type(node) is cst.Param}
            if names & (_names(nodes) - own - bound_in(function.node.body)):
                return True
    return False
