"""What the statements of a module define."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence

Part = Sequence[ast.stmt]
"""A statement of a module: several where they stand on one line."""

DEFINING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def defined(part: Part) -> str | None:
    """The name of the function or class that a statement defines."""
    first = part[0]
    return first.name if isinstance(first, DEFINING) else None


def defined_once(parts: Sequence[Part]) -> dict[str, Part]:
    """The functions and classes of a module whose names nothing else in it binds."""
    times = Counter(name for part in parts for name in _bound(part))
    named = ((defined(part), part) for part in parts)
    return {name: part for name, part in named if name is not None and times[name] == 1}


def _bound(part: Part) -> Iterator[str]:
    """The names that a statement of a module may bind there."""
    name = defined(part)
    if name is not None:
        yield name
        return
    waiting: list[ast.AST] = list(part)
    while waiting:
        node = waiting.pop()
        if isinstance(node, DEFINING):
            yield node.name
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store):
                yield node.id
        else:
            waiting.extend(ast.iter_child_nodes(node))
