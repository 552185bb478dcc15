"""Configuration: ``overfitcheck.toml``, or ``[tool.overfitcheck]`` of a pyproject.toml."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from overfitcheck.errors import UserError
from overfitcheck.finding import Level

ALL = "ALL"
OWN_FILE = "overfitcheck.toml"
SHARED_FILE = "pyproject.toml"

VERSION = r"\s*((==|~=|!=|[<>]=?)?\s*\d+(\.\d+)*(\.\*)?\s*(,\s*|$))+"
"""A version of Keras, or a range of versions as pip writes it."""

THRESHOLDS: Mapping[str, float] = {
    # From so many epochs on a fit is expected to stop early and to keep its best weights.
    "many-epochs": 20,
    # Dropout rates above this one are warned of.
    "high-dropout": 0.7,
    # From this factor on a penalty outweighs most losses.
    "strong-penalty": 0.1,
    # From this learning rate on fine-tuning is likely to destroy what was learned before.
    "fine-tuning-rate": 1e-3,
}
"""Numbers that rules compare with, by name: what holds unless the configuration says otherwise."""


@dataclass(frozen=True)
class Selection:
    """One layer of selecting rules: a configuration file, or the command line on top of it.

    All hold codes or beginnings of codes, as in ruff. `select` is None where the layer leaves
    the rules chosen so far as they are; `origin` names the layer in messages.
    """

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    origin: str = "the command line"

    @property
    def prefixes(self) -> tuple[str, ...]:
        """All that it names."""
        return (*(self.select or ()), *self.extend_select, *self.ignore)


@dataclass(frozen=True)
class Config:
    """What holds for one file. `root` is the folder that patterns are relative to.

    `per_file_ignores` are pairs of a pattern and codes; `thresholds` pairs of a name and a value.
    `keep_runs` is how many recorded runs are kept; None keeps all. `folders` are those that the
    command line names beside `root`.
    """

    selections: tuple[Selection, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] | None = None
    extend_exclude: tuple[str, ...] = ()
    level: Level = Level.INFO
    fail_level: Level = Level.WARNING
    keras_version: str | None = None
    thresholds: tuple[tuple[str, float], ...] = ()
    keep_runs: int | None = None
    root: Path = Path()
    origin: str = "the command line"
    folders: tuple[Path, ...] = ()

    @property
    def names_rules(self) -> bool:
        """Whether it says anything about rules at all."""
        return bool(self.per_file_ignores) or any(each.prefixes for each in self.selections)

    def selecting(self, selection: Selection) -> Config:
        """This configuration with another layer of selected rules on top."""
        return replace(self, selections=(*self.selections, selection))


def read_config(start: Path) -> Config:
    """The configuration in force at a file or folder: that of the nearest file upward.

    Raises:
        UserError: the file is not TOML, or holds a key or value that is not known.
    """
    folder = start.absolute() if start.is_dir() else start.absolute().parent
    for parent in (folder, *folder.parents):
        config = config_in(parent)
        if config is not None:
            return config
    return Config(root=Path.cwd())


def config_in(folder: Path) -> Config | None:
    """The configuration that a folder itself holds; its own file goes before pyproject.toml."""
    for name in (OWN_FILE, SHARED_FILE):
        file = folder / name
        if file.is_file():
            config = config_of(file)
            if config is not None:
                return config
    return None


def config_of(file: Path) -> Config | None:
    """The configuration in one file; None for a pyproject.toml that has none.

    Raises:
        UserError: the file is not TOML, or holds a key or value that is not known.
    """
    table: object = _toml(file)
    if file.name == SHARED_FILE and isinstance(table, dict):
        tool = table.get("tool")
        table = tool.get("overfitcheck") if isinstance(tool, dict) else None
    if table is None:
        return None
    if not isinstance(table, dict):
        raise UserError(f"{file}: [tool.overfitcheck] has to be a table")
    return _Reader(str(file), table).config(file.absolute().parent)


def _toml(file: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UserError(f"{file}: cannot be read: {error.strerror or error}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise UserError(f"{file}: cannot be read as TOML: {error}") from None


@dataclass(frozen=True, eq=False, repr=False)
class _Reader:
    """Reads the values of a table, and says what is wrong with one in a line."""

    origin: str
    table: Mapping[str, Any]

    def config(self, root: Path) -> Config:
        for key in self.table:
            if key not in KEYS:
                raise UserError(f"{self.origin}: there is no key {key!r}{nearest(key, KEYS)}")
        given = {key: KEYS[key](self, key, value) for key, value in self.table.items()}
        selection = Selection(
            given.get("select"),
            (*given.get("ignore", ()), *given.get("extend-ignore", ())),
            given.get("extend-select", ()),
            self.origin,
        )
        others = {
            key.replace("-", "_"): value
            for key, value in given.items()
            if key not in ("select", "ignore", "extend-select", "extend-ignore")
        }
        return Config((selection,), root=root, origin=self.origin, **others)

    def wrong(self, key: str, wanted: str) -> UserError:
        return UserError(f"{self.origin}: {key} has to be {wanted}")

    def texts(self, key: str, value: object, wanted: str) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self.wrong(key, wanted)
        return tuple(value)

    def codes(self, key: str, value: object) -> tuple[str, ...]:
        return self.texts(key, value, 'a list of codes, such as ["OVF5"]')

    def patterns(self, key: str, value: object) -> tuple[str, ...]:
        return self.texts(key, value, 'a list of patterns, such as ["experiments/*"]')

    def per_file(self, key: str, value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
        if not isinstance(value, dict):
            raise self.wrong(key, 'a table of patterns, such as {"demo/*" = ["OVF1"]}')
        return tuple(
            (pattern, self.codes(f"{key}.{pattern}", codes)) for pattern, codes in value.items()
        )

    def one_level(self, key: str, value: object) -> Level:
        names = [level.value for level in Level]
        if value not in names:
            hint = nearest(value, names) if isinstance(value, str) else ""
            raise self.wrong(key, f"one of {', '.join(names)}{hint}")
        return Level(value)

    def version(self, key: str, value: object) -> str:
        from re import fullmatch

        if not isinstance(value, str) or not fullmatch(VERSION, value):
            raise self.wrong(key, 'a version of Keras as text, such as "3" or ">=2.11,<3"')
        return value

    def count(self, key: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self.wrong(key, "a whole number, 1 or more")
        return value

    def numbers(self, key: str, value: object) -> tuple[tuple[str, float], ...]:
        if not isinstance(value, dict):
            raise self.wrong(key, "a table of numbers")
        for name, number in value.items():
            if name not in THRESHOLDS:
                hint = nearest(name, THRESHOLDS)
                raise UserError(f"{self.origin}: there is no threshold {name!r}{hint}")
            if isinstance(number, bool) or not isinstance(number, (int, float)):
                raise self.wrong(f"{key}.{name}", "a number")
        return tuple(value.items())


KEYS: Mapping[str, Callable[[_Reader, str, Any], Any]] = {
    "select": _Reader.codes,
    "ignore": _Reader.codes,
    "extend-select": _Reader.codes,
    "extend-ignore": _Reader.codes,
    "per-file-ignores": _Reader.per_file,
    "exclude": _Reader.patterns,
    "extend-exclude": _Reader.patterns,
    "level": _Reader.one_level,
    "fail-level": _Reader.one_level,
    "keras-version": _Reader.version,
    "thresholds": _Reader.numbers,
    "keep-runs": _Reader.count,
}
"""The keys of a configuration file, and how the value of each is read."""


def nearest(word: str, words: Iterable[str]) -> str:
    """``"; did you mean 'select'?"``, or nothing where no word comes near."""
    from difflib import get_close_matches

    found = get_close_matches(word, list(words), n=1, cutoff=0.6)
    return f"; did you mean {found[0]!r}?" if found else ""
