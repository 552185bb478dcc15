"""Become the script: `python …/recorder/start.py RUN_FOLDER SCRIPT [ARGUMENT…]`.

The script is to find the interpreter as it would be without the recorder. So nothing is imported
here that the interpreter has not loaded by itself: a module of the standard library that is
loaded early would hide a file of the same name beside the script.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, ModuleType

PACKAGE = "_overfitcheck_recorder"
"""The name under which this folder is a package in the user's process."""


def main() -> None:
    """Run the script named on the command line in a `__main__` module of its own."""
    run_folder, *words = sys.argv[1:]
    path = file_as_python_has_it(words[0])
    code = compile_script(path, words)
    take_own_traces_away(words)
    make_recorder_importable()
    module = main_module(path)
    __import__(f"{PACKAGE}.import_hook", fromlist=["install"]).install(run_folder)
    execute(code, module)


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


def take_own_traces_away(words: list[str]) -> None:
    """Leave in `sys` what `python SCRIPT [ARGUMENT…]` would have put there."""
    sys.argv = words
    if hasattr(sys, "orig_argv"):
        sys.orig_argv = [sys.orig_argv[0], *words]
    own_folder = os.path.dirname(os.path.abspath(__file__))
    # With PYTHONSAFEPATH there is no folder to replace, and the script gets none either.
    if sys.path and os.path.abspath(sys.path[0]) == own_folder:
        sys.path[0] = os.path.dirname(os.path.realpath(words[0]))


def make_recorder_importable() -> None:
    """Make this folder a package without adding anything to `sys.path`."""
    package = type(sys)(PACKAGE)
    package.__path__ = [os.path.dirname(os.path.abspath(__file__))]
    sys.modules[PACKAGE] = package


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


def execute(code: CodeType, module: ModuleType) -> None:
    """Run the script; a traceback that leaves it shows none of the recorder's frames."""
    pruning = __import__(f"{PACKAGE}.pruning", fromlist=["install"])
    try:
        exec(code, module.__dict__)
    except BaseException:
        pruning.install()
        raise


if __name__ == "__main__":
    main()
