"""Functions and methods by what their text says: who is called by whom, who sets an attribute."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

import libcst as cst

from overfitcheck.script.nodes import BLOCKS, inner_nodes
from overfitcheck.script.values import Class, Function
from overfitcheck.script.whole_words import is_of_word, places_of, word_before

OF_MODEL = re.compile(
    r"\.(?:trainable_(?:variables|weights)\b|train_on_batch\(|fit_generator\("
    r"|compile\((?:[^)]*?\b(?:loss|optimizer)\b|\s*[\"'](?i:adam|sgd|rmsprop|nadam|adamax)))"
)
"""What follows a name that stands for a model, as a text tells."""

ASSIGNS = re.compile(r"[ \t]*=(?!=)")
CALLS = re.compile(r"\s*\(")


def names_of_models(code: str) -> frozenset[str]:
    """The names that a text uses as only a model of Keras can be used, and assigns nothing to."""
    found = {word_before(each.start(), code) for each in OF_MODEL.finditer(code)}
    return frozenset(
        name
        for name in found
        if (name[:1].islower() or name[:1] == "_") and not _is_assigned(code, name)
    )


def _is_assigned(code: str, name: str) -> bool:
    """Whether a line begins with an assignment to a name."""
    return any(
        not code[code.rfind("\n", 0, start) + 1 : start].strip(" \t")
        and ASSIGNS.match(code, start + len(name)) is not None
        for start in places_of(name, code)
    )


LONGEST_GAP = 80
"""Characters that may stand between ``def`` and the name that it defines."""


def called_names(code: str, names: Collection[str]) -> frozenset[str]:
    """Those of some names that stand before brackets anywhere but where they are defined."""
    return frozenset(name for name in names if _is_called(code, name))


def _is_called(code: str, name: str) -> bool:
    return any(
        CALLS.match(code, start + len(name)) is not None and not _is_defined(code, start)
        for start in places_of(name, code)
    )


def _is_defined(code: str, start: int) -> bool:
    """Whether the name at a place is that of a function which is defined there."""
    before = code[max(start - LONGEST_GAP, 0) : start].rstrip()
    return before.endswith("def") and not is_of_word(before[-4:-3])


def takes_instance(method: Function) -> bool:
    """Whether a method is given its object; some classes only hold functions.

    Their functions have no name in common for a first parameter, and none of them is ``self``.
    """
    if method.owner is None or method.kind == "staticmethod":
        return False
    members = method.owner.members.values()
    firsts = {
        _first(each) for each in members if isinstance(each, Function) and each.kind == "function"
    }
    return len(firsts) == 1 or "self" in firsts


def _first(method: Function) -> str:
    parameters = method.node.params.params
    return parameters[0].name.value if parameters else ""


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


def changed_by(method: Function, known: dict[Function, frozenset[str]]) -> frozenset[str]:
    """The attributes of its object that a method, or those that it calls, assigns to.

    `known` is what was found of others, and is added to.
    """
    if method not in known:
        known[method] = frozenset()  # It may call itself.
        named = (method.owner.member(each) for each in _named_on(method)) if method.owner else ()
        inner = (changed_by(each, known) for each in named if isinstance(each, Function))
        known[method] = frozenset(_assigned(method)).union(*inner)
    return known[method]


def _named_on(method: Function) -> Iterator[str]:
    """The attributes of its object that a method names."""
    waiting: list[cst.CSTNode] = [method.node.body]
    instance = _first(method)
    while waiting:
        each = waiting.pop()
        if type(each) is cst.Attribute:
            yield from _attributes(each, instance)
        waiting.extend(inner_nodes(each))


def _attributes(target: cst.CSTNode, instance: str) -> Iterator[str]:
    if isinstance(target, (cst.Tuple, cst.List)):
        for element in target.elements:
            yield from _attributes(element.value, instance)
    elif isinstance(target, cst.Attribute) and isinstance(target.value, cst.Name):
        if target.value.value == instance:
            yield target.attr.value
