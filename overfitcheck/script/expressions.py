"""What expressions stand for: one function a kind of syntax node."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import libcst as cst

from overfitcheck.script.branches import chosen, either
from overfitcheck.script.fragments import in_fragment
from overfitcheck.script.frames import unknown_in
from overfitcheck.script.histories import note_columns
from overfitcheck.script.invocation import invoke, property_of
from overfitcheck.script.loops import comprehended
from overfitcheck.script.names import canonical
from overfitcheck.script.operators import augment, compared, item, truth
from overfitcheck.script.settings import flag, setting
from overfitcheck.script.signatures import tabled
from overfitcheck.script.syntax import literal
from overfitcheck.script.targets import assign, index_of
from overfitcheck.script.toggles import decided
from overfitcheck.script.values import (
    FILLED,
    Argument,
    Attribute,
    Call,
    Choice,
    Class,
    Constant,
    Function,
    Items,
    Local,
    Method,
    Operation,
    Setting,
    Symbol,
    Table,
    Text,
    Unknown,
    Value,
    choice,
    constant,
)

if TYPE_CHECKING:
    from overfitcheck.script.walk import Walk

BUILTINS = frozenset(
    "abs all any bool dict enumerate Exception filter float getattr hasattr input int "
    "isinstance iter len list map max min next object open print range reversed round set "
    "sorted str sum super tuple type ValueError vars zip".split()
)

FLOAT = re.compile(r"\d*\.?\d+(?:[eE][+-]?\d+)?|\d+\.")

LONGEST_TEXT = 10_000
"""Longer literals are kept as unknown: nothing is decided by them."""


def evaluate(walk: Walk, node: cst.CSTNode) -> Value:
    """The value of an expression."""
    walk.steps += 1
    handler = EXPRESSIONS.get(type(node))
    return Unknown() if handler is None else handler(walk, node)


def _name(walk: Walk, node: cst.Name) -> Value:
    name = node.value
    found = walk.frame.look_up(name)
    if found is not None:
        return walk.known(found)
    if name in ("True", "False", "None"):
        return Constant({"True": True, "False": False, "None": None}[name])
    module = walk.frame.module()
    for local in module.local_stars:
        found = walk.modules.value(walk, Local(local.path, local.file, name))
        if found is not None:
            return found
    for star in module.stars:
        path = canonical(f"{star}.{name}")
        if tabled(path):
            return Symbol(path)
    if name in BUILTINS:
        return Symbol(f"builtins.{name}")
    return in_fragment(walk, name) or unknown_in(walk.frame, name)


def _attribute(walk: Walk, node: cst.Attribute) -> Value:
    return attribute(walk, evaluate(walk, node.value), node.attr.value)


def attribute(walk: Walk, of: Value, name: str) -> Value:
    """The attribute `name` of a value."""
    if isinstance(of, Symbol):
        path = canonical(f"{of.path}.{name}")
        inner = walk.modules.inner(of, path, name)
        if inner is not None:
            return walk.known(inner)
        return walk.symbols.get(path) or flag(walk, path, name) or Symbol(path)
    if isinstance(of, Attribute) and of.name == "super()":
        return inherited(walk, of.of, name)
    known = of.attributes.get(name)
    if known is not None:
        return known
    if isinstance(of, Choice):
        parts = [attribute(walk, option, name) for option in of.options]
        result = parts[0]
        for part in parts[1:]:
            result = choice(result, part)
        return result
    owner = of if isinstance(of, Class) else of.cls if isinstance(of, Call) else None
    member = owner.member(name) if owner is not None else None
    if isinstance(member, Function):
        if member.kind == "property" and of is not owner:
            return property_of(walk, member, of)
        return member if member.kind == "staticmethod" else Method(member, of)
    if member is not None:
        return member
    walk.made_later(of, name)
    known = of.attributes.get(name)
    if known is not None:
        return known
    held = of.entries.get(name) if isinstance(of, Table) else None
    result = held or setting(of, name) or Attribute(of, name)
    if held is not None:
        return held
    walk.taken_of.append(of)
    of.attributes[name] = result
    return result


def inherited(walk: Walk, instance: Value, name: str) -> Value:
    """``super().name``: of a base class in this script, else a method that is not in the text."""
    owner = next((each.owner for each in reversed(walk.active) if each.owner), None)
    for base in owner.bases if owner else ():
        member = base.member(name) if isinstance(base, Class) else None
        if isinstance(member, Function):
            return Method(member, instance)
    return Attribute(instance, name)


def _call(walk: Walk, node: cst.Call) -> Value:
    function = node.func
    if type(function) is cst.Attribute:
        receiver = evaluate(walk, function.value)
        callee = attribute(walk, receiver, function.attr.value)
    else:
        callee = evaluate(walk, function)
    positional: list[Argument] = []
    keywords: dict[str, Argument] = {}
    hidden = False
    for arg in node.args:
        value = evaluate(walk, arg.value)
        if arg.star == "*":
            hidden = not _spread(value, arg, positional) or hidden
        elif arg.star == "**":
            hidden = not _spread_table(value, keywords) or hidden
        elif arg.keyword is not None:
            keywords[arg.keyword.value] = Argument(value, arg)
        else:
            positional.append(Argument(value, arg))
    walk.evaluation += 1
    return invoke(walk, callee, positional, keywords, hidden, node)


def _spread(value: Value, arg: cst.Arg, positional: list[Argument]) -> bool:
    if not isinstance(value, Items) or not value.complete:
        return False
    positional.extend(Argument(item, arg) for item in value.items)
    return True


def _spread_table(value: Value, keywords: dict[str, Argument]) -> bool:
    if not isinstance(value, Table):
        return False
    for key, entry in value.entries.items():
        if isinstance(key, str):
            keywords[key] = Argument(entry, None)
    return value.complete


def _number(walk: Walk, node: cst.Integer | cst.Float | cst.Imaginary) -> Value:
    text = node.value
    try:
        if text.isdigit():
            return Constant(int(text))
        return Constant(float(text) if FLOAT.fullmatch(text) else literal(text))
    except (ValueError, SyntaxError):
        return Unknown()


def _string(walk: Walk, node: cst.SimpleString) -> Value:
    if len(node.value) > LONGEST_TEXT:
        return Unknown()
    if node.value[0] in "\"'" and "\\" not in node.value:
        marks = 3 if node.value[:3] in ('"""', "'''") else 1
        return Constant(node.value[marks:-marks])
    try:
        return Constant(_literal(node.value))
    except (ValueError, SyntaxError):
        return Unknown()


@lru_cache(maxsize=256)
def _literal(text: str) -> str | bytes:
    """The value of a string literal: scripts say the same few again and again."""
    value: str | bytes = literal(text)
    return value


def _concatenated(walk: Walk, node: cst.ConcatenatedString) -> Value:
    return augment(walk, "Add", evaluate(walk, node.left), evaluate(walk, node.right))


def _formatted(walk: Walk, node: cst.FormattedString) -> Value:
    suffix, whole, kind = "", True, Constant  # A part that somebody may replace: so is the whole.
    for part in node.parts:
        if isinstance(part, cst.FormattedStringText):
            suffix += part.value.replace("{{", "{").replace("}}", "}")
            continue
        value = evaluate(walk, part.expression) if hasattr(part, "expression") else Unknown()
        known = isinstance(value, Constant) and constant(value) is not None
        if known and getattr(part, "format_spec", None) is None:
            suffix += str(constant(value))
            kind = Setting if isinstance(value, Setting) else kind
        else:
            suffix, whole = "", False
    return kind(suffix) if whole else Text(suffix)


def _sequence(walk: Walk, node: cst.List | cst.Tuple | cst.Set) -> Value:
    kind = type(node).__name__.lower()
    made = Items(kind, [], branch=walk.place())
    closed = True
    for element in node.elements:
        value = evaluate(walk, element.value)
        if type(element) is not cst.StarredElement:
            made.items.append(value)
        elif isinstance(value, Items):
            made.items.extend(value.items)
            made.perhaps.update(value.perhaps)
            made.complete, closed = made.complete and value.complete, closed and value.closed
        else:
            made.complete = closed = False
    made.fewer = closed and not made.complete
    return made


def _dict(walk: Walk, node: cst.Dict) -> Value:
    table = Table({}, True, walk.place())
    for element in node.elements:
        value = evaluate(walk, element.value)
        if isinstance(element, cst.DictElement):
            key = evaluate(walk, element.key)
            if isinstance(key, Constant):
                table.entries[key.value] = value
            else:
                table.complete = False
        elif isinstance(value, Table):
            table.entries.update(value.entries)
            table.complete = table.complete and value.complete
        else:
            table.complete = False
    return table


def _comprehension(walk: Walk, node: cst.BaseComp) -> Value:
    outside = walk.frame
    walk.frame = walk.scope(outside)
    try:
        if isinstance(node, cst.DictComp):
            pairs, complete = comprehended(walk, node.for_in, lambda: _pair(walk, node), assign)
            return _table(walk, pairs, complete)
        assert isinstance(node, (cst.ListComp, cst.SetComp, cst.GeneratorExp))
        element = node.elt
        found, complete = comprehended(walk, node.for_in, lambda: evaluate(walk, element), assign)
        kind = {cst.ListComp: "list", cst.SetComp: "set"}.get(type(node), "generator")
        return Items(kind, found, complete and kind != "generator", walk.place())
    finally:
        walk.frame = outside


def _pair(walk: Walk, node: cst.DictComp) -> Value:
    return Items("tuple", [evaluate(walk, node.key), evaluate(walk, node.value)])


def _table(walk: Walk, pairs: list[Value], complete: bool) -> Table:
    """The dict of a comprehension; what it is filled with, where its keys are not known."""
    table = Table({}, complete, walk.place())
    for pair in pairs:
        assert isinstance(pair, Items)
        key, value = pair.items
        if isinstance(key, Constant):
            table.entries[key.value] = value
        else:
            table.complete = False
            table.attributes[FILLED] = value
    return table


def _lambda(walk: Walk, node: cst.Lambda) -> Value:
    return Function(node, walk.frame, {}, foreign=walk.foreign)


def _conditional(walk: Walk, node: cst.IfExp) -> Value:
    test = evaluate(walk, node.test)
    if (known := decided(walk, node.test, test)) is not None:
        return evaluate(walk, node.body if known else node.orelse)
    return chosen(test, *either(walk, node))


def _binary(walk: Walk, node: cst.BinaryOperation) -> Value:
    left, right = evaluate(walk, node.left), evaluate(walk, node.right)
    return augment(walk, type(node.operator).__name__, left, right)


def _unary(walk: Walk, node: cst.UnaryOperation) -> Value:
    value = evaluate(walk, node.expression)
    operator = type(node.operator).__name__
    if operator == "Not":
        known = truth(value)
        return Unknown() if known is None else Constant(not known)
    number = constant(value)
    if isinstance(number, (int, float)) and operator in ("Minus", "Plus"):
        return type(value)(-number if operator == "Minus" else number)  # type: ignore[call-arg]
    return Operation(operator, (value,))


def _boolean(walk: Walk, node: cst.BooleanOperation) -> Value:
    left = evaluate(walk, node.left)
    right = evaluate(walk, node.right)
    known = truth(left)
    if known is None:
        return choice(left, right) if not isinstance(left, Unknown) else Unknown()
    return right if known is isinstance(node.operator, cst.And) else left


def _comparison(walk: Walk, node: cst.Comparison) -> Value:
    left = evaluate(walk, node.left)
    operands = [(part.operator, evaluate(walk, part.comparator)) for part in node.comparisons]
    operator, right = operands[0]
    if isinstance(left, Constant) and isinstance(operator, (cst.In, cst.NotIn)):
        walk.note_history(right, left.value, None)
    known = compared(operator, left, right) if len(operands) == 1 else None
    if known is not None:
        return known
    return Operation("Compare", (left, *(value for _, value in operands)))


def _subscript(walk: Walk, node: cst.Subscript) -> Value:
    of = evaluate(walk, node.value)
    parts = [index_of(walk, element.slice) for element in node.slice]
    index = parts[0] if len(parts) == 1 else Items("tuple", parts)
    if isinstance(index, Constant):
        walk.note_history(of, index.value, node)
    elif isinstance(index, Items):
        note_columns(walk, of, index, node)
    return item(walk, of, index)


def _walrus(walk: Walk, node: cst.NamedExpr) -> Value:
    value = evaluate(walk, node.value)
    assign(walk, node.target, value)
    return value


def _await(walk: Walk, node: cst.Await) -> Value:
    return evaluate(walk, node.expression)


def _yield(walk: Walk, node: cst.Yield) -> Value:
    given = node.value.item if isinstance(node.value, cst.From) else node.value
    walk.yielded.append(Constant(None) if given is None else evaluate(walk, given))
    return Unknown()


EXPRESSIONS: dict[type, Callable[[Walk, Any], Value]] = {
    cst.Name: _name,
    cst.Attribute: _attribute,
    cst.Call: _call,
    cst.Integer: _number,
    cst.Float: _number,
    cst.Imaginary: _number,
    cst.SimpleString: _string,
    cst.ConcatenatedString: _concatenated,
    cst.FormattedString: _formatted,
    cst.List: _sequence,
    cst.Tuple: _sequence,
    cst.Set: _sequence,
    cst.Dict: _dict,
    cst.ListComp: _comprehension,
    cst.SetComp: _comprehension,
    cst.GeneratorExp: _comprehension,
    cst.DictComp: _comprehension,
    cst.Lambda: _lambda,
    cst.IfExp: _conditional,
    cst.BinaryOperation: _binary,
    cst.UnaryOperation: _unary,
    cst.BooleanOperation: _boolean,
    cst.Comparison: _comparison,
    cst.Subscript: _subscript,
    cst.NamedExpr: _walrus,
    cst.Await: _await,
    cst.Yield: _yield,
}
