"""One line at the foot of the terminal, below the script's own output."""

from __future__ import annotations

import os

FEWEST_ROWS = 6
"""A terminal with fewer rows than this has none to spare."""

SAVE, RESTORE, CLEAR = "\x1b7", "\x1b8", "\x1b[2K"


class StatusLine:
    """The last row of a terminal, which scrolls away no longer once something was shown.

    `told` only notes what is to be shown, from any thread. It is `shown` where the script's
    output pauses between two lines, so that no escape sequence of its own is cut in two.
    """

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._wanted: str | None = None
        self._rows = 0

    def told(self, words: str) -> None:
        """Show these words at the next chance."""
        self._wanted = words

    def shown(self, last_byte: bytes) -> None:
        """The script's output has come to `last_byte`; show what there is to show."""
        words = self._wanted
        if words is None or last_byte not in (b"\n", b"\r", b""):
            return
        self._wanted = None
        size = os.get_terminal_size(self._terminal)
        if size.lines < FEWEST_ROWS:
            return
        begin = "" if size.lines == self._rows else self._reserved(size.lines)
        line = f"overfitcheck: {words}"[: size.columns - 1] if words else ""
        self._write(f"{begin}{SAVE}\x1b[{size.lines};1H{CLEAR}{line}{RESTORE}")

    def _reserved(self, rows: int) -> str:
        """Keep the last row out of what scrolls, and the cursor out of it."""
        self._rows = rows
        return f"\n\x1b[1A{SAVE}\x1b[1;{rows - 1}r{RESTORE}"

    def end(self) -> None:
        """Give the row back."""
        if self._rows:
            self._write(f"{SAVE}\x1b[{self._rows};1H{CLEAR}\x1b[r{RESTORE}")

    def _write(self, text: str) -> None:
        os.write(self._terminal, text.encode())
