"""The nodes in a syntax node, without whitespace, punctuation and comments.

libcst's own `children` visits everything, in far more time; `isinstance` with its abstract
classes is slow as well. Which fields matter is worked out once for each kind of node.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

LEFT_OUT = frozenset(
    "leading_lines header footer lines_after_decorators semicolon comma equal lpar rpar newline "
    "indent operator dot lbracket rbracket lbrace rbrace colon star asynchronous open_curly "
    "separator lines_after_colon relative posonly_ind first_colon second_colon __slots__".split()
)
"""Fields that hold punctuation, or nothing that a script says."""

NO_NODES = frozenset({str, bool, int, type(None), cst.MaybeSentinel})

COMPOUND = frozenset(
    (
        cst.If,
        cst.For,
        cst.While,
        cst.With,
        cst.Try,
        cst.TryStar,
        cst.Match,
        cst.FunctionDef,
        cst.ClassDef,
    )
)
"""Statements that hold statements."""

STATEMENTS = COMPOUND | {cst.SimpleStatementLine}

BLOCKS = STATEMENTS | {
    cst.IndentedBlock,
    cst.Else,
    cst.ExceptHandler,
    cst.ExceptStarHandler,
    cst.Finally,
    cst.MatchCase,
}
"""What statements stand in, and they themselves."""

_fields: dict[type, tuple[str, ...]] = {}


def _fields_of(kind: type) -> tuple[str, ...]:
    found = _fields.get(kind)
    if found is None:
        names = getattr(kind, "__dataclass_fields__", {})
        found = _fields[kind] = tuple(
            name for name in names if name not in LEFT_OUT and "whitespace" not in name
        )
    return found


def inner_nodes(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The nodes directly in a node."""
    found: list[cst.CSTNode] = []
    for name in _fields_of(type(node)):
        value = getattr(node, name)
        kind = type(value)
        if kind is list or kind is tuple:
            found.extend(value)
        elif kind not in NO_NODES:
            found.append(value)
    return found


def inside(*nodes: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Nodes and all that stands in them, in no certain order."""
    waiting = list(nodes)
    while waiting:
        each = waiting.pop()
        yield each
        waiting.extend(inner_nodes(each))
