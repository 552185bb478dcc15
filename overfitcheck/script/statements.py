"""What statements do: one function a kind of syntax node; False where it leaves its block."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import libcst as cst

from overfitcheck.script.branches import merged
from overfitcheck.script.expressions import evaluate
from overfitcheck.script.frames import Frame
from overfitcheck.script.loops import changed_by_itself, element, rounds_of
from overfitcheck.script.names import canonical
from overfitcheck.script.nodes import inner_nodes
from overfitcheck.script.operators import augment
from overfitcheck.script.settings import as_setting, declared, is_form_field, option_of
from overfitcheck.script.toggles import decided
from overfitcheck.script.values import (
    Call,
    Class,
    Constant,
    Function,
    Items,
    Symbol,
    Table,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from overfitcheck.script.walk import Walk


def _expression(walk: Walk, node: cst.Expr) -> None:
    value = evaluate(walk, node.value)
    if isinstance(value, Call) and isinstance(node.value, cst.Call):
        walk.discarded.append(value)


def _assign(walk: Walk, node: cst.Assign) -> None:
    value = evaluate(walk, node.value)
    if walk.before and any(changed_by_itself(each.target, node.value) for each in node.targets):
        value = _repeated(walk, node.targets[0].target, value)
    if walk.has_forms and is_form_field(walk):
        value = as_setting(value)
    for target in node.targets:
        walk.bind(target.target, value)


def _annotated(walk: Walk, node: cst.AnnAssign) -> None:
    if walk.frame.is_class and isinstance(node.target, cst.Name):
        walk.frame.fields.append(node.target.value)
    if node.value is not None:
        value = evaluate(walk, node.value)
        formed = walk.has_forms and is_form_field(walk)
        walk.bind(node.target, as_setting(value) if formed else value)


def _augmented(walk: Walk, node: cst.AugAssign) -> None:
    operator = type(node.operator).__name__.removesuffix("Assign")
    left, right = evaluate(walk, node.target), evaluate(walk, node.value)
    value = augment(walk, operator, left, right)
    walk.bind(node.target, _repeated(walk, node.target, value) if walk.before else value)


def _repeated(walk: Walk, target: cst.BaseExpression, value: Value) -> Value:
    """The value of a name that a loop of unknown length goes on changing."""
    if isinstance(value, Constant) and isinstance(target, cst.Name):
        known = walk.frame.names.get(target.value)
        if known is not None and any(each.get(target.value) is known for each in walk.before):
            return Unknown(target.value)
    return value


def _if(walk: Walk, node: cst.If) -> bool:
    test = evaluate(walk, node.test)
    known = decided(walk, node.test, test)
    (walk.skipped if known is False else walk.followed).add(id(node.body))
    (walk.skipped if known is True else walk.followed).add(id(node.orelse))
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
    iterable = evaluate(walk, node.iter) if isinstance(node, cst.For) else Unknown()
    rounds = rounds_of(walk, iterable, node.body.body)
    if isinstance(node, cst.For) and rounds is not None:
        return _rounds(walk, node, rounds)
    outside = walk.context
    walk.context = outside.in_loop(node)
    before = dict(walk.frame.names)
    if isinstance(node, cst.For):
        walk.iterables[node] = iterable
        walk.bind(node.target, element(iterable))
    else:
        evaluate(walk, node.test)
    walk.before.append(before)
    walk.block(node.body.body)
    walk.before.pop()
    walk.frame.names = merged([walk.frame.names, before])
    walk.context = outside
    if node.orelse is not None:
        walk.block(node.orelse.body.body)
    return True


def _rounds(walk: Walk, node: cst.For, rounds: list[Value]) -> bool:
    """Follow a loop round by round, as if its body were written out so many times."""
    outside, walk.rounds = walk.rounds, walk.rounds * max(len(rounds), 1)
    for each in rounds:
        walk.bind(node.target, each)
        walk.block(node.body.body)
    walk.rounds = outside
    return walk.block(node.orelse.body.body) if node.orelse is not None else True


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
    if _falls_back(node):
        for name, path in _imported(node.body.body):
            walk.frame.bind(name, Symbol(path))
    if node.finalbody is not None:
        return walk.block(node.finalbody.body.body) and reached
    return reached


def _falls_back(node: cst.Try | cst.TryStar) -> bool:
    """Whether it imports something, and something else where that is not installed."""
    named = [dotted(each.type) for each in node.handlers if each.type is not None]
    return all(name in ("ImportError", "ModuleNotFoundError", "Exception") for name in named) and (
        all(isinstance(each, (cst.Import, cst.ImportFrom)) for each in _small(node.body.body))
    )


def _small(body: Sequence[cst.CSTNode]) -> Iterator[cst.CSTNode]:
    for each in body:
        yield from each.body if isinstance(each, cst.SimpleStatementLine) else (each,)


def _imported(body: Sequence[cst.CSTNode]) -> Iterator[tuple[str, str]]:
    """Names that import statements bind, and what they stand for."""
    for each in _small(body):
        if isinstance(each, cst.Import):
            yield from (imported_module(alias) for alias in each.names)
        elif isinstance(each, cst.ImportFrom) and not isinstance(each.names, cst.ImportStar):
            home = home_of(each)
            yield from (imported_name(alias, home) for alias in each.names)


def _match(walk: Walk, node: cst.Match) -> bool:
    evaluate(walk, node.subject)

    def arm(case: cst.MatchCase) -> Callable[[], bool]:
        def follow() -> bool:
            for name in captured(case.pattern):
                walk.frame.bind(name, Unknown(name))
            if case.guard is not None:
                evaluate(walk, case.guard)
            return walk.block(case.body.body)

        return follow

    return walk.arms(node, [*(arm(case) for case in node.cases), lambda: True])


def captured(pattern: cst.CSTNode) -> Iterator[str]:
    """The names that a pattern of a ``match`` statement binds."""
    waiting = [pattern]
    while waiting:
        each = waiting.pop()
        bound = [getattr(each, "name", None), getattr(each, "rest", None)]
        if isinstance(each, (cst.MatchAs, cst.MatchStar, cst.MatchMapping)):
            yield from (name.value for name in bound if isinstance(name, cst.Name))
        if not isinstance(each, cst.MatchValue):
            waiting.extend(inner_nodes(each))


def _function(walk: Walk, node: cst.FunctionDef) -> None:
    made = make_function(walk, node)
    if made.kind != "setter":
        walk.frame.bind(node.name.value, made)


def make_function(walk: Walk, node: cst.FunctionDef) -> Function:
    """The function that a definition makes; its defaults are evaluated here."""
    parameters = (
        *node.params.posonly_params,
        *node.params.params,
        *node.params.kwonly_params,
    )
    defaults = {
        each.name.value: evaluate(walk, each.default) for each in parameters if each.default
    }
    for name, default in defaults.items():
        defaults[name] = declared(default) or default
    function = Function(node, walk.frame, defaults, foreign=walk.foreign)
    for decorator in node.decorators:
        name = dotted(decorator.decorator).rpartition(".")[2]
        function.kind = KINDS.get(name, function.kind)
        if isinstance(decorator.decorator, cst.Call):
            defaults.update(option_of(evaluate(walk, decorator.decorator)))
    walk.functions.append(function)
    return function


KINDS = {
    "staticmethod": "staticmethod",
    "classmethod": "classmethod",
    "property": "property",
    "cached_property": "property",
    "setter": "setter",
    "deleter": "setter",
}
"""What a decorator makes of a function, where it is more than the function itself."""


def _class(walk: Walk, node: cst.ClassDef) -> None:
    bases = tuple(evaluate(walk, base.value) for base in node.bases)
    outside = walk.frame
    walk.frame = walk.scope(outside, is_class=True)
    made = Class(node, walk.frame, bases, walk.frame.names, walk.frame.fields)
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
        written = dotted(alias.name)
        _note_import(walk, written)
        name, path = imported_module(alias)
        local = walk.modules.bound(written, None, walk.frame.module().file)
        if local is not None and alias.asname is None:
            walk.modules.dotted[written] = local
            local = walk.modules.bound(name, None, walk.frame.module().file)
        walk.frame.bind(name, local or Symbol(path))


def _note_import(walk: Walk, module: str) -> None:
    if not walk.foreign:
        sure = not walk.context.branches
        walk.imports[module] = walk.imports.get(module, False) or sure


def imported_module(alias: cst.ImportAlias) -> tuple[str, str]:
    """The name that ``import module as name`` binds, and what it stands for."""
    path = dotted(alias.name)
    if alias.asname is not None:
        return dotted(alias.asname.name), canonical(path)
    root = path.partition(".")[0]
    return root, canonical(root)


def imported_name(alias: cst.ImportAlias, home: str) -> tuple[str, str]:
    """The name that ``from home import name`` binds, and what it stands for."""
    name = dotted(alias.name)
    path = canonical(f"{home}.{name}")
    return (dotted(alias.asname.name) if alias.asname is not None else name), path


def home_of(node: cst.ImportFrom) -> str:
    """The module that names are imported from, with its leading dots."""
    return "." * len(node.relative) + (dotted(node.module) if node.module else "")


def _import_from(walk: Walk, node: cst.ImportFrom) -> None:
    module = home_of(node)
    _note_import(walk, module)
    file = walk.frame.module().file
    if isinstance(node.names, cst.ImportStar):
        local = walk.modules.bound(module, None, file)
        if local is not None:
            walk.frame.module().local_stars.append(local)
        else:
            walk.frame.stars.append(module)
        return
    for alias in node.names:
        name, path = imported_name(alias, module)
        local = walk.modules.bound(module, dotted(alias.name), file)
        walk.frame.bind(name, local or walk.imported(Symbol(path), name))


def dotted(node: cst.CSTNode) -> str:
    """The text of a dotted name, that of what is called for a call; else empty."""
    if type(node) is cst.Name:
        return node.value
    if type(node) is cst.Attribute:
        return f"{dotted(node.value)}.{node.attr.value}"
    return dotted(node.func) if type(node) is cst.Call else ""


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
        elif isinstance(target, cst.Subscript):
            of = evaluate(walk, target.value)
            if isinstance(of, (Items, Table)):
                of.complete = False


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
