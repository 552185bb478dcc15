"""Functions and methods by what their text says: who is called by whom, who sets an attribute."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import libcst as cst

from overfitcheck.script.nodes import inner_nodes
from overfitcheck.script.values import Class, Function

CALLED = re.compile(r"\b(\w+)\s*\(")
DEFINED = re.compile(r"\bdef\s+(\w+)\s*\(")


def called_names(code: str) -> frozenset[str]:
    """Names that stand before brackets anywhere but where they are defined."""
    called = Counter(CALLED.findall(code))
    called.subtract(DEFINED.findall(code))
    return frozenset(name for name, times in called.items() if times > 0)


def setters_of(owner: Class, name: str) -> Sequence[Function]:
    """The methods of a class, its own or inherited, that assign to an attribute of ``self``."""
    if owner.setters is None:
        owner.setters = {}
        for method in _methods(owner):
            for attribute in set(_assigned(method)):
                owner.setters.setdefault(attribute, []).append(method)
    return owner.setters.get(name, ())


def _methods(owner: Class) -> Iterator[Function]:
    for member in owner.members.values():
        if isinstance(member, Function) and member.kind == "function" and member.name != "__init__":
            yield member
    for base in owner.bases:
        if isinstance(base, Class) and base is not owner:
            yield from _methods(base)


def _assigned(method: Function) -> Iterator[str]:
    """The attributes that a method assigns to on its first parameter."""
    node = method.node
    first = node.params.params[:1]
    if not first or not isinstance(node, cst.FunctionDef):
        return
    waiting: list[cst.CSTNode] = [node.body]
    while waiting:
        each = waiting.pop()
        if isinstance(each, (cst.Assign, cst.AnnAssign)):
            targets = [t.target for t in each.targets] if isinstance(each, cst.Assign) else []
            for target in targets or [each.target]:  # type: ignore[union-attr]
                yield from _attributes(target, first[0].name.value)
        elif isinstance(each, (cst.BaseSuite, cst.BaseCompoundStatement, cst.SimpleStatementLine)):
            if not isinstance(each, (cst.FunctionDef, cst.ClassDef)):
                waiting.extend(inner_nodes(each))
        elif isinstance(each, (cst.Else, cst.Finally, cst.ExceptHandler, cst.MatchCase)):
            waiting.extend(inner_nodes(each))


def _attributes(target: cst.CSTNode, instance: str) -> Iterator[str]:
    if isinstance(target, (cst.Tuple, cst.List)):
        for element in target.elements:
            yield from _attributes(element.value, instance)
    elif isinstance(target, cst.Attribute) and isinstance(target.value, cst.Name):
        if target.value.value == instance:
            yield target.attr.value
