"""Remembering what files said: by their content, configuration, and all that they rest on.

An entry is one JSON file, named for the path and the configuration of a script. It counts only
while everything is as it was: the linter's own code and rules, the bytes of the script, the
folder of its project and the versions that are pinned there, and the local modules that were
followed. Entries are written aside and moved into place, so any number of processes may share
them; what cannot be written is not remembered, and what cannot be read is not known.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from overfitcheck import __version__
from overfitcheck.config import Config
from overfitcheck.errors import UserError
from overfitcheck.finding import RestsOn
from overfitcheck.project.records import FileReport, from_record, to_record
from overfitcheck.project.roots import project_root
from overfitcheck.script.module_files import file_of, forget_folders

FOLDER = ".overfitcheck_cache"

TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# What overfitcheck remembers of files.\n"
"""The first line is that of the Cache Directory Tagging Specification: backups leave it out."""


@dataclass(frozen=True)
class Cache:
    """The entries in a folder."""

    folder: str

    def get(self, path: str, config: Config, data: bytes) -> FileReport | None:
        """What a file said when it was linted last, if nothing has changed since."""
        import json

        try:
            entry = json.loads(self._file(path, config).read_bytes())
            if entry["state"] != _state(path, config, data):
                return None
            if any(digest(each) != known for each, known in entry["modules"].items()):
                return None
            if any(map(_is_module, entry["missed"])):
                return None
            return from_record(entry["report"], path)
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return None

    def put(self, report: FileReport, config: Config, data: bytes, rests_on: RestsOn) -> None:
        """Remember what a file said, and which other files that rests on."""
        import json

        file = self._file(report.path, config)
        entry = {
            "state": _state(report.path, config, data),
            "modules": {each: digest(each) for each in rests_on.modules},
            "missed": rests_on.missed,
            "report": to_record(report),
        }
        aside = file.with_name(f"{file.name}.{os.getpid()}")
        try:
            self._prepare(file.parent)
            aside.write_text(json.dumps(entry, ensure_ascii=False), encoding="utf-8")
            aside.replace(file)
        except (OSError, UnicodeError):
            try:
                aside.unlink(missing_ok=True)
            except OSError:
                pass

    def _file(self, path: str, config: Config) -> Path:
        name = _hash(str(Path(path).absolute()), repr(config))
        return Path(self.folder, __version__, name[:2], f"{name[2:]}.json")

    def _prepare(self, inner: Path) -> None:
        """Make the folder of an entry, and tell version control and backups to leave it alone."""
        inner.mkdir(parents=True, exist_ok=True)
        for name, text in ((".gitignore", "*\n"), ("CACHEDIR.TAG", TAG)):
            mark = Path(self.folder, name)
            if not mark.exists():
                mark.write_text(text, encoding="utf-8")


def cache_for(config: Config, folder: str | None) -> Cache:
    """The cache that holds the files of a configuration, unless another folder is named."""
    return Cache(folder or os.environ.get("OVERFITCHECK_CACHE_DIR") or str(config.root / FOLDER))


@cache
def digest(path: str) -> str:
    """What stands for the content of a file; empty where there is none."""
    try:
        return _hash(Path(path).read_bytes())
    except OSError:
        return ""


@cache
def _is_module(place: str) -> bool:
    """Whether a place, without an ending, now holds a module."""
    path = Path(place)
    return file_of(path.parent, (path.name,)) is not None


def _state(path: str, config: Config, data: bytes) -> str:
    """What stands for a file, for its project and what that pins, and for the linter itself."""
    folder = Path(path).absolute().parent
    root = project_root(folder, config.root, config.folders)
    return _hash(linter_state(), str(root), _pins(folder, root), data)


@cache
def _pins(folder: Path, root: Path) -> str:
    """The versions that a project pins."""
    from overfitcheck.script.pins import pins_around

    return repr(pins_around(folder, root))


def forget_project() -> None:
    """Look again at the files of the project, before another round: they may have changed."""
    from overfitcheck.script.pins import forget_pins

    project_root.cache_clear()
    _pins.cache_clear()
    digest.cache_clear()
    _is_module.cache_clear()
    forget_folders()
    forget_pins()


@cache
def linter_state() -> str:
    """What stands for the code of the linter, of its rules and of those of other packs."""
    from importlib.util import find_spec

    from overfitcheck.packs import pack_names

    states = [sys.version]
    for name in ("overfitcheck", "libcst", *pack_names()):
        spec = find_spec(name.partition(":")[0])
        if spec is None or spec.origin is None:
            continue
        origin = Path(spec.origin)
        walked = name != "libcst" and spec.submodule_search_locations is not None
        files = sorted(_sources(str(origin.parent))) if walked else [str(origin)]
        states += [f"{file} {state.st_mtime_ns} {state.st_size}" for file, state in _stats(files)]
    return _hash(*states)


def _stats(files: Sequence[str]) -> Iterator[tuple[str, os.stat_result]]:
    for file in files:
        yield file, Path(file).stat()


def _sources(folder: str) -> list[str]:
    """The files of a package that say what it does."""
    found: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__":
                    found += _sources(entry.path)
            elif entry.name.endswith((".py", ".json")):
                found.append(entry.path)
    return found


def _hash(*parts: str | bytes) -> str:
    from hashlib import blake2b

    state = blake2b(digest_size=20)
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        state.update(b"%d:" % len(data) + data)
    return state.hexdigest()


def caches_below(folder: Path) -> Iterator[Path]:
    """The caches in a folder and in the folders within it; what only bears the name is none."""
    for root, names, _ in os.walk(folder):
        if FOLDER in names:
            names.remove(FOLDER)
            found = Path(root, FOLDER)
            if (found / "CACHEDIR.TAG").is_file():
                yield found


def remove_cache(folder: Path) -> None:
    """Remove a cache.

    Raises:
        UserError: it cannot be removed.
    """
    import shutil

    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise UserError(f"{folder}: cannot be removed: {error.strerror or error}") from None
