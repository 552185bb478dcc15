"""Which names a text binds, and how: enough to know whether a name is free, or has one meaning."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, eq=False, repr=False)
class Bindings:
    """The names that are bound anywhere in a text: assigned, imported, defined or deleted.

    `imported` are the paths of the imports that bind a name; `used` all names that occur.
    """

    bound: Counter[str] = field(default_factory=Counter)
    imported: Mapping[str, list[str]] = field(default_factory=dict)
    used: frozenset[str] | None = None

    def count(self, name: str) -> int:
        """How often a name is bound; where the text cannot be read, as good as often."""
        return 2 if self.used is None else self.bound[name]

    def is_free(self, name: str) -> bool:
        """Whether a name occurs nowhere."""
        return self.used is not None and name not in self.used


def bindings_in(tree: ast.Module | None) -> Bindings:
    """What binds each name of a text; nothing is known of one that Python cannot read."""
    if tree is None:
        return Bindings()
    bound: Counter[str] = Counter()
    imported: dict[str, list[str]] = {}
    used: set[str] = set()
    waiting: list[object] = [tree]
    while waiting:
        node = waiting.pop()
        if type(node) is ast.Name:
            used.add(node.id)
            if type(node.ctx) is not ast.Load:
                bound[node.id] += 1
        elif isinstance(node, ast.AST):
            if isinstance(node, BINDING):
                bound.update(names_bound_by(node))
                for name, path in _imports(node):
                    imported.setdefault(name, []).append(path)
            for value in vars(node).values():
                if type(value) is list:
                    waiting.extend(value)
                elif type(value) not in LEAVES:
                    waiting.append(value)
    return Bindings(bound, imported, frozenset(used | set(bound)))


LEAVES = frozenset({int, str, type(None), ast.Load, ast.Store, ast.Del})
"""What most nodes hold and nothing stands in."""


BINDING = (
    ast.arg,
    ast.stmt,
    ast.ExceptHandler,
    ast.MatchAs,
    ast.MatchStar,
)
"""Nodes that may bind a name."""


def names_bound_by(node: ast.AST) -> Iterator[str]:
    """The names that a node itself binds."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
        yield node.name
    for name, _ in _imports(node):
        yield name


def _imports(node: ast.AST) -> Iterator[tuple[str, str]]:
    """The names that an import binds, and to what."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            root = alias.name.partition(".")[0]
            yield (alias.asname, alias.name) if alias.asname else (root, root)
    elif isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            yield alias.asname or alias.name, f"{module}.{alias.name}"
