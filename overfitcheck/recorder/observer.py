"""Write down what is seen of a fit beside its epochs, one line an observation, within a time."""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from . import settings
from .arrays import arrays_in, fingerprint, sliced
from .deeds import Deeds, kept_epoch, settings_of
from .described import described
from .devices import peak_memory
from .journal import Journal
from .labels import class_counts, spread_of
from .models import compiled, layers_of, parameters_of
from .place import place_of_call
from .rows import Rows, overlap
from .sources import seen_without_drawing
from .tracking import tracked_by

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .tapping import Count

SECONDS_A_FIT = 0.8
SECONDS_A_PROCESS = 10.0
"""The time that looking at data may take."""

numbers = itertools.count(1)
known_models: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
"""Numbers of the models of this process, in the order of their first fits."""

fitted: dict[str, list[tuple[int, Any]]] = {"training": [], "validation": []}
"""The fits of this process with the fingerprints of their data."""

fits_of_models: list[tuple[int, Any]] = []
"""The fits of this process with (weak) references to their models."""

spent = 0.0


class Observer:
    """What one fit shows of itself: its call when it is made, the rest when training begins."""

    def __init__(
        self, journal: Journal, model: Any, arguments: dict[str, Any], count: Count | None
    ) -> None:
        self._journal = journal
        self._model = model
        self._arguments = arguments
        self._count = count
        self._place, self._through = place_of_call()
        self._deeds: Deeds | None = None
        self._callbacks: list[Any] = []
        self._fit = 0
        self._has_begun = False
        self._is_counted = True

    def train_begins(self, fit: int, callbacks: list[Any]) -> None:
        """Look at everything that is known before the first epoch."""
        self._fit, self._callbacks = fit, callbacks
        fits_of_models.append((fit, weakref.ref(self._model)))
        del fits_of_models[:-100]
        self._deeds = Deeds(callbacks) if settings.observes("callbacks") else None
        for name, look in self._looks():
            if settings.observes(name):
                with self._journal.swallowing(f"{name} of fit {fit} are not observed"):
                    look()

    def _looks(self) -> Iterator[tuple[str, Callable[[], None]]]:
        yield "call", self._look_at_call
        yield "arguments", self._look_at_arguments
        yield "model", self._look_at_model
        yield "callbacks", self._look_at_callbacks
        yield "tracking", self._look_at_tracking
        yield "data", self._look_at_data

    def _write(self, observation: str, **facts: Any) -> None:
        line = {"observation": observation, "fit": self._fit, **facts}
        self._journal.observation(line)

    def _look_at_call(self) -> None:
        if self._model not in known_models:
            known_models[self._model] = next(numbers)
        number, process = known_models[self._model], os.getpid()
        self._write("call", place=self._place, through=self._through, model=number, process=process)

    def _look_at_arguments(self) -> None:
        hidden = ("self", "callbacks")
        given = {n: described(v) for n, v in self._arguments.items() if n not in hidden}
        self._write("arguments", arguments=given, compiled=compiled(self._model))

    def _look_at_model(self) -> None:
        layers, parameters = layers_of(self._model), parameters_of(self._model)
        self._is_counted = parameters is not None
        self._write("model", layers=layers, parameters=parameters)

    def _look_at_callbacks(self) -> None:
        seen = [{"name": type(c).__name__, "settings": settings_of(c)} for c in self._callbacks]
        self._write("callbacks", callbacks=seen)

    def _look_at_tracking(self) -> None:
        tracking = tracked_by(self._callbacks)
        if tracking:
            self._write("tracking", tracking=tracking)

    def _look_at_data(self) -> None:
        with within_time() as left:
            data = FitData(self._arguments)
            if self._count is None:
                self._write("training", **data.training)
            if data.validation is not None:
                self._write("validation", **data.validation)
            data.remember(self._fit)
            same = data.validation_is_training
            if same is not None:
                self._write("same_data", validation_is_training=same)
            if data.both is not None and not same and settings.observes("overlap"):
                self._look_for_overlap(*data.both, left)

    def _look_for_overlap(self, training: list[Any], validation: list[Any], seconds: float) -> None:
        if seconds < SECONDS_A_FIT / 4:
            return
        wanted = overlap(Rows(training, seconds / 2), Rows(validation, seconds / 4))
        self._write("overlap", **wanted)

    def epoch_begins(self, optimizer: Any) -> None:
        """Between two epochs: what the callbacks did at the end of the one before."""
        if self._deeds is not None:
            self._done(self._deeds.epoch_begins(optimizer))
        if self._count is not None and not self._has_begun:
            self._count.begin()
        self._has_begun = True

    def epoch_ends(self, epoch: int, rate: float | None) -> None:
        """At the end of an epoch; the first one tells what a generator gave, and builds a model."""
        if not self._is_counted:
            with self._journal.swallowing("weights are not counted"):
                self._look_at_model()
            self._is_counted = True
        if self._deeds is not None:
            self._done(self._deeds.epoch_ends(epoch, rate))
        if self._count is not None and self._count.counting:
            self._count.counting = False
            with self._journal.swallowing("labels are not counted"):
                self._write("training", **self._count.seen)

    def fit_returns(self, last: int, keras: dict[str, str]) -> None:
        """When fit has returned: what was kept."""
        if not self._fit or not settings.observes("callbacks"):
            return
        always = not keras["version"].startswith("2")
        if self._deeds is not None:
            self._done(self._deeds.fit_ended(getattr(self._model, "optimizer", None), always))
        kept = kept_epoch(self._callbacks, always, last)
        self._write("end", kept_epoch=kept, memory=peak_memory(keras["backend"]))

    def _done(self, deeds: Iterator[dict[str, Any]]) -> None:
        for deed in deeds:
            self._write("deed", **deed)


class FitData:
    """The training and the validation data of a fit, as Keras takes them from its arguments."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        x, y = arguments.get("x", arguments.get("generator")), arguments.get("y")
        given = arguments.get("validation_data")
        self._x, self._val_x = arrays_in(x), None
        targets, val_targets = _target(y), None
        self._given = (x, given)
        split = arguments.get("validation_split") or 0.0
        if given is not None:
            pair = given if isinstance(given, (tuple, list)) else (given,)
            self._val_x = arrays_in(pair[0])
            val_targets = _target(pair[1]) if len(pair) > 1 else None
        elif split and self._x is not None:
            cut = math.floor(len(self._x[0]) * (1.0 - split))
            self._x, self._val_x = sliced(self._x, 0, cut), sliced(self._x, cut, None)
            if targets is not None:
                targets, val_targets = targets[:cut], targets[cut:]
        self.training = _seen(x, self._x, targets)
        held_out = given if given is not None else (x if split else None)
        self.validation = None
        if held_out is not None:
            self.validation = _seen(held_out, self._val_x, val_targets)
        self._prints = {
            "training": _identity(x, self._x),
            "validation": _identity(given, self._val_x) if held_out is not None else None,
        }

    @property
    def both(self) -> tuple[list[Any], list[Any]] | None:
        """The inputs of both as arrays of the same kinds; None where they are not."""
        if self._x is None or self._val_x is None:
            return None
        alike = [(a.dtype, a.shape[1:]) for a in self._x] == [
            (a.dtype, a.shape[1:]) for a in self._val_x
        ]
        return (self._x, self._val_x) if alike else None

    @property
    def validation_is_training(self) -> bool | None:
        """Whether both are the same rows, all of them; None where that cannot be told."""
        prints = self._prints
        if prints["training"] is None or prints["validation"] is None:
            return None
        return bool(prints["training"] == prints["validation"])

    def remember(self, fit: int) -> None:
        """Keep what an evaluation later compares its data with."""
        for name, identity in self._prints.items():
            if identity is not None:
                fitted[name].append((fit, identity))
                del fitted[name][:-100]


def evaluation_seen(journal: Journal, model: Any, x: Any, results: Any) -> None:
    """Write that a model was scored, on what data as far as fits had it, and with what result."""
    fits = [fit for fit, known in reversed(fits_of_models) if known() is model]
    if not fits:
        return
    place, _ = place_of_call()
    journal.observation(
        {
            "observation": "evaluated",
            "fit": fits[0],
            "results": _results(model, results),
            "same_as_validation_of": same_data("validation", x),
            "same_as_training_of": same_data("training", x),
            "place": place,
        }
    )


def _results(model: Any, results: Any) -> dict[str, float]:
    if isinstance(results, dict):
        return {str(name): float(value) for name, value in results.items()}
    values = results if isinstance(results, (list, tuple)) else [results]
    names = _metric_names(model)
    names = names if len(names) == len(values) else ["loss", *map(str, range(1, len(values)))]
    return {str(name): float(value) for name, value in zip(names, values)}  # noqa: B905


def _metric_names(model: Any) -> list[str]:
    """The names of what `evaluate` returns; Keras 3 puts all metrics under one name of its own."""
    container = getattr(model, "_compile_metrics", None)
    if container is None:
        return list(getattr(model, "metrics_names", ()))
    return ["loss", *(metric.name for metric in container.metrics)]


def same_data(name: str, x: Any) -> list[int]:
    """The fits whose training or validation data were `x`."""
    identity = _identity(x, arrays_in(x))
    return [] if identity is None else [fit for fit, known in fitted[name] if known == identity]


def _identity(data: Any, arrays: list[Any] | None) -> Any:
    """What two uses of the same data share: the rows of arrays, or the very object."""
    if arrays is not None:
        return fingerprint(arrays)
    if data is None or hasattr(data, "__next__"):
        return None
    try:
        # Equal to another reference exactly while both are to one living object.
        return weakref.ref(data)
    except TypeError:
        return None


def _target(y: Any) -> Any:
    arrays = arrays_in(y)
    return arrays[0] if arrays is not None and len(arrays) == 1 else None


def _seen(data: Any, arrays: list[Any] | None, targets: Any) -> dict[str, Any]:
    if arrays is None:
        return seen_without_drawing(data)
    counts = {} if targets is None else class_counts(targets)
    samples = int(arrays[0].shape[0])
    looked_at = "the sizes of its arrays" if targets is None else f"{len(targets):,} labels"
    seen = {"kind": "arrays", "samples": samples, "classes": counts, "looked_at": looked_at}
    spread = None if targets is None or counts else spread_of(targets)
    return seen if spread is None else {**seen, "spread": spread}


@contextlib.contextmanager
def within_time() -> Iterator[float]:
    """How many seconds may be spent now; what is spent is counted for the process."""
    global spent
    began = time.perf_counter()
    try:
        yield max(0.0, min(SECONDS_A_FIT, SECONDS_A_PROCESS - spent))
    finally:
        spent += time.perf_counter() - began


class Inside(threading.local):
    """How deep in fits the current thread is: what Keras evaluates there is validation."""

    depth = 0


inside = Inside()
