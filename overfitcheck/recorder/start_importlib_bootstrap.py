"""Become the script: `python …/start_importlib_bootstrap.py [-m] SCRIPT [ARGUMENT…]`.

The script is to find the interpreter as it would be without the recorder. So nothing is imported
here that the interpreter has not loaded by itself: a module of the standard library that is
loaded early would hide a file of the same name beside the script. What the runner asks for stands
in variables of the environment (`settings.py`), where child processes find it too.

The file is called as it is because Python's warnings, when they count callers, pass over files
with both "importlib" and "_bootstrap" in their names.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, ModuleType

PACKAGE = "_overfitcheck_recorder"
"""The name under which this folder is a package in the user's process."""

FOLDER = os.path.dirname(os.path.abspath(__file__))

IN_CHILDREN = os.path.join(FOLDER, "in_children")
"""A folder whose `sitecustomize.py` records in the Python processes that the script starts."""


def main() -> None:
    """Run what the command line names in a `__main__` module of its own."""
    words = sys.argv[1:]
    if words[0] == "-m":
        run = as_module(words[1:])
    else:
        path = file_as_python_has_it(words[0])
        code = compile_script(path, words)
        take_own_traces_away(words, words)
        module = main_module(path)

        def run() -> None:
            exec(code, module.__dict__)

    make_recorder_importable()
    record_in_children()
    recorder("import_hook").install()
    execute(run)


def as_module(words: list[str]) -> Callable[[], None]:
    """What runs a module as `python -m` does, and with the same function."""
    name, *arguments = words
    take_own_traces_away(["-m", *arguments], ["-m", *words])
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = os.getcwd()
    module = main_module("")
    for each in ("__file__", "__cached__"):
        module.__dict__.pop(each, None)
    runpy = __import__("runpy")

    def run() -> None:
        runpy._run_module_as_main(name)

    return run


def file_as_python_has_it(script: str) -> str:
    """The script's `__file__`: as typed up to Python 3.8, since then with a folder in front."""
    if sys.version_info < (3, 9) or os.path.isabs(script):
        return script
    return os.getcwd() + os.sep + script


def compile_script(path: str, words: list[str]) -> CodeType:
    """Compile the script; one that cannot be compiled is left to plain Python to complain of."""
    try:
        with open(path, "rb") as file:
            return compile(file.read(), path, "exec", dont_inherit=True)
    except (OSError, SyntaxError, ValueError):
        if os.name == "posix":
            os.execv(sys.executable, [sys.executable, *words])
        raise


def take_own_traces_away(seen: list[str], typed: list[str]) -> None:
    """Leave in `sys` what plain Python would have put there for what was typed behind it."""
    sys.argv = seen
    if hasattr(sys, "orig_argv"):
        sys.orig_argv = [sys.orig_argv[0], *typed]
    # With PYTHONSAFEPATH there is no folder to replace, and the script gets none either.
    if sys.path and os.path.abspath(sys.path[0]) == FOLDER:
        sys.path[0] = os.path.dirname(os.path.realpath(seen[0]))


def make_recorder_importable() -> None:
    """Make this folder a package without adding anything to `sys.path`."""
    package = type(sys)(PACKAGE)
    package.__path__ = [FOLDER]
    sys.modules[PACKAGE] = package


def record_in_children() -> None:
    """Let Python processes that the script starts record too, and find their own paths besides."""
    paths = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    if IN_CHILDREN not in paths:
        os.environ["PYTHONPATH"] = os.pathsep.join([IN_CHILDREN, *paths])


def recorder(name: str) -> ModuleType:
    """A module of the recorder, imported."""
    return __import__(f"{PACKAGE}.{name}", fromlist=[name])


def main_module(path: str) -> ModuleType:
    """A fresh `__main__` with the names that this interpreter gives to a script's module."""
    module = type(sys)("__main__")
    names = {name: value for name, value in globals().items() if name.startswith("__")}
    loader = type(names["__loader__"])("__main__", path)
    names.update(__file__=path, __doc__=None, __loader__=loader)
    if "__annotations__" in names:
        names["__annotations__"] = {}
    module.__dict__.clear()
    module.__dict__.update(names)
    sys.modules["__main__"] = module
    return module


def execute(run: Callable[[], None]) -> None:
    """Run the script; a traceback that leaves it shows none of the recorder's frames."""
    pruning = recorder("pruning")
    try:
        run()
    except BaseException:
        pruning.install()
        raise


if __name__ == "__main__":
    main()
