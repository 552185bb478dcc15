"""Histories in the outputs of a notebook.

The grammar is that of nbformat 3 and 4: ``cells`` (or ``worksheets[0].cells``), each code cell with
``outputs``: streams (``text``) and displays (``data["text/plain"]``), of which the text is read as
any other. A fit is named for its cell, counted over all cells from 0: ``train.ipynb cell 7``. What
a cell writes in pieces is read in one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from overfitcheck.history.history import History

Reader = Callable[[bytes, str], list[History]]


def is_notebook(text: str) -> bool:
    """Whether a JSON text is that of a notebook."""
    return '"cells"' in text and ('"nbformat"' in text or '"cell_type"' in text)


def read_notebook(text: str, source: str, read_text: Reader) -> list[History]:
    """The fits whose epochs the cells have shown; `read_text` reads what a cell has shown."""
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        return []
    histories: list[History] = []
    for number, cell in enumerate(_cells(notebook)):
        outputs = cell.get("outputs")
        if not isinstance(outputs, list):
            continue
        shown = "".join(_stream(outputs)) or "\n".join(_displays(outputs))
        if shown.strip():
            found = read_text(shown.encode("utf-8", "replace"), f"{source} cell {number}")
            histories.extend(replace(each, format=f"notebook: {each.format}") for each in found)
    return histories


def _cells(notebook: Any) -> list[dict[str, Any]]:
    if not isinstance(notebook, dict):
        return []
    cells = notebook.get("cells")
    sheets = notebook.get("worksheets")
    if cells is None and isinstance(sheets, list) and sheets and isinstance(sheets[0], dict):
        cells = sheets[0].get("cells")
    return (
        [cell if isinstance(cell, dict) else {} for cell in cells]
        if isinstance(cells, list)
        else []
    )


def _stream(outputs: list[Any]) -> Iterator[str]:
    for output in outputs:
        if isinstance(output, dict) and output.get("output_type") == "stream":
            yield _text(output.get("text"))


def _displays(outputs: list[Any]) -> Iterator[str]:
    for output in outputs:
        if isinstance(output, dict):
            data = output.get("data", output)
            if isinstance(data, dict):
                yield _text(data.get("text/plain", data.get("text")))


def _text(lines: Any) -> str:
    if isinstance(lines, list):
        return "".join(line for line in lines if isinstance(line, str))
    return lines if isinstance(lines, str) else ""
