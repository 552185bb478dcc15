"""Toggles: constants that decide a branch, unless something may change them in between."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.script.methods import OF_STATEMENTS, setters_of
from overfitcheck.script.nodes import inner_nodes
from overfitcheck.script.operators import truth
from overfitcheck.script.values import Call, Value, constant

if TYPE_CHECKING:
    from overfitcheck.script.walk import Walk

DECLARED_GLOBAL = re.compile(r"^[ \t]+global[ \t]+(\w[\w, \t]*)", re.MULTILINE)


def decided(walk: Walk, test: cst.BaseExpression, value: Value) -> bool | None:
    """How the test of a branch, whose value is known, comes out; None where both may happen.

    What a loop goes on changing, or a method that somebody may call, decides nothing.
    """
    known = truth(value)
    if known is None or not any(_may_change(walk, each) for each in _named_in(test)):
        return known
    return None


def _named_in(test: cst.CSTNode) -> Iterator[cst.Name | cst.Attribute]:
    """The names, and the attributes of names, that a test looks at."""
    waiting = [test]
    while waiting:
        each = waiting.pop()
        if type(each) is cst.Name or (type(each) is cst.Attribute and type(each.value) is cst.Name):
            yield each
        else:
            waiting.extend(inner_nodes(each))


def _may_change(walk: Walk, node: cst.Name | cst.Attribute) -> bool:
    if isinstance(node, cst.Name):
        return _changes_in_loop(walk, node.value) or node.value in walk.globals
    of = walk.frame.look_up(node.value.value) if isinstance(node.value, cst.Name) else None
    if not isinstance(of, Call) or of.cls is None:
        return False
    held = of.attributes.get(node.attr.value) or of.cls.member(node.attr.value)
    toggle = held is not None and isinstance(constant(held), bool)
    return toggle and bool(setters_of(of.cls, node.attr.value))


def _changes_in_loop(walk: Walk, name: str) -> bool:
    """Whether a name has the value from before a loop that binds it again further down."""
    if not walk.before:
        return False
    value = walk.frame.look_up(name)
    if value is None or not any(names.get(name) is value for names in walk.before):
        return False
    return any(name in _bound_in(walk, loop) for loop in walk.context.loops)


def _bound_in(walk: Walk, loop: object) -> frozenset[str]:
    """The names that the rounds of a loop bind."""
    known = walk.bound_in.get(loop)
    if known is None:
        body = loop.body if isinstance(loop, (cst.For, cst.While)) else None
        known = walk.bound_in[loop] = frozenset(_bound(body) if body is not None else ())
    return known


def _bound(body: cst.CSTNode) -> Iterator[str]:
    waiting = [body]
    while waiting:
        each = waiting.pop()
        if isinstance(each, cst.Assign):
            for target in each.targets:
                yield from _names(target.target)
        elif isinstance(each, (cst.AugAssign, cst.AnnAssign)):
            yield from _names(each.target)
        elif type(each) in OF_STATEMENTS:
            waiting.extend(inner_nodes(each))


def _names(target: cst.CSTNode) -> Iterator[str]:
    if isinstance(target, cst.Name):
        yield target.value
    elif isinstance(target, (cst.Tuple, cst.List)):
        for element in target.elements:
            yield from _names(element.value)


def declared_global(code: str) -> frozenset[str]:
    """The names that functions of a text bind for all of it."""
    found = DECLARED_GLOBAL.findall(code) if "global" in code else ()
    return frozenset(name.strip() for names in found for name in names.split(","))
