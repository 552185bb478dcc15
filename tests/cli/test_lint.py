"""`overfitcheck lint` as a user meets it: output, exit codes, options, bad input."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from overfitcheck.cli.main import main

FIXTURES = Path(__file__).parents[2] / "fixtures" / "scripts"

BAD = """import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=50)
"""
GOOD = BAD.replace("epochs=50", "epochs=5, validation_split=0.2")
INFO = (
    BAD.replace('"mse"', '"binary_crossentropy"')
    .replace("Dense(1)", 'Dense(1, activation="sigmoid")')
    .replace("epochs=50", "epochs=9, validation_split=0.2")
)


def lint(*arguments: str | Path, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["lint", *map(str, arguments)], input=stdin)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, text: str | bytes) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_finding_with_its_line_and_what_to_do() -> None:
    result = lint(write("train.py", BAD))
    assert result.exit_code == 1
    assert "train.py:4:1: OVF101 warning: model trains for 50 epochs" in result.output
    assert "4 | model.fit(x, y, epochs=50)" in result.output
    assert "  | ^^^^^^^^^^^^^^^^^^^^^^^^^^" in result.output
    assert "help: keep rows apart" in result.output
    assert "Found 1 warning in 1 file." in result.output


def test_the_checklist_stands_under_each_fit() -> None:
    output = lint(write("train.py", GOOD)).output
    assert "train.py:4:1: techniques of model.fit" in output
    assert "yes:     validation data" in output
    assert "early stopping" in output.split("no:")[1]


def test_the_checklist_names_the_method_that_is_called() -> None:
    called = GOOD.replace(".fit(", ".fit_generator(")
    for _ in range(2):  # The second time it is read out of the cache.
        assert "techniques of model.fit_generator" in lint(write("train.py", called)).output


def test_clean_is_0_and_says_so() -> None:
    result = lint(write("train.py", GOOD))
    assert (result.exit_code, "All checks passed!" in result.output) == (0, True)


def test_info_alone_is_clean() -> None:
    result = lint(write("train.py", INFO))
    assert "OVF201 info" in result.output
    assert result.exit_code == 0


def test_concise() -> None:
    result = lint(write("train.py", BAD), "--output-format", "concise")
    (line,) = result.output.splitlines()
    assert line.startswith("train.py:4:1: OVF101 model trains")


def test_json() -> None:
    result = lint(write("train.py", BAD), "--output-format", "json")
    (finding,) = json.loads(result.output)
    assert list(finding) == [
        "path", "line", "column", "end_line", "end_column", "cell", "code", "name", "level",
        "message", "fix",
    ]  # fmt: skip
    assert (finding["line"], finding["end_column"], finding["cell"]) == (4, 27, None)
    assert finding["fix"]["applicability"] == "unsafe"


def test_json_of_a_clean_script_is_an_empty_list() -> None:
    assert json.loads(lint(write("a.py", GOOD), "--output-format", "json").output) == []


@pytest.mark.parametrize(
    ("comment", "exit_code"),
    [
        ("# noqa", 0),
        ("# NOQA: OVF101", 0),
        ("# noqa: E501, OVF101", 0),
        ("# noqa:OVF101 # why", 0),
        ("# noqa: OVF504", 1),
        ("# noqa: E501", 1),
        ("# no qa", 1),
    ],
)
def test_noqa(comment: str, exit_code: int) -> None:
    text = BAD.replace("epochs=50)", f"epochs=50)  {comment}")
    assert lint(write("train.py", text)).exit_code == exit_code


def test_noqa_at_the_end_of_a_statement_of_several_lines() -> None:
    text = BAD.replace("fit(x, y, epochs=50)", "fit(\n    x, y,\n    epochs=50,\n)  # noqa: OVF101")
    assert lint(write("train.py", text)).exit_code == 0


def test_noqa_in_a_string_silences_nothing() -> None:
    text = BAD.replace("fit(x,", 'fit("# noqa",')
    assert lint(write("train.py", text)).exit_code == 1


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        (["--select", "OVF1"], {"OVF101"}),
        (["--select", "OVF101,OVF504"], {"OVF101"}),
        (["--select", "OVF5"], set()),
        (["--ignore", "OVF101"], set()),
        (["--select", "OVF1", "--ignore", "OVF101"], set()),
        (["--select", "OVF101", "--ignore", "OVF1"], {"OVF101"}),
    ],
)
def test_select_and_ignore(options: list[str], codes: set[str]) -> None:
    output = lint(write("a.py", BAD), "--output-format", "json", *options).output
    assert {finding["code"] for finding in json.loads(output)} == codes


OPT_IN = """import keras
model = keras.Sequential([keras.layers.Dropout(0.5), keras.layers.BatchNormalization()])
"""


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ([], set()),
        (["--select", "ALL"], set()),
        (["--select", "OVF304"], {"OVF304"}),
        (["--select", "OVF3"], {"OVF304"}),
        (["--select", "OVF3", "--ignore", "OVF304"], set()),
    ],
)
def test_an_opt_in_rule_speaks_where_it_is_selected_by_name(
    options: list[str], codes: set[str]
) -> None:
    output = lint(write("a.py", OPT_IN), "--output-format", "json", *options).output
    assert {finding["code"] for finding in json.loads(output)} == codes


def test_exit_zero() -> None:
    assert lint(write("train.py", BAD), "--exit-zero").exit_code == 0


def test_configuration_and_isolated() -> None:
    write("pyproject.toml", '[tool.overfitcheck]\nignore = ["OVF101"]\n')
    write("deep/folder/train.py", BAD)
    assert lint("deep/folder/train.py").exit_code == 0
    assert lint("deep/folder/train.py", "--isolated").exit_code == 1


def test_standard_input() -> None:
    result = lint("-", "--stdin-filename", "src/train.py", "--output-format", "concise", stdin=BAD)
    assert result.output.startswith("src/train.py:4:1: OVF101")


def test_a_folder_respects_gitignore_and_skips_environments() -> None:
    for name in ("a.py", "ignored/b.py", "sub/kept.py", "sub/left_out.py", "venv/lib/c.py",
                 "my-env/d.py", "node_modules/e.py"):  # fmt: skip
        write(name, BAD)
    write("my-env/pyvenv.cfg", "")
    write(".gitignore", "ignored/\n")
    write("sub/.gitignore", "left_*\n")
    output = lint(".", "--output-format", "concise").output
    assert {line.split(":")[0] for line in output.splitlines()} == {"a.py", "sub/kept.py"}


def test_an_ignored_file_that_is_named_is_read() -> None:
    write(".gitignore", "a.py\n")
    assert lint(write("a.py", BAD)).exit_code == 1


def test_a_notebook() -> None:
    cells = [
        {"cell_type": "markdown", "source": "# Title"},
        {"cell_type": "code", "source": ["%matplotlib inline\n", *BAD.splitlines(keepends=True)]},
    ]
    write("train.ipynb", json.dumps({"nbformat": 4, "cells": cells}))
    (finding,) = json.loads(lint("train.ipynb", "--output-format", "json").output)
    assert (finding["cell"], finding["line"], finding["code"]) == (1, 5, "OVF101")
    assert "train.ipynb:cell 1:5:1" in lint("train.ipynb").output


def test_a_cell_that_is_indented_as_a_whole() -> None:
    source = "   from tensorflow import keras\n   rate = keras.optimizers.Adam(lr=0.1)\n"
    cells = [{"cell_type": "code", "source": source}]
    path = write("train.ipynb", json.dumps({"nbformat": 4, "cells": cells}))
    before = path.read_text()
    assert "train.ipynb:cell 0:2:33: OVF706" in lint("train.ipynb").output
    assert "\n2 |    rate = keras" in lint("train.ipynb").output
    lint("train.ipynb", "--add-noqa")
    silenced = before.replace("(lr=0.1)", "(lr=0.1)  # noqa: OVF706")
    assert path.read_text() == silenced != before
    path.write_text(before)
    lint("train.ipynb", "--fix")
    assert path.read_text() == before.replace("lr=", "learning_rate=")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("binary.py", b"\x7fELF\0\0\0", "is a binary file"),
        ("wrong.py", b"import keras\nx = '\xe9'\n", "is not text in its encoding"),
        ("odd.py", b"# -*- coding: klingon -*-\n", "is not text in its encoding"),
        ("no.ipynb", b'{"keras"', "is not a notebook"),
    ],
)
def test_what_cannot_be_read_is_one_line_and_2(name: str, content: bytes, reason: str) -> None:
    write("good.py", BAD)
    write(name, content)
    result = lint("good.py", name)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"overfitcheck: {name}: {reason}")
    assert result.stderr.count("\n") == 1
    assert "OVF101" in result.stdout


def test_a_missing_file() -> None:
    result = lint("none.py")
    assert result.exit_code == 2
    assert result.stderr == "overfitcheck: none.py: there is no such file or folder\n"
    assert result.stdout == ""  # Not that all checks passed.
    assert "passed" not in lint("none.py", "--output-format", "markdown").stdout


def test_a_folder_without_python() -> None:
    Path("empty").mkdir()
    result = lint("empty")
    assert result.exit_code == 0
    assert result.stderr == "overfitcheck: no Python files or notebooks were found\n"


def test_an_empty_file_is_clean() -> None:
    assert lint(write("a.py", "")).exit_code == 0


@pytest.mark.parametrize("code", ["OVF999", "OVX"])
def test_an_unknown_code_is_an_error(code: str) -> None:
    result = lint(write("a.py", BAD), "--select", code)
    assert result.exit_code == 2
    assert f"no rule is called '{code}'" in result.stderr


def test_an_unknown_key_names_the_nearest() -> None:
    write("pyproject.toml", "[tool.overfitcheck]\nselct = []\n")
    result = lint(write("a.py", BAD))
    assert result.exit_code == 2
    assert "did you mean 'select'?" in result.stderr


def test_a_syntax_error_is_a_finding() -> None:
    result = lint(write("a.py", "import keras\nmodel = keras.Sequential(]\n"))
    assert result.exit_code == 1
    assert "a.py:2:26: OVF000 error: not Python:" in result.output


def test_crlf_and_tabs_keep_the_caret_in_place() -> None:
    text = BAD.replace("model.fit", "if True:\n\tmodel.fit").replace("\n", "\r\n")
    output = lint(write("a.py", text)).output
    line = next(line for line in output.splitlines() if "model.fit(x" in line and "|" in line)
    caret = output.splitlines()[output.splitlines().index(line) + 1]
    assert caret.index("^") == line.index("model")


def test_lint_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom overfitcheck.cli.main import main\n"
        f"main(['lint', {str(FIXTURES)!r}, '--exit-zero'], standalone_mode=False)\n"
        "heavy = {'tensorflow', 'keras', 'pandas', 'matplotlib', 'numpy', 'scipy'}\n"
        "print(sorted(heavy & set(sys.modules)), 'libcst' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout.splitlines()[-1] == "[] True"


def test_a_file_without_keras_does_not_even_import_libcst() -> None:
    write("a.py", "print(1)\n")
    code = (
        "import sys\nfrom overfitcheck.cli.main import main\n"
        "main(['lint', 'a.py', '--isolated'], standalone_mode=False)\n"
        "print('libcst' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"


@pytest.mark.parametrize("warnings", ["always", "error"])
def test_escapes_that_python_warns_of_are_none_of_our_business(warnings: str) -> None:
    """From 3.12 on Python prints what it thinks of them, unless whoever reads the text asks not to.

    Where warnings are errors, such a text would be Unknown, and no rule would speak of it.
    """
    stopping = "keras.callbacks.EarlyStopping('val_\\loss')"
    write("a.py", GOOD.replace("epochs=5", f"epochs=50, callbacks=[{stopping}]"))
    done = subprocess.run(
        [sys.executable, "-W", warnings, "-m", "overfitcheck", "lint", "a.py", "--isolated"],
        capture_output=True,
        text=True,
    )
    assert (done.stderr, done.returncode) == ("", 1)
    assert "watches val_\\loss" in done.stdout


def test_the_end_of_the_program_is_quick_and_loses_nothing() -> None:
    write("a.py", BAD)
    code = (
        "import atexit, sys\nfrom overfitcheck.__main__ import run\n"
        "atexit.register(print, 'the end')\nsys.argv[1:] = ['lint', 'a.py']\n"
        "try:\n    run()\nfinally:\n    print('is never reached')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-2:] == ["1 fixable with --fix --unsafe-fixes.", "the end"]
    assert (done.stderr, done.returncode) == ("", 1)


def test_a_rule_page() -> None:
    result = CliRunner().invoke(main, ["rule", "OVF506"])
    assert result.exit_code == 0
    for heading in ("# patience-exceeds-epochs (OVF506)", "## What it does",
                    "## Why is this bad?", "## Example", "## Use instead"):  # fmt: skip
        assert heading in result.output


def test_an_unknown_rule_names_the_nearest() -> None:
    result = CliRunner().invoke(main, ["rule", "OVF50"])
    assert result.exit_code == 2
    assert result.stderr.startswith("overfitcheck: no rule is called 'OVF50'; did you mean 'OVF5")


def test_the_table_of_rules() -> None:
    output = CliRunner().invoke(main, ["rules"]).output
    assert output.startswith("OVF000")
    table = json.loads(CliRunner().invoke(main, ["rules", "--output-format", "json"]).output)
    assert [rule["code"] for rule in table] == [line.split()[0] for line in output.splitlines()]
