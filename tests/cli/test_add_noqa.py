"""`overfitcheck lint --add-noqa`: a comment for each finding, and nothing else changed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from overfitcheck.cli.main import main

BAD = """import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=50)
"""
LATE = BAD.replace("epochs=50", "epochs=50, validation_split=0.2")
"""Two warnings: OVF501 and OVF801."""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def lint(*arguments: str | Path, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["lint", *map(str, arguments)], input=stdin)


def write(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def found(*arguments: str | Path) -> list[tuple[str, str]]:
    """Path and code of each finding that is more than info."""
    output = lint(*arguments, "--output-format", "json", "--level", "warning").stdout
    return [(each["path"], each["code"]) for each in json.loads(output)]


def codes(*arguments: str | Path) -> list[str]:
    return [code for _, code in found(*arguments)]


class TestAddNoqa:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("model.fit(x, y, epochs=50)", "model.fit(x, y, epochs=50)  # noqa: OVF101"),
            ("model.fit(\n    x, y,\n    epochs=50)", "model.fit(  # noqa: OVF101\n    x, y,\n    epochs=50)"),
            ("model.fit(x, y, \\\n    epochs=50)", "model.fit(x, y, \\\n    epochs=50)  # noqa: OVF101"),
            ('model.fit("""\n""", y, epochs=50)', 'model.fit("""\n""", y, epochs=50)  # noqa: OVF101'),
            ("model.fit(x, y, epochs=50)  # all", "model.fit(x, y, epochs=50)  # all  # noqa: OVF101"),
            ("model.fit(x, y, epochs=50)  # noqa: E501", "model.fit(x, y, epochs=50)  # noqa: E501, OVF101"),
            ("model.fit(x, y, epochs=50)   ", "model.fit(x, y, epochs=50)  # noqa: OVF101"),
        ],
    )  # fmt: skip
    def test_a_comment_silences_each_finding(self, before: str, after: str) -> None:
        head = BAD.rpartition("model.fit")[0]
        script = write("a.py", f"{head}{before}\n")
        result = lint(script, "--add-noqa", "--level", "warning")
        assert (result.exit_code, result.stderr) == (0, "Silenced 1 finding.\n")
        assert script.read_text() == f"{head}{after}\n"
        assert codes(script) == []

    def test_what_is_no_python_gets_none(self) -> None:
        script = write("a.py", "import keras\nprint 'loss'\n")
        assert lint(script, "--add-noqa").stderr == "Silenced 0 findings.\n"

    def test_in_a_notebook_everything_else_stays(self) -> None:
        source = ["%time\n", *BAD.splitlines(keepends=True)]
        cells = [
            {"cell_type": "markdown", "source": "# é"},
            {"cell_type": "code", "source": source},
        ]
        notebook = write("a.ipynb", json.dumps({"cells": cells, "nbformat": 4}, indent=3))
        before = notebook.read_text()
        lint(notebook, "--add-noqa", "--level", "warning")
        silenced = before.replace("epochs=50)\\n", "epochs=50)  # noqa: OVF101\\n")
        assert notebook.read_text() == silenced != before
        assert codes(notebook) == []
