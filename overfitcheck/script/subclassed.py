"""Classes of models and layers: what of their attributes they apply, and whether that is all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import libcst as cst

from overfitcheck.script.flow import ingredients
from overfitcheck.script.nodes import inner_nodes
from overfitcheck.script.values import (
    Attribute,
    Call,
    Choice,
    Class,
    Constant,
    Function,
    Items,
    Symbol,
    Table,
    Value,
)

HARMLESS = frozenset(
    "abs dict enumerate float getattr hasattr int isinstance len list max min next print range "
    "reversed set str sum super tuple type zip".split()
)
"""Functions of Python itself that apply no layer."""

DOUBTFUL = r"dropout|noise|l[12]_loss|add_loss|add_weight|regulari[sz]|[A-Z]\w*\s*\("
"""What in the text of a function may be a layer, or does the work of one."""


OF_SELF = re.compile(r"\bself\.(\w+)")
SET_OF_SELF = re.compile(r"\bself\.(\w+)\s*(?::[^=\n]*)?=(?!=)")


@dataclass
class Applied:
    """What ``call`` of a class does with the attributes of its object.

    `read` are those that it reads, `inherited` those that it reads of ``super()``, `called` those
    that it may apply to something; `complete` is False where it may apply anything else.
    """

    read: set[str] = field(default_factory=set)
    inherited: set[str] = field(default_factory=set)
    called: set[str] = field(default_factory=set)
    complete: bool = True


def applied(cls: Class) -> Applied | None:
    """What a class applies, also through methods that ``call`` uses; None without a ``call``."""
    start = cls.member("call")
    if cls.applied is None and isinstance(start, Function):
        cls.applied = _applied(cls, start)
    return cls.applied


def _applied(cls: Class, start: Function) -> Applied:
    found = Applied(complete=_is_plain(cls))
    waiting, seen = [start], set[int]()
    while waiting:
        method = waiting.pop()
        if id(method) in seen:
            continue
        seen.add(id(method))
        _look_into(method, found)
        members = [cls.member(name) for name in found.read]
        members += [_of_parent(method.owner, name) for name in found.inherited]
        waiting.extend(each for each in members if isinstance(each, Function))
    return found


def _of_parent(owner: Class | None, name: str) -> Value | None:
    """What ``super().name`` is in a method of `owner`."""
    parents = (each for each in (owner.bases if owner else ()) if isinstance(each, Class))
    return next((each.member(name) for each in parents if each.member(name)), None)


def _is_plain(cls: Class) -> bool:
    """Whether all that a class inherits is seen, or of a model or layer that Keras itself has."""
    return all(
        _is_plain(base)
        if isinstance(base, Class)
        else isinstance(base, Symbol) and base.path.startswith(("keras.Model", "keras.layers."))
        for base in cls.bases
    )


def _look_into(method: Function, found: Applied) -> None:
    """Add what one method applies."""
    first = method.node.params.params[:1]
    own = first[0].name.value if first else ""
    bound: set[str] = set()
    nodes = list(_nodes(method.node.body))
    for node in nodes:
        name = _attribute_of(node, own)
        if name is not None:
            found.read.add(name)
        elif type(node) is cst.Attribute and _is_super(node.value):
            found.inherited.add(node.attr.value)
        for target, source in _bindings(node):
            names = {each for part in _nodes(source) if (each := _attribute_of(part, own))}
            if names and (isinstance(node, (cst.For, cst.CompFor)) or _root(source, own)):
                found.called |= names
                bound |= {each.value for each in _nodes(target) if isinstance(each, cst.Name)}
    for node in nodes:
        if type(node) is cst.Call:
            found.complete = _applies_known(method, node.func, own, bound, found) and found.complete


def _applies_known(
    method: Function, called: cst.BaseExpression, own: str, bound: set[str], found: Applied
) -> bool:
    """Whether what is called is an attribute, or something that is surely no layer."""
    attribute = _root(called, own)
    if attribute is not None:
        found.called.add(attribute)
        return True
    if isinstance(called, cst.Name):
        name = called.value
        if name in bound or name in HARMLESS:
            return True
        function = method.frame.look_up(name)
        if not isinstance(function, Function):
            return isinstance(function, Symbol) and re.search(DOUBTFUL, f"{name}(") is None
        return re.search(DOUBTFUL, function.frame.code(function.node.body)) is None
    if isinstance(called, cst.Attribute):
        # A method of the parent is in the text, or that of Keras's own layer, which is known.
        return re.search(DOUBTFUL, f"{called.attr.value}(") is None
    return False


def _bindings(node: Any) -> Iterator[tuple[cst.CSTNode, cst.CSTNode]]:
    """Targets that a node binds, and what to."""
    kind = type(node)
    if kind is cst.For or kind is cst.CompFor:
        yield node.target, node.iter
    elif kind is cst.Assign:
        for each in node.targets:
            yield each.target, node.value


def _root(node: cst.CSTNode, own: str) -> str | None:
    """The attribute of the object that an expression begins with: ``self.blocks[0].norm``."""
    while isinstance(node, (cst.Attribute, cst.Subscript)):
        name = _attribute_of(node, own)
        if name is not None:
            return name
        node = node.value
    return None


def _attribute_of(node: cst.CSTNode, own: str) -> str | None:
    if type(node) is cst.Attribute and type(node.value) is cst.Name:
        return node.attr.value if node.value.value == own else None
    return None


def _is_super(node: cst.CSTNode) -> bool:
    return (
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Name)
        and node.func.value == "super"
    )


def _nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        waiting.extend(inner_nodes(each))


def parts_held(held: Value) -> list[Value]:
    """What an attribute holds, from the last item of a list to the first."""
    return list(ingredients(held, stop=lambda part: isinstance(part, (Call, Attribute))))


WITHOUT_LAYERS = ("keras.activations.", "keras.initializers.", "tensorflow.Variable")
"""Functions whose results are no layers."""


def is_seen(owner: Call, name: str, is_known: Callable[[Value], bool]) -> bool:
    """Whether everything that an attribute of an object may apply is known."""
    held = owner.attributes.get(name)
    if held is None:
        return owner.cls is not None and isinstance(owner.cls.member(name), Function)
    if isinstance(held, (Items, Table)) and not held.complete:
        return False
    return all(
        isinstance(part, (Constant, Symbol, Items, Table, Choice))
        or is_known(part)
        or (isinstance(part, Call) and (part.function or "").startswith(WITHOUT_LAYERS))
        for part in parts_held(held)
    )


def returned_by(cls: Class) -> str | None:
    """The attribute whose output ``call`` of a class returns; None where that is not plain."""
    return next(iter(applied_last(cls)), None)


def applied_last(cls: Class) -> list[str]:
    """The attributes that make what ``call`` of a class returns, from the last one back.

    It returns once, at its end: ``return self.head(self.body(x))``, or a name that was bound to
    that. What stands before something that is not plain is left out.
    """
    if cls.applied_last is None:
        cls.applied_last = _applied_last(cls)
    return cls.applied_last


def _applied_last(cls: Class) -> list[str]:
    call = cls.member("call")
    if not isinstance(call, Function) or not isinstance(call.node, cst.FunctionDef):
        return []
    ends = [each for each in _nodes(call.node.body) if isinstance(each, cst.Return)]
    body = list(_statements(call.node.body.body))
    first = call.node.params.params[:1]
    if len(ends) != 1 or not first or not body or body[-1] is not ends[0]:
        return []
    found: list[str] = []
    end: cst.CSTNode | None = ends[0].value
    before: Sequence[cst.CSTNode] = body[:-1]
    while True:
        if isinstance(end, cst.Name):
            end, before = _last_bound(end.value, before)
        name = _attribute_of(end.func, first[0].name.value) if isinstance(end, cst.Call) else None
        if name is None or not isinstance(end, cst.Call):
            return found
        found.append(name)
        end = end.args[0].value if end.args else None


def _statements(body: Sequence[cst.CSTNode]) -> Iterator[cst.CSTNode]:
    for each in body:
        yield from each.body if isinstance(each, cst.SimpleStatementLine) else (each,)


def _last_bound(
    name: str, body: Sequence[cst.CSTNode]
) -> tuple[cst.BaseExpression | None, Sequence[cst.CSTNode]]:
    """What a name is bound to last in some statements, and those before; None where it depends."""
    for number in reversed(range(len(body))):
        each = body[number]
        if isinstance(each, cst.Assign) and len(each.targets) == 1:
            target = each.targets[0].target
            if isinstance(target, cst.Name) and target.value == name:
                return each.value, body[:number]
        if any(isinstance(node, cst.Name) and node.value == name for node in _nodes(each)):
            break
    return None, ()


def unread(cls: Class, name: str) -> bool:
    """Whether a class only ever sets an attribute, so that no method of it can use its value."""
    if cls.read is None:
        reads = Counter(OF_SELF.findall(cls.text))
        reads.subtract(SET_OF_SELF.findall(cls.text))
        cls.read = frozenset(each for each, times in reads.items() if times > 0)
    parents = [each for each in cls.bases if isinstance(each, Class) and each is not cls]
    return name not in cls.read and all(unread(each, name) for each in parents)
