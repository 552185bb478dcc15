"""Where a command writes its report: standard output, or a file that is written whole."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from overfitcheck.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console

PLAIN_WIDTH = 100
"""Columns of a report that is not printed in a terminal."""


@contextmanager
def text_output(path: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that appears when all is written.

    Raises:
        UserError: the file cannot be written.
    """
    if path is None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
        yield sys.stdout
        return
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with partial.open("w", encoding="utf-8", errors="backslashreplace") as file:
            yield file
        partial.replace(path)
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"{path}: the report cannot be written: {reason}") from None
    finally:
        partial.unlink(missing_ok=True)


def write_bytes(data: bytes, path: Path) -> None:
    """Write a file of bytes.

    Raises:
        UserError: it cannot be written.
    """
    try:
        path.write_bytes(data)
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"{path}: the report cannot be written: {reason}") from None


def console_on(out: TextIO, width: int = PLAIN_WIDTH) -> Console:
    """A rich console that writes there; in colour and of its own width where that is a terminal."""
    from rich.console import Console

    terminal = out.isatty()
    return Console(
        file=out, force_terminal=terminal, width=None if terminal else width, highlight=False
    )


def progress_wanted() -> bool:
    """Whether somebody looks at standard error."""
    return sys.stderr.isatty()
