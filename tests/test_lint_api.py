"""`overfitcheck.lint` as other programs call it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import overfitcheck
from overfitcheck.cli.main import main
from overfitcheck.errors import UserError
from overfitcheck.finding import Finding, Level

HEAD = """import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
"""
LATE = HEAD + "model.fit(x, y, epochs=50, validation_split=0.2)\n"
OLD = LATE.replace('"adam"', "keras.optimizers.Adam(lr=0.1)")


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def test_a_text_is_linted() -> None:
    first, _ = overfitcheck.lint(LATE)
    assert (first.code, first.level, first.name) == ("OVF501", Level.WARNING, "no-early-stopping")
    assert (first.location.path, first.location.line, first.location.column) == ("<text>", 4, 1)
    assert "50 epochs" in first.message
    assert first.fix is not None and first.fix.edits
    assert overfitcheck.lint("print(1)\n") == []
    assert codes(overfitcheck.lint("import keras\nkeras.(\n")) == ["OVF000"]


def test_files_notebooks_and_folders_say_what_the_command_says() -> None:
    Path("inner").mkdir()
    Path("a.py").write_text(LATE)
    cell = {"cell_type": "code", "source": OLD}
    Path("inner/b.ipynb").write_text(json.dumps({"nbformat": 4, "cells": [cell]}))
    for named in (".", "a.py", Path("inner"), Path("inner/b.ipynb").absolute()):
        told = json.loads(
            CliRunner().invoke(main, ["lint", "--output-format", "json", str(named)]).stdout
        )
        found = overfitcheck.lint(named)
        assert found
        assert [
            (each.location.path, each.location.line, each.code, each.message) for each in found
        ] == [(each["path"], each["line"], each["code"], each["message"]) for each in told]


def test_a_cell_that_is_too_deep_hides_no_other_cell() -> None:
    deep = "total = " + " + ".join(["1"] * 1200)
    cells = [{"cell_type": "code", "source": each} for each in (HEAD, deep, LATE)]
    Path("deep.ipynb").write_text(json.dumps({"nbformat": 4, "cells": cells}))
    found = overfitcheck.lint(Path("deep.ipynb"))
    assert [(each.code, each.location.cell) for each in found[:2]] == [("OVF000", 1), ("OVF501", 2)]
    assert "deep" in found[0].message


def test_the_configuration_holds_and_arguments_come_on_top() -> None:
    Path("overfitcheck.toml").write_text('ignore = ["OVF5"]\n')
    Path("a.py").write_text(OLD)
    assert codes(overfitcheck.lint("a.py")) == ["OVF706", "OVF801"]
    assert codes(overfitcheck.lint(OLD)) == ["OVF706", "OVF801"]
    assert codes(overfitcheck.lint("a.py", isolated=True)) == ["OVF706", "OVF501", "OVF801"]
    assert codes(overfitcheck.lint("a.py", select=["OVF5"])) == ["OVF501"]
    assert codes(overfitcheck.lint("a.py", ignore=["OVF801"])) == ["OVF706"]
    assert codes(overfitcheck.lint("a.py", keras_version="2.9")) == ["OVF801"]


def test_nothing_is_left_behind() -> None:
    Path("a.py").write_text(LATE)
    overfitcheck.lint("a.py")
    assert [each.name for each in Path().iterdir()] == ["a.py"]


@pytest.mark.parametrize(
    ("named", "options", "reason"),
    [
        ("none.py", {}, "none.py: there is no such file or folder"),
        ("binary.py", {}, "binary.py: is a binary file"),
        (LATE, {"select": ["OVX"]}, "no rule is called 'OVX'"),
    ],
)
def test_what_goes_wrong_is_an_error_of_one_line(
    named: str, options: dict[str, list[str]], reason: str
) -> None:
    Path("binary.py").write_bytes(b"\0\0")
    with pytest.raises(UserError, match=reason) as error:
        overfitcheck.lint(named, select=options.get("select"))
    assert "\n" not in str(error.value)


def test_importing_it_brings_in_nothing_heavy() -> None:
    code = (
        "import sys, overfitcheck\noverfitcheck.lint\n"
        "print({'tensorflow', 'keras', 'pandas', 'matplotlib', 'libcst'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
