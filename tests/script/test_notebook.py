"""Notebooks become one script whose lines can be found again in their cells."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overfitcheck.script.notebook import NotebookError, read_notebook


def notebook(*cells: str) -> str:
    made = [{"cell_type": "markdown", "source": ["# Title"]}]
    made += [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    return json.dumps({"nbformat": 4, "cells": made})


def test_lines_are_found_again_in_their_cells() -> None:
    found = read_notebook(notebook("a = 1\nb = 2", "", "c = 3\n"))
    lines = found.text.split("\n")
    assert found.place(lines.index("a = 1") + 1) == (1, 1)
    assert found.place(lines.index("b = 2") + 1) == (1, 2)
    assert found.place(lines.index("c = 3") + 1) == (3, 1)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("%matplotlib inline\nx = 1", "\nx = 1"),
        ("!pip install keras\nx = 1", "\nx = 1"),
        ("x = 1\nx?", "x = 1\n"),
        ("files = !ls\nx = 1", "files = __magic__\nx = 1"),
        ("if x:\n    !ls\n    y = 1", "if x:\n    pass\n    y = 1"),
        ("!run this \\\n     --and that\nx = 1", "\n\nx = 1"),
        ("%%time\nx = 1", "\nx = 1"),
        ("%%bash\nls -l", "\n"),
        ('print("%d"\n      % x)', 'print("%d"\n      % x)'),
        ("await f()", "await f()"),
    ],
)
def test_magics_are_blanked_and_lines_kept(cell: str, expected: str) -> None:
    found = read_notebook(notebook(cell))
    assert found.text == expected + "\n"
    assert found.broken == ()


def test_a_broken_cell_is_blank_and_reported_and_the_others_stay() -> None:
    found = read_notebook(notebook("x = 1", "y = = 2\nz = 3", "w = 4"))
    assert found.text == "x = 1\n\n\nw = 4\n"
    assert [(each.cell, each.line) for each in found.broken] == [(2, 1)]


@pytest.mark.parametrize("raw", ["", "{", "[]", "{}", '{"cells": 3}', "null"])
def test_what_is_no_notebook(raw: str) -> None:
    with pytest.raises(NotebookError):
        read_notebook(raw)


@given(st.text())
def test_any_text_is_a_notebook_or_an_error(raw: str) -> None:
    try:
        read_notebook(raw)
    except NotebookError as error:
        assert str(error)


@given(st.lists(st.text(), max_size=4))
def test_any_cells_keep_their_number_of_lines(cells: list[str]) -> None:
    made = json.dumps({"cells": [{"cell_type": "code", "source": cell} for cell in cells]})
    found = read_notebook(made)
    count = sum(len(cell.replace("\r\n", "\n").split("\n")) for cell in cells)
    assert len(found.text.split("\n")) == count + 1
