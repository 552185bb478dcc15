"""The GitHub Action: valid, and its steps do what they say under the shell that GitHub uses."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

FILE = Path(__file__).parents[1] / "action.yml"
ACTION: dict[str, Any] = yaml.safe_load(FILE.read_text())
INSTALL, LINT = ACTION["runs"]["steps"]

BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]

SHOW = '#!/usr/bin/env bash\nprintf "<%s>" "$@"\n'
"""A program that shows the words it was given."""

PYTHON = '#!/usr/bin/env bash\necho "$@" >> "$LOG"\nif [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi\n'
"""A Python that notes what it is asked, and makes an environment with itself in it."""

SCRIPT = (
    "import keras\n"
    "model = keras.Sequential([keras.layers.Dense(1)])\n"
    'model.compile("adam", "mse")\n'
    "model.fit(x, y, epochs=30)\n"
)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def step(given: dict[str, Any], **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a step with the values of its variables; all of them have to be given."""
    assert given["shell"] == "bash"
    assert "${{" not in given["run"]
    defaults = {"RUNNER_TEMP": str(Path("temp").absolute()), "GITHUB_OUTPUT": "output.txt"}
    environment = {**os.environ, **defaults, **variables}
    assert set(given["env"]) <= set(environment)
    Path("step.sh").write_text(given["run"])
    return subprocess.run(
        [*BASH, "step.sh"], env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def program(name: str, text: str) -> str:
    path = Path(name).absolute()
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def lint(**variables: str) -> subprocess.CompletedProcess[str]:
    defaults = {
        name: ACTION["inputs"][name.lower()]["default"] for name in LINT["env"] if name != "PROGRAM"
    }
    return step(LINT, **{**defaults, "PROGRAM": program("show", SHOW), **variables})


def test_it_is_valid() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "check_jsonschema",
            "--builtin-schema",
            "vendor.github-actions",
            FILE,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert all(each["description"] and "default" in each for each in ACTION["inputs"].values())


def test_every_input_reaches_a_step() -> None:
    used = " ".join(each for given in (INSTALL, LINT) for each in given["env"].values())
    assert all(f"inputs.{name} " in used for name in ACTION["inputs"])


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, "<lint><--output-format><github><--><.>"),
        ({"PATHS": "src\nmy scripts/train.py\n\n"},
         "<lint><--output-format><github><--><src><my scripts/train.py>"),
        ({"ARGS": "--level error  --ignore OVF1,OVF2", "FORMAT": "concise"},
         "<lint><--output-format><concise><--level><error><--ignore><OVF1,OVF2><--><.>"),
        ({"ARGS": "--baseline 'known ones.json'"},
         "<lint><--output-format><github><--baseline><known ones.json><--><.>"),
        ({"ARGS": "$(touch bad) `touch bad` ; touch bad"},
         "<lint><--output-format><github><$(touch><bad)><`touch><bad`><;><touch><bad><--><.>"),
        ({"PATHS": "$(touch bad)\n*; touch bad", "FORMAT": "github; touch bad"},
         "<lint><--output-format><github; touch bad><--><$(touch bad)><*; touch bad>"),
        ({"PATHS": "--fix"}, "<lint><--output-format><github><--><--fix>"),
    ],
)  # fmt: skip
def test_words_are_passed_as_they_are(variables: dict[str, str], words: str) -> None:
    done = lint(**variables)
    assert (done.returncode, done.stdout) == (0, words)
    assert not Path("bad").exists()


def test_findings_fail_the_job_and_mark_lines() -> None:
    Path("train.py").write_text(SCRIPT)
    linter = shutil.which("overfitcheck", path=str(Path(sys.executable).parent))
    assert linter is not None
    done = lint(PROGRAM=linter, ARGS="--isolated --no-cache")
    assert done.returncode == 1
    assert done.stdout.startswith("::warning title=overfitcheck OVF101")
    assert lint(PROGRAM=linter, ARGS="--isolated --exit-zero").returncode == 0


@pytest.mark.parametrize(
    ("version", "installed"), [("", "/the action"), ("0.1.0", "overfitcheck==0.1.0")]
)
def test_it_is_installed_into_an_environment_of_its_own(version: str, installed: str) -> None:
    python = program("python", PYTHON)
    done = step(INSTALL, PYTHON=python, VERSION=version, ACTION="/the action", LOG="log.txt")
    assert done.returncode == 0, done.stderr
    home = Path("temp", "overfitcheck").absolute()
    made, pip = Path("log.txt").read_text().splitlines()
    assert made == f"-m venv {home}"
    assert pip.startswith("-m pip install ")
    assert pip.endswith(f" {installed}")
    assert Path("output.txt").read_text() == f"program={home}/bin/overfitcheck\n"


def test_it_stops_where_installing_fails() -> None:
    python = program("python", "#!/usr/bin/env bash\nexit 3\n")
    done = step(INSTALL, PYTHON=python, VERSION="", ACTION="here", LOG="log.txt")
    assert done.returncode == 3
    assert not Path("output.txt").exists()
