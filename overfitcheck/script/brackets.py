"""The round brackets around a place in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator

BEHIND = re.compile(r"[\s\\]+|#[^\r\n]*|\)")
"""What may stand between an expression and a bracket that closes behind it, and that bracket."""

BLANK = " \t\f\r\n\\"


def closed_behind(text: str, end: int) -> list[int]:
    """Where brackets are closed behind an expression that ends at `end`, the innermost first."""
    found = []
    match = BEHIND.match(text, end)
    while match is not None:
        if match.group() == ")":
            found.append(match.start())
        match = BEHIND.match(text, match.end())
    return found


def opened_before(text: str, start: int) -> Iterator[int]:
    """Where brackets are opened before an expression that begins at `start`, the innermost first.

    Nothing is found behind a comment: whether a ``#`` begins one, the text before it decides.
    """
    at = start - 1
    while at >= 0 and text[at] in f"{BLANK}(":
        if text[at] == "(":
            yield at
        at -= 1
