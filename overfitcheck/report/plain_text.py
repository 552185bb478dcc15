"""Text that may come from anywhere, made harmless for a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with "?" for every character that steers a terminal; tabs stay."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char == "\t" else "?" for char in text)
