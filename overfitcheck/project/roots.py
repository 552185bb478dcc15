"""The folder of the project that a script belongs to: its imports and pins are looked for there."""

from __future__ import annotations

from functools import cache
from pathlib import Path

MARKS = (".git", ".hg", "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile")
"""What lies in the folder of a project."""


@cache
def project_root(folder: Path, root: Path) -> Path:
    """The folder of the project that the scripts in a folder belong to.

    That of the configuration, `root`, where they lie below it. Scripts elsewhere belong to the
    nearest folder above them that looks like a project, else to their own.
    """
    folder = folder.resolve()
    above = (folder, *folder.parents)
    if root.resolve() in above:
        return root
    return next((each for each in above if any((each / mark).exists() for mark in MARKS)), folder)
