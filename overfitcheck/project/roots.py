"""The folder of the project that a script belongs to: its imports and pins are looked for there."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

MARKS = (".git", ".hg", "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile")
"""What lies in the folder of a project."""


@cache
def project_root(folder: Path, root: Path, named: tuple[Path, ...] = ()) -> Path:
    """The folder of the project that the scripts in a folder belong to.

    That of the configuration, `root`, where they lie below it. Scripts elsewhere belong to the
    nearest folder above them that looks like a project. Where none does, that is the highest one
    of those that the command line names, of the one around their package, and of their own. A
    folder of examples right in a package belongs to it, though it is none itself.
    """
    folder = folder.resolve()
    above = (folder, *folder.parents)
    if root.resolve() in above:
        return root
    marked = next((each for each in above if any((each / mark).exists() for mark in MARKS)), None)
    if marked is not None:
        return marked
    around = next((each for each in above if not _is_of_package(each)), folder)
    return min((around, *(each for each in named if each in above)), key=above[::-1].index)


def _is_of_package(folder: Path) -> bool:
    return any((each / "__init__.py").exists() for each in (folder, folder.parent))


def folders_beside(here: Path, paths: Iterable[str]) -> tuple[Path, ...]:
    """Those of some paths that are folders which do not lie in the folder `here`."""
    home = here.resolve()
    folders = (Path(path).resolve() for path in dict.fromkeys(paths) if _is_folder(Path(path)))
    return tuple(each for each in folders if home not in (each, *each.parents))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # It is too long for a path: the text of a script, say.
        return False
