"""Put the recorder's callback first into every fit, and take nothing else in hand."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from typing import Any

from . import settings
from .chief import is_chief
from .fit_record import FitRecord, flat, is_callback_list, is_recording, recording_callback
from .journal import Journal
from .observer import Observer, evaluation_seen, inside
from .pruning import passed_over
from .sources import is_on_devices
from .tapping import tapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .tapping import Count, Done

    Recorded = tuple[tuple[Any, ...], dict[str, Any], Done, Done]


def instrument(model_class: type, callback_module: str, journal: Journal) -> None:
    """Replace `fit` on the class that owns it: `model_class` or, in Keras 3, its trainer.

    `evaluate` is looked at too, outside of fits: what is scored may have been chosen by.
    """
    owner = next(base for base in model_class.__mro__ if "fit" in vars(base))
    recorder = FitRecorder(vars(owner)["fit"], callback_module, journal)
    setattr(owner, "fit", recorder.wrapped())  # noqa: B010
    if settings.observes("evaluate") and "evaluate" in vars(owner):
        setattr(owner, "evaluate", watched(vars(owner)["evaluate"], journal))  # noqa: B010


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
        @passed_over
        def fit_recorded(*args: Any, **kwargs: Any) -> Any:
            args, kwargs, returned, undo = self._with_recorder(args, kwargs)
            inside.depth += 1
            try:
                result = fit(*args, **kwargs)
            finally:
                inside.depth -= 1
                undo()
            returned()
            return result

        return fit_recorded

    def _with_recorder(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Recorded:
        """The arguments with the recorder's callback, and what is to be done afterwards."""
        with self._journal.swallowing("a fit is not recorded"):
            try:
                bound = self._signature.bind(*args, **kwargs)
            except TypeError:
                # Keras refuses these arguments too, in its own words.
                return args, kwargs, _nothing, _nothing
            bound.apply_defaults()
            given = bound.arguments["callbacks"]
            if not is_chief():
                self._journal.fact("worker", True)
                return args, kwargs, _nothing, _nothing
            if any(is_recording(callback) for callback in flat(given)):
                return args, kwargs, _nothing, _nothing
            count, end = None, _nothing
            if settings.observes("data") and settings.observes("labels"):
                with self._journal.swallowing("labels are not counted"):
                    args, kwargs, count, end = _tapped(args, kwargs, bound.arguments)
            record = self._record(args[0], bound.arguments, count)
            base = sys.modules[self._callback_module].Callback
            callback = recording_callback(base, record)
            args, kwargs, undo = self._inserted(args, kwargs, given, callback)
            return args, kwargs, record.returned, _both(end, undo)
        return args, kwargs, _nothing, _nothing

    def _record(self, model: Any, arguments: dict[str, Any], count: Count | None) -> FitRecord:
        observer = Observer(self._journal, model, arguments, count)
        return FitRecord(self._journal, arguments, observer)

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


def insert_into(container: Any, callback: Any, model: Any) -> Callable[[], None]:
    """Put the callback first into a CallbackList, and return how to take it out again."""
    callback.set_model(model)
    callback.set_params(getattr(container, "params", None) or {})
    container.callbacks.insert(0, callback)

    def take_out() -> None:
        if callback in container.callbacks:
            container.callbacks.remove(callback)

    return take_out


def watched(evaluate: Callable[..., Any], journal: Journal) -> Callable[..., Any]:
    """`evaluate` as it was, with a line of what it scored outside of any fit."""

    @functools.wraps(evaluate)
    @passed_over
    def evaluate_watched(*args: Any, **kwargs: Any) -> Any:
        results = evaluate(*args, **kwargs)
        if not inside.depth and args and is_chief():
            with journal.swallowing("an evaluation is not observed"):
                given = args[1] if len(args) > 1 else kwargs.get("x")
                evaluation_seen(journal, args[0], given, results)
        return results

    return evaluate_watched


def _tapped(
    args: tuple[Any, ...], kwargs: dict[str, Any], arguments: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any], Count | None, Done]:
    """The arguments with a counter of labels between the data and the fit, and how to end it."""
    given, steps = arguments.get("x"), arguments.get("steps_per_epoch")
    in_processes = bool(
        arguments.get("use_multiprocessing") or getattr(given, "use_multiprocessing", False)
    )
    data, count, end = tapped(given, steps, in_processes, is_on_devices(args[0]))
    if data is given:
        return args, kwargs, count, end
    if len(args) > 1:
        return (args[0], data, *args[2:]), kwargs, count, end
    return args, {**kwargs, "x": data}, count, end


def _both(first: Done, second: Done) -> Done:
    def both() -> None:
        try:
            first()
        finally:
            second()

    return both


def _nothing() -> None:
    pass
