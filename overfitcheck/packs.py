"""Rule packs: packages that an installed distribution names under ``overfitcheck.rules``.

They are found as `importlib.metadata` finds them, by the ``entry_points.txt`` beside each
installed distribution. Its own search is used where a path is no folder; for folders it takes
longer than linting a script does, so they are looked through here.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from overfitcheck.errors import UserError

GROUP = "overfitcheck.rules"
"""The entry-point group of rule packs."""

INSTALLED = (".dist-info", ".egg-info")
"""How the folders end in which installed distributions are described."""


def modules() -> Iterator[ModuleType]:
    """All modules of all installed packs; they are imported one after the other.

    Raises:
        UserError: a pack cannot be imported.
    """
    for pack in packs():
        yield pack
        for entry in pkgutil.walk_packages(getattr(pack, "__path__", []), pack.__name__ + "."):
            yield _imported(entry.name, pack.__name__)


def packs() -> list[ModuleType]:
    """The packages of all installed packs; none of their modules is imported yet.

    Raises:
        UserError: one of them cannot be imported.
    """
    found: list[ModuleType] = []
    for name in pack_names():
        module, _, attributes = name.partition(":")
        pack: Any = _imported(module, name)
        for attribute in filter(None, attributes.split(".")):
            pack = getattr(pack, attribute)
        found.append(pack)
    return found


def _imported(module: str, pack: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except Exception as error:
        raise UserError(
            f"the rule pack {pack} cannot be imported: {type(error).__name__}: {error}"
        ) from error


def pack_names() -> list[str]:
    """What the entry points of all packs name, each once: ``module`` or ``module:attribute``."""
    found: dict[str, None] = {}
    for path in sys.path:
        folder = Path(path)
        if folder.is_dir():
            found.update(dict.fromkeys(_in_folder(folder)))
        elif folder.exists():
            from importlib.metadata import distributions

            for each in distributions(path=[path]):
                points = each.entry_points.select(group=GROUP)
                found.update(dict.fromkeys(point.value for point in points))
    return list(found)


def _in_folder(folder: Path) -> Iterator[str]:
    """What the distributions that are installed in a folder name."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(each.name for each in entries if each.name.endswith(INSTALLED))
    except OSError:
        return
    for name in names:
        try:
            text = (folder / name / "entry_points.txt").read_bytes()
        except OSError:
            continue
        if GROUP.encode() in text:
            yield from _named(text.decode("utf-8", "replace"))


def _named(text: str) -> Iterator[str]:
    """What stands under the heading of the group: ``name = module:attribute [extras]``."""
    section = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            section = line.strip("[]").strip()
        elif section == GROUP and "=" in line and not line.startswith(("#", ";")):
            yield line.partition("=")[2].partition("[")[0].replace(" ", "")
