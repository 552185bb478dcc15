"""Scripts in Python 2 do not run with any Keras of today; what they train is understood."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

import overfitcheck
from overfitcheck.script.python2 import read_as_python_3
from overfitcheck.script.syntax import syntax_error

MODEL = """
from keras.models import Sequential
from keras.layers import Dense
model = Sequential([Dense(3, input_dim=2)])
model.compile("sgd", "mse")
"""


def codes(found: list[overfitcheck.Finding]) -> list[tuple[str, int]]:
    """Codes and lines of warnings, errors, and of what is no Python 3."""
    return [
        (each.code, each.location.line)
        for each in found
        if each.level != "info" or each.code == "OVF000"
    ]


@pytest.mark.parametrize(
    ("python_2", "python_3"),
    [
        ("print loss\n", "print(loss)\n"),
        ('print "loss", loss,  # so far\n', 'print("loss", loss,)  # so far\n'),
        ("if x: print x; print y\nelse: print z", "if x: print(x); print(y)\nelse: print(z)"),
        ('print "%d %d" % (\n    1, 2)\r\n', 'print("%d %d" % (\n    1, 2))\r\n'),
        ('\tprint\t"a" \\\n\t, 3\n', '\tprint("a" \\\n\t, 3)\n'),
        ('print"abc"', 'print("abc")'),
        ("print -1", "print(-1)"),
        ("print [x for x in y]", "print([x for x in y])"),
        (
            'try:\n    pass\nexcept (A, B), e:\n    raise E, "no"\n',
            'try:\n    pass\nexcept (A, B) as e:\n    raise E( "no")\n',
        ),
        ('"""\nprint x\n"""\nprint x', '"""\nprint x\n"""\nprint(x)'),
    ],
)
def test_statements_become_calls(python_2: str, python_3: str) -> None:
    indented = f"if True:\n{python_2}" if python_2.startswith("\t") else python_2
    made = read_as_python_3(indented)
    assert made == indented.replace(python_2, python_3)
    assert syntax_error(made or "") is None


@pytest.mark.parametrize(
    "text", ["print(loss)\n", "printer = 3\n", "print loss)\n", "x = (\n", "print x\ny = = 3\n"]
)
def test_what_is_wrong_in_python_2_too_stays_wrong(text: str) -> None:
    assert read_as_python_3(text) is None


@given(st.text(alphabet="print raise except,:;#'\"\\()[]{}\n\r\tx1", max_size=60))
def test_whatever_is_read_keeps_its_lines(text: str) -> None:
    made = read_as_python_3(text)
    assert made is None or len(made.splitlines()) == len(text.splitlines())


def test_a_script_in_python_2() -> None:
    script = MODEL + 'print "begin"\nmodel.fit(x, y, epochs=50)\nprint model.evaluate(a, b)\n'
    found = overfitcheck.lint(script)
    assert codes(found) == [("OVF000", 6), ("OVF101", 7)]
    assert found[0].level == "info"
    assert "not Python 3" in found[0].message
    assert found[0].fix is not None
    assert "Python 3" in found[0].fix.message


def test_what_is_printed_is_understood() -> None:
    script = (
        MODEL
        + "history = model.fit(x, y, epochs=50, validation_data=(a, b))\n"
        + "print model.evaluate(a, b)\n"
    )
    assert ("OVF102", 6) in codes(overfitcheck.lint(script))


def test_only_lines_that_stand_as_they_are_read_are_mended(tmp_path: Path) -> None:
    file = tmp_path / "train.py"
    written = (
        MODEL + 'print "begin"\nmodel.fit(x, y, nb_epoch=50)\nprint model.fit(x, y, nb_epoch=2)\n'
    )
    file.write_text(written)
    found = [each for each in overfitcheck.lint(file) if each.code == "OVF402"]
    assert [(each.location.line, bool(each.fix and each.fix.edits)) for each in found] == [
        (7, True),
        (8, False),
    ]


def test_a_silenced_script_says_the_rest() -> None:
    script = "# overfitcheck: noqa: OVF000\n" + MODEL + "print 3\nmodel.fit(x, y, epochs=50)\n"
    assert codes(overfitcheck.lint(script)) == [("OVF101", 8)]


def test_a_notebook_in_python_2_is_told_once(tmp_path: Path) -> None:
    cells = [MODEL, "print 'begin'", "model.fit(x, y, epochs=50)\nprint 'end'", "print 3"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in cells])
    file = tmp_path / "train.ipynb"
    nbformat.write(notebook, file)
    found = overfitcheck.lint(file)
    told = [(each.code, each.location.cell) for each in found]
    assert told == [("OVF000", 1), ("OVF101", 2)]
    assert "and in 2 more cells" in found[0].message


def test_a_module_of_the_project_in_python_2(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text(MODEL + 'print "built"\n')
    file = tmp_path / "train.py"
    file.write_text("import keras\nfrom models import model\nmodel.fit(x, y, epochs=50)\n")
    assert codes(overfitcheck.lint(file)) == [("OVF101", 3)]
