"""Shell completion: scripts that shells take, and what they offer."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from overfitcheck.cli.main import COMMANDS, main
from overfitcheck.rule import load_rules

SHELLS = {"bash": ["-n"], "zsh": ["-n"], "fish": ["--no-execute"]}
"""Shells, and the option with which each only reads a script."""


def script(shell: str) -> str:
    result = CliRunner().invoke(main, ["completion", shell])
    assert result.exit_code == 0
    return result.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_takes_its_script(shell: str, tmp_path: Path) -> None:
    text = script(shell)
    assert "_OVERFITCHECK_COMPLETE" in text
    assert f"{shell}_complete" in text
    file = tmp_path / "completion"
    file.write_text(text)
    if shutil.which(shell):
        done = subprocess.run(
            [shell, *SHELLS[shell], file], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")


def test_bash_offers_what_the_program_says(tmp_path: Path) -> None:
    programs = Path(sys.executable).parent
    words = f"{script('bash')}\nCOMP_WORDS=(overfitcheck li)\nCOMP_CWORD=1\n"
    words += "_overfitcheck_completion overfitcheck\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n"
    done = subprocess.run(
        ["bash", "--norc", "-c", words],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"},
    )
    assert done.stdout.split() == ["lint"]


def offered(*words: str) -> list[str]:
    """What is offered for the last word, without its kind."""
    environment = {
        "_OVERFITCHECK_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(("overfitcheck", *words)),
        "COMP_CWORD": str(len(words)),
    }
    result = CliRunner().invoke(main, prog_name="overfitcheck", env=environment)
    return result.stdout.split()


def test_commands_options_and_values_are_offered() -> None:
    assert {f"plain,{name}" for name in COMMANDS} == set(offered(""))
    assert "plain,--select" in offered("lint", "--sel")
    assert offered("lint", "--output-format", "sa") == ["plain,sarif"]
    assert offered("lint", "--level", "w") == ["plain,warning"]


def test_codes_of_rules_are_offered() -> None:
    wanted = [f"plain,{code}" for code in load_rules() if code.startswith("OVF50")]
    assert offered("rule", "ovf50") == wanted
    assert offered("lint", "--select", "OVF50") == wanted
    assert offered("lint", "--ignore", "OVF1,OVF501") == ["plain,OVF1,OVF501"]


def test_paths_are_left_to_the_shell() -> None:
    for words in (["lint", "tr"], ["lint", "-o", "tr"], ["lint", "--config", "tr"], ["clean", "t"]):
        assert offered(*words) == [f"file,{words[-1]}"]
