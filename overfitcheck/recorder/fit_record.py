"""Write down one fit: what it was asked for, its epochs, its end."""

from __future__ import annotations

import sys
import time
from typing import Any

from . import settings
from .asking import is_to_stop
from .devices import device_facts
from .journal import Journal
from .learning_rate import current_rate
from .observer import Observer


class FitRecord:
    """The record of one fit, written while it goes on.

    It gets its number when training begins, so that a fit refused for its arguments leaves none.
    """

    def __init__(self, journal: Journal, arguments: dict[str, Any], observer: Observer) -> None:
        self.journal = journal
        self.observer = observer
        self._planned = _whole(arguments.get("epochs"))
        self._initial = _whole(arguments.get("initial_epoch")) or 0
        self._callbacks = flat(arguments.get("callbacks"))
        self._validation = _validates(arguments)
        self._keras = {"version": "", "backend": ""}
        self._number = 0
        self._epochs = 0
        self._last = self._initial
        self._began = 0.0

    def train_begin(self, callback: Any) -> None:
        """Write what the fit was asked for, and which Keras it runs in."""
        params = callback.params or {}
        self._planned = _whole(params.get("epochs")) or self._planned
        self._keras = keras_facts(type(callback).__mro__[1].__module__)
        self._number = self.journal.begin_fit(
            {
                "epochs": self._planned,
                "initial_epoch": self._initial,
                "steps": _whole(params.get("steps")),
                "model": str(getattr(callback.model, "name", "")),
                "callbacks": [type(each).__name__ for each in self._callbacks],
                "validation": self._validation,
            }
        )
        if self._number == 1:
            self.journal.fact("keras", self._keras)
            with self.journal.swallowing("the device is unknown"):
                self.journal.fact("device", device_facts(self._keras["backend"]))
        self.observer.train_begins(self._number, self._callbacks)

    def epoch_begin(self, callback: Any) -> None:
        """Start the clock of an epoch."""
        with self.journal.swallowing("what callbacks did is unknown"):
            self.observer.epoch_begins(getattr(callback.model, "optimizer", None))
        self._began = time.perf_counter()

    def epoch_end(self, callback: Any, epoch: int, logs: dict[str, Any] | None) -> None:
        """Write an epoch, before any other callback has seen its end.

        Later the rate may have been lowered, and a callback of the user may have failed.
        """
        seconds = time.perf_counter() - self._began
        self._epochs += 1
        self._last = int(epoch) + 1
        rate = None
        with self.journal.swallowing("the learning rate is unknown"):
            rate = current_rate(getattr(callback.model, "optimizer", None))
        self.journal.event(
            {
                "event": "epoch",
                "fit": self._number,
                "epoch": self._last,
                "seconds": round(seconds, 6),
                "learning_rate": rate,
                "logs": scalars(logs or {}),
            }
        )
        self.observer.epoch_ends(self._last, rate)
        if settings.asks() and is_to_stop(self.journal.run_folder, self._number, self._last):
            callback.model.stop_training = True
            stopped = {"observation": "stopped", "fit": self._number, "epoch": self._last}
            self.journal.observation(stopped)

    def train_end(self) -> None:
        """Write the end of a fit that was not cut short by an error."""
        wanted = None if self._planned is None else self._planned - self._initial
        self.journal.event(
            {
                "event": "fit_end",
                "fit": self._number,
                "epochs": self._epochs,
                "stopped": wanted is not None and self._epochs < wanted,
            }
        )

    def returned(self) -> None:
        """Write what is known once the fit has returned."""
        with self.journal.swallowing("what the fit kept is unknown"):
            self.observer.fit_returns(self._last, self._keras)


def recording_callback(base: Any, record: FitRecord) -> Any:
    """A callback of this Keras that keeps the record: epoch-level hooks and nothing else."""
    swallowing = record.journal.swallowing

    def on_train_begin(self: Any, logs: Any = None) -> None:
        with swallowing("a fit is not recorded"):
            record.train_begin(self)

    def on_epoch_begin(self: Any, epoch: int, logs: Any = None) -> None:
        record.epoch_begin(self)

    def on_epoch_end(self: Any, epoch: int, logs: Any = None) -> None:
        with swallowing("an epoch is not recorded"):
            record.epoch_end(self, epoch, logs)

    def on_train_end(self: Any, logs: Any = None) -> None:
        with swallowing("the end of a fit is not recorded"):
            record.train_end()

    hooks = (on_train_begin, on_epoch_begin, on_epoch_end, on_train_end)
    members: dict[str, Any] = {hook.__name__: hook for hook in hooks}
    # Keras 2 keeps logs as tensors only if every callback can take them.
    members.update(_supports_tf_logs=True, _overfitcheck_record=record)
    # Keras 2 takes the time of batch hooks, and warns, once a class has a name it does not know.
    return type("Callback", (base,), members)()


def is_recording(callback: Any) -> bool:
    """Whether a callback is one of the recorder's."""
    return isinstance(getattr(callback, "_overfitcheck_record", None), FitRecord)


def keras_facts(callback_module: str) -> dict[str, str]:
    """Version and backend of the Keras package that `callback_module` belongs to."""
    package = callback_module.split(".")[0]
    version = getattr(sys.modules.get(package), "__version__", None)
    backend = getattr(sys.modules.get(f"{package}.src.backend"), "backend", None)
    return {
        "package": package,
        "version": str(version),
        "backend": str(backend()) if callable(backend) else "tensorflow",
    }


def _whole(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def is_callback_list(given: Any) -> bool:
    """Whether the user made Keras's own container, which Keras then uses as it is."""
    return any(base.__name__ == "CallbackList" for base in type(given).__mro__)


def flat(given: Any) -> list[Any]:
    """The single callbacks in whatever `callbacks` was given."""
    if is_callback_list(given):
        return list(given.callbacks)
    if isinstance(given, (list, tuple)):
        return [callback for item in given for callback in flat(item)]
    return [] if given is None else [given]


def _validates(arguments: dict[str, Any]) -> bool:
    return arguments.get("validation_data") is not None or bool(arguments.get("validation_split"))


def scalars(logs: dict[str, Any]) -> dict[str, float]:
    """What is a number in the logs of an epoch."""
    numbers = {}
    for name, value in logs.items():
        try:
            numbers[str(name)] = float(value)
        except (TypeError, ValueError):
            continue
    return numbers
