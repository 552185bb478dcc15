"""Text to syntax tree, and why a text is none."""

from __future__ import annotations

import ast
import gc
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import libcst as cst

DEEPEST_NESTING = 200
"""Brackets inside one another; CPython's own parser takes no more (``MAXLEVEL``)."""

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


@lru_cache(maxsize=16)
def parse(text: str) -> cst.Module:
    """The syntax tree of a text. Trees are never changed: one serves all who ask.

    Raises:
        RecursionError: the text is nested too deeply to be read.
        cst.ParserSyntaxError: the text is not Python.
    """
    if nesting(text) > DEEPEST_NESTING:
        raise RecursionError
    with without_collection():
        return cst.parse_module(text)


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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
