"""Where a word stands in a text, found faster than a regular expression finds all words."""

from __future__ import annotations

from collections.abc import Iterator


def places_of(word: str, text: str) -> Iterator[int]:
    """Where a word begins, in order: not where it is a part of a longer one."""
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if not is_of_word(text[start - 1 : start]) and not is_of_word(text[end : end + 1]):
            yield start
        start = text.find(word, end)


def word_before(end: int, text: str) -> str:
    """The word that ends at a place; empty where none does."""
    start = end
    while start and is_of_word(text[start - 1]):
        start -= 1
    return text[start:end]


def is_of_word(character: str) -> bool:
    """Whether a character may stand in a word; what is empty may not."""
    return character.isalnum() or character == "_"
