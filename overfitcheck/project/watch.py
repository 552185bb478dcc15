"""Waiting for files to change."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from overfitcheck.config import OWN_FILE, SHARED_FILE
from overfitcheck.errors import UserError
from overfitcheck.project.cache import forget_project
from overfitcheck.project.configs import Configs
from overfitcheck.project.files import find_files
from overfitcheck.project.options import LintOptions

INTERVAL = 0.5
"""Seconds between two looks."""

Snapshot = Mapping[str, tuple[int, int]]


def changes(options: LintOptions, sleep: Callable[[float], None] = time.sleep) -> Iterator[str]:
    """Yield at once, and then whenever something changes: the name of a file that did.

    Watched are the files to lint, all other scripts in their folders (they may be imported), and
    the configuration.
    """
    before = snapshot(options)
    yield ""
    while True:
        sleep(INTERVAL)
        now = snapshot(options)
        if now != before:
            changed = {path for path, _ in now.items() ^ before.items()}
            before = now
            forget_project()
            yield min(changed)


def snapshot(options: LintOptions) -> Snapshot:
    """When each of the files was changed last, and its size."""
    found: dict[str, tuple[int, int]] = {}
    folders: set[Path] = set()
    for file in _files(options):
        found[str(file)] = _state(file)
        folders.update(file.absolute().parents)
    for folder in folders:
        for name in (OWN_FILE, SHARED_FILE):
            file = folder / name
            if file.is_file():
                found[str(file)] = _state(file)
    return found


def _files(options: LintOptions) -> Iterator[Path]:
    """The files to lint, and the scripts beside those that are named."""
    for path in map(Path, options.paths):
        try:
            yield from find_files(path, Configs(options), [])
            if path.is_file():
                yield from path.parent.glob("*.py")
        except (UserError, OSError):  # Told when it is linted.
            continue


def _state(file: Path) -> tuple[int, int]:
    try:
        state = file.stat()
    except OSError:
        return 0, 0
    return state.st_mtime_ns, state.st_size
