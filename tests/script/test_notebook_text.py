"""Edits of a notebook change the strings of its cells and nothing else of the file."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overfitcheck.finding import Edit
from overfitcheck.fixing import fix_source
from overfitcheck.rule import load_rules
from overfitcheck.script.notebook_text import cell_sources, edit_notebook
from overfitcheck.script.source import Source


def edit(line: int, start: int, end: int, text: str, cell: int = 0) -> Edit:
    return Edit(line, start, line, end, text, cell)


LISTED = """{
 "cells": [
  {
   "cell_type": "code",
   "source": [
    "a = \\"\\u00e9\\"\\n",
    "b = '\\/'\\t# é"
   ], "outputs": [{"source": ["b = 2"]}]
  }
 ]
}
"""


@pytest.mark.parametrize(
    ("edits", "old", "new"),
    [
        ([edit(1, 1, 2, "x")], '"a = ', '"x = '),
        ([edit(1, 6, 7, "ü")], "u00e9", None),
        ([edit(2, 10, 11, "ü")], "# é", "#üé"),
        (
            [Edit(2, 1, 2, 1, 'c = "1"\n', 0)],
            '\\n",\n    "b',
            '\\n",\n    "c = \\"1\\"\\n",\n    "b',
        ),
        ([Edit(2, 12, 2, 12, "\nd = 4", 0)], '# é"', '# é\\n",\n    "d = 4"'),
        ([Edit(1, 1, 2, 1, "", 0)], '"a = \\"\\u00e9\\"\\n",\n    ', ""),
        ([Edit(1, 8, 2, 1, "; ", 0)], '\\n",\n    "b', "; b"),
    ],
)
def test_the_strings_of_a_list(edits: list[Edit], old: str, new: str | None) -> None:
    expected = LISTED.replace(old, new, 1) if new is not None else LISTED.replace("\\u00e9", "ü")
    assert edit_notebook(LISTED, edits) == expected


def test_one_string() -> None:
    raw = '{"cells":[{"source":"a = 1\\r\\nb = 2","cell_type":"code"}]}'
    assert edit_notebook(raw, [edit(2, 5, 6, "ü\n")]) == raw.replace("2", "\\u00fc\\r\\n")


def test_a_list_of_one_line_grows() -> None:
    raw = '{"cells": [{"source": ["a = 1"]}]}'
    expected = '{"cells": [{"source": ["a = 1\\n","b = 2"]}]}'
    assert edit_notebook(raw, [edit(1, 6, 6, "\nb = 2")]) == expected


def test_worksheets_inputs_and_repeated_keys() -> None:
    raw = (
        '{"worksheets": [{"cells": []}, {"cells": [{"a": [1, {"b": null}]}, '
        '{"input": "x", "input": ["a = 1"], "outputs": ["]}"]}]}]}'
    )
    assert edit_notebook(raw, [edit(1, 5, 6, "2", cell=1)]) == raw.replace("a = 1", "a = 2")


CELLS = st.lists(
    st.fixed_dictionaries(
        {"source": st.one_of(st.text(), st.lists(st.text())), "cell_type": st.just("code")},
        optional={"outputs": st.recursive(st.text() | st.none(), st.lists, max_leaves=5)},
    ),
    min_size=1,
)


def text_of(cell: dict[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


@given(CELLS, st.integers(0, 4) | st.none(), st.booleans(), st.data())
def test_only_one_cell_changes(
    cells: list[dict[str, Any]], indent: int | None, escaped: bool, data: st.DataObject
) -> None:
    raw = json.dumps({"cells": cells, "nbformat": 4}, indent=indent, ensure_ascii=escaped)
    sources = cell_sources(raw)
    if not sources:
        return
    number = data.draw(st.sampled_from(sorted(sources)))
    new = data.draw(st.text(st.characters(exclude_characters="\n")))
    edited = edit_notebook(raw, [Edit(1, 1, 1, 1, new, number)])
    loaded = json.loads(edited)
    assert text_of(loaded["cells"][number]) == new + text_of(cells[number])
    loaded["cells"][number] = cells[number]
    assert loaded == {"cells": cells, "nbformat": 4}
    first, last = sources[number].strings[0][0], sources[number].strings[-1][1]
    assert edited.startswith(raw[:first]) and edited.endswith(raw[last:])


@given(CELLS)
def test_no_edits_no_change(cells: list[dict[str, Any]]) -> None:
    raw = json.dumps({"cells": cells})
    assert edit_notebook(raw, []) == raw


def test_huge_outputs_are_passed_over() -> None:
    outputs = [{"image/png": 'A\\"]}' * 500_000, "data": [[float("nan"), {"b": [1]}], []]}]
    cells = [{"outputs": outputs, "source": ["a = 1"]}, {"source": "b = 1"}]
    raw = json.dumps({"metadata": {"cells": []}, "cells": cells})
    assert edit_notebook(raw, [edit(1, 5, 6, "2", cell=1)]) == raw.replace("b = 1", "b = 2")


PYTHON_CELLS = ("x = 1\n", "%%time\n@\n", "!ls\n@", "# é \U0001f40d\n@  # note\n", "", "@")
OTHER_CELLS = (
    ("markdown", "SGD(lr=0.1)"),
    ("raw", "sgd = SGD(lr=0.1)"),
    ("code", "%%bash\nSGD(lr=0.1)"),
)


@given(
    st.lists(
        st.sampled_from([*(("code", each) for each in PYTHON_CELLS), *OTHER_CELLS]), max_size=5
    ),
    st.integers(0, 3) | st.none(),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["\n", "\r\n"]),
)
def test_a_fix_changes_its_words_and_no_other_byte(
    cells: list[tuple[str, str]], indent: int | None, listed: bool, escaped: bool, end: str
) -> None:
    made = [
        {
            "cell_type": kind,
            "source": text.splitlines(True) if listed else text,
            "outputs": ["SGD(lr=0.1)"],
        }
        for kind, text in [("code", "from keras.optimizers import SGD"), *cells]
    ]
    template = json.dumps({"cells": made, "nbformat": 4}, indent=indent, ensure_ascii=escaped)
    template = template.replace("\n", end)
    before = template.replace("@", "sgd = SGD(lr=0.1)")
    fixed = fix_source(Source("train.ipynb", before), [load_rules()["OVF706"]])
    after = template.replace("@", "sgd = SGD(learning_rate=0.1)")
    assert fixed.source.raw == after
