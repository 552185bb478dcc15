"""From paths to files: those named, and all scripts and notebooks in the folders named."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from overfitcheck.config import Config
from overfitcheck.errors import UserError
from overfitcheck.patterns import matches
from overfitcheck.project.configs import Configs

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

SUFFIXES = (".py", ".ipynb")

DEFAULT_EXCLUDE = tuple(
    ".git .hg .svn .venv venv .tox .nox .eggs node_modules site-packages __pycache__ "
    "__pypackages__ .mypy_cache .ruff_cache .pytest_cache .overfitcheck_cache .hypothesis "
    ".ipynb_checkpoints build dist".split()
)
"""Folders that hold no scripts of the project's own (ruff's list); `exclude` takes its place."""

Ignored = tuple[tuple[str, "GitIgnoreSpec"], ...]
"""Ignore files that hold in a folder, the nearest first, each with the folder that it lies in."""


def find_files(path: Path, configs: Configs, failures: list[str]) -> Iterator[Path]:
    """The files that one path of the command line stands for.

    A file that is named is taken, whatever excludes it, unless ``--force-exclude`` is given.
    Folders leave out what a ``.gitignore`` or the configuration excludes, and virtual
    environments. Folders that cannot be read are told in `failures`.

    Raises:
        UserError: the path does not exist, or a configuration on the way cannot be read.
    """
    if not path.exists():
        raise UserError(f"{path}: there is no such file or folder")
    if configs.options.force_exclude and _is_excluded_by_name(path, configs):
        return
    if not path.is_dir():
        yield path
        return
    ignored = tuple(_ignore_files_above(path)) if configs.options.respect_gitignore else ()
    yield from _in_folder(path, ignored, configs, failures)


def _is_excluded_by_name(path: Path, configs: Configs) -> bool:
    """Whether a path that was named, or a folder around it, is one that folders leave out."""
    absolute = path.absolute()
    config = configs.in_folder(absolute.parent)
    around = [each for each in absolute.parents if config.root in each.parents]
    return any(is_excluded(each, config) for each in (absolute, *around))


def is_excluded(path: Path, config: Config) -> bool:
    """Whether the configuration leaves a file or folder out."""
    patterns = _patterns(config)
    return path.name in patterns or any(
        matches(path, pattern, config.root) for pattern in patterns if not _is_plain(pattern)
    )


def _patterns(config: Config) -> Sequence[str]:
    chosen = DEFAULT_EXCLUDE if config.exclude is None else config.exclude
    return (*chosen, *config.extend_exclude)


def _is_plain(pattern: str) -> bool:
    """Whether a pattern is a mere name, which fits no path otherwise than by its last part."""
    return not any(char in pattern for char in "/*?[")


def _in_folder(
    folder: Path, ignored: Ignored, configs: Configs, failures: list[str]
) -> Iterator[Path]:
    here = folder.absolute()
    config = configs.in_folder(here)
    own = _ignore_file(here) if configs.options.respect_gitignore else None
    if own is not None:
        ignored = ((str(here), own), *ignored)
    try:
        with os.scandir(here) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        failures.append(f"{folder}: cannot be read: {error.strerror or error}")
        return
    inner: list[str] = []
    for entry in found:
        is_folder = entry.is_dir(follow_symlinks=False)
        if not is_folder and not entry.name.endswith(SUFFIXES):
            continue
        if is_excluded(here / entry.name, config) or _is_ignored(entry.path, ignored, is_folder):
            continue
        if is_folder:
            inner.append(entry.name)
        elif not _is_special(entry):
            yield folder / entry.name
    for name in inner:
        if not (here / name / "pyvenv.cfg").exists():
            yield from _in_folder(folder / name, ignored, configs, failures)


def _is_special(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder by a link, a pipe or a device; a broken link is told when read."""
    try:
        return not entry.is_file() and not (entry.is_symlink() and not Path(entry.path).exists())
    except OSError:
        return False


def _ignore_files_above(folder: Path) -> Iterator[tuple[str, GitIgnoreSpec]]:
    """The ignore files from the folder's parent up to the root of the repository."""
    here = folder.absolute()
    if (here / ".git").exists():
        return
    found: list[tuple[str, GitIgnoreSpec]] = []
    for parent in here.parents:
        spec = _ignore_file(parent)
        if spec is not None:
            found.append((str(parent), spec))
        if (parent / ".git").exists():
            yield from found
            return


def _ignore_file(folder: Path) -> GitIgnoreSpec | None:
    try:
        text = (folder / ".gitignore").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(text.splitlines())


def _is_ignored(path: str, ignored: Ignored, is_folder: bool) -> bool:
    """What the nearest ignore file says that says anything of it."""
    for base, spec in ignored:
        relative = path[len(base) + 1 :].replace(os.sep, "/") + ("/" if is_folder else "")
        said = spec.check_file(relative).include
        if said is not None:
            return said
    return False
