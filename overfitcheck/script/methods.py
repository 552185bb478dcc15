"""Functions and methods by what their text says: who is called by whom, who sets an attribute."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

import libcst as cst

from overfitcheck.script.nodes import BLOCKS, inner_nodes
from overfitcheck.script.values import Class, Function

CALLED = re.compile(r"\b(\w+)\s*\(")
DEFINED = re.compile(r"\bdef\s+(\w+)\s*\(")


MODEL = re.compile(
    r"\b([a-z_]\w*)\.(?:trainable_(?:variables|weights)\b|train_on_batch\(|fit_generator\("
    r"|compile\((?:[^)]*?\b(?:loss|optimizer)\b|\s*[\"'](?i:adam|sgd|rmsprop|nadam|adamax)))"
)
"""How a text tells that a name stands for a model."""

ASSIGNED = re.compile(r"^[ \t]*([a-z_]\w*)[ \t]*=(?!=)", re.MULTILINE)


def names_of_models(code: str) -> frozenset[str]:
    """The names that a text uses as only a model of Keras can be used, and assigns nothing to."""
    found = frozenset(MODEL.findall(code))
    return found.difference(ASSIGNED.findall(code)) if found else found


def called_names(code: str, names: Collection[str]) -> frozenset[str]:
    """Those of some names that stand before brackets anywhere but where they are defined."""
    if not names:
        return frozenset()
    called = Counter(CALLED.findall(code))
    called.subtract(DEFINED.findall(code))
    return frozenset(name for name in names if called[name] > 0)


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
        if type(each) is cst.Assign:
            for assigned in each.targets:
                yield from _attributes(assigned.target, first[0].name.value)
        elif type(each) is cst.AnnAssign:
            yield from _attributes(each.target, first[0].name.value)
        elif type(each) in OF_STATEMENTS:
            waiting.extend(inner_nodes(each))


OF_STATEMENTS = (BLOCKS - {cst.FunctionDef, cst.ClassDef}) | {cst.SimpleStatementSuite}
"""What holds statements of the same scope."""


def _attributes(target: cst.CSTNode, instance: str) -> Iterator[str]:
    if isinstance(target, (cst.Tuple, cst.List)):
        for element in target.elements:
            yield from _attributes(element.value, instance)
    elif isinstance(target, cst.Attribute) and isinstance(target.value, cst.Name):
        if target.value.value == instance:
            yield target.attr.value
