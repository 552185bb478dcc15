"""Lines and columns of syntax nodes, worked out for one statement at a time.

libcst knows places only after it has written the whole module again, which takes longer than
parsing it. Python's own parser tells at once where each statement begins; what stands within a
statement is found by writing that statement alone.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from libcst.metadata.position_provider import PositionProvidingCodegenState

from overfitcheck.script.nodes import STATEMENTS, inner_nodes
from overfitcheck.script.parsing import without_validation
from overfitcheck.script.syntax import LINE_END

Place = tuple[int, int, int, int]
"""Line, column, end line and end column, from 1, the end exclusive."""

Span = tuple[int, int, int]
"""The first line (from 1), its column (from 0) and the last line of a statement."""

BODIES = ("body", "handlers", "orelse", "finalbody", "cases")
"""Fields of a compound statement that hold further statements."""

MANY_BODIED = (cst.Try, cst.TryStar, cst.Match)
"""Statements with expressions between the blocks in them."""

EMPTY = cst.SimpleStatementSuite([])


class Positions:
    """The places of the nodes of one module."""

    def __init__(
        self, module: cst.Module, code: str, python_tree: Callable[[], ast.Module | None]
    ) -> None:
        self._module = module
        self._python_tree = python_tree
        self._code = code
        self._spans: dict[cst.CSTNode, Span] | None = None
        self._homes: dict[int, cst.CSTNode] = {}
        self._found: dict[cst.CSTNode, Any] = {}
        self._written: set[cst.CSTNode] = set()
        self._lines: list[int] = []

    def of(self, node: cst.CSTNode, home: cst.CSTNode | None = None) -> Place:
        """The place of a node; `home` is the statement that it most likely stands in."""
        place = self._found.get(node)
        if place is None:
            place = self._look_in(home, node) or self._look_in(self.statement(node), node)
        if place is None:
            with without_validation():
                wrapper = MetadataWrapper(self._module, unsafe_skip_copy=True)
                self._found = dict(wrapper.resolve(PositionProvider))
            place = self._found[node]
        start, end = place.start, place.end
        return start.line, start.column + 1, end.line, end.column + 1

    def line(self, node: cst.CSTNode, home: cst.CSTNode | None = None) -> int:
        """The line of a node, which no statement has to be written for that stands on one line."""
        span = self._span(node) if type(node) in STATEMENTS else None
        span = span or self._span(self.statement(node, home))
        return span[0] if span is not None and span[0] == span[2] else self.of(node, home)[0]

    def _span(self, statement: cst.CSTNode | None) -> Span | None:
        """Where a statement stands; None where Python itself cannot read the text."""
        if self._spans is None:
            self._spans = _spans(self._module, self._python_tree())
        return self._spans.get(statement) if statement is not None else None

    def _look_in(self, statement: cst.CSTNode | None, node: cst.CSTNode) -> Any:
        """The place of a node that may stand in a statement."""
        whole = statement is node
        if statement is None or (not whole and statement in self._written):
            return None
        if isinstance(statement, MANY_BODIED) and not whole:
            return None
        span = self._span(statement)
        if span is not None:
            self._written.add(statement)
            self._write(statement, *span[:2], whole=whole)
        return self._found.get(node)

    def _write(self, statement: cst.CSTNode, line: int, column: int, *, whole: bool) -> None:
        """Write a statement as if it stood in its place, and keep the places of all its nodes.

        Statements within it are left out, unless the `whole` of it is wanted.
        """
        state = PositionProvidingCodegenState(
            default_indent=self._module.default_indent,
            default_newline=self._module.default_newline,
            provider=_Computed(self._found),
        )
        # Column 0 of the first line: the statement writes its own indentation.
        state.increase_indent(" " * column)
        state.line = line
        bare = _bare(statement, whole)
        # As libcst writes the module: an If in the place of an Else is an ``elif``.
        elif_ = self._code.startswith("elif", self._offset(line) + column)
        bare._codegen(state, **({"is_elif": True} if elif_ else {}))
        if whole:
            self._found[statement] = self._found[bare]

    def _offset(self, line: int) -> int:
        """Where a line begins in the text."""
        if not self._lines:
            self._lines = [0, *(end.end() for end in LINE_END.finditer(self._code))]
        return self._lines[line - 1]

    def nodes(self) -> Iterator[cst.CSTNode]:
        """All nodes of the module, in no certain order."""
        return (node for node, _ in _homes(self._module))

    def statement(self, node: cst.CSTNode, home: cst.CSTNode | None = None) -> cst.CSTNode | None:
        """The innermost statement that a node stands in; None where it is not in the module.

        `home` is the statement that it most likely stands in.
        """
        if home is not None and any(each is node for each in within(home)):
            return home
        if not self._homes:
            self._homes = {id(each): statement for each, statement in _homes(self._module)}
        return self._homes.get(id(node))


class _Computed(PositionProvider):
    """The provider that libcst writes places for."""

    def __init__(self, computed: dict[cst.CSTNode, Any]) -> None:
        super().__init__()
        self._computed = computed


def _bare(statement: cst.CSTNode, whole: bool) -> cst.CSTNode:
    """A statement without the lines above it, and without the statements in it."""
    changes: dict[str, Any] = {}
    if hasattr(statement, "leading_lines"):
        changes["leading_lines"] = ()
    if not whole and isinstance(getattr(statement, "body", None), cst.IndentedBlock):
        changes["body"] = EMPTY
        for name in ("orelse", "finalbody"):
            if hasattr(statement, name):
                changes[name] = None
    return statement.with_changes(**changes)


def _spans(module: cst.Module, tree: ast.Module | None) -> dict[cst.CSTNode, Span]:
    """Where each statement stands; empty where Python cannot read them."""
    if tree is None:
        return {}
    found: dict[cst.CSTNode, Span] = {}
    waiting: list[tuple[Sequence[cst.CSTNode], Sequence[ast.AST]]] = [(module.body, tree.body)]
    while waiting:
        ours, theirs = waiting.pop()
        for mine, other, last in _pairs(ours, theirs):
            decorators = getattr(other, "decorator_list", None)
            line = decorators[0].lineno if decorators else other.lineno
            found[mine] = (line, other.col_offset, last.end_lineno)
            waiting.extend(_nested(mine, other))
    return found


def _pairs(
    ours: Sequence[cst.CSTNode], theirs: Sequence[ast.AST]
) -> Iterator[tuple[cst.CSTNode, Any, Any]]:
    """The statements of a block as libcst and as Python have them.

    Several statements on one line are one for libcst, and a first and a last one for Python.
    """
    number = 0
    for mine in ours:
        last = number + (len(mine.body) - 1 if isinstance(mine, cst.SimpleStatementLine) else 0)
        if last >= len(theirs):
            return
        yield mine, theirs[number], theirs[last]
        number = last + 1


def _nested(mine: Any, other: Any) -> Iterator[tuple[Sequence[cst.CSTNode], Sequence[ast.AST]]]:
    """The blocks in a compound statement, as both have them."""
    for name in BODIES:
        part, theirs = getattr(mine, name, None), getattr(other, name, None)
        if part is None or not theirs:
            continue
        if name in ("handlers", "cases"):
            for each, its in zip(part, theirs, strict=False):
                if isinstance(each.body, cst.IndentedBlock):
                    yield each.body.body, its.body
        elif isinstance(part, cst.If):
            yield [part], theirs
        else:
            block = part if name == "body" else part.body
            if isinstance(block, cst.IndentedBlock):
                yield block.body, theirs


def within(statement: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes in a statement, those of the statements in it left out."""
    waiting = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        if node is statement or type(node) not in STATEMENTS:
            waiting.extend(inner_nodes(node))


def _homes(module: cst.Module) -> Iterator[tuple[cst.CSTNode, cst.CSTNode]]:
    """Each node with the innermost statement around it."""
    waiting: list[tuple[cst.CSTNode, cst.CSTNode]] = [(each, each) for each in module.body]
    while waiting:
        node, home = waiting.pop()
        if type(node) in STATEMENTS:
            home = node
        yield node, home
        waiting.extend((each, home) for each in inner_nodes(node))
