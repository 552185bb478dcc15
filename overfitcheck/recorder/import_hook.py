"""Wait for Keras to be imported, by whomever, and instrument `Model.fit` right afterwards.

Modules that show tracebacks are waited for too (`shown_by.py`).
"""

from __future__ import annotations

import sys

from . import shown_by

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

MODEL_MODULES = {
    "keras.src.models.model": "keras.src.callbacks.callback",
    "keras.src.engine.training": "keras.src.callbacks",
    "tf_keras.src.engine.training": "tf_keras.src.callbacks",
}
"""The modules that define `Model` (Keras 3, Keras 2.15, tf_keras), with their `Callback`'s."""


def install() -> None:
    """Record every fit of this process into the folder of the run that it belongs to."""
    from .settings import run_folder

    folder = run_folder()
    if folder is not None:
        shown_by.keep_out_of_loaded()
        sys.meta_path.insert(0, AddingFinder(folder))


class AddingFinder:
    """Finds nothing itself; lets the other finders find the modules waited for and adds a step."""

    def __init__(self, run_folder: str) -> None:
        self._run_folder = run_folder

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The specification of a module that is waited for; None for all others."""
        if name in MODEL_MODULES:
            add = self._instrument
        elif name in shown_by.MODULES:
            add = shown_by.keep_out
        else:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                _after_execution(spec.loader, add)
                return spec
        return None

    def _instrument(self, module: ModuleType) -> None:
        from .journal import Journal

        journal = Journal(self._run_folder)
        with journal.swallowing(f"fits of {module.__name__} are not recorded"):
            from .instrumentation import instrument

            instrument(module.Model, MODEL_MODULES[module.__name__], journal)


def _after_execution(loader: Any, add: Callable[[ModuleType], None]) -> None:
    """Let a loader take a further step when it has executed its module."""
    if isinstance(loader, type):
        return  # That of frozen and built-in modules, which all of them share.
    run_module = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        del loader.exec_module
        run_module(module)
        add(module)

    # On the one loader of this one module, so that its type stays what it was.
    loader.exec_module = exec_module
