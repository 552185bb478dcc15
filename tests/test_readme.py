"""The README says what is so: its commands, its tables, and the output it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from overfitcheck.cli.main import COMMANDS, main
from overfitcheck.config import read_config

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """The text under a heading, up to the next heading of any depth."""
    return README.partition(f"\n{title}\n")[2].partition("\n## ")[0].partition("\n### ")[0]


def blocks(text: str, language: str) -> list[str]:
    """Code blocks of one language."""
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def test_the_quickstart_is_two_commands_that_set_up_everything() -> None:
    commands = blocks(section("## Quickstart"), "sh")
    assert [command.count("\n") for command in commands] == [1, 1]
    assert all(command.startswith("python3 -m venv .venv && ") for command in commands)


def test_the_second_command_is_the_one_that_ci_takes_from_here() -> None:
    line = next(line for line in README.splitlines() if line.endswith("-m pytest"))
    assert line == blocks(section("## Quickstart"), "sh")[1].strip()
    assert "grep -m 1 -- '-m pytest$' README.md" in (ROOT / ".ci" / "run").read_text()


def test_the_findings_shown_are_those_of_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    shown = blocks(section("### What the linter says"), "text")[0]
    command, output = shown.split("\n", 1)
    assert command.startswith("$ overfitcheck lint ")
    result = CliRunner().invoke(main, command.split()[2:])
    assert output == result.output


def test_every_command_is_described() -> None:
    described = re.findall(r"^\| `overfitcheck (\w+)", README, flags=re.MULTILINE)
    assert sorted(described) == sorted(COMMANDS)


def test_the_configuration_shown_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(blocks(section("### Configuration"), "toml")[0])
    assert read_config(tmp_path).selections[0].ignore == ("OVF201",)


@pytest.mark.parametrize(
    "target", re.findall(r"\]\(([^)#]+)\)", README) + re.findall(r'src="([^"]+)"', README)
)
def test_what_the_readme_links_to_exists(target: str) -> None:
    assert target.startswith("https://") or (ROOT / target).exists()
