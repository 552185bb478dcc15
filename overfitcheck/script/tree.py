"""The syntax tree of one text, and where each node of it stands."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Any

import libcst as cst

from overfitcheck.script.brackets import closed_behind, opened_before
from overfitcheck.script.convert_expressions import ConversionError
from overfitcheck.script.convert_statements import Statements, by_line, module_of
from overfitcheck.script.defined import Part, defined_once
from overfitcheck.script.nodes import BLOCKS, STATEMENTS, inner_nodes
from overfitcheck.script.text_lines import TextLines

Place = tuple[int, int, int, int]
"""Line, column, end line and end column, from 1, the end exclusive."""

Offsets = tuple[int, int]
"""Where something begins and ends in the text, in characters from 0, the end exclusive."""

COMMENT = re.compile(r"[ \t;]*(#[^\r\n]*)")


class Tree:
    """What a text says, as nodes of libcst, and where in the text each of them stands.

    `module` is never changed; its nodes say nothing of whitespace, comments and punctuation, for
    which there is the text. `python` is the tree of Python's own parser; None where it cannot read
    the text, though libcst can.
    """

    def __init__(
        self, text: str, python: ast.Module | None, module: cst.Module | None = None
    ) -> None:
        """The tree of libcst's own parser where it is given; else Python's, to be converted."""
        self.text = text
        self.python = python
        self._lines = TextLines(text)
        self._converter = Statements(self._lines)
        self._places, self._alone = self._converter.places, self._converter.alone
        self._converted: dict[int, cst.CSTNode] = {}
        self._read = module
        self._offsets: dict[int, Offsets] = {}
        self._literals: list[cst.Module] = []

    @cached_property
    def module(self) -> cst.Module:
        """The whole of it."""
        return self._read or module_of([self.part(each) for each in self.parts])

    def convert(self) -> None:
        """Convert all of it at once.

        Raises:
            ConversionError: the text has something in it that only libcst's parser takes apart.
            RecursionError: it is nested too deeply to be converted.
        """
        for each in self.parts:
            self.part(each)

    @cached_property
    def parts(self) -> Sequence[Part]:
        """The statements of the module as Python has them, those together that are one here."""
        return by_line(self.python.body) if self.python is not None else []

    @cached_property
    def definitions(self) -> dict[str, Part]:
        """The functions and classes of the module whose names nothing else in it binds."""
        return defined_once(self.parts)

    def part(self, nodes: Part) -> cst.CSTNode:
        """A statement of the module; converted when it is first asked for.

        Raises:
            ConversionError, RecursionError: as `convert` says.
        """
        made = self._converted.get(id(nodes[0]))
        if made is None:
            known = len(self._places)
            try:
                made = self._converted[id(nodes[0])] = self._converter.line(nodes)
            except (ConversionError, RecursionError):
                # What was made of it goes, and other nodes may get its identities.
                for each in list(self._places)[known:]:
                    del self._places[each]
                    self._alone.discard(each)
                raise
        return made

    def __contains__(self, node: cst.CSTNode) -> bool:
        """Whether a node stands in the text."""
        return id(node) in self._places or id(node) in self._found

    def position(self, node: cst.CSTNode) -> Place:
        """Where a node stands; the brackets around it are its own only where a tuple has them.

        Raises:
            KeyError: it does not stand in the text.
        """
        return self._place(self._inner(node))

    def span(self, node: cst.CSTNode) -> Place:
        """Where a node stands with the brackets around it.

        Raises:
            KeyError: it does not stand in the text.
        """
        return self._place(self._outer(node))

    def line(self, node: cst.CSTNode) -> int:
        """The line in which a node begins."""
        return self._lines.place(self._inner(node)[0])[0]

    def height(self, first: cst.CSTNode, last: cst.CSTNode) -> int:
        """How many lines stand from where a node begins to where another, or it itself, ends."""
        return self.position(last)[2] - self.line(first) + 1

    def code(self, node: cst.CSTNode) -> str:
        """The text of a node, with the brackets around it."""
        start, end = self._outer(node)
        return self.text[self._first(node, start) : end]

    def comment_behind(self, node: cst.CSTNode) -> str:
        """The comment that follows a statement on its line; empty where there is none."""
        found = COMMENT.match(self.text, self._inner(node)[1])
        return found.group(1) if found is not None else ""

    def statement(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The innermost statement that a node stands in; None where it is not in the text."""
        if node not in self:
            return None
        if type(node) in STATEMENTS:
            return node
        start, end = self._inner(node)
        starts, statements = self._statements
        last = bisect_right(starts, start)
        # An ``except`` stands behind the statements of its ``try``.
        around = (each for its_end, each in reversed(statements[:last]) if its_end >= end)
        return next(around, None)

    def nodes(self) -> Iterator[cst.CSTNode]:
        """All nodes of the module, in no certain order."""
        waiting: list[cst.CSTNode] = list(self.module.body)
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(inner_nodes(node))

    def _place(self, offsets: Offsets) -> Place:
        line, column = self._lines.place(offsets[0])
        end_line, end_column = self._lines.place(offsets[1])
        return line, column + 1, end_line, end_column + 1

    def _inner(self, node: cst.CSTNode) -> Offsets:
        origin: Any = self._places.get(id(node))
        if origin is None:
            return self._found[id(node)]
        if isinstance(origin, ast.AST):
            where: Any = origin
            first, start = where.lineno, where.col_offset
            last, end = where.end_lineno, where.end_col_offset
            return self._lines.offset(first, start), self._lines.offset(last, end)
        if isinstance(origin, cst.CSTNode):
            return self._outer(origin)
        if len(origin) == 2:
            return self._outer(origin[0])[0], self._outer(origin[1])[1]
        return self._lines.offset(*origin[:2]), self._lines.offset(*origin[2:])

    def _outer(self, node: cst.CSTNode) -> Offsets:
        """Where a node stands with its brackets.

        They are as many as are closed behind it and opened before it; where it stands alone in a
        call, the outermost ones are the call's.
        """
        start, end = self._inner(node)
        closed = closed_behind(self.text, end) if isinstance(node, cst.BaseExpression) else []
        if not closed:
            return start, end
        opened = list(islice(opened_before(self.text, start), len(closed) + 1))
        if id(node) in self._alone:
            opened = opened[:-1]
        own = min(len(opened), len(closed))
        return (opened[own - 1], closed[own - 1] + 1) if own else (start, end)

    def _first(self, node: cst.CSTNode, start: int) -> int:
        """Where a statement begins with its decorators."""
        decorators = getattr(node, "decorators", ())
        return (
            self.text.rindex("@", 0, self._inner(decorators[0].decorator)[0])
            if decorators
            else start
        )

    @property
    def _found(self) -> dict[int, Offsets]:
        """Where nodes stand that libcst has read: those in f-strings, or all."""
        if self._read is not None and not self._offsets:
            self._offsets.update(self._written_places(self._read, 1, 0))
        for node, line, byte in self._converter.literals[len(self._literals) :]:
            # It was read between brackets of its own.
            column = self._lines.place(self._lines.offset(line, byte))[1] - 1
            module = cst.Module([cst.SimpleStatementLine([cst.Expr(node)])])
            self._offsets.update(self._written_places(module, line, column))
            self._literals.append(module)  # Kept: no other node may get the identities in it.
        return self._offsets

    def _written_places(
        self, module: cst.Module, first: int, column: int
    ) -> Iterator[tuple[int, Offsets]]:
        """Where libcst finds the nodes of a module whose text begins in a line and column."""
        from libcst.metadata import MetadataWrapper, PositionProvider

        starts = [*self._lines.starts, len(self.text)]  # libcst ends the last line if need be.

        def offset(line: int, character: int) -> int:
            return starts[first + line - 2] + character + (column if line == 1 else 0)

        wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
        places = wrapper.resolve(PositionProvider)
        self._alone.update(_alone_in_calls(places))
        for node, place in places.items():
            start, end = place.start, place.end
            yield id(node), (offset(start.line, start.column), offset(end.line, end.column))

    @cached_property
    def _statements(self) -> tuple[list[int], list[tuple[int, cst.CSTNode]]]:
        """Where each statement begins, in order; where it ends, and what it is."""
        found: list[tuple[int, int, cst.CSTNode]] = []
        waiting: list[cst.CSTNode] = list(self.module.body)
        while waiting:
            node = waiting.pop()
            if type(node) in STATEMENTS:
                start, end = self._inner(node)
                found.append((self._first(node, start), end, node))
            waiting.extend(each for each in inner_nodes(node) if type(each) in BLOCKS)
        found.sort(key=lambda each: (each[0], -each[1]))
        return [start for start, _, _ in found], [(end, node) for _, end, node in found]


def _alone_in_calls(nodes: Iterable[cst.CSTNode]) -> Iterator[int]:
    """What stands alone between the brackets of a call or of a class."""
    for node in nodes:
        given: list[cst.Arg] = []
        if isinstance(node, cst.Call):
            given = list(node.args)
        elif isinstance(node, cst.ClassDef):
            given = [*node.bases, *node.keywords]
        if len(given) == 1 and given[0].keyword is None and not given[0].star:
            yield id(given[0].value)
