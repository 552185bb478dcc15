"""Configuration: ``[tool.overfitcheck]`` of the nearest pyproject.toml, and the command line."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from overfitcheck.errors import UserError
from overfitcheck.rule import Rule

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ALL = "ALL"


@dataclass(frozen=True)
class Config:
    """What to check. `select` and `ignore` hold codes or beginnings of codes, as in ruff.

    `origin` names the file it was read from, for messages.
    """

    select: tuple[str, ...] = (ALL,)
    ignore: tuple[str, ...] = ()
    origin: str = "the command line"

    @property
    def names_rules(self) -> bool:
        """Whether it says anything about rules at all."""
        return bool(self.ignore) or self.select != (ALL,)

    def override(self, select: Sequence[str] | None, ignore: Sequence[str] | None) -> Config:
        """This configuration with what the command line says instead, where it says something."""
        return replace(
            self,
            select=tuple(select) if select else self.select,
            ignore=(*self.ignore, *(ignore or ())),
        )


def read_config(start: Path) -> Config:
    """The configuration in force at a file or folder: of the nearest pyproject.toml upward.

    Raises:
        UserError: the file is not TOML, or holds a key or value that is not known.
    """
    folder = start.absolute() if start.is_dir() else start.absolute().parent
    for parent in (folder, *folder.parents):
        file = parent / "pyproject.toml"
        table = _table(file) if file.is_file() else None
        if table is not None:
            return _config(table, str(file))
    return Config()


def _table(file: Path) -> Mapping[str, Any] | None:
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"{file}: cannot be read as TOML: {error}") from None
    table = data.get("tool", {}).get("overfitcheck")
    if table is not None and not isinstance(table, dict):
        raise UserError(f"{file}: [tool.overfitcheck] has to be a table")
    return table


def _config(table: Mapping[str, Any], origin: str) -> Config:
    known = ("select", "ignore")
    for key, value in table.items():
        if key not in known:
            raise UserError(
                f"{origin}: [tool.overfitcheck] has no key {key!r}{nearest(key, known)}"
            )
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise UserError(f'{origin}: {key} has to be a list of codes, such as ["OVF5"]')
    return Config(tuple(table.get("select", (ALL,))), tuple(table.get("ignore", ())), origin)


def nearest(word: str, words: Iterable[str]) -> str:
    """``"; did you mean 'select'?"``, or nothing where no word comes near."""
    found = difflib.get_close_matches(word, list(words), n=1, cutoff=0.6)
    return f"; did you mean {found[0]!r}?" if found else ""


def choose_rules(rules: Mapping[str, Rule], config: Config) -> list[Rule]:
    """The rules to ask: the longest beginning that fits a code decides, as in ruff.

    An opt-in rule is asked only where more than ALL selects it.

    Raises:
        UserError: a code or beginning fits no rule.
    """
    for prefix in (*config.select, *config.ignore):
        if prefix != ALL and not any(code.startswith(prefix) for code in rules):
            raise UserError(
                f"{config.origin}: no rule is called {prefix!r}{nearest(prefix, rules)}"
                "; see: overfitcheck rules"
            )
    return [rule for rule in rules.values() if _chosen(rule, config)]


def _chosen(rule: Rule, config: Config) -> bool:
    selected = _strength(rule.code, config.select)
    return selected > max(_strength(rule.code, config.ignore), 0 if rule.opt_in else -1)


def _strength(code: str, prefixes: Sequence[str]) -> int:
    """The length of the longest beginning that fits; 0 for ALL, -1 where none fits."""
    fitting = (prefix for prefix in prefixes if prefix == ALL or code.startswith(prefix))
    return max((0 if prefix == ALL else len(prefix) for prefix in fitting), default=-1)
