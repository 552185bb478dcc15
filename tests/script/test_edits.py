"""Arguments are named, given and taken away, laid out as the others are."""

import ast
import re

import libcst as cst
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overfitcheck.finding import Edit
from overfitcheck.script import edits
from overfitcheck.script.script import Script, read_script
from overfitcheck.script.text import apply_edits
from overfitcheck.script.values import Call


def call_in(code: str) -> tuple[Script, Call]:
    script = read_script("import keras\n" + code, "train.py")
    return script, next(each for each in script.calls if each.short_name == "EarlyStopping")


def edited(code: str, made: tuple[Edit, ...]) -> str:
    assert made
    text = apply_edits("import keras\n" + code, made)
    cst.parse_module(text)
    return text.removeprefix("import keras\n")


STOP = "keras.callbacks.EarlyStopping"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("()", "(patience=3)"),
        ("(  # nothing\n)", "(patience=3  # nothing\n)"),
        ('("loss")', '("loss", patience=3)'),
        ('("loss",)', '("loss", patience=3,)'),
        ("(\n    mode='min'\n)", "(\n    mode='min',\n    patience=3\n)"),
        ("(\n\tmode='min',\n)", "(\n\tmode='min',\n\tpatience=3,\n)"),
        (
            "(\n    mode='min',  # best, lowest\n)",
            "(\n    mode='min',  # best, lowest\n    patience=3,\n)",
        ),
        ("(\n    mode='min'  # lowest\n)", "(\n    mode='min',  # lowest\n    patience=3\n)"),
        ('("loss",\n     mode="min")', '("loss",\n     mode="min",\n     patience=3)'),
        ("(monitor=(\n    'loss'\n))", "(monitor=(\n    'loss'\n), patience=3)"),
        ("(monitor=('loss'))", "(monitor=('loss'), patience=3)"),
        ("(*a, **k)", "(*a, **k, patience=3)"),
        ('("loss", mode="min"); x = 1', '("loss", mode="min", patience=3); x = 1'),
        ("('loss', \\\n  mode='min')", "('loss', \\\n  mode='min',\n  patience=3)"),
        ("(monitor\n    =\n    'loss')", "(monitor\n    =\n    'loss', patience=3)"),
        (
            "(\n    monitor='loss'\n    , mode='min'\n)",
            "(\n    monitor='loss'\n    , mode='min', patience=3\n)",
        ),
        (
            "(\r\n    mode='min',\r\n)",
            "(\r\n    mode='min',\r\n    patience=3,\r\n)",
        ),
    ],
)
def test_an_argument_more(before: str, after: str) -> None:
    script, call = call_in(STOP + before)
    assert edited(STOP + before, edits.give(script, call, "patience", "3")) == STOP + after


def test_beside_a_bare_generator_stands_nothing() -> None:
    script, call = call_in(f"{STOP}(x for x in y)")
    assert edits.give(script, call, "patience", "3") == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("(mode='min')", "()"),
        ("(mode='min',)", "()"),
        ("('loss', mode='min')", "('loss')"),
        ("('loss', mode='min',)", "('loss',)"),
        ("(mode='min', patience=3)", "(patience=3)"),
        ("(\n    mode='min',  # up\n    patience=3,\n)", "(\n    patience=3,\n)"),
        ("(\n    patience=3,\n    mode='min',\n)", "(\n    patience=3,\n)"),
        ("(\n    patience=3,\n    mode='min'\n)", "(\n    patience=3\n)"),
        ("(patience=3,  # few\n    mode='min')", "(patience=3,  # few\n    )"),
        ("(mode='min',  # up\n    patience=3)", "(# up\n    patience=3)"),
        ("(patience=3, mode=(\n  'min'\n))", "(patience=3)"),
        ("(\n    mode=(\n        'min'\n    ),\n    patience=3,\n)", "(\n    patience=3,\n)"),
    ],
)
def test_an_argument_less(before: str, after: str) -> None:
    script, call = call_in(STOP + before)
    made = edits.remove_argument(script, call.node, call.argument("mode"))
    assert edited(STOP + before, made) == STOP + after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("(mode='min')", '(mode="max")'),
        ("('loss', 0, 3, 0, ('min'))", "('loss', 0, 3, 0, \"max\")"),
        ("(mode=(\n'min'  # up\n))", '(mode="max")'),
        ("(\n    patience=3,\n)", '(\n    patience=3,\n    mode="max",\n)'),
    ],
)
def test_another_value(before: str, after: str) -> None:
    script, call = call_in(STOP + before)
    assert edited(STOP + before, edits.give(script, call, "mode", '"max"')) == STOP + after


def test_another_name() -> None:
    script, call = call_in(f"{STOP}(mode = 'min')")
    made = edits.rename(script, call.argument("mode"), "direction")
    assert edited(f"{STOP}(mode = 'min')", made) == f"{STOP}(direction = 'min')"


def test_text_around_an_expression() -> None:
    code = f"{STOP}(monitor=('loss'))"
    script, call = call_in(code)
    argument = call.argument("monitor")
    assert argument is not None and argument.node is not None
    made = edits.wrap(script, argument.node.value, "str(", ")")
    assert edited(code, made) == f"{STOP}(monitor=str(('loss')))"


def test_what_is_not_in_the_text_has_no_edits() -> None:
    script, call = call_in(f"{STOP}()")
    assert edits.replace(script, cst.Name("elsewhere"), "x") == ()
    assert edits.rename(script, call.argument("mode"), "x") == ()
    assert edits.remove_argument(script, call.node, call.argument("mode")) == ()


GAPS = st.sampled_from(["", " ", "\n    ", "  # a, note)\n    ", "\n\n\t", " \\\n  "])
ARGUMENTS = {
    "monitor": ["'val_loss'", "('val_loss')", "name(\n  1, 2)"],
    "mode": ["'min'", "(  # up\n  'max'\n)"],
    "verbose": ["0", "[1, 2][0]"],
    "baseline": ["x if y else z", "-1.0"],
}


@st.composite
def layouts(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """A call in any layout, and its arguments."""
    names = draw(st.lists(st.sampled_from(sorted(ARGUMENTS)), unique=True))
    chosen = {name: draw(st.sampled_from(ARGUMENTS[name])) for name in names}
    written = [f"{draw(GAPS)}{name}={value}{draw(GAPS)}" for name, value in chosen.items()]
    comma = "," if written and draw(st.booleans()) else ""
    return f"stop = {STOP}({','.join(written)}{comma}{draw(GAPS)})  # end\n", chosen


def arguments_in(code: str) -> dict[str, str]:
    call = ast.parse(code).body[-1]
    assert isinstance(call, ast.Assign)
    assert isinstance(call.value, ast.Call)
    assert not call.value.args
    return {str(each.arg): ast.unparse(each.value) for each in call.value.keywords}


def plain(written: dict[str, str]) -> dict[str, str]:
    return {name: ast.unparse(ast.parse(value.strip()).body[0]) for name, value in written.items()}


@given(layouts())
def test_an_argument_more_in_any_layout(layout: tuple[str, dict[str, str]]) -> None:
    code, arguments = layout
    script, call = call_in(code)
    made = edited(code, edits.give(script, call, "patience", "3"))
    assert arguments_in(made) == {**plain(arguments), "patience": "3"}
    assert [line.strip() for line in re.findall("#.*", made)] == [
        line.strip() for line in re.findall("#.*", code)
    ]


@given(layouts())
def test_an_argument_less_in_any_layout(layout: tuple[str, dict[str, str]]) -> None:
    code, arguments = layout
    script, call = call_in(code)
    for name in arguments:
        made = edited(code, edits.remove_argument(script, call.node, call.argument(name)))
        left = {other: value for other, value in arguments.items() if other != name}
        assert arguments_in(made) == plain(left)


@given(layouts())
def test_another_value_and_name_in_any_layout(layout: tuple[str, dict[str, str]]) -> None:
    code, arguments = layout
    script, call = call_in(code)
    for name in arguments:
        made = edited(code, edits.give(script, call, name, "new"))
        assert arguments_in(made) == {**plain(arguments), name: "new"}
        made = edited(code, edits.rename(script, call.argument(name), "other"))
        assert set(arguments_in(made)) == {*arguments, "other"} - {name}
