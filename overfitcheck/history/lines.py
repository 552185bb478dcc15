r"""Lines of an output as they looked in the end, at the speed of a search for line ends.

A progress bar is one line of many fragments that overwrite each other with ``\r`` and ``\b``;
what stands behind the last of them counts, so only that is ever looked at. Text comes in chunks
and a line is kept up to a bound, so that neither a log nor a line of gigabytes is held in memory.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

CHUNK = 1 << 20

LONGEST = 1 << 16
"""Bytes of a line that are kept; the longest progress line of a model is far shorter."""

CODES = re.compile(
    rb"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\[\d{1,2}(?:;\d+)*m"
)
"""Colour and cursor codes, also those whose escape character was lost (``[1m``)."""

OVERWRITTEN = b"\r\b \t"
"""What overwrites with blanks alone leaves what stood there before."""


class Line(NamedTuple):
    """A line as it looked in the end; `number` counts line ends, from 1.

    `continues` where it begins by overwriting: it goes on with a progress line that a message
    has cut in two. `ended` is false for a last line that has no end.
    """

    number: int
    shown: bytes
    continues: bool = False
    ended: bool = True

    @property
    def text(self) -> str:
        """The line without colour codes; bytes that are no UTF-8 are taken for Latin-1."""
        shown = self.shown
        if b"\x1b" in shown or b"m" in shown:
            shown = CODES.sub(b"", shown)
        return decoded(shown)


def decoded(data: bytes) -> str:
    """Text of unknown encoding: UTF-8, else Latin-1, which every byte is."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def chunks_of(path: Path) -> Iterator[bytes]:
    """The bytes of a text file in chunks; UTF-16 (as PowerShell writes) becomes UTF-8."""
    with path.open("rb") as file:
        chunk = file.read(CHUNK)
        if chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            decoder = codecs.getincrementaldecoder("utf-16")(errors="replace")
            while chunk:
                yield decoder.decode(chunk).encode("utf-8", "replace")
                chunk = file.read(CHUNK)
            return
        chunk = chunk.removeprefix(codecs.BOM_UTF8)
        while chunk:
            yield chunk
            chunk = file.read(CHUNK)


def raw_lines(chunks: Iterable[bytes], longest: int = LONGEST) -> Iterator[tuple[bytes, bool]]:
    """The lines of some chunks without their ends; with each, whether it had one.

    A line longer than `longest` loses its beginning up to the last ``\\r`` or ``\\b``, and what
    is still too long is cut.
    """
    rest = b""
    for chunk in chunks:
        pieces = (rest + chunk if rest else chunk).split(b"\n")
        rest = pieces.pop()
        for piece in pieces:
            yield piece, True
        if len(rest) > longest:
            rest = _shortened(rest, longest)
    if rest:
        yield rest, False


def _shortened(line: bytes, longest: int) -> bytes:
    """The last fragment of an unfinished line, at most `longest` bytes of it."""
    shown = line.rstrip(OVERWRITTEN)
    cut = max(shown.rfind(b"\r"), shown.rfind(b"\b"))
    kept = line[cut + 1 :]
    # The beginning tells what the line is; the end may yet be overwritten.
    return kept if len(kept) <= longest else kept[: longest - 1] + line[-1:]


def shown_lines(chunks: Iterable[bytes]) -> Iterator[Line]:
    """The lines of an output as they looked in the end."""
    for number, (line, ended) in enumerate(raw_lines(chunks), 1):
        if b"\r" not in line and b"\b" not in line:
            yield Line(number, line if len(line) <= LONGEST else line[:LONGEST], False, ended)
            continue
        shown = line.rstrip(OVERWRITTEN)
        cut = max(shown.rfind(b"\r"), shown.rfind(b"\b"))
        yield Line(
            number, shown[cut + 1 : cut + 1 + LONGEST], line.startswith((b"\b", b"\r\b")), ended
        )
