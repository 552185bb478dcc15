"""Modules of the project that a script imports: found, read and walked, never executed.

Only files within the folder of the project are looked at, only a few and only small ones, and
each only once; what lies beyond stays a name that is not known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, lru_cache
from os import sep
from pathlib import Path
from typing import TYPE_CHECKING

from overfitcheck.errors import UserError
from overfitcheck.script.definitions import follow
from overfitcheck.script.frames import Frame
from overfitcheck.script.parsing import UNREADABLE, parse_in_parts
from overfitcheck.script.python2 import read_as_python_3
from overfitcheck.script.source import is_about_keras, read_source
from overfitcheck.script.tree import Tree
from overfitcheck.script.values import Constant, Local, Symbol, Value

if TYPE_CHECKING:
    from overfitcheck.script.walk import Walk

MOST_MODULES = 12
"""Modules that one script brings in, directly or through others."""

DEEPEST = 6
"""Modules that hand a name on from one to the next."""

MOST_CHARACTERS = 120_000
"""Characters of all modules that one script brings in.

With 300,000 no warning and no error more is found in 5,000 scripts of 400 repositories.
"""

LARGEST_WITHOUT_KERAS = 10_000
"""Characters of a module that does not speak of Keras and is read nevertheless."""

ELSEWHERE = frozenset("keras tensorflow tf_keras numpy pandas sklearn matplotlib scipy".split())
"""Packages that are never the project's own."""

NAME = re.compile(r"\w+")

SEPARATED = sep.join
"""Parts of a path as one, in less time than `Path` takes."""


@dataclass(frozen=True, eq=False, repr=False)
class LocalModule:
    """A module of the project: its file, its tree and the names in it."""

    file: Path
    tree: Tree
    frame: Frame


@dataclass(eq=False, repr=False)
class LocalModules:
    """The modules of the project that one script brings in. `root` None: none at all.

    `missed` are the places, without their ending, where a module was looked for in vain.
    """

    path: Path
    root: Path | None
    loaded: dict[Path, LocalModule | None] = field(default_factory=dict)
    dotted: dict[str, Local] = field(default_factory=dict)
    missed: set[str] = field(default_factory=set)
    found: dict[tuple[str, Path | None], Path | None] = field(default_factory=dict)
    characters: int = 0

    def find(self, module: str, importer: Path | None) -> Path | None:
        """The file of a module named as an import statement does, with its leading dots."""
        key = module, importer
        if key not in self.found:
            self.found[key] = self._find(module, importer)
        return self.found[key]

    def _find(self, module: str, importer: Path | None) -> Path | None:
        if self.root is None or module.partition(".")[0] in ELSEWHERE:
            return None
        name = module.lstrip(".")
        dots = len(module) - len(name)
        parts = name.split(".") if name else []
        if not all(map(NAME.fullmatch, parts)):
            return None
        here = (importer or self.path).parent
        for base in _above(here, dots) if dots else _bases(here, self.path, self.root):
            found = _file_of(base, tuple(parts))
            if found is None:
                self.missed.add(f"{base}{sep}{SEPARATED(parts)}")
            elif self._is_inside(found):
                return found
        return None

    def _is_inside(self, file: Path) -> bool:
        """Whether a file belongs to the project, wherever its links lead."""
        real = _real(file)
        return real is not None and self.root is not None and self.root in real.parents

    def bound(self, module: str, name: str | None, importer: Path | None) -> Local | None:
        """What an import of the project's own binds; None where the import is not local."""
        file = self.find(module, importer)
        if file is None and name is not None:
            joint = "" if module.endswith(".") else "."
            file, name = self.find(f"{module}{joint}{name}", importer), None
        if file is None:
            return None
        path = module if name is None else f"{module}.{name}"
        return Local(path, file, name)

    def inner(self, of: Symbol, path: str, name: str) -> Local | None:
        """A name in a module of the project, or a module in a package; else None."""
        if path in self.dotted:
            return self.dotted[path]
        if type(of) is Local and of.name is None:
            return Local(path, of.file, name)
        return None

    def value(self, walk: Walk, local: Local, depth: int = 0) -> Value | None:
        """What a local import stands for; None where that cannot be told."""
        module = self.load(walk, local.file) if depth < DEEPEST else None
        if module is None or local.name is None:
            return None
        found = module.frame.look_up(local.name)
        for star in module.frame.local_stars if found is None else ():
            found = self.value(walk, Local(local.path, star.file, local.name), depth + 1)
            if found is not None:
                return found
        if type(found) is Local:
            return self.value(walk, found, depth + 1) or found
        return found or self._submodule(local)

    def _submodule(self, local: Local) -> Local | None:
        """The module of a package that has the name which the package itself does not bind."""
        assert local.name is not None
        inner = _file_of(local.file.parent, (local.name,))
        if local.file.name == "__init__.py" and inner is not None and self._is_inside(inner):
            return Local(local.path, inner, None)
        return None

    def load(self, walk: Walk, file: Path) -> LocalModule | None:
        """A module, walked at its first use; None where it is not read."""
        if file in self.loaded:
            return self.loaded[file]
        self.loaded[file] = None
        text = _text(file) if len(self.loaded) <= MOST_MODULES else None
        if text is None or file == self.path or self.characters + len(text) > MOST_CHARACTERS:
            return None
        self.characters += len(text)
        tree = _tree_of(text)
        if tree is None:
            return None
        frame = Frame(tree, {"__name__": Constant(file.stem)}, file=file)
        walk.scopes.append(frame)
        module = self.loaded[file] = LocalModule(file, tree, frame)
        follow(walk, frame)
        return module


def _tree_of(text: str) -> Tree | None:
    """The syntax tree of a module; None where it is not Python, of whichever version."""
    with suppress(*UNREADABLE):
        return parse_in_parts(text)
    older = read_as_python_3(text)
    return None if older is None else parse_in_parts(older)


@cache
def _names_in(folder: Path) -> frozenset[str]:
    try:
        return frozenset(each.name for each in folder.iterdir())
    except OSError:
        return frozenset()


def _above(here: Path, dots: int) -> Sequence[Path]:
    """The folder that so many dots lead to from a module that stands `here`; none above all."""
    return [here, *here.parents][dots - 1 : dots]


@lru_cache(maxsize=64)
def _bases(here: Path, script: Path, root: Path) -> tuple[Path, ...]:
    """The folders that absolute imports may start from, in a module that stands `here`."""
    home, *further = script.parents
    if root not in (home, *further):
        return tuple(dict.fromkeys((here, home, *further)))
    above = further[: further.index(root) + 1] if root in further else []
    return tuple(dict.fromkeys((here, home, *above, root / "src")))


def _file_of(base: Path, parts: tuple[str, ...]) -> Path | None:
    """The file of a module below a folder; that of the package where there are no parts."""
    for part in parts[:-1]:
        if part not in _names_in(base):
            return None
        base = base / part
    names = _names_in(base)
    if not parts:
        return base / "__init__.py" if "__init__.py" in names else None
    last = parts[-1]
    if last in names and "__init__.py" in _names_in(base / last):
        return base / last / "__init__.py"
    return base / f"{last}.py" if f"{last}.py" in names else None


def forget_folders() -> None:
    """Look again at what folders hold: it may have changed."""
    _names_in.cache_clear()
    _real.cache_clear()


@cache
def _real(file: Path) -> Path | None:
    try:
        return file.resolve(strict=True)
    except (OSError, RuntimeError):
        return None


def _text(file: Path) -> str | None:
    """The text of a module that is worth reading."""
    try:
        if not file.is_file() or file.stat().st_size > MOST_CHARACTERS:
            return None
        text = read_source(file).text
    except (OSError, UserError):
        return None
    small = len(text) <= LARGEST_WITHOUT_KERAS
    return text if small or is_about_keras(text) else None
