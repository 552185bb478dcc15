"""Notebooks become one script whose lines can be found again in their cells."""

import json
import re

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
        (" x", "x"),
        ("  # why\n  if x:\n\n    !ls\n    y = 1\nz = 2", "# why\nif x:\n\n  pass\n  y = 1\nz = 2"),
        ("!ls\nprint('%d'\n      % x)", "\nprint('%d'\n      % x)"),
        ("!ls\nx = 1  # why?", "\nx = 1  # why?"),
        ("!ls\nx = '''\n%d # (\n!'''\ny = 1", "\nx = '''\n%d # (\n!'''\ny = 1"),
        ("pip install keras\nx = 1", "\nx = 1"),
        ("!ls\ncd = 1\nls", "\ncd = 1\nls"),
        ("%time x = f(1)", "None; x = f(1)"),
        ("x = %time f(1)", "x =       f(1)"),
        ("%timeit -n 3 f(1)\nx = 1", "\nx = 1"),
        ("?f\nf.g??\n%%time", "\n\n"),
        ("\n%%capture out\nx = 1", "\n\nx = 1"),
        ("%%writefile train.py\nx = 1", "\n"),
        ("%%html\n<p>?</p>", "\n"),
        ("# run it\n%%bash --bg\nls -l", "\n\n"),
        ("# run it\n%%time\nx = 1", "# run it\n\nx = 1"),
        ("x = 1\ry = 2", "x = 1\ny = 2"),
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


@pytest.mark.parametrize(
    "cell",
    [
        'model = load_model(f"models/{"one"}.keras")',
        "print(f'{scores['loss']:.3f} {scores['accuracy']:.3f}')",
        "print(f\"{'\\n'.join(names)}\")",
        'x = f"{\n    name\n}"',
        "type Batch = list[int]",
        "def first[T](rows: list[T]) -> T:\n    return rows[0]",
    ],
)
def test_a_cell_that_newer_pythons_read_is_no_broken_one(cell: str) -> None:
    found = read_notebook(notebook("!ls", cell, "x = 1"))
    assert found.text == f"\n{cell}\nx = 1\n"
    assert found.broken == ()


@pytest.mark.parametrize("cell", ['print(f"{"a"")', "type Batch = ", "for None in None:\n    pass"])
def test_a_cell_that_no_python_reads_is_broken(cell: str) -> None:
    (broken,) = read_notebook(notebook(cell)).broken
    assert broken.message


@pytest.mark.parametrize(
    "metadata",
    [
        {"kernelspec": {"name": "ir", "language": "R"}},
        {"language_info": {"name": "julia", "version": "1.9"}},
    ],
)
def test_the_cells_of_another_language_are_blank(metadata: dict[str, object]) -> None:
    cells = [{"cell_type": "code", "source": "x <- c(1, 2)\nfit(keras, x)"}]
    found = read_notebook(json.dumps({"metadata": metadata, "cells": cells}))
    assert (found.text, found.broken) == ("\n\n", ())


def test_format_3_has_worksheets_and_inputs() -> None:
    sheet = {"cells": [{"cell_type": "heading"}, {"cell_type": "code", "input": ["a = 1"]}]}
    found = read_notebook(json.dumps({"worksheets": [sheet, {"cells": None}, sheet]}))
    assert (found.text, found.cells) == ("a = 1\na = 1\n", (1, 3))


def test_raw_cells_are_no_code() -> None:
    found = read_notebook(json.dumps({"cells": [{"cell_type": "raw", "source": "a = 1"}]}))
    assert found.cells == ()


def test_the_error_of_an_indented_cell_is_found_where_it_stands() -> None:
    (broken,) = read_notebook(notebook("  x = 1\n  y = (")).broken
    assert (broken.line, broken.column) == (2, 7)


def test_which_lines_stand_otherwise_in_the_notebook() -> None:
    assert read_notebook(notebook("x = 1", "%pwd\ny = 2\nz = !ls")).altered == {2, 4}


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
    count = sum(len(re.split("\r\n?|\n", cell)) for cell in cells)
    assert len(found.text.split("\n")) == count + 1
