"""Where in the user's own code a fit was called, and through which library."""

from __future__ import annotations

import json
import linecache
import os
import sys
from types import FrameType
from typing import Any

from . import settings

MOST = 8
"""Lines of the user's code that are kept, from the call outwards."""

STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep
INSTALLED = (os.sep + "site-packages" + os.sep, os.sep + "dist-packages" + os.sep)
OWN_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep
FRAMEWORKS = ("keras", "tensorflow", "tf_keras", "jax", "torch", "numpy", "IPython", "ipykernel")

MAGIC = ("%", "!", "?", "get_ipython()")
"""How lines begin that a notebook's kernel rewrites."""


def place_of_call() -> tuple[list[dict[str, Any]], str | None]:
    """The lines of the user's code that led here, the innermost first, and a library between."""
    lines: list[dict[str, Any]] = []
    through = None
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and len(lines) < MOST:
        path = frame.f_code.co_filename
        module = str(frame.f_globals.get("__name__", ""))
        if path.startswith((OWN_FOLDER, "<frozen")) or module.startswith("overfitcheck."):
            pass
        elif is_library(path):
            if not lines and through is None:
                through = _library(module)
        else:
            lines.append(_line(frame, path))
        frame = frame.f_back
    return lines, through


def is_library(path: str) -> bool:
    """Whether a file is installed, and not the user's own."""
    return path.startswith(STANDARD_LIBRARY) or any(part in path for part in INSTALLED)


def _library(module: str) -> str | None:
    package = module.split(".")[0]
    standard = getattr(sys, "stdlib_module_names", ())
    return None if not package or package in FRAMEWORKS or package in standard else package


def _line(frame: FrameType, path: str) -> dict[str, Any]:
    line = {"path": path, "line": frame.f_lineno, "function": frame.f_code.co_name}
    if "ipykernel" in path or path.startswith("<ipython"):
        line.update(_cell(linecache.getlines(path), frame.f_lineno))
    return line


def _cell(lines: list[str], number: int) -> dict[str, Any]:
    """The notebook, which of its cells (counted from 0) has these lines, and the line in it."""
    file = os.environ.get(settings.CELLS)
    if not file:
        return {}
    with open(file, encoding="utf-8") as opened:
        notebook = json.load(opened)
    ours = _without_magic(lines)
    for cell, text in notebook["cells"].items():
        if _without_magic(text.splitlines()) == ours:
            # The kernel drops the empty lines that a cell begins with.
            dropped = len(text) - len(text.lstrip("\n"))
            return {"path": notebook["path"], "cell": int(cell), "line": number + dropped}
    return {"path": notebook["path"]}


def _without_magic(lines: list[str]) -> list[str]:
    kept = [line.rstrip() for line in lines if line.strip()]
    return [line for line in kept if not line.lstrip().startswith(MAGIC)]
