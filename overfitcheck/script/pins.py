"""The versions of TensorFlow and Keras that the files of a project pin."""

from __future__ import annotations

import codecs
import fnmatch
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from overfitcheck.script.module_files import names_in
from overfitcheck.script.versions import (
    ANY,
    FIRST,
    NEVER,
    KerasVersions,
    Version,
    of_tensorflow,
    range_of,
)

FILES = (
    "requirements*.txt",
    "requirements/*.txt",
    "constraints*.txt",
    "pyproject.toml",
    "setup.cfg",
    "setup.py",
    "environment*.yml",
    "environment*.yaml",
    "Pipfile",
)
"""Where a project says which versions it wants; the nearest folder that says so decides."""

LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock")
"""Where its tools write which versions they chose."""

LARGEST = 2_000_000
"""Larger files are not read."""

MOST_FILES = 40

_PIN = r"""(?xi)(?P<name>\b(?:tensorflow|(?<!-)keras)(?:[-_](?:gpu|cpu|macos|intel|rocm|aarch64))?)
        (?![\w-]) (?:\[[^\]\n]*\])? ["']?
        (?P<separator> \s*[=:,]\s* (?:\{[^}\n]*?\bversion\s*[=:]\s*)? (?=["']) )? ["']?
        \s*(?P<range>[=<>~!^]{1,3}\s*v?\d[\w.*]*(?:\s*,\s*[=<>~!]{1,3}\s*v?\d[\w.*]*)*|\d[\w.*]*)
    """
"""``tensorflow-gpu[x]>=2.4,<2.11`` as any of these files writes it: bare, quoted or as a key."""

_LOCKED = r"""(?x)name\s*=\s*["'](?P<name>tensorflow(?:[-_]\w+)?|keras)["']\s*\n
        version\s*=\s*["'](?P<range>\d[\w.]*)["']"""
"""The entry of a package in a lock of uv, poetry or pdm."""

_PIPFILE_LOCKED = r'''(?x)"(?P<name>tensorflow(?:-\w+)?|keras)":\s*\{
        [^{}]{0,20000}? "version":\s* "(?P<range>==\d[\w.]*)"'''
"""The entry of a package in Pipfile.lock."""

INSTALL = re.compile(r"\b(?:pip3?|conda|mamba|uv)\b.*?\binstall\b.*")
"""A command of the shell that installs packages, wherever in its line it stands."""

COLAB = re.compile(r"\btensorflow_version\W+1\.")
"""The magic by which notebooks of Colab chose TensorFlow 1."""


@dataclass(frozen=True)
class Pins:
    """What a project pins: a range of TensorFlow's versions and one of Keras's, where it does."""

    tensorflow: tuple[Version, Version] | None = None
    keras: tuple[Version, Version] | None = None
    origin: str = ""

    def versions(self, *, standalone: bool, legacy: bool) -> KerasVersions:
        """The versions of Keras that they leave.

        `standalone` says that the script imports ``keras`` itself, not ``tensorflow.keras``;
        `legacy` that it sets ``TF_USE_LEGACY_KERAS``.
        """
        known = []
        if self.tensorflow is not None:
            known.append(KerasVersions(*of_tensorflow(*self.tensorflow, legacy), self.origin))
        if self.keras is not None:
            known.insert(0 if standalone else len(known), KerasVersions(*self.keras, self.origin))
        found = known[0] if known else ANY
        return found.narrowed(known[1]) if len(known) > 1 else found


NOTHING = Pins()


@cache
def pins_around(folder: Path, root: Path) -> Pins:
    """The pins of the nearest folder from `folder` up to `root` that has any."""
    here, root = folder.resolve(), root.resolve()
    while here == root or root in here.parents:
        found = pins_in(here)
        if found is not NOTHING:
            return found
        if here == root:
            break
        here = here.parent
    return NOTHING


@cache
def pins_in(folder: Path) -> Pins:
    """The pins of the files in one folder."""
    texts = ((file.name, _text(file)) for file in _files(folder))
    return _told((name, pin) for name, text in texts for pin in pinned(text))


def pins_of_commands(commands: str) -> Pins:
    """The pins of what a notebook installs for itself: ``!pip install tensorflow==2.8``."""
    if not commands:
        return NOTHING
    text = commands.replace("\\\n", " ")
    installed = (("pip install", pin) for line in INSTALL.findall(text) for pin in pinned(line))
    chosen = (("%tensorflow_version", ("tensorflow", "<2")) for _ in COLAB.findall(text))
    return _told((*installed, *chosen))


def _told(pins: Iterable[tuple[str, tuple[str, str]]]) -> Pins:
    """What pins say together, each with where it stands; one that contradicts does not count."""
    found: dict[str, tuple[Version, Version]] = {}
    origins: list[str] = []
    for place, (name, specifier) in pins:
        allowed = range_of(specifier)
        if allowed is None:
            continue
        package = "keras" if name == "keras" else "tensorflow"
        known = found.get(package, (FIRST, NEVER))
        both = max(known[0], allowed[0]), min(known[1], allowed[1])
        if both[0] < both[1]:
            found[package] = both
            origins.append(f"{place}: {name} {specifier}")
    if not found:
        return NOTHING
    return Pins(found.get("tensorflow"), found.get("keras"), origins[0])


def forget_pins() -> None:
    """Look again at what files pin: it may have changed."""
    pins_around.cache_clear()
    pins_in.cache_clear()


def pinned(text: str) -> Iterator[tuple[str, str]]:
    """Names and ranges of TensorFlow and Keras in the text of such a file."""
    if "tensorflow" not in text.lower() and "keras" not in text.lower():
        return
    for pattern in (_PIN, _LOCKED, _PIPFILE_LOCKED):
        for match in re.finditer(pattern, _without_comments(text)):
            yield match["name"].lower().replace("_", "-"), "".join(match["range"].split())


def _without_comments(text: str) -> str:
    return re.sub(r"(?m)(?:^|\s)#.*$", "", text)


def _files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for pattern in (*FILES, *LOCKS):
        inner, _, name = pattern.rpartition("/")
        if not inner or inner in names_in(folder):
            home = folder / inner
            found += [home / each for each in sorted(fnmatch.filter(names_in(home), name))]
    return found[:MOST_FILES]


def _text(file: Path) -> str:
    """The text of a file, also where ``pip freeze >`` of PowerShell wrote it: in UTF-16."""
    try:
        if not file.is_file() or file.stat().st_size > LARGEST:
            return ""
        data = file.read_bytes()
    except OSError:
        return ""
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if marked else "utf-8", errors="replace")
