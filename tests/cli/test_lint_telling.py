"""How `overfitcheck lint` tells what it found: counted, quietly, in colour, to a file, again and again."""

import json
import os
import pty
import subprocess
import sys
import time
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

LINT = [sys.executable, "-m", "overfitcheck", "lint", "a.py"]


def plain(**variables: str) -> dict[str, str]:
    """The environment without wishes for colour, but for those given."""
    kept = {key: each for key, each in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
    return {**kept, "TERM": "xterm", **variables}


def on_terminal(*options: str, **variables: str) -> str:
    """What linting a.py shows on a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([*LINT, *options], stdout=theirs, env=plain(**variables)) as process:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 4096):
                shown += part
        except OSError:  # The other end is closed.
            pass
        process.wait()
    os.close(ours)
    return shown.decode()


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


class TestTelling:
    def test_statistics(self) -> None:
        write("a.py", BAD)
        write("b.py", BAD)
        write("c.py", BAD)
        lines = lint("--statistics", "--level", "warning").stdout.splitlines()
        assert [line.split()[:3] for line in lines] == [["3", "OVF101", "warning"]]
        counts = json.loads(lint("--statistics", "--output-format", "json").stdout)
        assert counts[0]["count"] == 3
        assert lint("--statistics", "--output-format", "sarif").exit_code == 2

    def test_quiet_prints_findings_and_nothing_else(self) -> None:
        output = lint(write("a.py", BAD), "--quiet", "--level", "warning").stdout
        assert output.startswith("a.py:4:1: OVF101")
        assert "Found" not in output
        assert "techniques of" not in output
        Path("empty").mkdir()
        assert lint("empty", "--quiet").output == ""

    def test_an_output_file_has_no_colour(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FORCE_COLOR", "1")
        script = write("a.py", BAD)
        assert "\x1b[" in lint(script).stdout
        result = lint(script, "--output-file", "out.txt")
        assert (result.exit_code, result.stdout) == (1, "")
        text = Path("out.txt").read_text()
        assert "OVF101 warning" in text
        assert "\x1b" not in text
        monkeypatch.delenv("FORCE_COLOR")
        monkeypatch.setenv("NO_COLOR", "1")
        assert "\x1b[" not in lint(script).stdout

    def test_colour_is_a_matter_of_the_terminal(self) -> None:
        write("a.py", BAD)
        assert "\x1b[" in on_terminal()
        assert "\x1b[" not in on_terminal(NO_COLOR="1")
        assert "\x1b[" not in on_terminal("--output-format", "json")
        done = subprocess.run(LINT, capture_output=True, text=True, check=False, env=plain())
        assert "\x1b[" not in done.stdout

    def test_an_output_file_that_cannot_be_written(self) -> None:
        result = lint(write("a.py", BAD), "-o", "no/such/folder/out.txt")
        assert result.exit_code == 2
        assert result.stderr.startswith("overfitcheck: no/such/folder/out.txt: cannot be written")

    def test_show_fixes_lists_them_file_by_file(self) -> None:
        write("a.py", BAD + "history = 1  # noqa: OVF506\nother = 2  # noqa: OVF507\n")
        result = lint("a.py", "--fix", "--show-fixes")
        assert "a.py: 2 x OVF001" in result.stderr.splitlines()


def test_a_full_disk_is_one_line() -> None:
    command = [sys.executable, "-m", "overfitcheck", "lint", write("a.py", BAD)]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "overfitcheck: the output cannot be written: No space left on device\n"


def test_watching_lints_again_after_a_change() -> None:
    script = write("a.py", "import keras\n")
    command = [
        sys.executable,
        "-m",
        "overfitcheck",
        "lint",
        "--watch",
        "--output-format",
        "concise",
    ]
    with (
        Path("out.txt").open("w") as out,
        subprocess.Popen([*command, "."], stdout=out, stderr=subprocess.STDOUT) as process,
    ):
        try:
            assert told("watching")
            script.write_text(BAD)
            assert told("OVF101")
            assert told("a.py changed")
            write("overfitcheck.toml", "slect = []\n")
            assert told("there is no key 'slect'; did you mean 'select'?")
            write("overfitcheck.toml", 'select = ["OVF8"]\n')
            script.write_text(LATE)
            assert told("OVF801")
        finally:
            process.kill()


def told(words: str) -> bool:
    """Whether the watcher says something within a minute."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if words in Path("out.txt").read_text():
            return True
        time.sleep(0.05)
    return False
