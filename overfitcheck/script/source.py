"""Source files: bytes on disk or on standard input become text that may be read as a script."""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from overfitcheck.errors import UserError
from overfitcheck.script.notebook import Notebook, NotebookError, read_notebook
from overfitcheck.script.syntax import LINE_END

ABOUT_KERAS = re.compile(r"[Kk]eras|[Tt]ensor[Ff]low|\b(?:Sequential|Dense|Model)\(")
"""What the text of a script about Keras holds; fragments may lack the imports."""


@dataclass(frozen=True)
class Source:
    """The text of one file. `path` is as the user wrote it; a notebook is read as one script."""

    path: str
    raw: str

    @cached_property
    def notebook(self) -> Notebook | None:
        """The notebook that the file is; None for a `.py` file.

        Raises:
            UserError: the file ends in `.ipynb` and is not a notebook.
        """
        if not self.path.endswith(".ipynb"):
            return None
        try:
            return read_notebook(self.raw)
        except NotebookError as error:
            raise UserError(f"{self.path}: is not a notebook: {error}") from None

    @property
    def text(self) -> str:
        """The Python in it."""
        return self.raw if self.notebook is None else self.notebook.text

    def place(self, line: int) -> tuple[int | None, int]:
        """The cell (None in a `.py` file) and the line in it of a line of the text."""
        return (None, line) if self.notebook is None else self.notebook.place(line)

    @property
    def altered(self) -> frozenset[int]:
        """The lines of the text that stand otherwise in the file."""
        return frozenset() if self.notebook is None else self.notebook.altered

    def lines(self, cell: int | None = None) -> list[str]:
        """The lines of the file, or of one cell of a notebook (none where it has no such cell)."""
        lines = LINE_END.split(self.text)
        notebook = self.notebook
        if notebook is None or cell is None:
            return lines
        if cell not in notebook.cells:
            return []
        number = notebook.cells.index(cell)
        ends = (*notebook.starts[1:], len(lines) + 1)
        return lines[notebook.starts[number] - 1 : ends[number] - 1]

    @property
    def mentions_keras(self) -> bool:
        """Whether the text speaks of Keras or TensorFlow at all; else it trains no Keras model."""
        return ABOUT_KERAS.search(self.raw) is not None


def read_source(path: Path) -> Source:
    """Read a file.

    Raises:
        UserError: the file cannot be read, or is not text.
    """
    return decode(read_data(path), str(path))


def read_data(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        UserError: the file cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}") from None


def decode(data: bytes, path: str) -> Source:
    """The text of a file, in the encoding that it declares (PEP 263; UTF-8 for notebooks).

    Raises:
        UserError: the bytes are not text in that encoding.
    """
    if b"\0" in data:
        raise UserError(f"{path}: is a binary file, not Python; name a .py file or a notebook")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode("utf-8-sig" if path.endswith(".ipynb") else encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        reason = str(error).partition("\n")[0]
        raise UserError(
            f"{path}: is not text in its encoding ({reason}); save it as UTF-8, or declare "
            "its encoding in the first line: # -*- coding: … -*-"
        ) from None
    return Source(path, text)
