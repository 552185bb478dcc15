"""Modules that show tracebacks and stacks, and how each is kept from showing the recorder's frames.

Each is met when it is imported, by whomever; none is imported for this.
"""

from __future__ import annotations

import os
import sys

from .pruning import FOLDER, PASSED_OVER, is_own_file, prune, without_own_frames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType, ModuleType
    from typing import Any


def _threading(threading: Any) -> None:
    """What threads leave uncaught."""
    shown_by = threading.excepthook

    def excepthook(args: Any) -> None:
        if args.exc_value is not None:
            prune(args.exc_value)
            trace = args.exc_value.__traceback__
            facts = (args.exc_type, args.exc_value, trace, args.thread)
            args = threading.ExceptHookArgs(facts)
        shown_by(args)

    threading.excepthook = excepthook


def _traceback(traceback: Any) -> None:
    """What scripts, `logging` and others show themselves."""
    import functools

    make, walk = traceback.TracebackException.__init__, traceback.walk_stack

    @functools.wraps(make)
    def made(self: Any, kind: Any, error: Any, trace: Any, *args: Any, **kwargs: Any) -> None:
        if isinstance(error, BaseException) and trace is error.__traceback__:
            prune(error)
            trace = error.__traceback__
        make(self, kind, error, trace, *args, **kwargs)

    @functools.wraps(walk)
    def walk_stack(frame: FrameType | None) -> Iterator[tuple[FrameType, int]]:
        # Without a frame, the place of whoever draws from the generator is meant.
        return walk(frame) if frame is None else filter(_is_others, walk(frame))

    traceback.TracebackException.__init__ = made
    traceback.walk_stack = walk_stack


def _is_others(place: tuple[FrameType, int]) -> bool:
    return not is_own_file(place[0].f_code.co_filename)


def _inspect(inspect: Any) -> None:
    """What scripts look at in `inspect.stack()`."""
    import functools

    outer_frames = inspect.getouterframes

    @functools.wraps(outer_frames)
    def getouterframes(*args: Any, **kwargs: Any) -> list[Any]:
        return [each for each in outer_frames(*args, **kwargs) if not is_own_file(each.filename)]

    inspect.getouterframes = getouterframes


def _tensorflow(tf_stack: Any) -> None:
    """Where an operation was made, in the errors of TensorFlow's graphs."""
    files = frozenset((PASSED_OVER, *(os.path.join(FOLDER, name) for name in os.listdir(FOLDER))))

    def filters() -> list[Any]:
        first = tf_stack.SentinelFilter()
        first.internal_set.update_to(set(files))
        return [first]

    tf_stack.EMPTY_SET = files
    tf_stack._source_filter_stacks.default_factory = filters


def _jax(source_info: Any) -> None:
    """Where a value was made, in the errors of JAX."""
    source_info.register_exclusion(FOLDER + os.sep)


def _ipython(shell: Any) -> None:
    """What a notebook shows of a cell that failed."""
    import functools

    get = shell.InteractiveShell._get_exc_info

    @functools.wraps(get)
    def get_exc_info(self: Any, exc_tuple: Any = None) -> Any:
        kind, error, trace = get(self, exc_tuple)
        if isinstance(error, BaseException):
            prune(error)
        return kind, error, without_own_frames(trace)

    shell.InteractiveShell._get_exc_info = get_exc_info


MODULES: dict[str, Callable[[Any], None]] = {
    "IPython.core.interactiveshell": _ipython,
    "inspect": _inspect,
    "jax._src.source_info_util": _jax,
    "tensorflow.python.util.tf_stack": _tensorflow,
    "threading": _threading,
    "traceback": _traceback,
}


def keep_out(module: ModuleType) -> None:
    """Keep the recorder's frames out of what a module shows, as far as it is as it was known."""
    try:
        MODULES[module.__name__](module)
    except Exception:
        # A file of the script's own with that name, or another version: it shows what it shows.
        return


def keep_out_of_loaded() -> None:
    """The same for all modules that are there already."""
    for name in MODULES:
        if name in sys.modules:
            keep_out(sys.modules[name])
