"""Findings that a comment in the script silences: ``# noqa`` and ``# noqa: OVF101``."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass

NOQA = re.compile(
    r"#\s*noqa(?P<colon>\s*:\s*(?P<codes>[A-Z]+[0-9]*(?:[,\s]+[A-Z]+[0-9]+)*)?)?",
    re.IGNORECASE,
)
"""The comment as ruff and flake8 read it: codes behind a colon, or none for all codes."""

CODE = re.compile(r"[A-Z]+[0-9]+", re.IGNORECASE)


@dataclass(frozen=True)
class Suppressions:
    """Codes silenced on each line (from 1); None stands for all codes.

    `statements` maps each line of a statement that spans several to its last line.
    """

    lines: Mapping[int, frozenset[str] | None]
    statements: Mapping[int, int]

    def silences(self, code: str, line: int) -> bool:
        """Whether a finding on `line` is silenced there or at the end of its statement."""
        for each in {line, self.statements.get(line, line)}:
            codes = self.lines.get(each, frozenset())
            if codes is None or code in codes:
                return True
        return False


def suppressions_in(text: str) -> Suppressions:
    """The ``# noqa`` comments of a script. Only comments count, not strings."""
    if "noqa" not in text.lower():
        return Suppressions({}, {})
    lines: dict[int, frozenset[str] | None] = {}
    statements: dict[int, int] = {}
    first = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                _note(token.string, token.start[0], lines)
            elif token.type == tokenize.NEWLINE:
                for line in range(first, token.start[0] + 1) if first else ():
                    statements[line] = token.start[0]
                first = 0
            elif not first and token.string.strip():
                first = token.start[0]
    except (tokenize.TokenError, SyntaxError):
        for number, content in enumerate(text.splitlines(), 1):
            _note(content, number, lines)
    return Suppressions(lines, statements)


def _note(comment: str, line: int, lines: dict[int, frozenset[str] | None]) -> None:
    match = NOQA.search(comment)
    if match is None:
        return
    codes = frozenset(code.upper() for code in CODE.findall(match.group("codes") or ""))
    lines[line] = codes if match.group("colon") and codes else None
