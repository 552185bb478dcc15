"""The comments that silence, read: ``# noqa``, ``# noqa: OVF101``, ``# overfitcheck: noqa``."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator

from overfitcheck.suppression import Directive

CODES = r"(?P<colon>\s*:\s*(?P<codes>[A-Z]+[0-9]*(?:[,\s]+[A-Z]+[0-9]+)*)?)?"
NOQA = re.compile(rf"#\s*noqa{CODES}", re.IGNORECASE)
"""The comment as ruff and flake8 read it: codes behind a colon, or none for all codes."""

WHOLE_FILE = re.compile(rf"#\s*overfitcheck\s*:\s*noqa{CODES}", re.IGNORECASE)
"""A comment on a line of its own that holds for the whole file, all cells of a notebook."""

CODE = re.compile(r"[A-Z]+[0-9]+", re.IGNORECASE)


def read_directives(text: str) -> tuple[list[Directive], dict[int, tuple[int, int]]]:
    """The directives of a script, and the first and last line of each statement of several lines.

    Statements are named by each of their lines. In a text that is not Python every line counts.
    """
    directives: list[Directive] = []
    statements: dict[int, tuple[int, int]] = {}
    lines = [line.rstrip("\r") for line in text.split("\n")]
    first = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            line, column = token.start
            if token.type == tokenize.COMMENT:
                directives.extend(_directives(lines[line - 1], line, column))
            elif token.type == tokenize.NEWLINE:
                if first and line > first:
                    statements.update(dict.fromkeys(range(first, line + 1), (first, line)))
                first = 0
            elif not first and token.string.strip():
                first = line
    except (tokenize.TokenError, SyntaxError):
        found = (_directives(line, number, 0) for number, line in enumerate(lines, 1))
        directives = [directive for each in found for directive in each]
    return directives, statements


def _directives(text: str, line: int, column: int) -> Iterator[Directive]:
    """The directive in a line whose comment starts at a column (from 0), if it holds one."""
    whole = WHOLE_FILE.search(text, column)
    match = whole or NOQA.search(text, column)
    if match is None or (whole is not None and text[: match.start()].strip()):
        return
    named = tuple(code.upper() for code in CODE.findall(match.group("codes") or ""))
    codes = tuple(dict.fromkeys(named)) if match.group("colon") and named else None
    yield Directive(line, match.start() + 1, match.end() + 1, codes, whole is not None, text)
