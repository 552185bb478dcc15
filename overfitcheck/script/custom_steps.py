"""Training steps that a script writes itself: what they return, and what they do in between."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst

from overfitcheck.script.values import Function


def nodes_in(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """All nodes of a body in the order of the text, those of inner functions left out."""
    waiting: list[cst.CSTNode] = [node]
    while waiting:
        each = waiting.pop()
        yield each
        if each is node or not isinstance(each, (cst.FunctionDef, cst.Lambda, cst.ClassDef)):
            waiting.extend(reversed(each.children))


def returned(function: Function) -> list[cst.BaseExpression]:
    """What a function returns, as it stands in the text."""
    if isinstance(function.node, cst.Lambda):
        return [function.node.body]
    found = (each for each in nodes_in(function.node.body) if isinstance(each, cst.Return))
    return [each.value for each in found if each.value is not None]


def returned_keys(function: Function) -> tuple[set[str], cst.CSTNode] | None:
    """The keys of the one dict that a function returns, and where it stands; else None.

    The dict may be bound to a name first, if that is bound once and changed nowhere.
    """
    ends = returned(function)
    if len(ends) != 1:
        return None
    shown = ends[0]
    if isinstance(shown, cst.Name):
        bound = _bound_once(function, shown.value)
        if bound is None:
            return None
        shown = bound
    if not isinstance(shown, cst.Dict):
        return None
    keys: set[str] = set()
    for element in shown.elements:
        key = element.key if isinstance(element, cst.DictElement) else None
        if not isinstance(key, cst.SimpleString):
            return None
        keys.add(str(ast.literal_eval(key.value)))
    return keys, shown


def _bound_once(function: Function, name: str) -> cst.BaseExpression | None:
    """What a name of a function is bound to, where it is used for nothing but the ``return``."""
    uses = [
        each
        for each in nodes_in(function.node.body)
        if isinstance(each, cst.Name) and each.value == name
    ]
    for each in nodes_in(function.node.body):
        if isinstance(each, cst.Assign) and len(each.targets) == 1 and len(uses) == 2:
            target = each.targets[0].target
            if isinstance(target, cst.Name) and target.value == name:
                return each.value
    return None
