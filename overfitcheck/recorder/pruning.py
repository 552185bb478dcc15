"""Take the recorder's frames out of tracebacks, so that they read as plain Python's.

`shown_by.py` has the modules that show them.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any

FOLDER = os.path.dirname(os.path.abspath(__file__))

PASSED_OVER = os.path.join(FOLDER, "importlib_bootstrap")
"""What the code of functions is said to come from that nobody is to see on the stack."""


def install() -> None:
    """Put pruning before whatever `sys.excepthook` the script has left behind."""
    shown_by = sys.excepthook

    def excepthook(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        prune(error)
        shown_by(kind, error, error.__traceback__)

    sys.excepthook = excepthook


def passed_over(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, such that warnings which count callers do not count it.

    They pass over the machinery of Python's imports, which they know by the names of its files.
    """
    changed: Any = function
    changed.__code__ = changed.__code__.replace(co_filename=PASSED_OVER)
    return function


def prune(error: BaseException) -> None:
    """Prune the traceback of an exception and of all the exceptions it carries along."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        current.__traceback__ = without_own_frames(current.__traceback__)
        waiting += [current.__cause__, current.__context__, *getattr(current, "exceptions", ())]


def without_own_frames(trace: TracebackType | None) -> TracebackType | None:
    """The traceback without the recorder's frames and the import machinery around them.

    Python hides its import machinery in tracebacks, but only where it stands in one piece; a
    frame of the recorder in the middle would bring it to light.
    """
    entries = []
    while trace is not None:
        entries.append(trace)
        trace = trace.tb_next
    hidden = {number for number, entry in enumerate(entries) if _is_own(entry)}
    for step in (1, -1):
        for number in sorted(hidden):
            beside = number + step
            while 0 <= beside < len(entries) and _is_import_machinery(entries[beside]):
                hidden.add(beside)
                beside += step
    kept = [entry for number, entry in enumerate(entries) if number not in hidden]
    for entry, following in zip(kept, [*kept[1:], None]):  # noqa: B905
        entry.tb_next = following
    return kept[0] if kept else None


def is_own_file(path: str) -> bool:
    """Whether a file is one of the recorder's."""
    return os.path.dirname(path) == FOLDER


def _is_own(entry: TracebackType) -> bool:
    return is_own_file(entry.tb_frame.f_code.co_filename)


def _is_import_machinery(entry: TracebackType) -> bool:
    return entry.tb_frame.f_code.co_filename.startswith("<frozen importlib")
