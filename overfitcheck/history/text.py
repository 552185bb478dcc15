"""Histories in a text: its format is found by what is in it.

The readers are asked in an order in which the stricter grammar comes first; each gives nothing
where a text is not of its kind.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from overfitcheck.errors import UserError
from overfitcheck.history.console import read_console
from overfitcheck.history.document import (
    container_output,
    read_document,
    read_json_lines,
    read_printed_dictionaries,
)
from overfitcheck.history.history import History
from overfitcheck.history.lines import chunks_of, decoded
from overfitcheck.history.notebook import is_notebook, read_notebook
from overfitcheck.history.printed_loops import read_printed_loops
from overfitcheck.history.table import read_table
from overfitcheck.history.tqdm_bars import read_tqdm_bars

LARGEST = 1 << 24
"""Bytes of a JSON document, which has to be read as a whole."""

LARGEST_NOTEBOOK = 1 << 26
"""Bytes of a notebook; most of them are pictures."""

Chunks = Callable[[], Iterable[bytes]]
Changes = Mapping[str, str]


def read_text_file(
    path: Path, head: bytes, source: str, changes: Changes | None = None
) -> list[History]:
    """The fits in a text file that begins with `head`; empty where there is none."""
    return _read(partial(chunks_of, path), decoded(head), source, changes)


def read_text(data: bytes, source: str, changes: Changes | None = None) -> list[History]:
    """The fits in a text; empty where there is none."""
    return _read(lambda: [data], decoded(data), source, changes)


def _read(chunks: Chunks, head: str, source: str, changes: Changes | None) -> list[History]:
    if head.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        found = _read_json(chunks, head, source, changes)
        if found:
            return found
    for reader in (partial(read_table, changes=changes), read_console, read_tqdm_bars):
        found = reader(chunks(), source)
        if found:
            return found
    return read_printed_dictionaries(chunks(), source, changes) or read_printed_loops(
        chunks(), source
    )


def _read_json(chunks: Chunks, head: str, source: str, changes: Changes | None) -> list[History]:
    first = _first_object(head)
    if first is not None and isinstance(first.get("log"), str):
        found = read_console(container_output(chunks()), source)
        return found or read_printed_loops(container_output(chunks()), source)
    if first is not None:
        found = read_json_lines(chunks(), source, changes)
        if found:
            return found
    elif head.lstrip().startswith("[") and not _may_be_array(head):
        return []
    text = _whole(chunks, source)
    if is_notebook(text):
        return read_notebook(text, source, partial(read_text, changes=changes))
    if len(text) > LARGEST:
        raise _too_large(source, LARGEST)
    return read_document(text, source, changes)


def _first_object(head: str) -> dict[str, object] | None:
    """The object in the first line of JSON lines; None where they are none."""
    line, _, rest = head.lstrip("\ufeff \t\r\n").partition("\n")
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and rest.lstrip().startswith("{") else None


def _may_be_array(head: str) -> bool:
    """Whether a text that begins with ``[`` is JSON, where a line of a log begins with its time."""
    return head.lstrip()[1:].lstrip()[:1] in ("{", "[", "]", "")


def _whole(chunks: Chunks, source: str) -> str:
    parts: list[bytes] = []
    size = 0
    for chunk in chunks():
        parts.append(chunk)
        size += len(chunk)
        if size > LARGEST_NOTEBOOK:
            raise _too_large(source, LARGEST_NOTEBOOK)
    return decoded(b"".join(parts))


def _too_large(source: str, limit: int) -> UserError:
    return UserError(
        f"{source}: is larger than {limit >> 20} MB, too much to be read as one JSON document; "
        "save the history as JSON lines or as CSV"
    )
