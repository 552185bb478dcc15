"""Epochs of a training loop without `fit`, as the script itself tells them."""

from __future__ import annotations

import atexit
import time
from collections.abc import Mapping
from typing import Any

from .chief import is_chief
from .fit_record import scalars
from .journal import Journal
from .place import place_of_call
from .settings import observes, run_folder

VALIDATION = "val_"


class Loop:
    """One training loop, whose epochs count from 1."""

    def __init__(self, journal: Journal, name: str, validation: bool) -> None:
        self.name = name
        self._journal = journal
        self._epochs = 0
        self._began: float | None = None
        asked_for = {"epochs": None, "initial_epoch": 0, "steps": None, "model": name}
        self._fit = journal.begin_fit({**asked_for, "callbacks": [], "validation": validation})
        if observes("call"):
            place, through = place_of_call()
            seen = {"observation": "call", "fit": self._fit, "place": place, "through": through}
            journal.observation(seen)
        atexit.register(self.end)

    def epoch(self, logs: dict[str, float], rate: float | None) -> None:
        """Write an epoch; it has lasted since the one before."""
        now = time.perf_counter()
        self._epochs += 1
        self._journal.event(
            {
                "event": "epoch",
                "fit": self._fit,
                "epoch": self._epochs,
                "seconds": None if self._began is None else round(now - self._began, 6),
                "learning_rate": rate,
                "logs": logs,
            }
        )
        self._began = now

    def end(self) -> None:
        """Write that no epoch follows."""
        atexit.unregister(self.end)
        event = {"event": "fit_end", "fit": self._fit, "epochs": self._epochs, "stopped": False}
        with self._journal.swallowing("the end of a fit is not recorded"):
            self._journal.event(event)


current: Loop | None = None


def epoch_told(
    train: Mapping[str, Any], validation: Mapping[str, Any], rate: Any, name: str
) -> None:
    """Write an epoch of the loop `name`; another name than before begins another fit."""
    global current
    folder = run_folder()
    if folder is None or not is_chief():
        return
    journal = Journal(folder)
    with journal.swallowing("an epoch is not recorded"):
        if current is None or current.name != name:
            if current is not None:
                current.end()
            current = Loop(journal, name, bool(validation))
        told = {VALIDATION + str(metric): value for metric, value in validation.items()}
        rates = scalars({"rate": rate})
        current.epoch(scalars({**train, **told}), rates.get("rate"))
