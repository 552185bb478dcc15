"""Where and why a text is not Python, in the words of the Python that runs overfitcheck."""

from __future__ import annotations

import ast
import warnings


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
