"""Where the text of a function or module binds a name, and whether it uses it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from overfitcheck.script.bindings import names_bound_by

Scope = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef

INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

OF_SHAPE = frozenset("shape size ndim dtype".split())
"""Attributes that say how many rows there are and of which kind, and nothing of what they hold."""

SHOWING = frozenset({"print", "len"})


def function_at(tree: ast.Module, line: int) -> Scope | None:
    """The function that is defined in a line."""
    functions = (each for each in ast.walk(tree) if isinstance(each, INNER[:2]))
    return next((each for each in functions if each.lineno == line), None)


def binds(scope: Scope, name: str) -> bool:
    """Whether a scope binds a name itself."""
    return any(_binds(node, name) for node, _ in _nodes(scope))


def is_bound_before(scope: Scope, name: str, line: int) -> bool:
    """Whether a scope has surely bound a name for good when it comes to a line."""
    around: set[int] = set()
    bound: list[tuple[int, int]] = []
    for node, block in _nodes(scope):
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0):
            around.add(block)
        if _binds(node, name):
            bound.append((getattr(node, "lineno", line), block))
    last, block = max(bound, default=(line, 0))
    return last < line and block in around


def first_bound(scope: Scope, name: str) -> int:
    """The first line of a scope that binds a name; 0 where none does."""
    lines = (getattr(node, "lineno", 0) for node, _ in _nodes(scope) if _binds(node, name))
    return min(lines, default=0)


def is_used(scope: Scope, name: str) -> bool:
    """Whether a name is used for more than to tell how many there are, or to be bound anew."""
    waiting: list[ast.AST] = [scope]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            return True
        own = isinstance(node, INNER[:2]) and node is not scope and binds(node, name)
        if not own and not _only_shows(node) and not _is_rebinding(node, name):
            waiting.extend(ast.iter_child_nodes(node))
    return False


def _nodes(scope: Scope) -> Iterator[tuple[ast.AST, int]]:
    """The nodes of a scope without those of inner ones, each with the block that it stands in."""
    inner: list[tuple[object, int]] = [(each, id(scope.body)) for each in scope.body]
    waiting = inner if isinstance(scope, ast.Module) else [*inner, (scope.args, id(scope.body))]
    while waiting:
        node, block = waiting.pop()
        if not isinstance(node, ast.AST):
            continue
        yield node, block
        for value in vars(node).values() if not isinstance(node, INNER) else ():
            parts = value if isinstance(value, list) else [value]
            within = id(value) if parts and isinstance(parts[0], ast.stmt) else block
            waiting.extend((part, within) for part in parts)


def _binds(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Name):
        return node.id == name and not isinstance(node.ctx, ast.Load)
    return name in names_bound_by(node)


def _only_shows(node: ast.AST) -> bool:
    """Whether what stands in a node is only shown, or asked for its shape."""
    if isinstance(node, ast.Attribute):
        return node.attr in OF_SHAPE and isinstance(node.value, ast.Name)
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Name) and called.id in SHOWING


def _is_rebinding(node: ast.AST, name: str) -> bool:
    """Whether a statement makes what a name stands for of what it stood for."""
    targets = node.targets if isinstance(node, ast.Assign) else ()
    written = [part for target in targets for part in ast.walk(target)]
    return any(isinstance(each, ast.Name) and _binds(each, name) for each in written)
