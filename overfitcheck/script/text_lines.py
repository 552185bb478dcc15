"""The lines of a text, with places in it as Python's own parser gives them: in bytes."""

from __future__ import annotations

from bisect import bisect_right

from overfitcheck.script.syntax import LINE_END


class TextLines:
    """Where the lines of a text begin. Lines count from 1, bytes and characters from 0."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(end.end() for end in LINE_END.finditer(text))]
        self._is_ascii = text.isascii()

    def line(self, number: int) -> str:
        """A line with what ends it."""
        following = self.starts[number] if number < len(self.starts) else len(self.text)
        return self.text[self.starts[number - 1] : following]

    def offset(self, line: int, byte: int) -> int:
        """The character of the text that a byte of a line belongs to."""
        if self._is_ascii:
            return self.starts[line - 1] + byte
        text = self.line(line)
        if text.isascii():
            return self.starts[line - 1] + byte
        return self.starts[line - 1] + len(text.encode()[:byte].decode(errors="ignore"))

    def bytes_before(self, line: int, character: int) -> int:
        """How many bytes of a line stand before a character of it."""
        return len(self.line(line)[:character].encode())

    def place(self, offset: int) -> tuple[int, int]:
        """Line and character in it of a character of the text."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1]

    def between(self, line: int, byte: int, end_line: int, end_byte: int) -> str:
        """The text between two places."""
        return self.text[self.offset(line, byte) : self.offset(end_line, end_byte)]

    def byte_at(self, line: int, byte: int) -> str:
        """The character at a place."""
        offset = self.offset(line, byte)
        return self.text[offset : offset + 1]
