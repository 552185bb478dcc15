"""The one walk over the syntax tree: statements, scopes, branches and loops.

It follows the script as Python would, without executing anything: names get values, functions
of the script are entered where they are called, both arms of an undecided branch are followed
and merged, and each call of something that the script does not define is kept, in order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import libcst as cst

from overfitcheck.script.expressions import assign, augment, evaluate, truth
from overfitcheck.script.frames import Context, Frame
from overfitcheck.script.invocation import enter, instantiate
from overfitcheck.script.names import canonical
from overfitcheck.script.values import (
    Attribute,
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
    constant,
)

MOST_STEPS = 400_000
"""Expressions and statements looked at before everything further is unknown."""


@dataclass(frozen=True, eq=False)
class Assignment:
    """``of.name = value``, which some remedies depend on (``layer.trainable = False``)."""

    of: Value
    name: str
    value: Value
    node: cst.CSTNode
    context: Context
    order: int


class Walk:
    """State of the walk over one script."""

    def __init__(self) -> None:
        self.frame = Frame({"__name__": Constant("__main__")})
        self.context = Context()
        self.calls: list[Call] = []
        self.assignments: list[Assignment] = []
        self.imports: list[str] = []
        self.functions: list[Function] = []
        self.classes: list[Class] = []
        self.returned: list[Value] = []
        self.order = 0
        self.evaluation = 0
        self.steps = 0
        self.active: list[Function] = []
        self.yields = False

    def value(self, node: cst.CSTNode) -> Value:
        """The value of an expression."""
        return evaluate(self, node)

    def place(self) -> tuple[object, ...]:
        """Where the walk stands: what is made here can surely be changed only here."""
        return (*self.context.loops, None, *self.context.branches)

    def surely(self, place: tuple[object, ...]) -> bool:
        """Whether the walk stands on no branch and in no loop that `place` was not in."""
        return self.place() == place

    def replacing(self, of: Value, known: Value, value: Value) -> Value:
        """The attribute of `of` after an assignment that may stand on a branch."""
        made = of.context.branches if isinstance(of, Call) else ()
        inside = self.context.branches != made
        return choice(known, value) if inside and not isinstance(known, Attribute) else value

    def module(self, module: cst.Module) -> None:
        """Follow the module, then each function of it that nothing in it has called."""
        self.block(module.body)
        for function in reversed(self.functions):
            if not function.entered:
                self.separately(function)

    def separately(self, function: Function) -> None:
        """Enter a function that somebody else may call, with arguments that are unknown."""
        self.context = Context(root=function)
        receiver = self.instance_of(function.owner) if function.owner is not None else None
        if not function.entered:
            enter(self, function, [], {}, True, receiver)
        self.context = Context()

    def instance_of(self, owner: Class) -> Call:
        """The instance on which methods that nothing calls are entered.

        The last one that the script makes, or one with unknown arguments; the methods of a
        class that nobody instantiates are all entered on it, in the order of their definition.
        """
        for call in reversed(self.calls):
            if call.cls is owner:
                return call
        self.context = Context(root=owner)
        instance = instantiate(self, owner, [], {}, True, cst.Call(cst.Name(owner.name)))
        for method in self.functions:
            if method.owner is owner and not method.entered:
                enter(self, method, [], {}, True, instance)
        return instance

    def block(self, body: Sequence[cst.CSTNode]) -> bool:
        """Follow statements; False where the end of the block is never reached."""
        outside = self.context
        try:
            for statement in body:
                if not self.statement(statement):
                    return False
        finally:
            self.context = outside
        return True

    def statement(self, node: cst.CSTNode) -> bool:
        """Follow one statement; False where it leaves the block."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            return True
        if type(node) is cst.SimpleStatementLine:
            return all(self.statement(each) for each in node.body)
        handler = STATEMENTS.get(type(node))
        return handler(self, node) is not False if handler else True

    def arms(
        self,
        node: object,
        arms: Iterable[Callable[[], bool]],
    ) -> bool:
        """Follow the arms of an undecided conditional and merge what they bound."""
        outside, frame = self.context, self.frame
        before = dict(frame.names)
        ends: list[tuple[int, dict[str, Value]]] = []
        left = False
        for number, arm in enumerate(arms):
            frame.names = dict(before)
            self.context = replace(outside, branches=(*outside.branches, (node, number)))
            if arm():
                ends.append((number, frame.names))
            else:
                left = True
        self.context = outside
        frame.names = merged([names for _, names in ends]) if ends else before
        if left and len(ends) == 1:
            self.context = replace(outside, branches=(*outside.branches, (node, ends[0][0])))
        return bool(ends)

    def bind(self, target: cst.BaseExpression, value: Value) -> None:
        """Assign `value` to a target: a name, an attribute, an item or several of them."""
        assign(self, target, value)

    def note_assignment(self, of: Value, name: str, value: Value, node: cst.CSTNode) -> None:
        """Keep an assignment to an attribute."""
        self.order += 1
        self.assignments.append(Assignment(of, name, value, node, self.context, self.order))


def merged(ends: Sequence[dict[str, Value]]) -> dict[str, Value]:
    """The names after a conditional whose arms ended with `ends`."""
    result = dict(ends[0])
    for names in ends[1:]:
        for name, value in names.items():
            known = result.get(name)
            if known is None:
                result[name] = value
            elif known is not value:
                result[name] = choice(known, value)
    return result


def _expression(walk: Walk, node: cst.Expr) -> None:
    evaluate(walk, node.value)


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
        walk.bind(node.target, element(evaluate(walk, node.iter)))
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
        elif constant(evaluate(walk, target)) is None:
            continue


STATEMENTS: dict[type, Callable[[Walk, "object"], bool | None]] = {
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
}  # type: ignore[dict-item]
