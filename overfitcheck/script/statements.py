"""What statements do: one function a kind of syntax node; False where it leaves its block."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import libcst as cst

from overfitcheck.script.branches import merged
from overfitcheck.script.expressions import evaluate
from overfitcheck.script.frames import Frame
from overfitcheck.script.names import canonical
from overfitcheck.script.operators import augment, truth
from overfitcheck.script.values import (
    Call,
    Class,
    Constant,
    Function,
    Item,
    Items,
    Symbol,
    Unknown,
    Value,
    choice,
)

if TYPE_CHECKING:
    from overfitcheck.script.walk import Walk


def _expression(walk: Walk, node: cst.Expr) -> None:
    value = evaluate(walk, node.value)
    if isinstance(value, Call):
        walk.discarded.append(value)


def _assign(walk: Walk, node: cst.Assign) -> None:
    value = evaluate(walk, node.value)
    for target in node.targets:
        walk.bind(target.target, value)


def _annotated(walk: Walk, node: cst.AnnAssign) -> None:
    if node.value is not None:
        walk.bind(node.target, evaluate(walk, node.value))


def _augmented(walk: Walk, node: cst.AugAssign) -> None:
    operator = type(node.operator).__name__.removesuffix("Assign")
    left, right = evaluate(walk, node.target), evaluate(walk, node.value)
    walk.bind(node.target, augment(walk, operator, left, right))


def _if(walk: Walk, node: cst.If) -> bool:
    test = evaluate(walk, node.test)
    known = truth(test)
    if known is True:
        return walk.block(node.body.body)
    otherwise = _otherwise(walk, node)
    if known is False:
        return otherwise()
    return walk.arms(node, [lambda: walk.block(node.body.body), otherwise])


def _otherwise(walk: Walk, node: cst.If) -> Callable[[], bool]:
    if node.orelse is None:
        return lambda: True
    if isinstance(node.orelse, cst.If):
        rest = node.orelse
        return lambda: _if(walk, rest)
    body = node.orelse.body.body
    return lambda: walk.block(body)


def _loop(walk: Walk, node: cst.For | cst.While) -> bool:
    outside = walk.context
    walk.context = replace(outside, loops=(*outside.loops, node))
    before = dict(walk.frame.names)
    if isinstance(node, cst.For):
        walk.iterables[node] = iterable = evaluate(walk, node.iter)
        walk.bind(node.target, element(iterable))
    else:
        evaluate(walk, node.test)
    walk.block(node.body.body)
    walk.frame.names = merged([walk.frame.names, before])
    walk.context = outside
    if node.orelse is not None:
        walk.block(node.orelse.body.body)
    return True


def element(iterable: Value) -> Value:
    """Any one element of an iterable."""
    if isinstance(iterable, Items) and iterable.complete and 0 < len(iterable.items) <= 8:
        result = iterable.items[0]
        for item in iterable.items[1:]:
            result = choice(result, item)
        return result
    return Item(iterable, Unknown())


def _with(walk: Walk, node: cst.With) -> bool:
    for item in node.items:
        value = evaluate(walk, item.item)
        if item.asname is not None:
            walk.bind(item.asname.name, value)
    return walk.block(node.body.body)


def _try(walk: Walk, node: cst.Try | cst.TryStar) -> bool:
    def body() -> bool:
        reached = walk.block(node.body.body)
        if reached and node.orelse is not None:
            return walk.block(node.orelse.body.body)
        return reached

    def handler(each: cst.ExceptHandler | cst.ExceptStarHandler) -> Callable[[], bool]:
        return lambda: walk.block(each.body.body)

    reached = walk.arms(node, [body, *(handler(each) for each in node.handlers)])
    if node.finalbody is not None:
        return walk.block(node.finalbody.body.body) and reached
    return reached


def _match(walk: Walk, node: cst.Match) -> bool:
    evaluate(walk, node.subject)

    def arm(case: cst.MatchCase) -> Callable[[], bool]:
        return lambda: walk.block(case.body.body)

    return walk.arms(node, [*(arm(case) for case in node.cases), lambda: True])


def _function(walk: Walk, node: cst.FunctionDef) -> None:
    walk.frame.bind(node.name.value, make_function(walk, node))


def make_function(walk: Walk, node: cst.FunctionDef) -> Value:
    """The function that a definition makes; its defaults are evaluated here."""
    parameters = (
        *node.params.posonly_params,
        *node.params.params,
        *node.params.kwonly_params,
    )
    defaults = {
        each.name.value: evaluate(walk, each.default) for each in parameters if each.default
    }
    function = Function(node, walk.frame, defaults)
    for decorator in node.decorators:
        name = decorator.decorator
        if isinstance(name, cst.Name) and name.value in ("staticmethod", "classmethod", "property"):
            function.kind = name.value
    walk.functions.append(function)
    return function


def _class(walk: Walk, node: cst.ClassDef) -> None:
    bases = tuple(evaluate(walk, base.value) for base in node.bases)
    outside = walk.frame
    walk.frame = Frame({}, outside, is_class=True)
    made = Class(node, bases, walk.frame.names)
    first = len(walk.functions)
    walk.block(node.body.body)
    made.members = walk.frame.names
    for function in walk.functions[first:]:
        if function.owner is None and function.frame is walk.frame:
            function.owner = made
    walk.frame = outside
    walk.classes.append(made)
    walk.frame.bind(made.name, made)


def _return(walk: Walk, node: cst.Return) -> bool:
    walk.returned.append(evaluate(walk, node.value) if node.value else Constant(None))
    return False


def _leave(walk: Walk, node: cst.CSTNode) -> bool:
    if isinstance(node, cst.Raise) and node.exc is not None:
        evaluate(walk, node.exc)
    return False


def _import(walk: Walk, node: cst.Import) -> None:
    for alias in node.names:
        path = dotted(alias.name)
        walk.imports.append(path)
        if alias.asname is not None:
            walk.bind(alias.asname.name, Symbol(canonical(path)))
        else:
            root = path.partition(".")[0]
            walk.frame.bind(root, Symbol(canonical(root)))


def _import_from(walk: Walk, node: cst.ImportFrom) -> None:
    module = "." * len(node.relative) + (dotted(node.module) if node.module else "")
    walk.imports.append(module)
    if isinstance(node.names, cst.ImportStar):
        walk.frame.stars.append(module)
        return
    for alias in node.names:
        name = dotted(alias.name)
        symbol = Symbol(canonical(f"{module}.{name}"))
        if alias.asname is not None:
            walk.bind(alias.asname.name, symbol)
        else:
            walk.frame.bind(name, symbol)


def dotted(node: cst.BaseExpression) -> str:
    """The text of a dotted name."""
    if isinstance(node, cst.Attribute):
        return f"{dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""


def _shared(walk: Walk, node: cst.Global | cst.Nonlocal) -> None:
    frame = walk.frame
    for item in node.names:
        name = item.name.value
        home: Frame | None = frame.module() if isinstance(node, cst.Global) else frame.outer
        while isinstance(node, cst.Nonlocal) and home is not None and name not in home.names:
            home = home.outer
        if home is not None and home is not frame:
            frame.shared[name] = home
            frame.names.pop(name, None)


def _delete(walk: Walk, node: cst.Del) -> None:
    targets = node.target.elements if isinstance(node.target, cst.Tuple) else [node]
    for each in targets:
        target = each.value if isinstance(each, cst.BaseElement) else node.target
        if isinstance(target, cst.Name):
            walk.frame.names.pop(target.value, None)
        else:
            evaluate(walk, target)


STATEMENTS: dict[type, Callable[[Walk, Any], bool | None]] = {
    cst.Expr: _expression,
    cst.Assign: _assign,
    cst.AnnAssign: _annotated,
    cst.AugAssign: _augmented,
    cst.If: _if,
    cst.For: _loop,
    cst.While: _loop,
    cst.With: _with,
    cst.Try: _try,
    cst.TryStar: _try,
    cst.Match: _match,
    cst.FunctionDef: _function,
    cst.ClassDef: _class,
    cst.Return: _return,
    cst.Raise: _leave,
    cst.Break: _leave,
    cst.Continue: _leave,
    cst.Import: _import,
    cst.ImportFrom: _import_from,
    cst.Global: _shared,
    cst.Nonlocal: _shared,
    cst.Del: _delete,
}
