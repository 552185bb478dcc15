"""Judge a run while it goes on: a line for the terminal, and the word that ends a fit."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from overfitcheck.recorder.asking import ANSWER

if TYPE_CHECKING:
    from overfitcheck.analysis.diagnosis import Diagnosis

PAUSE = 0.25
"""Seconds between two looks at what was recorded; none to speak of where the script waits."""

PAUSE_OF_WAITING = 0.005


class Watcher(threading.Thread):
    """Looks at the folder of a run until it is told to end.

    `tell` gets a new line whenever it changes, "" when there is nothing to say any more.
    """

    def __init__(
        self, folder: Path, tell: Callable[[str], None], stop_after_onset: int | None
    ) -> None:
        super().__init__(name="overfitcheck-watcher", daemon=True)
        # What takes long to import is to be there when the first epoch has ended.
        import overfitcheck.analysis.diagnose
        import overfitcheck.history.run_folder  # noqa: F401

        self._folder = folder
        self._tell = tell
        self._stop_after_onset = stop_after_onset
        self._ended = threading.Event()
        self._told = ""
        self._size = 0

    def run(self) -> None:
        """Judge after each epoch."""
        pause = PAUSE if self._stop_after_onset is None else PAUSE_OF_WAITING
        while not self._ended.wait(pause):
            # Whatever goes wrong here is no reason to disturb the training.
            with contextlib.suppress(Exception):
                self._look()

    def end(self) -> None:
        """Look no more."""
        self._ended.set()
        self.join()

    def _look(self) -> None:
        size = (self._folder / "epochs.jsonl").stat().st_size
        if size == self._size:
            return
        self._size = size
        diagnosis = _last_fit(self._folder)
        if diagnosis is None:
            return
        words = in_a_line(diagnosis)
        if words != self._told:
            self._told = words
            self._tell(words)
        if self._stop_after_onset is not None:
            answer(self._folder, diagnosis, self._stop_after_onset)


def _last_fit(folder: Path) -> Diagnosis | None:
    from overfitcheck.analysis.diagnose import diagnose
    from overfitcheck.history.run_folder import observation_of, read_run_folder

    histories = read_run_folder(folder)
    if not histories:
        return None
    return diagnose(histories[-1], observation_of(folder, histories[-1]))


def in_a_line(diagnosis: Diagnosis) -> str:
    """What is worth saying of a fit that goes on, in one line; "" where nothing is."""
    last = int(diagnosis.history.epochs.index[-1])
    if diagnosis.verdict.value == "overfitting" and diagnosis.onset is not None:
        best = diagnosis.best.get("val_loss")
        known = f", best val_loss {best.value:.4g} in epoch {best.epoch}" if best else ""
        return f"overfitting since epoch {diagnosis.onset.epoch}{known}"
    if diagnosis.verdict.value == "diverged":
        return f"diverged: {diagnosis.reason}"
    for drop in reversed(diagnosis.drops):
        effect = drop.effects.get("val_loss")
        if effect is not None and effect.verdict.value in ("helped", "hurt"):
            if last - drop.epoch <= max(10, last // 10):
                return (
                    f"the drop to {drop.new_rate:g} after epoch {drop.epoch} "
                    f"{effect.verdict.value} val_loss ({effect.change:+.3g} against its trend)"
                )
    return ""


def answer(folder: Path, diagnosis: Diagnosis, after: int) -> None:
    """Tell the recorder, which waits for it, whether the fit is to end with its last epoch."""
    last = int(diagnosis.history.epochs.index[-1])
    onset = diagnosis.onset
    overfits = diagnosis.verdict.value == "overfitting" and onset is not None
    stop = overfits and onset is not None and last - onset.epoch >= after
    word = {"fit": diagnosis.history.fit, "epoch": last, "stop": stop}
    unfinished = folder / f".{ANSWER}"
    unfinished.write_text(json.dumps(word), encoding="utf-8")
    unfinished.replace(folder / ANSWER)
