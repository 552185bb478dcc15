"""Which callbacks of a fit acted, and when: read off their public attributes between epochs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .described import described
from .learning_rate import current_rate, is_scheduled

SETTINGS = (
    "monitor",
    "mode",
    "patience",
    "min_delta",
    "baseline",
    "start_from_epoch",
    "restore_best_weights",
    "factor",
    "cooldown",
    "min_lr",
    "filepath",
    "save_best_only",
    "save_weights_only",
    "save_freq",
    "log_dir",
)
"""Attributes of Keras's callbacks that say how they were made."""


def settings_of(callback: Any) -> dict[str, Any]:
    """How a callback was made, as far as its attributes say."""
    held = vars(callback)
    found = {name: described(held[name]) for name in SETTINGS if name in held}
    return {name: value for name, value in found.items() if not isinstance(value, (dict, list))}


class Deeds:
    """Watches the callbacks of one fit, and the learning rate, from epoch to epoch.

    Each method yields what it has found: the number of the callback, the epoch (from 1) and the
    deed, and a value.
    """

    def __init__(self, callbacks: list[Any]) -> None:
        self._callbacks = callbacks
        self._best = {number: _best(callback) for number, callback in enumerate(callbacks)}
        self._rate: float | None = None
        self._epoch = 0

    def epoch_begins(self, optimizer: Any) -> Iterator[dict[str, Any]]:
        """After the epoch before, and before any other callback has seen this one begin."""
        rate = None if is_scheduled(optimizer) else current_rate(optimizer)
        if self._epoch:
            yield from self._since_epoch_end(rate)
        self._rate = rate

    def epoch_ends(self, epoch: int, rate: float | None) -> Iterator[dict[str, Any]]:
        """Before any other callback has seen the epoch's end; `rate` is the one it used."""
        self._epoch = epoch
        if self._rate is not None and rate is not None and rate != self._rate:
            number = self._of("LearningRateScheduler")
            if number is not None:
                yield _deed(number, epoch, "rate_set", rate)
        if self._rate is not None:
            self._rate = rate

    def fit_ended(self, optimizer: Any, restores_always: bool) -> Iterator[dict[str, Any]]:
        """When fit has returned; `restores_always` as Keras 3 does, stopped early or not."""
        rate = None if is_scheduled(optimizer) else current_rate(optimizer)
        if self._epoch:
            yield from self._since_epoch_end(rate)
        for number, callback in enumerate(self._callbacks):
            if not _is(callback, "EarlyStopping"):
                continue
            stopped = int(getattr(callback, "stopped_epoch", 0) or 0)
            if stopped:
                yield _deed(number, stopped + 1, "early_stop", None)
            if restored(callback, restores_always):
                best = int(getattr(callback, "best_epoch", 0) or 0) + 1
                yield _deed(
                    number, stopped + 1 if stopped else self._epoch, "weights_restored", best
                )

    def _since_epoch_end(self, rate: float | None) -> Iterator[dict[str, Any]]:
        if rate is not None and self._rate is not None and rate < self._rate:
            number = self._of("ReduceLROnPlateau")
            if number is not None:
                yield _deed(number, self._epoch, "rate_reduced", rate)
        for number, callback in enumerate(self._callbacks):
            best = _best(callback)
            if best is not None and best != self._best[number]:
                self._best[number] = best
                yield _deed(number, self._epoch, "checkpoint_saved", best)

    def _of(self, name: str) -> int | None:
        return next((n for n, callback in enumerate(self._callbacks) if _is(callback, name)), None)


def restored(callback: Any, restores_always: bool) -> bool:
    """Whether an EarlyStopping has put its best weights back."""
    if not getattr(callback, "restore_best_weights", False):
        return False
    if getattr(callback, "best_weights", None) is None:
        return False
    return restores_always or bool(getattr(callback, "stopped_epoch", 0))


def kept_epoch(callbacks: list[Any], restores_always: bool, last: int) -> int:
    """The epoch whose weights the model has after the fit."""
    for callback in callbacks:
        if _is(callback, "EarlyStopping") and restored(callback, restores_always):
            return int(getattr(callback, "best_epoch", 0) or 0) + 1
    return last


def _best(callback: Any) -> float | None:
    """The best value that a checkpoint of the best has saved so far."""
    if not _is(callback, "ModelCheckpoint") or not getattr(callback, "save_best_only", False):
        return None
    best = getattr(callback, "best", None)
    return None if best is None else float(best)


def _is(callback: Any, name: str) -> bool:
    return any(base.__name__ == name for base in type(callback).__mro__)


def _deed(number: int, epoch: int, deed: str, value: Any) -> dict[str, Any]:
    return {"callback": number, "epoch": epoch, "deed": deed, "value": value}
