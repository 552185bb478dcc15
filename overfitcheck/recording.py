"""`overfitcheck.Recorder`: a Keras callback for trainings that `run` does not start."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overfitcheck.errors import UserError
from overfitcheck.extras import require
from overfitcheck.recorder.journal import Journal
from overfitcheck.recorder.learning_rate import current_rate

if TYPE_CHECKING:
    from overfitcheck.analysis.diagnosis import Diagnosis
    from overfitcheck.history.history import History

RATES = ("learning_rate", "lr")

_MADE: dict[tuple[type[Recorder], type[Any]], type[Any]] = {}
"""The recorders that are callbacks of a Keras, by that Keras's ``Callback``."""


class Recorder:
    """Records the epochs of every fit it is passed to, and diagnoses them.

    It is a callback of the Keras that is imported (Keras 3, tf.keras of 2.15, or tf_keras)::

        recorder = overfitcheck.Recorder()
        model.fit(x, y, validation_split=0.2, callbacks=[recorder, …])
        recorder.diagnosis

    Pass it first: then the learning rate of an epoch is read before other callbacks lower it. With
    a `folder`, the epochs are also written there as they end; ``overfitcheck analyze FOLDER``
    reads them.
    """

    def __new__(cls, folder: str | os.PathLike[str] | None = None) -> Recorder:
        base = _callback_class()
        if (cls, base) not in _MADE:
            _MADE[cls, base] = type(cls.__name__, (cls, base), {"_supports_tf_logs": True})
        made: Recorder = object.__new__(_MADE[cls, base])
        return made

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        super().__init__()
        self.histories: list[History] = []
        self._journal = None if folder is None else Journal(_made(Path(folder)))
        self._rows: list[Any] = []
        self._number = 0
        self._began = 0.0

    @property
    def diagnosis(self) -> Diagnosis:
        """The diagnosis of the last fit.

        Raises:
            UserError: no epoch has ended yet.
        """
        require("run", "pandas", "scipy")
        from overfitcheck.analysis.diagnose import diagnose

        if self._rows:
            return diagnose(self._history())
        if not self.histories:
            raise UserError("no epoch was recorded: pass the recorder to fit(callbacks=[recorder])")
        return diagnose(self.histories[-1])

    def on_train_begin(self, logs: Any = None) -> None:
        """Begin a fit."""
        self._rows = []
        self._number += 1
        if self._journal is not None:
            self._number = self._journal.begin_fit({"epochs": self._planned()})

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Start the clock of an epoch."""
        self._began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Keep an epoch."""
        from overfitcheck.history.epochs import Row

        seconds = time.perf_counter() - self._began
        metrics = {str(name): float(value) for name, value in (logs or {}).items()}
        # ReduceLROnPlateau logs the rate of the epoch before it lowers it.
        told = next((metrics.pop(name) for name in RATES if name in metrics), None)
        model = getattr(self, "model", None)
        rate = current_rate(getattr(model, "optimizer", None)) if told is None else told
        if self._journal is not None:
            line = {"event": "epoch", "fit": self._number, "epoch": int(epoch) + 1, "logs": metrics}
            self._journal.event({**line, "seconds": round(seconds, 6), "learning_rate": rate})
        if rate is not None:
            metrics["learning_rate"] = rate
        self._rows.append(Row(int(epoch) + 1, metrics, seconds))

    def on_train_end(self, logs: Any = None) -> None:
        """End a fit."""
        if self._journal is not None:
            count = len(self._rows)
            self._journal.event({"event": "fit_end", "fit": self._number, "epochs": count})
        if self._rows:
            self.histories.append(self._history())
            self._rows = []

    def _history(self) -> History:
        from dataclasses import replace

        from overfitcheck.history.epochs import history_of

        history = history_of(f"fit {self._number}", self._rows, self._planned())
        return replace(history, fit=self._number)

    def _planned(self) -> int | None:
        planned = (getattr(self, "params", None) or {}).get("epochs")
        return planned if isinstance(planned, int) else None


def _callback_class() -> type[Any]:
    """``Callback`` of the Keras that is imported, or else of the one that can be."""
    legacy = os.environ.get("TF_USE_LEGACY_KERAS", "").lower() in ("1", "true")
    names = ("tf_keras", "keras") if legacy else ("keras", "tf_keras")
    for name in names:
        if name in sys.modules:
            found: type[Any] = sys.modules[name].callbacks.Callback
            return found
    try:
        import keras
    except ImportError:
        raise UserError("Recorder needs Keras: pip install 'overfitcheck[tensorflow]'") from None
    imported: type[Any] = keras.callbacks.Callback
    return imported


def _made(folder: Path) -> str:
    """The folder, which is there when this returns."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder}: cannot be made: {error.strerror or error}") from None
    return str(folder.resolve())
