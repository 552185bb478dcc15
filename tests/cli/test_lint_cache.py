"""What is remembered of files, what makes it forgotten, and linting in several processes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from overfitcheck.cli.main import main
from overfitcheck.project import jobs
from overfitcheck.project.cache import FOLDER, forget_project

BAD = """import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=50)
"""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OVERFITCHECK_CACHE_DIR", raising=False)


@pytest.fixture
def linted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of files that were really linted, not remembered."""
    seen: list[str] = []
    real = jobs.lint_under

    def noting(source: object, config: object) -> object:
        seen.append(source.path)  # type: ignore[attr-defined]
        return real(source, config)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "lint_under", noting)
    return seen


def lint(*arguments: str) -> str:
    forget_project()
    command = ["lint", "--output-format", "json-full", *arguments]
    return CliRunner().invoke(main, command).stdout


def write(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def entries() -> list[Path]:
    return sorted(Path(FOLDER).rglob("*.json"))


def test_what_was_linted_is_remembered_as_it_was(linted: list[str]) -> None:
    cells = [{"cell_type": "code", "source": "%time\n" + BAD + "x = 1  # noqa: OVF504"}]
    write("a.py", BAD)
    write("b.ipynb", json.dumps({"nbformat": 4, "cells": cells}))
    write("c.py", "print(1)\n")
    first = lint()
    assert linted == ["a.py", "b.ipynb"]
    assert lint() == first
    assert linted == ["a.py", "b.ipynb"]
    found = json.loads(first)
    assert {each["code"] for each in found["findings"]} >= {"OVF101", "OVF001"}
    assert len(found["checklists"]) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda: write("a.py", BAD + "# another comment\n"),
        lambda: write("overfitcheck.toml", 'ignore = ["OVF5"]'),
        lambda: write("requirements.txt", "tensorflow==2.10\n"),
        lambda: write("stops.py", "import keras\nstop = keras.callbacks.TerminateOnNaN()\n"),
        lambda: write("later.py", "late = 4\n"),
        lambda: write("later/__init__.py", "late = 4\n"),
        lambda: Path("stops.py").unlink(),
    ],
)
def test_what_it_rests_on_makes_it_forgotten(change: object, linted: list[str]) -> None:
    write("stops.py", "import keras\nstop = keras.callbacks.EarlyStopping()\n")
    text = "from stops import stop\nfrom later import late\n" + BAD.replace(
        "50)", "50, callbacks=[stop])"
    )
    write("a.py", text)
    lint("a.py")
    lint("a.py")
    assert linted == ["a.py"]
    change()  # type: ignore[operator]
    lint("a.py")
    assert linted == ["a.py", "a.py"]
    lint("a.py")
    assert linted == ["a.py", "a.py"]


def test_a_package_around_a_folder_of_scripts_is_noticed_as_it_comes_and_goes(
    linted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write("loose/tools/stops.py", "import keras\nstop = keras.callbacks.TerminateOnNaN()\n")
    fit = BAD.replace("50)", "50, callbacks=[stop])")
    write("loose/tools/examples/a.py", f"from tools.stops import stop\n{fit}")
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    path = "../loose/tools/examples/a.py"
    package, module = Path("../loose/tools/__init__.py"), Path("../loose/tools/stops.py")
    changes = (package.touch, module.unlink, package.unlink)
    for count, change in enumerate(changes, 1):
        lint(path)
        lint(path)
        assert linted == [path] * count
        change()
    lint(path)
    assert linted == [path] * (len(changes) + 1)


def test_a_module_outside_the_project_is_none_that_appeared(
    linted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write("stops.py", "import keras\nstop = keras.callbacks.TerminateOnNaN()\n")
    write("a.py", "from stops import stop\n" + BAD)
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    lint("../a.py")
    lint("../a.py")
    assert linted == ["../a.py"]


def test_options_are_part_of_it(linted: list[str]) -> None:
    write("a.py", BAD)
    for options in ([], ["--select", "OVF5"], ["--level", "error"], ["--keras-version", "2.15"]):
        lint(*options)
        lint(*options)
    assert len(linted) == 4


def test_the_linter_itself_is_part_of_it(
    linted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write("a.py", BAD)
    lint()
    monkeypatch.setattr("overfitcheck.project.cache.linter_state", lambda: "another")
    lint()
    assert len(linted) == 2


def test_it_may_be_switched_off_and_lie_elsewhere(linted: list[str]) -> None:
    write("a.py", BAD)
    lint("--no-cache")
    assert not Path(FOLDER).exists()
    lint("--cache-dir", "elsewhere/cache")
    lint("--cache-dir", "elsewhere/cache")
    assert len(linted) == 2
    assert list(Path("elsewhere/cache").rglob("*.json"))
    assert not Path(FOLDER).exists()


def test_version_control_and_backups_leave_it_alone() -> None:
    write("a.py", BAD)
    lint()
    assert (Path(FOLDER) / ".gitignore").read_text() == "*\n"
    assert (Path(FOLDER) / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"state": 1}', "null", "\0" * 99])
def test_an_entry_that_is_broken_is_not_known(text: str, linted: list[str]) -> None:
    write("a.py", BAD)
    first = lint()
    (entry,) = entries()
    entry.write_text(text)
    assert lint() == first
    assert lint() == first
    assert len(linted) == 2


def test_an_entry_of_another_shape_is_not_known(linted: list[str]) -> None:
    write("a.py", BAD)
    first = lint()
    (entry,) = entries()
    for part in ("findings", "checklists", "excerpts"):
        data = json.loads(entry.read_text())
        data["report"][part] = [["odd"]]
        entry.write_text(json.dumps(data))
        assert lint() == first


def test_a_full_disk_only_forgets(monkeypatch: pytest.MonkeyPatch, linted: list[str]) -> None:
    write("a.py", BAD)
    text = Path.write_text

    def full(self: Path, data: str, *arguments: str, **options: str) -> int:
        if FOLDER in self.parts:
            text(self, data[:9], *arguments, **options)
            raise OSError(28, "No space left on device")
        return text(self, data, *arguments, **options)

    monkeypatch.setattr(Path, "write_text", full)
    first = lint()
    assert lint() == first
    assert len(linted) == 2
    assert "OVF101" in first
    assert [each for each in Path(FOLDER).rglob("*.json*") if each.is_file()] == []


def test_a_cache_that_cannot_be_made_is_done_without() -> None:
    write("a.py", BAD)
    Path(FOLDER).write_text("a file")
    assert "OVF101" in lint()


def test_clean_removes_caches_and_nothing_else() -> None:
    write("a.py", BAD)
    write("deep/overfitcheck.toml", "")
    write("deep/b.py", BAD)
    write(f"mine/{FOLDER}/kept.txt", "")
    lint()
    assert Path(FOLDER).exists() and Path("deep", FOLDER).exists()
    result = CliRunner().invoke(main, ["clean"])
    assert result.exit_code == 0
    assert sorted(result.stderr.splitlines()) == [f"removed {FOLDER}", f"removed deep/{FOLDER}"]
    assert not Path(FOLDER).exists() and not Path("deep", FOLDER).exists()
    assert Path("mine", FOLDER, "kept.txt").exists()
    assert CliRunner().invoke(main, ["clean", "nowhere"]).exit_code == 2


def run(*options: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "overfitcheck",
        "lint",
        "--output-format",
        "json-full",
        *options,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_several_processes_say_the_same_in_the_same_order() -> None:
    for number in range(12):
        write(f"{number:02}.py", BAD.replace("50", str(50 + number)) + "# more\n" * number * 100)
    write("05.py", "import keras\nprint 'loss'\n")
    write("06.py", "import keras\nx = '\xe9'\n").write_bytes(b"import keras\n\xff\n")
    alone = run("--no-cache", "--jobs", "1")
    together = run("--no-cache", "--jobs", "3")
    assert (together.returncode, together.stdout, together.stderr) == (
        2,
        alone.stdout,
        alone.stderr,
    )
    assert [each["path"] for each in json.loads(alone.stdout)["findings"]][:2] == ["00.py", "01.py"]


def test_runs_beside_one_another_share_what_they_remember() -> None:
    for number in range(8):
        write(f"{number}.py", BAD)
    command = [
        sys.executable,
        "-m",
        "overfitcheck",
        "lint",
        "--output-format",
        "concise",
        "-j",
        "2",
    ]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    outputs = {process.communicate()[0] for process in running}
    assert len(outputs) == 1
    assert outputs.pop().count("OVF101") == 8
    assert len(entries()) == 8
    assert len(list(Path(FOLDER).rglob("*.json*"))) == 8


def test_a_process_that_dies_is_one_line() -> None:
    for number in range(40):
        write(f"{number}.py", BAD)
    code = (
        "import os, sys, time\nfrom overfitcheck.cli.main import main\n"
        "from overfitcheck.project import jobs\nhere, read_data = os.getpid(), jobs.read_data\n"
        "def read(path):\n    if os.getpid() != here: os._exit(9)\n"
        "    time.sleep(0.02)  # Meanwhile the other process takes one.\n    return read_data(path)\n"
        "jobs.read_data = read\n"
        "sys.argv[1:] = ['lint', '--no-cache', '-j', '2']\nmain()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 2
    assert done.stderr.startswith("overfitcheck: a process that was linting was ended from outside")
    assert done.stderr.count("\n") == 1


def test_remembered_files_need_neither_libcst_nor_rules() -> None:
    write("a.py", BAD)
    write("overfitcheck.toml", 'select = ["OVF1"]\n')
    run()
    code = (
        "import sys\nfrom overfitcheck.cli.main import main\n"
        "try:\n    main(['lint', '--output-format', 'concise'], standalone_mode=False)\n"
        "except SystemExit:\n    print('libcst' in sys.modules, 'overfitcheck.rules' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout.splitlines()[-1] == "False False"
    assert "OVF101" in done.stdout
