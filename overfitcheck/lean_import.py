"""Importing libcst without making what it throws away.

libcst gives the classes of its nodes their own way of comparing, hashing and printing before
`dataclass` sees them. `dataclass` writes and compiles functions for these all the same, for each of
some 200 classes, finds the place taken and drops them. Not asking for them changes nothing but the
time: an eighth of ``import libcst``, a twelfth of linting one script.
"""

from __future__ import annotations

import dataclasses
import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


def import_libcst() -> None:
    """Import libcst, unless that has been done."""
    if "libcst" not in sys.modules:
        with lean_dataclasses():
            importlib.import_module("libcst")


@contextmanager
def lean_dataclasses() -> Iterator[None]:
    """Until its end `dataclass` makes no method of which a class has its own."""
    whole = dataclasses.dataclass

    def dataclass(cls: type | None = None, /, **asked: Any) -> type | Callable[[type], type]:
        def made(cls: type) -> type:
            return whole(**{**_unneeded(cls, asked), **asked})(cls)

        return made if cls is None else made(cls)

    names = vars(dataclasses)
    names["dataclass"] = dataclass
    try:
        yield
    finally:
        names["dataclass"] = whole


def _unneeded(cls: type, asked: dict[str, Any]) -> dict[str, bool]:
    """The methods that need not be made, as arguments of `dataclass`.

    Whether it compares decides whether it hashes and is ordered: so only where that is told too.
    """
    own = vars(cls)
    unneeded = {"repr": False} if "__repr__" in own else {}
    if "__eq__" in own and own.get("__hash__") is not None and not asked.get("order"):
        unneeded["eq"] = False
    return unneeded
