"""From paths to files: folders are searched for scripts and notebooks, politely."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from pathspec import GitIgnoreSpec

from overfitcheck.errors import UserError

SUFFIXES = (".py", ".ipynb")

NEVER = frozenset(
    ".git .hg .svn .venv venv .tox .nox .eggs node_modules site-packages __pycache__ "
    "__pypackages__ .mypy_cache .ruff_cache .pytest_cache .hypothesis .ipynb_checkpoints "
    "build dist".split()
)
"""Folders that hold no scripts of the project's own (ruff's list of default exclusions)."""


def find_files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files to read: those named, and all scripts and notebooks in the folders named.

    Files that a ``.gitignore`` excludes and virtual environments are left out of folders; a
    file that is named is always taken.

    Raises:
        UserError: a path does not exist.
    """
    seen: set[Path] = set()
    for path in paths:
        if not path.exists():
            raise UserError(f"{path}: there is no such file or folder")
        found = _in_folder(path) if path.is_dir() else iter([path])
        for file in found:
            if file.absolute() not in seen:
                seen.add(file.absolute())
                yield file


def _in_folder(folder: Path) -> Iterator[Path]:
    ignored = dict(_ignore_files_above(folder))
    for root, names, files in os.walk(folder):
        here = Path(root)
        own = _ignore_file(here)
        if own is not None:
            ignored[here.absolute()] = own
        names[:] = sorted(
            name
            for name in names
            if name not in NEVER
            and not (here / name / "pyvenv.cfg").exists()
            and not _is_ignored(here / name, ignored, folder=True)
        )
        for name in sorted(files):
            file = here / name
            if file.suffix in SUFFIXES and not _is_ignored(file, ignored, folder=False):
                yield file


def _ignore_files_above(folder: Path) -> Iterator[tuple[Path, GitIgnoreSpec]]:
    """The ignore files from the root of the repository down to the folder's parent."""
    here = folder.absolute()
    if (here / ".git").exists():
        return
    for parent in here.parents:
        spec = _ignore_file(parent)
        if spec is not None:
            yield parent, spec
        if (parent / ".git").exists():
            return


def _ignore_file(folder: Path) -> GitIgnoreSpec | None:
    try:
        lines = (folder / ".gitignore").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    return GitIgnoreSpec.from_lines(lines)


def _is_ignored(path: Path, ignored: dict[Path, GitIgnoreSpec], *, folder: bool) -> bool:
    absolute = path.absolute()
    for base, spec in ignored.items():
        if base in absolute.parents:
            relative = absolute.relative_to(base).as_posix() + ("/" if folder else "")
            if spec.match_file(relative):
                return True
    return False
