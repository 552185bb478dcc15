"""Take the recorder's frames out of tracebacks, so that they read as plain Python's."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

FOLDER = os.path.dirname(os.path.abspath(__file__))


def install() -> None:
    """Put pruning before whatever `sys.excepthook` the script has left behind."""
    shown_by = sys.excepthook

    def excepthook(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        prune(error)
        shown_by(kind, error, error.__traceback__)

    sys.excepthook = excepthook


def install_where_scripts_look() -> None:
    """Prune what threads leave uncaught, and what `traceback` and `logging` are asked to show.

    To be called once Keras is there, which has imported these modules itself.
    """
    import functools
    import threading
    import traceback

    shown_by = getattr(threading, "excepthook", None)
    if shown_by is not None:

        def excepthook(args: Any) -> None:
            if args.exc_value is not None:
                prune(args.exc_value)
                trace = args.exc_value.__traceback__
                facts = (args.exc_type, args.exc_value, trace, args.thread)
                args = threading.ExceptHookArgs(facts)
            shown_by(args)

        threading.excepthook = excepthook
    summary = traceback.TracebackException
    make = summary.__init__

    @functools.wraps(make)
    def made(self: Any, kind: Any, error: Any, trace: Any, *args: Any, **kwargs: Any) -> None:
        if isinstance(error, BaseException) and trace is error.__traceback__:
            prune(error)
            trace = error.__traceback__
        make(self, kind, error, trace, *args, **kwargs)

    setattr(summary, "__init__", made)  # noqa: B010


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


def _is_own(entry: TracebackType) -> bool:
    return os.path.dirname(entry.tb_frame.f_code.co_filename) == FOLDER


def _is_import_machinery(entry: TracebackType) -> bool:
    return entry.tb_frame.f_code.co_filename.startswith("<frozen importlib")
