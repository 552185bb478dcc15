"""The parameters of Keras's functions and classes, from installed Keras 2 and Keras 3."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

DATA = Path(__file__).with_name("signatures.json")

Given = TypeVar("Given")


@dataclass(frozen=True, eq=False, repr=False)
class Signature:
    """Parameters of one callable over all tabled versions.

    `positional` are names in order, as far as the versions agree on it (the third argument of
    ``compile`` is not the same in Keras 2 and Keras 3). `names` maps
    a version (``"2"``, ``"3"``) to all names it accepts; a version is absent where the callable
    does not exist in it. `open` holds the versions that accept further keywords which cannot be
    told, `swallows` those that accept any keyword and ignore it. `required` are names without
    which no version can be called.
    """

    positional: tuple[str, ...]
    defaults: dict[str, Any]
    names: dict[str, frozenset[str]]
    open: frozenset[str]
    swallows: frozenset[str]
    required: frozenset[str]

    @property
    def known(self) -> frozenset[str]:
        """All names that some version accepts."""
        return frozenset().union(*self.names.values())

    def default(self, name: str) -> tuple[bool, Any]:
        """(True, default) of parameter `name`, or (False, None) where it has no literal one."""
        return (True, self.defaults[name]) if name in self.defaults else (False, None)

    def without(self, name: str) -> frozenset[str]:
        """The versions that have the callable, say what it takes, and do not take `name`."""
        return frozenset(
            version
            for version, names in self.names.items()
            if name not in names and version not in self.open
        )


@cache
def _lines() -> dict[str, str]:
    """The line of each callable in the table, as JSON: each is read when somebody asks for it."""
    lines = DATA.read_text(encoding="utf-8").split("\n")
    found: dict[str, str] = {}
    for line in lines:
        path, separator, entries = line.partition('":{')
        if separator and entries and not path.startswith("{"):
            found[path[1:]] = "{" + entries.removesuffix(",")
    return found


def tabled(path: str) -> bool:
    """Whether Keras has something called `path`."""
    return path in _lines()


def tabled_names(home: str) -> Iterator[str]:
    """The names of everything that Keras has directly in a module, such as ``keras.layers.``."""
    names = (path.removeprefix(home) for path in _lines() if path.startswith(home))
    return (name for name in names if "." not in name)


@cache
def signature_of(path: str) -> Signature | None:
    """The signature of a canonical name such as ``keras.layers.Dense``; None where unknown."""
    line = _lines().get(path)
    if line is None:
        return None
    entries: dict[str, Any] = json.loads(line)
    by_version = {
        version: entry for versions, entry in entries.items() for version in versions.split(",")
    }
    defaults: dict[str, Any] = {}
    for version in sorted(by_version):
        for parameter in by_version[version]["parameters"]:
            if len(parameter) == 2 and parameter[1] != {}:
                defaults[parameter[0]] = parameter[1]
    return Signature(
        positional=_agreed([_positional(entry) for _, entry in sorted(by_version.items())]),
        defaults=defaults,
        names={
            version: frozenset(p[0] for p in entry["parameters"] if p != "*")
            for version, entry in by_version.items()
        },
        open=frozenset(v for v, entry in by_version.items() if entry.get("open")),
        swallows=frozenset(v for v, entry in by_version.items() if entry.get("swallows")),
        required=frozenset.intersection(*(_required(entry) for entry in by_version.values())),
    )


def _positional(entry: dict[str, Any]) -> tuple[str, ...]:
    parameters = entry["parameters"]
    ordered = parameters[: parameters.index("*")] if "*" in parameters else parameters
    return tuple(parameter[0] for parameter in ordered)


def _required(entry: dict[str, Any]) -> frozenset[str]:
    return frozenset(p[0] for p in entry["parameters"] if p != "*" and len(p) == 1)


def _agreed(orders: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The longest order of parameters that no version contradicts."""
    longest = max(orders, key=len)
    for number, name in enumerate(longest):
        if any(number < len(order) and order[number] != name for order in orders):
            return longest[:number]
    return longest


def bind(
    signature: Signature | None, positional: Sequence[Given], keywords: dict[str, Given]
) -> tuple[dict[str, Given], tuple[Given, ...]]:
    """Give positional arguments their names.

    Returns the arguments by name, and the positional ones that no parameter takes.
    """
    names = signature.positional if signature else ()
    bound = dict(zip(names, positional, strict=False))
    bound.update(keywords)
    return bound, tuple(positional[len(names) :])
