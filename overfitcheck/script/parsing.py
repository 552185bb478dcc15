"""Text to syntax tree, and why a text is none."""

from __future__ import annotations

import ast
import gc
import io
import re
import tokenize
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

import libcst as cst

from overfitcheck.script.convert_expressions import ConversionError
from overfitcheck.script.module_files import LARGEST
from overfitcheck.script.syntax import syntax_error, unwarned
from overfitcheck.script.tree import Tree

DEEPEST_NESTING = 200
"""Brackets inside one another; CPython's own parser takes no more (``MAXLEVEL``)."""

DEEPEST_TREE = 1000
"""Nodes inside one another: long chains of ``a + b + …`` or ``elif`` are deep trees too."""

SHALLOW_CHAIN = 3_000
SHALLOW_LINE = 1_000
SHALLOW_LINES = 100
"""Characters of lines that go on from others or go on in others, characters of one line, and lines
of one statement, in which no tree is too deep for the parser."""

UNREADABLE = (
    SyntaxError,
    cst.ParserSyntaxError,
    cst.CSTValidationError,
    cst.CSTLogicError,
    RecursionError,
)
"""What is raised where a text is not Python, or nested too deeply to be read."""

MOST_KEPT = 300_000
"""Characters of all texts whose trees are kept for whoever asks for them next."""

_kept: OrderedDict[str, Tree] = OrderedDict()
"""Trees by their texts, those that were asked for last at the end."""

GOES_ON = ("and ", "or ", "not ", "elif ", "else ", "lambda", *"-+*/%&|^.~<>=([")
IS_UNFINISHED = (" and", " or", " not", " else", *"-+*/%&|^.~<>=\\")
"""What a line begins or ends with that may be one of many in a long chain."""

UNFINISHED_BEFORE_COMMENT = re.compile(r"(?:\b(?:and|or|not|else)|[-+*/%&|^.~<>=])\s*#")

FLAT = frozenset((")", "]", "}", ",", ":", ";", "=", "->"))
"""Signs with which a statement grows no deeper."""

DEEPER = frozenset("and or not in is if else lambda await yield for async".split())
"""Words with which it does."""

BRACKETS = re.compile(r"[()\[\]{}]")
STRINGS = re.compile(
    r"(?s)#[^\n]*|'''.*?(?:'''|\Z)|\"\"\".*?(?:\"\"\"|\Z)"
    r"|'(?:\\.|[^'\\\n])*'?|\"(?:\\.|[^\"\\\n])*\"?"
)


def nesting(text: str) -> int:
    """How many brackets stand inside one another at most (the parser would overflow on many)."""
    if text.count("(") + text.count("[") + text.count("{") <= DEEPEST_NESTING:
        return 0
    depth = deepest = 0
    for bracket in BRACKETS.findall(STRINGS.sub("", text)):
        depth = depth + 1 if bracket in "([{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


def tree_depth(text: str) -> int:
    """How many nodes stand inside one another at most, 0 where a text is too short for many.

    The parser goes down as deep as its tree, and ends the process where its stack does not reach.

    Raises:
        SyntaxError: the text is not Python.
        RecursionError, MemoryError: it is too deep for Python itself.
    """
    lines = text.split("\n")
    long_lines = max(map(len, lines)) > SHALLOW_LINE
    if not long_lines and (len(text) <= SHALLOW_CHAIN or _chained(lines) <= SHALLOW_CHAIN):
        return 0
    deepest = 0
    waiting: list[tuple[ast.AST, int]] = [(_python_tree(text), 0)]
    while waiting:
        node, level = waiting.pop()
        deepest = max(deepest, level)
        further = len(node.values) if type(node) is ast.BoolOp else 1
        if long_lines or _is_large(node):
            waiting.extend((each, level + further) for each in ast.iter_child_nodes(node))
    return deepest


def _is_shallow(text: str) -> bool:
    """Whether no statement can be too deep, of a text that this Python cannot make a tree of."""
    depth = branches = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NEWLINE:
                depth = 0
            elif token.type == tokenize.OP:
                depth += token.string not in FLAT
            elif token.type == tokenize.NAME:
                depth += token.string in DEEPER
                branches += token.string == "elif"
            if depth + branches > DEEPEST_TREE:
                return False
    except (tokenize.TokenError, SyntaxError):
        return False
    return True


def _chained(lines: Iterable[str]) -> int:
    """How many characters stand in lines that may belong to a chain of many."""
    stripped = (line.strip() for line in lines)
    return sum(len(line) for line in stripped if _may_be_chained(line))


def _may_be_chained(line: str) -> bool:
    if line.startswith(GOES_ON) or f" {line}".endswith(IS_UNFINISHED):
        return True
    if line.startswith("if ") and ":" not in line:  # It belongs to a conditional expression.
        return True
    commented = "#" in line and not line.startswith("#")
    return commented and UNFINISHED_BEFORE_COMMENT.search(line) is not None


def _is_large(node: ast.AST) -> bool:
    """Whether a node holds statements, or more lines than a deep tree can do without."""
    if "body" in node._fields or "cases" in node._fields:
        return True
    return isinstance(node, (ast.stmt, ast.expr)) and (
        (node.end_lineno or 0) - node.lineno > SHALLOW_LINES
    )


def error_in(text: str) -> tuple[int, int, str] | None:
    """Why a text is not Python, as `syntax_error` has it; None where a newer Python may read it."""
    error = syntax_error(text)
    if error is None:
        return None
    try:
        _by_libcst(text, None)
    except UNREADABLE:
        return error
    return None


def parse(text: str) -> Tree:
    """The syntax tree of a text, which is never changed.

    Python's own parser and what is made of its tree take a quarter of the time that libcst's
    parser takes; that one reads what Python cannot, and what is too new or too deep to convert.

    Raises:
        RecursionError: the text is nested too deeply to be read.
        cst.ParserSyntaxError, SyntaxError: the text is not Python.
    """
    with without_collection():
        tree = parse_in_parts(text)
        with suppress(ConversionError, RecursionError):
            tree.convert()
            return tree
        return _by_libcst(text, tree.python)


def parse_in_parts(text: str) -> Tree:
    """A syntax tree of which only those statements are made that somebody asks for.

    It serves all who ask: the scripts of a folder import the same modules, and one another.

    Raises:
        RecursionError: the text is nested too deeply to be read.
        cst.ParserSyntaxError, SyntaxError: the text is not Python.
    """
    tree = _kept.pop(text, None)
    if tree is None:
        tree = _in_parts(text)
    if len(text) <= LARGEST:  # Nobody imports a larger one.
        _kept[text] = tree
        while sum(map(len, _kept)) > MOST_KEPT:
            _kept.popitem(last=False)
    return tree


def _in_parts(text: str) -> Tree:
    if nesting(text) > DEEPEST_NESTING:
        raise RecursionError
    with without_collection():
        python = python_tree(text)
        return Tree(text, python) if python is not None else _by_libcst(text, None)


def _by_libcst(text: str, python: ast.Module | None) -> Tree:
    if _is_too_deep(text):
        raise RecursionError
    return Tree(text, python, cst.parse_module(text))


def _is_too_deep(text: str) -> bool:
    try:
        return tree_depth(text) > DEEPEST_TREE
    except (RecursionError, MemoryError):
        return True
    except SyntaxError:  # It may be too new for this Python.
        if _is_shallow(text):
            return False
        raise
    except ValueError:  # It holds a NUL, which the parser tells.
        return False


@contextmanager
def without_collection() -> Iterator[None]:
    """Leave the garbage collector out of it: a tree is thousands of objects, and all are alive."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def python_tree(code: str) -> ast.Module | None:
    """The tree that Python itself makes of a text; None where it cannot read it."""
    try:
        return _python_tree(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _python_tree(code: str) -> ast.Module:
    with unwarned():
        return ast.parse(code)
