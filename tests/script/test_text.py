"""Edits of a text: what they touch changes, everything else stays byte for byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overfitcheck.finding import Edit
from overfitcheck.script.text import apply_edits


@pytest.mark.parametrize(
    ("text", "edits", "expected"),
    [
        ("a = 1\n", [Edit(1, 1, 1, 2, "b")], "b = 1\n"),
        ("a = 1\r\nb = 2\r\n", [Edit(2, 5, 2, 6, "3")], "a = 1\r\nb = 3\r\n"),
        ("a\rb\rc", [Edit(2, 1, 2, 2, "x")], "a\rx\rc"),
        ("a\n\x0cb\u2028c\n", [Edit(2, 4, 2, 5, "x")], "a\n\x0cb\u2028x\n"),
        ("é = 'ü'", [Edit(1, 6, 1, 7, "ö")], "é = 'ö'"),
        ("a\nb\n", [Edit(2, 1, 3, 1, "")], "a\n"),
        ("a\nb", [Edit(2, 1, 3, 1, "")], "a\n"),
        ("ab", [Edit(1, 2, 1, 2, "y"), Edit(1, 1, 1, 1, "x")], "xayb"),
        ("ab", [Edit(1, 1, 1, 2, "x"), Edit(1, 2, 1, 3, "y")], "xy"),
        ("", [Edit(1, 1, 1, 1, "x")], "x"),
    ],
)
def test_edits(text: str, edits: list[Edit], expected: str) -> None:
    assert apply_edits(text, edits) == expected


@pytest.mark.parametrize(
    "edits",
    [
        [Edit(3, 1, 3, 1, "x")],
        [Edit(1, 7, 1, 7, "x")],
        [Edit(0, 1, 1, 1, "x")],
        [Edit(1, 0, 1, 1, "x")],
        [Edit(1, 4, 1, 2, "x")],
        [Edit(1, 1, 1, 4, "x"), Edit(1, 3, 1, 5, "y")],
    ],
)
def test_edits_that_cannot_be(edits: list[Edit]) -> None:
    with pytest.raises(ValueError):
        apply_edits("a = 1", edits)


@given(
    st.lists(st.text(st.characters(exclude_characters="\r\n")), min_size=1),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.data(),
)
def test_everything_else_stays(lines: list[str], end: str, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, len(lines)))
    line = lines[number - 1]
    first = data.draw(st.integers(0, len(line)))
    last = data.draw(st.integers(first, len(line)))
    new = data.draw(st.text())
    edited = apply_edits(end.join(lines), [Edit(number, first + 1, number, last + 1, new)])
    lines[number - 1] = line[:first] + new + line[last:]
    assert edited == end.join(lines)
