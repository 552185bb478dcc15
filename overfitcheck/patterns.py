"""Patterns of files and folders as ruff reads them: ``*`` stands for any text, slashes included."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path


def matches(path: Path, pattern: str, root: Path) -> bool:
    """Whether a pattern fits the name of a file or folder, or its whole path.

    A pattern without a leading slash is relative to `root`, the folder of its configuration.
    """
    whole = pattern if pattern.startswith("/") else f"{_escaped(root.as_posix())}/{pattern}"
    absolute = path.absolute()
    return (
        _expression(pattern).fullmatch(absolute.name) is not None
        or _expression(whole.rstrip("/")).fullmatch(absolute.as_posix()) is not None
    )


def _escaped(text: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", text)


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    """The regular expression that a pattern stands for."""
    parts = re.findall(r"\*\*/|\*+|\?|\[!?\]?[^\]]*\]|.", pattern, flags=re.DOTALL)
    return re.compile("".join(map(_part, parts)), re.DOTALL)


def _part(part: str) -> str:
    if part == "**/":
        return "(?:.*/)?"
    if part.startswith("*"):
        return ".*"
    if part == "?":
        return "[^/]"
    if part.startswith("[") and len(part) > 2:
        inside = part[1:-1].replace("\\", r"\\")
        return f"[^{inside[1:]}]" if inside.startswith("!") else f"[{inside}]"
    return re.escape(part)
