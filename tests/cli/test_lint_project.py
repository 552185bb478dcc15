"""`overfitcheck lint` on a project: configuration of each file, exclusions, baselines."""

import json
import os
from pathlib import Path
from typing import ClassVar

import pytest
from click.testing import CliRunner, Result

from overfitcheck.cli.main import main
from overfitcheck.config import THRESHOLDS
from overfitcheck.project.cache import forget_project

BAD = """import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=50)
"""
LATE = BAD.replace("epochs=50", "epochs=50, validation_split=0.2")
"""Two warnings: OVF501 and OVF801."""
LAYERS = BAD.replace("[keras.layers.Dense(1)]", "[keras.layers.LAYER, keras.layers.Dense(1)]")
TUNED = """import keras
base = keras.applications.VGG16(include_top=False, weights="imagenet", pooling="avg")
base.trainable = True
model = keras.Sequential([base, keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(5e-4), "mse")
model.fit(x, y, epochs=5, validation_split=0.2)
"""
"""A pretrained base that is trained with a rate of 0.0005."""


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


class TestConfiguration:
    def test_the_nearest_file_upward_holds_for_each_file(self) -> None:
        write("pyproject.toml", '[tool.overfitcheck]\nselect = ["OVF1"]\n')
        write("inner/pyproject.toml", '[tool.overfitcheck]\nselect = ["OVF5"]\n')
        write("other/pyproject.toml", '[project]\nname = "other"\n')
        for folder in (".", "inner", "other"):
            write(f"{folder}/a.py", BAD)
            write(f"{folder}/b.py", LATE)
        assert found() == [
            ("a.py", "OVF101"),
            ("inner/b.py", "OVF501"),
            ("other/a.py", "OVF101"),
        ]

    def test_its_own_file_goes_before_pyproject(self) -> None:
        write("pyproject.toml", '[tool.overfitcheck]\nselect = ["OVF1"]\n')
        write("overfitcheck.toml", 'select = ["OVF5"]\n')
        assert codes(write("a.py", LATE)) == ["OVF501"]

    def test_config_names_one_for_all(self) -> None:
        write("pyproject.toml", '[tool.overfitcheck]\nselect = ["OVF1"]\n')
        write("a.py", LATE)
        write("ci/strict.toml", 'select = ["OVF8"]\n')
        assert codes("--config", "ci/strict.toml") == ["OVF801"]
        result = lint("--config", "none.toml")
        assert result.exit_code == 2
        assert (
            result.stderr == "overfitcheck: none.toml: cannot be read: No such file or directory\n"
        )

    @pytest.mark.parametrize(
        ("configured", "options", "expected"),
        [
            ("", [], ["OVF501", "OVF801"]),
            ('select = ["OVF5"]', [], ["OVF501"]),
            ('select = ["OVF5"]', ["--extend-select", "OVF801"], ["OVF501", "OVF801"]),
            ('select = ["OVF5"]', ["--select", "OVF8"], ["OVF801"]),
            ('ignore = ["OVF501"]', [], ["OVF801"]),
            ('ignore = ["OVF501"]', ["--select", "OVF5"], ["OVF501"]),
            ('ignore = ["OVF501"]', ["--ignore", "OVF8"], []),
            ('ignore = ["OVF501"]', ["--extend-select", "OVF501"], ["OVF501", "OVF801"]),
            ('extend-ignore = ["OVF8"]\nignore = ["OVF5"]', [], []),
            ('select = ["OVF"]\nignore = ["OVF5"]\nextend-select = ["OVF501"]', [],
             ["OVF501", "OVF801"]),
            ('select = []', [], []),
            ('select = ["ALL"]', ["--extend-ignore", "OVF"], []),
        ],
    )  # fmt: skip
    def test_selection_means_what_it_means_in_ruff(
        self, configured: str, options: list[str], expected: list[str]
    ) -> None:
        write("overfitcheck.toml", configured)
        assert codes(write("a.py", LATE), *options) == expected

    def test_an_opt_in_rule_is_asked_where_it_is_named(self) -> None:
        script = write("a.py", LATE)

        def informed(*options: str) -> bool:
            output = lint(script, "--output-format", "concise", *options).output
            return "OVF109" in output

        assert not informed()
        assert not informed("--select", "ALL")
        assert informed("--extend-select", "OVF109")
        assert informed("--select", "OVF1")

    @pytest.mark.parametrize(
        ("pattern", "left"),
        [
            ("demo/*", ["src/b.py"]),
            ("*.py", []),
            ("a.py", ["src/b.py"]),
            ("**/b.py", ["demo/a.py"]),
            ("src/**/b.py", ["demo/a.py"]),
            ("!src/*", ["src/b.py"]),
            ("[ab].py", []),
            ("[!a].py", ["demo/a.py"]),
            ("?.py", []),
            ("mo/a.py", ["demo/a.py", "src/b.py"]),
        ],
    )
    def test_per_file_ignores(self, pattern: str, left: list[str]) -> None:
        write("demo/a.py", BAD)
        write("src/b.py", BAD)
        write("overfitcheck.toml", f'[per-file-ignores]\n"{pattern}" = ["OVF1"]\n')
        assert [path for path, _ in found()] == left
        assert [
            path for path, _ in found("--isolated", "--per-file-ignores", f"{pattern}:OVF101")
        ] == left

    def test_levels(self) -> None:
        write("overfitcheck.toml", 'level = "error"')
        script = write("a.py", BAD)
        assert lint(script).exit_code == 0
        assert lint(script, "--level", "warning").exit_code == 1
        assert lint(script, "--level", "warning", "--fail-level", "error").exit_code == 0
        write("overfitcheck.toml", 'fail-level = "info"')
        informed = LATE.replace("epochs=50", "epochs=9").replace('"mse"', '"binary_crossentropy"')
        info = write("b.py", informed.replace("Dense(1)", 'Dense(1, activation="sigmoid")'))
        assert lint(info).exit_code == 1
        assert lint(info, "--isolated").exit_code == 0

    def test_the_version_of_keras(self) -> None:
        script = write("a.py", BAD.replace(".fit(x, y,", ".fit_generator(x,"))
        assert "OVF911" in codes(script)
        assert "OVF911" not in codes(script, "--keras-version", "2.15")
        write("overfitcheck.toml", 'keras-version = ">=2.4,<3"')
        assert "OVF911" not in codes(script)

    @pytest.mark.parametrize(
        ("name", "text", "code", "speaks", "silent"),
        [
            ("many-epochs", LATE, "OVF501", 50, 51),
            ("high-dropout", LAYERS.replace("LAYER", "Dropout(0.6)"), "OVF303", 0.5, 0.6),
            ("strong-penalty",
             LAYERS.replace("LAYER", 'Dense(9, kernel_regularizer=keras.regularizers.L2(0.05))'),
             "OVF602", 0.05, 0.06),
            ("fine-tuning-rate", TUNED, "OVF705", 1e-4, 1e-3),
        ],
    )  # fmt: skip
    def test_thresholds(
        self, name: str, text: str, code: str, speaks: float, silent: float
    ) -> None:
        script = write("a.py", text)
        write("overfitcheck.toml", f"[thresholds]\n{name} = {speaks}\n")
        assert code in lint(script, "--output-format", "concise").stdout
        write("overfitcheck.toml", f"[thresholds]\n{name} = {silent}\n")
        assert code not in lint(script, "--output-format", "concise").stdout

    def test_every_threshold_has_a_test(self) -> None:
        (mark,) = type(self).test_thresholds.pytestmark  # type: ignore[attr-defined]
        assert {case[0] for case in mark.args[1]} == set(THRESHOLDS)

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("selct = []", "there is no key 'selct'; did you mean 'select'?"),
            ('select = "OVF1"', 'select has to be a list of codes, such as ["OVF5"]'),
            ('ignore = ["OVF9999"]', "no rule is called 'OVF9999'; did you mean 'OVF9"),
            ('[per-file-ignores]\n"a.py" = ["OVX"]', "no rule is called 'OVX'"),
            ('[per-file-ignores]\n"a.py" = "OVF1"', "per-file-ignores.a.py has to be a list of codes"),
            ('per-file-ignores = 3', "per-file-ignores has to be a table of patterns"),
            ('level = "warn"', "level has to be one of error, warning, info; did you mean 'warning'?"),
            ("fail-level = 1", "fail-level has to be one of error, warning, info"),
            ("exclude = [1]", "exclude has to be a list of patterns"),
            ("keras-version = 3", 'keras-version has to be a version of Keras as text, such as "3"'),
            ('keras-version = "three"', "keras-version has to be a version of Keras"),
            ("[thresholds]\nmany-epoch = 3", "there is no threshold 'many-epoch'; did you mean 'many-epochs'?"),
            ('[thresholds]\nmany-epochs = "3"', "thresholds.many-epochs has to be a number"),
            ("select = [", "cannot be read as TOML"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_in_it_is_one_line(self, text: str, reason: str) -> None:
        write("overfitcheck.toml", text)
        for script in (write("a.py", BAD), write("b.py", "print(1)\n")):
            result = lint(script)
            assert result.exit_code == 2
            assert reason in result.stderr
            assert "overfitcheck.toml: " in result.stderr
            assert result.stderr.count("\n") == 1

    def test_a_byte_order_mark_is_no_text(self) -> None:
        write("overfitcheck.toml", '\ufeffselect = ["OVF5"]\n')
        assert codes(write("a.py", LATE)) == ["OVF501"]

    def test_a_table_that_is_none(self) -> None:
        write("pyproject.toml", "[tool]\noverfitcheck = 3\n")
        result = lint(write("a.py", BAD))
        assert "pyproject.toml: [tool.overfitcheck] has to be a table" in result.stderr

    def test_options_that_are_none(self) -> None:
        script = write("a.py", BAD)
        for options in (
            ["--per-file-ignores", "OVF1"],
            ["--keras-version", "new"],
            ["--jobs", "0"],
        ):
            result = lint(script, *options)
            assert result.exit_code == 2
            assert "Invalid value" in result.stderr


class TestFiles:
    @pytest.mark.parametrize(
        ("configured", "options", "expected"),
        [
            ("", [], ["a.py", "deep/er/d.py", "old/b.py"]),
            ('exclude = ["old"]', [], ["a.py", "build/c.py", "deep/er/d.py"]),
            ('extend-exclude = ["old"]', [], ["a.py", "deep/er/d.py"]),
            ('extend-exclude = ["deep/er"]', [], ["a.py", "old/b.py"]),
            ('extend-exclude = ["deep/er/*.py", "b.py"]', [], ["a.py"]),
            ('extend-exclude = ["/deep"]', [], ["a.py", "deep/er/d.py", "old/b.py"]),
            ("", ["--extend-exclude", "old,deep"], ["a.py"]),
            ("", ["--exclude", "d.py", "--exclude", "a.*"], ["build/c.py", "old/b.py"]),
        ],
    )
    def test_exclusions(self, configured: str, options: list[str], expected: list[str]) -> None:
        for name in ("a.py", "old/b.py", "build/c.py", "deep/er/d.py"):
            write(name, BAD)
        write("overfitcheck.toml", configured)
        assert sorted({path for path, _ in found(*options)}) == expected

    def test_a_file_that_is_named_is_read_unless_exclusion_is_forced(self) -> None:
        write("overfitcheck.toml", 'extend-exclude = ["old"]')
        script = write("old/b.py", BAD)
        assert codes(script) == ["OVF101"]
        assert codes(script, "--force-exclude") == []
        assert codes(write("new/b.py", BAD), "--force-exclude") == ["OVF101"]

    def test_git_may_be_left_out_of_it(self) -> None:
        write(".gitignore", "*.py\n!kept.py\n")
        write("a.py", BAD)
        write("kept.py", BAD)
        assert [path for path, _ in found()] == ["kept.py"]
        assert [path for path, _ in found("--no-respect-gitignore")] == ["a.py", "kept.py"]

    def test_a_nearer_ignore_file_decides(self) -> None:
        write(".gitignore", "*.py\n")
        write("inner/.gitignore", "!a.py\n")
        write("inner/a.py", BAD)
        write("inner/b.py", BAD)
        assert [path for path, _ in found()] == ["inner/a.py"]

    def test_a_file_is_read_once(self) -> None:
        script = write("a.py", BAD)
        assert codes(script, ".", script.absolute()) == ["OVF101"]

    def test_loops_of_links_end(self) -> None:
        write("a.py", BAD)
        Path("loop").symlink_to(".", target_is_directory=True)
        Path("gone.py").symlink_to("nowhere.py")
        Path("self.py").symlink_to("self.py")
        os.mkfifo("pipe.py")
        result = lint("--output-format", "concise")
        assert result.exit_code == 2
        assert result.stdout.count("OVF101") == 1
        assert result.stderr.splitlines() == [
            "overfitcheck: gone.py: cannot be read: No such file or directory",
            "overfitcheck: self.py: cannot be read: Too many levels of symbolic links",
        ]

    def test_a_folder_that_cannot_be_read_is_one_line(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write("a.py", BAD)
        write("locked/b.py", BAD)
        scan = os.scandir

        def refusing(path: str) -> object:
            if Path(path).name == "locked":
                raise PermissionError(13, "Permission denied")
            return scan(path)

        monkeypatch.setattr(os, "scandir", refusing)
        result = lint()
        assert result.exit_code == 2
        assert result.stderr == "overfitcheck: locked: cannot be read: Permission denied\n"
        assert "OVF101" in result.stdout


class TestBaseline:
    def test_known_findings_are_left_out_wherever_their_lines_move(self) -> None:
        script = write("src/a.py", BAD)
        written = lint("--baseline", "known.json", "--write-baseline")
        assert written.exit_code == 0
        assert written.stderr == "known.json: 1 finding written\n"
        assert codes("--baseline", "known.json") == []
        script.write_text("# one\n# two\n" + BAD.replace("model.fit(x, y", "model.fit(x,   y"))
        assert codes("--baseline", "known.json") == []
        script.write_text(BAD + "model.fit(x, y, epochs=60)\n")
        assert codes("--baseline", "known.json") == ["OVF101"]

    def test_the_same_text_twice_is_known_once(self) -> None:
        script = write("a.py", BAD)
        lint("--write-baseline")
        script.write_text(BAD + "model.fit(x, y, epochs=50)\n")
        assert codes("--baseline", "overfitcheck-baseline.json") == ["OVF101"]

    def test_it_reads_well_and_tells_path_and_text(self) -> None:
        write("src/a.py", BAD)
        lint("--write-baseline", "--baseline", "src/known.json")
        (entry,) = json.loads(Path("src/known.json").read_text())["findings"]
        assert (entry["path"], entry["code"]) == ("a.py", "OVF101")
        assert entry["text"] == "model.fit(x, y, epochs=50)"

    def test_it_may_lie_anywhere(self, monkeypatch: pytest.MonkeyPatch) -> None:
        write("src/a.py", BAD)
        lint("--write-baseline", "--baseline", "src/known.json")
        monkeypatch.chdir("src")
        assert codes("--baseline", "known.json") == []

    def test_cells_of_a_notebook_may_move(self) -> None:
        cell = {"cell_type": "code", "source": BAD}
        write("a.ipynb", json.dumps({"nbformat": 4, "cells": [cell]}))
        lint("--write-baseline")
        first = {"cell_type": "code", "source": "print(1)"}
        write("a.ipynb", json.dumps({"nbformat": 4, "cells": [first, cell]}))
        assert codes("--baseline", "overfitcheck-baseline.json") == []

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            (None, "cannot be read: No such file or directory; write it with --write-baseline"),
            ("{", "is no baseline"),
            ("[]", "is no baseline"),
            ('{"version": 1, "findings": [{}]}', "is no baseline"),
            ('{"version": 99, "findings": []}', "is a baseline of another version"),
        ],
    )
    def test_what_is_no_baseline_is_one_line(self, text: str | None, reason: str) -> None:
        if text is not None:
            write("known.json", text)
        result = lint(write("a.py", BAD), "--baseline", "known.json")
        assert result.exit_code == 2
        assert result.stderr.startswith(f"overfitcheck: known.json: {reason}")


class TestScriptsBesideTheFolder:
    """Of projects that do not lie below the folder in which the command is given."""

    SCRIPT = LATE.replace("epochs=50", "epochs=50, callbacks=[stop]").replace(
        "import keras\n", "import keras\nfrom stops import stop\n"
    )
    STOPS = "import keras\nstop = keras.callbacks.EarlyStopping(restore_best_weights=True)\n"

    def test_imports_are_followed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        write("project/train/train.py", self.SCRIPT)
        write("project/stops.py", self.STOPS)
        write("project/requirements.txt", "keras\n")
        write("here/other.py", "")
        alone = codes("project/train/train.py")
        monkeypatch.chdir("here")
        assert codes("../project/train/train.py") == alone == []

    def test_pins_hold(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for version in ("2.8", "2.15"):
            script = BAD.replace('"adam"', "keras.optimizers.Adam(lr=0.1)")
            write(f"{version}/train/train.py", script)
            write(f"{version}/requirements.txt", f"tensorflow=={version}\n")
        write("here/other.py", "")
        monkeypatch.chdir("here")
        assert "OVF706" not in codes("../2.8/train/train.py")
        assert "OVF706" in codes("../2.15/train/train.py")

    def test_without_any_mark_their_own_folder_is_the_project(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write("loose/train.py", self.SCRIPT)
        write("loose/stops.py", self.STOPS)
        write("here/other.py", "")
        monkeypatch.chdir("here")
        assert codes("../loose/train.py") == []

    USELESS = "import keras\nstop = keras.callbacks.TerminateOnNaN()\n"
    FOLLOWED: ClassVar = ["OVF501", "OVF801"]
    """What is found where the import is followed: what is not known may stop early."""

    def test_without_any_mark_what_lies_beside_their_package_is_of_the_project(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for package in ("loose/tools", "loose/tools/nets"):
            write(f"{package}/__init__.py", "")
        write("loose/tools/nets/train.py", self.SCRIPT.replace("from stops", "from other.stops"))
        write("loose/other/stops.py", self.USELESS)
        write("here/other.py", "")
        monkeypatch.chdir("here")
        assert codes("../loose/tools/nets/train.py") == self.FOLLOWED
        assert codes("../loose/tools/nets") == codes("../loose/tools") == self.FOLLOWED

    def test_without_any_mark_a_folder_right_in_a_package_belongs_to_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        script = self.SCRIPT.replace("from stops", "from tools.stops")
        write("loose/tools/__init__.py", "")
        write("loose/tools/stops.py", self.USELESS)
        write("loose/tools/examples/train.py", script)
        write("loose/apart/more/examples/train.py", script)
        write("here/other.py", "")
        monkeypatch.chdir("here")
        assert codes("../loose/tools/examples/train.py") == self.FOLLOWED
        assert codes("../loose/apart/more/examples/train.py") == []

    def test_without_any_mark_the_folder_that_is_named_is_the_project(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write("loose/nets/train.py", self.SCRIPT)
        write("loose/stops.py", self.USELESS)
        write("here/other.py", "")
        monkeypatch.chdir("here")
        assert codes("../loose/nets") == codes("../loose/nets/train.py") == []
        assert codes("../loose") == codes("../loose", "--isolated") == self.FOLLOWED
        assert codes("..") == codes("../loose/nets", "../loose") == self.FOLLOWED

    def test_a_mark_decides_before_the_folder_that_is_named(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write("loose/nets/train.py", self.SCRIPT)
        write("loose/nets/requirements.txt", "keras\n")
        write("loose/stops.py", self.USELESS)
        write("here/other.py", "")
        monkeypatch.chdir("here")
        assert codes("../loose") == []

    def test_what_is_remembered_rests_on_the_project(self, monkeypatch: pytest.MonkeyPatch) -> None:
        write("loose/nets/train.py", self.SCRIPT)
        write("loose/stops.py", self.USELESS)
        write("here/other.py", "")
        monkeypatch.chdir("here")
        for _ in range(2):
            assert codes("../loose/nets") == []
            assert codes("../loose") == self.FOLLOWED
        write("../loose/nets/__init__.py", "")
        forget_project()
        assert codes("../loose/nets") == self.FOLLOWED
