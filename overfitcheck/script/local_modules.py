"""Modules of the project that a script imports: found, read and walked, never executed.

Only files within the folder of the project are looked at, only a few and only small ones, and
each only once; what lies beyond stays a name that is not known.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from overfitcheck.script.definitions import follow
from overfitcheck.script.frames import Frame
from overfitcheck.script.module_files import (
    LARGEST,
    file_of,
    find_module,
    folder_of,
    is_within,
    text_of,
)
from overfitcheck.script.parsing import UNREADABLE, parse_in_parts
from overfitcheck.script.python2 import read_as_python_3
from overfitcheck.script.tree import Tree
from overfitcheck.script.values import Constant, Local, Symbol, Value

if TYPE_CHECKING:
    from overfitcheck.script.walk import Walk

MOST_MODULES = 12
"""Modules that one script brings in, directly or through others."""

DEEPEST = 6
"""Modules that hand a name on from one to the next."""

MOST_CHARACTERS = LARGEST
"""Characters of all modules that one script brings in.

With 300,000 no warning and no error more is found in 5,000 scripts of 400 repositories.
"""


@dataclass(frozen=True, eq=False, repr=False)
class LocalModule:
    """A module of the project: its file, its tree and the names in it."""

    file: str
    tree: Tree
    frame: Frame


@dataclass(eq=False, repr=False)
class LocalModules:
    """The modules of the project that one script brings in. `root` None: none at all.

    `missed` are the places, without their ending, where a module was looked for in vain.
    """

    path: str
    root: str | None
    loaded: dict[str, LocalModule | None] = field(default_factory=dict)
    dotted: dict[str, Local] = field(default_factory=dict)
    missed: set[str] = field(default_factory=set)
    characters: int = 0

    @classmethod
    def around(cls, path: str, root: Path | None) -> LocalModules:
        """Those of the project in the folder `root` that a script brings in."""
        return cls(str(Path(path).absolute()), None if root is None else _resolved(root))

    def find(self, module: str, importer: str | None) -> str | None:
        """The file of a module named as an import statement does, with its leading dots."""
        if self.root is None:
            return None
        here, home = folder_of(importer or self.path), folder_of(self.path)
        found = find_module(module, here, home, self.root)
        self.missed.update(found.missed)
        return found.file

    def bound(self, module: str, name: str | None, importer: str | None) -> Local | None:
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
        package = Path(local.file)
        inner = file_of(package.parent, (local.name,)) if package.name == "__init__.py" else None
        if inner is None or self.root is None or not is_within(str(inner), self.root):
            return None
        return Local(local.path, str(inner), None)

    def load(self, walk: Walk, file: str) -> LocalModule | None:
        """A module, walked at its first use; None where it is not read."""
        if file in self.loaded:
            return self.loaded[file]
        self.loaded[file] = None
        text = text_of(file) if len(self.loaded) <= MOST_MODULES else None
        if text is None or file == self.path or self.characters + len(text) > MOST_CHARACTERS:
            return None
        self.characters += len(text)
        tree = _tree_of(text)
        if tree is None or tree is walk.tree:  # A copy of the script says nothing new.
            return None
        frame = Frame(tree, {"__name__": Constant(Path(file).stem)}, file=file)
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
def _resolved(folder: Path) -> str:
    return str(folder.resolve())
