"""What ends a line of Python, and where and why a text is not Python at all."""

from __future__ import annotations

import ast
import re
import warnings

LINE_END = re.compile(r"\r\n?|\n")
"""What ends a line for Python (and for an editor): no form feed, no other separator."""


def syntax_error(text: str) -> tuple[int, int, str] | None:
    """Line and column (from 1) and message of the first syntax error; None where there is none.

    ``await`` may stand at the top level, as notebooks have it.
    """
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<script>", "exec", flags, dont_inherit=True)
    except SyntaxError as error:
        return max(error.lineno or 1, 1), max(error.offset or 1, 1), error.msg
    except (ValueError, RecursionError, MemoryError) as error:
        return 1, 1, str(error) or type(error).__name__
    return None
