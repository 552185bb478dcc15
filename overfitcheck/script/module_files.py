"""The files of modules that scripts of a project import, and the text in them.

What was found is kept: the scripts of a folder import the same modules, in the same words. Names
of files are strings here, because paths take long to compare.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from os import sep
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple

from overfitcheck.errors import UserError
from overfitcheck.script.source import is_about_keras, read_source

LARGEST = 120_000
"""Bytes of a module that is read."""

LARGEST_WITHOUT_KERAS = 10_000
"""Characters of a module that does not speak of Keras and is read nevertheless."""

ELSEWHERE = frozenset("keras tensorflow tf_keras numpy pandas sklearn matplotlib scipy".split())
"""Packages that are never the project's own."""

NAME = re.compile(r"\w+")


class Found(NamedTuple):
    """Where a module is; None where it is not the project's own.

    `missed` are the places, without their ending, where it was looked for in vain.
    """

    file: str | None
    missed: tuple[str, ...] = ()


def folder_of(file: str) -> str:
    """The folder that a file with an absolute name lies in."""
    return file.rpartition(sep)[0] or sep


@lru_cache(maxsize=4096)
def find_module(module: str, here: str, home: str, root: str) -> Found:
    """The file of a module, named as an import statement does, with its leading dots.

    The import stands in a file in the folder `here`, of a script in the folder `home`; `root` is
    the folder of the project.
    """
    if module.partition(".")[0] in ELSEWHERE:
        return Found(None)
    name = module.lstrip(".")
    dots = len(module) - len(name)
    parts = tuple(name.split(".")) if name else ()
    if not all(map(NAME.fullmatch, parts)):
        return Found(None)
    missed: list[str] = []
    for base in _above(here, dots) if dots else _bases(here, home, root):
        found = file_of(base, parts)
        if found is None:
            missed.append(str(base.joinpath(*parts or ("__init__",))))
        elif is_within(str(found), root):
            return Found(str(found), tuple(missed))
    return Found(None, tuple(missed))


def _above(here: str, dots: int) -> Sequence[Path]:
    """The folder that so many dots lead to from a module that stands `here`; none above all."""
    return [Path(here), *Path(here).parents][dots - 1 : dots]


@lru_cache(maxsize=64)
def _bases(here: str, home: str, root: str) -> tuple[Path, ...]:
    """The folders that absolute imports may start from."""
    above = [Path(home), *Path(home).parents]
    if Path(root) in above:
        above = [*above[: above.index(Path(root)) + 1], Path(root, "src")]
    return tuple(dict.fromkeys((Path(here), *above)))


def file_of(base: Path, parts: Sequence[str]) -> Path | None:
    """The file of a module below a folder; that of the package where there are no parts."""
    for part in parts[:-1]:
        if part not in names_in(base):
            return None
        base = base / part
    names = names_in(base)
    if not parts:
        return base / "__init__.py" if "__init__.py" in names else None
    last = parts[-1]
    if last in names and "__init__.py" in names_in(base / last):
        return base / last / "__init__.py"
    return base / f"{last}.py" if f"{last}.py" in names else None


@cache
def names_in(folder: Path) -> frozenset[str]:
    """What a folder holds; nothing where it cannot be read."""
    try:
        return frozenset(each.name for each in folder.iterdir())
    except OSError:
        return frozenset()


@cache
def is_within(file: str, root: str) -> bool:
    """Whether a file belongs to the project, wherever its links lead."""
    try:
        return Path(root) in Path(file).resolve(strict=True).parents
    except (OSError, RuntimeError):
        return False


def text_of(file: str) -> str | None:
    """The text of a module that is worth reading."""
    try:
        state = Path(file).stat()
    except OSError:
        return None
    if not S_ISREG(state.st_mode) or state.st_size > LARGEST:
        return None
    return _read(file, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=24)
def _read(file: str, _changed: int, _size: int) -> str | None:
    try:
        text = read_source(Path(file)).text
    except UserError:
        return None
    small = len(text) <= LARGEST_WITHOUT_KERAS
    return text if small or is_about_keras(text) else None


def forget_folders() -> None:
    """Look again at what folders hold: it may have changed."""
    find_module.cache_clear()
    names_in.cache_clear()
    is_within.cache_clear()
