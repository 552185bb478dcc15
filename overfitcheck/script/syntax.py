"""What ends a line of Python, and where and why a text is not Python at all."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LINE_END = re.compile(r"\r\n?|\n")
"""What ends a line for Python (and for an editor): no form feed, no other separator."""


def syntax_error(text: str) -> tuple[int, int, str] | None:
    """Line and column (from 1) and message of the first syntax error; None where there is none.

    ``await`` may stand at the top level, as notebooks have it.
    """
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        with unwarned():
            compile(text, "<script>", "exec", flags, dont_inherit=True)
    except SyntaxError as error:
        return max(error.lineno or 1, 1), max(error.offset or 1, 1), error.msg
    except (ValueError, RecursionError, MemoryError) as error:
        return 1, 1, str(error) or type(error).__name__
    return None


@contextmanager
def unwarned() -> Iterator[None]:
    """Let Python keep its warnings of a text to itself: of escapes that it does not know, say."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def literal(text: str) -> Any:
    """The value of a literal, as Python reads it.

    Raises:
        ValueError: it is something else.
        SyntaxError: it is no Python.
    """
    with unwarned():
        return ast.literal_eval(text)
