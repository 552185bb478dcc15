"""Wait for Keras to be imported, by whomever, and instrument `Model.fit` right afterwards."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
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
        sys.meta_path.insert(0, KerasFinder(folder))


class KerasFinder:
    """Finds nothing itself; lets the other finders find the Keras modules and adds a step."""

    def __init__(self, run_folder: str) -> None:
        self._run_folder = run_folder

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The specification of a Keras module that defines `Model`; None for all others."""
        if name not in MODEL_MODULES:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                self._instrument_after_execution(spec.loader, MODEL_MODULES[name])
                return spec
        return None

    def _instrument_after_execution(self, loader: Any, callback_module: str) -> None:
        run_module = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            del loader.exec_module
            run_module(module)
            self._instrument(module, callback_module)

        # On the one loader of this one module, so that its type stays what it was.
        loader.exec_module = exec_module

    def _instrument(self, module: ModuleType, callback_module: str) -> None:
        from .journal import Journal
        from .pruning import install_where_scripts_look

        journal = Journal(self._run_folder)
        with journal.swallowing(f"fits of {module.__name__} are not recorded"):
            from .instrumentation import instrument

            instrument(module.Model, callback_module, journal)
            install_where_scripts_look()
