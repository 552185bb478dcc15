"""`overfitcheck lint --fix` as a user meets it: what is written, what is only shown, what is not."""

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from overfitcheck.cli.main import main

BEFORE = """import keras
from keras.optimizers import SGD
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(SGD(lr=0.1), "mse")
model.fit(x, y, epochs=5, validation_split=0.2)
"""
AFTER = BEFORE.replace("lr=", "learning_rate=")


def lint(*arguments: str | Path, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["lint", "--isolated", *map(str, arguments)], input=stdin)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(data: str | bytes, name: str = "train.py") -> Path:
    path = Path(name)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def test_without_fix_nothing_changes_and_what_could_is_marked() -> None:
    path = write(BEFORE)
    result = lint(path)
    assert "OVF706 [*] warning" in result.output
    assert "[*] 1 fixable with --fix." in result.output
    assert "OVF706 [*] SGD" in lint(path, "--output-format", "concise").output
    assert path.read_text() == BEFORE


def test_fix_writes_the_file_and_tells_what_is_left() -> None:
    path = write(BEFORE + "model.fit(x, y, epochs=50)\n")
    result = lint(path, "--fix", "--select", "OVF706,OVF101")
    assert path.read_text() == AFTER + "model.fit(x, y, epochs=50)\n"
    assert result.exit_code == 1
    assert "OVF101" in result.output
    assert "Fixed 1 finding (1 OVF706)." in result.output


def test_fix_only_reports_nothing() -> None:
    path = write(BEFORE + "model.fit(x, y, epochs=50)\n")
    result = lint(path, "--fix-only", "--select", "OVF706,OVF101")
    assert path.read_text() == AFTER + "model.fit(x, y, epochs=50)\n"
    assert (result.exit_code, result.stdout) == (0, "")


def test_diff_writes_nothing_and_fails_where_something_would_change() -> None:
    path = write(BEFORE.rstrip())
    result = lint(path, "--diff")
    assert path.read_text() == BEFORE.rstrip()
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[:3] == ["--- train.py", "+++ train.py", "@@ -1,5 +1,5 @@"]
    assert '-model.compile(SGD(lr=0.1), "mse")' in lines
    assert '+model.compile(SGD(learning_rate=0.1), "mse")' in lines
    assert lines[-1] == "\\ No newline at end of file"
    assert "Would fix 1 finding (1 OVF706)." in result.stderr
    write(AFTER)
    result = lint(path, "--diff")
    assert (result.exit_code, result.stdout) == (0, "")


def test_standard_input_is_printed_fixed() -> None:
    result = lint("-", "--fix", stdin=BEFORE)
    assert result.stdout == AFTER
    assert "Fixed 1 finding" in result.stderr
    assert lint("-", "--fix-only", stdin=AFTER).stdout == AFTER


@pytest.mark.parametrize(
    ("start", "encoding", "end"),
    [
        ("# -*- coding: latin-1 -*-\n# é\n", "latin-1", "\n"),
        ("# coding: cp1252\n# €\n", "cp1252", "\r\n"),
        ("\ufeff", "utf-8", "\r\n"),
        ("\ufeff", "utf-8", "\n"),
        ("\x0c\n", "utf-8", "\n"),
        ("\t\n# \u2028 é\n", "utf-8", "\r\n"),
        ("# old Mac\n", "utf-8", "\r"),
    ],
)
def test_every_other_byte_stays(start: str, encoding: str, end: str) -> None:
    before, after = ((start + text).replace("\n", end).encode(encoding) for text in (BEFORE, AFTER))
    path = write(before)
    assert lint(path, "--fix").exit_code == 0
    assert path.read_bytes() == after
    assert lint("-", "--fix", stdin=before).stdout_bytes == after


def test_mode_and_link_stay() -> None:
    path = write(BEFORE)
    path.chmod(0o640)
    link = Path("link.py")
    link.symlink_to(path)
    assert lint(link, "--fix").exit_code == 0
    assert link.is_symlink()
    assert path.read_text() == AFTER
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(each.name for each in Path().iterdir()) == ["link.py", "train.py"]


def test_a_link_to_itself_is_one_line() -> None:
    Path("loop.py").symlink_to("loop.py")
    result = lint("loop.py", "--fix")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


def test_an_unwritable_folder_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(BEFORE)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    result = lint(path, "--fix")
    assert result.exit_code == 2
    assert result.stderr == "overfitcheck: train.py: cannot be written: Permission denied\n"
    assert path.read_text() == BEFORE


def test_a_notebook_changes_in_its_cell_alone() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["lr=0.1\n"]},
        {"cell_type": "code", "source": BEFORE.splitlines(True), "outputs": [{"text": "lr=0.1"}]},
    ]
    raw = json.dumps({"nbformat": 4, "cells": cells, "metadata": {}}, indent=1)
    path = write(raw, "train.ipynb")
    shown = lint(path, "--diff")
    assert shown.stdout.startswith("--- train.ipynb:cell 1\n+++ train.ipynb:cell 1\n@@")
    assert lint(path, "--fix").exit_code == 0
    assert path.read_text() == raw.replace("SGD(lr=", "SGD(learning_rate=")


def test_the_diff_of_a_long_file_shows_nothing_that_stays() -> None:
    again = '\n\nmodel.compile(SGD(lr=0.2), "mse")\n'
    rest = "".join(f"\n\nprint({number})\n" for number in range(200))
    path = write(BEFORE.replace("\nmodel.fit", f"{again}model.fit") + rest)
    shown = lint(path, "--diff").stdout.splitlines()[2:]
    assert [line for line in shown if line[:1] == "-"] == [
        '-model.compile(SGD(lr=0.1), "mse")',
        '-model.compile(SGD(lr=0.2), "mse")',
    ]


def test_the_diff_of_a_notebook_shows_what_is_not_python() -> None:
    *start, compiled, fit = BEFORE.splitlines(True)
    lines = [*start, "%matplotlib inline\n", compiled, "files = !ls\n", "!ls\n", fit]
    cells = [{"cell_type": "code", "source": lines}, {"cell_type": "code", "source": "!nvidia-smi"}]
    path = write(json.dumps({"nbformat": 4, "cells": cells, "metadata": {}}), "train.ipynb")
    shown = lint(path, "--diff").stdout.splitlines()
    changed = [f"-{compiled}", f"+{AFTER.splitlines(True)[-2]}"]
    expected = [" %matplotlib inline\n", *changed, " files = !ls\n", " !ls\n", f" {fit}"]
    assert [f"{line}\n" for line in shown[5:]] == expected


def test_files_that_cannot_be_linted_are_told_and_the_others_fixed() -> None:
    path = write(BEFORE)
    write(b"keras \0", "broken.py")
    result = lint("broken.py", path, "--fix")
    assert result.exit_code == 2
    assert path.read_text() == AFTER
    assert "broken.py" in result.stderr
