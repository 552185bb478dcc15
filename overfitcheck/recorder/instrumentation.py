"""Put the recorder's callback first into every fit, and take nothing else in hand."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from typing import Any

from .fit_record import FitRecord, is_recording, recording_callback
from .journal import Journal


def instrument(model_class: type, callback_module: str, journal: Journal) -> None:
    """Replace `fit` on the class that owns it: `model_class` or, in Keras 3, its trainer."""
    owner = next(base for base in model_class.__mro__ if "fit" in vars(base))
    recorder = FitRecorder(vars(owner)["fit"], callback_module, journal)
    setattr(owner, "fit", recorder.wrapped())  # noqa: B010


class FitRecorder:
    """One `fit` function of one Keras, and how to add a callback to its arguments."""

    def __init__(self, fit: Callable[..., Any], callback_module: str, journal: Journal) -> None:
        self._fit = fit
        self._signature = inspect.signature(fit)
        self._position = list(self._signature.parameters).index("callbacks")
        self._callback_module = callback_module
        self._journal = journal

    def wrapped(self) -> Callable[..., Any]:
        """A function that looks and behaves as the original and leaves a record behind."""
        fit = self._fit

        @functools.wraps(fit)
        def fit_recorded(*args: Any, **kwargs: Any) -> Any:
            args, kwargs, undo = self._with_recorder(args, kwargs)
            try:
                return fit(*args, **kwargs)
            finally:
                undo()

        return fit_recorded

    def _with_recorder(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any], Callable[[], None]]:
        """The arguments with the recorder's callback, and how to undo what it took."""
        with self._journal.swallowing("a fit is not recorded"):
            try:
                bound = self._signature.bind(*args, **kwargs)
            except TypeError:
                # Keras refuses these arguments too, in its own words.
                return args, kwargs, _nothing
            bound.apply_defaults()
            given = bound.arguments["callbacks"]
            if any(is_recording(callback) for callback in flat(given)):
                return args, kwargs, _nothing
            return self._inserted(args, kwargs, given, self._callback(bound.arguments))
        return args, kwargs, _nothing

    def _callback(self, arguments: dict[str, Any]) -> Any:
        base = sys.modules[self._callback_module].Callback
        return recording_callback(base, FitRecord(self._journal, arguments))

    def _inserted(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], given: Any, callback: Any
    ) -> tuple[tuple[Any, ...], dict[str, Any], Callable[[], None]]:
        if is_callback_list(given):
            return args, kwargs, insert_into(given, callback, args[0])
        callbacks = [callback, *given] if isinstance(given, (list, tuple)) else [callback]
        if given and not isinstance(given, (list, tuple)):
            callbacks.append(given)
        if len(args) > self._position:
            args = (*args[: self._position], callbacks, *args[self._position + 1 :])
        else:
            kwargs = {**kwargs, "callbacks": callbacks}
        return args, kwargs, _nothing


def is_callback_list(given: Any) -> bool:
    """Whether the user made Keras's own container, which Keras then uses as it is."""
    return any(base.__name__ == "CallbackList" for base in type(given).__mro__)


def insert_into(container: Any, callback: Any, model: Any) -> Callable[[], None]:
    """Put the callback first into a CallbackList, and return how to take it out again."""
    callback.set_model(model)
    callback.set_params(getattr(container, "params", None) or {})
    container.callbacks.insert(0, callback)

    def take_out() -> None:
        if callback in container.callbacks:
            container.callbacks.remove(callback)

    return take_out


def flat(given: Any) -> list[Any]:
    """The single callbacks in whatever `callbacks` was given."""
    if is_callback_list(given):
        return list(given.callbacks)
    if isinstance(given, (list, tuple)):
        return [callback for item in given for callback in flat(item)]
    return [] if given is None else [given]


def _nothing() -> None:
    pass
