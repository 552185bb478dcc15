"""What `keras.callbacks.EarlyStopping` does with a history, rule by rule as Keras 3 has them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from overfitcheck.analysis.best import better
from overfitcheck.direction import Direction
from overfitcheck.history.history import History


@dataclass(frozen=True)
class EarlyStopping:
    """The settings of the callback, under its own names."""

    patience: int = 0
    monitor: str = "val_loss"
    min_delta: float = 0.0
    mode: str = "auto"
    baseline: float | None = None
    restore_best_weights: bool = False
    start_from_epoch: int = 0

    def __str__(self) -> str:
        others = "" if self.monitor == "val_loss" else f"monitor={self.monitor!r}, "
        return f"EarlyStopping({others}patience={self.patience})"


@dataclass(frozen=True)
class Stop:
    """The `last` epoch trained, the `best` seen by then, and whether the callback `fired`."""

    last: int
    best: int
    fired: bool


def settings_from(settings: Mapping[str, Any]) -> EarlyStopping | None:
    """The settings of a callback that was seen in a run; None where they make no sense."""
    known = {name: settings[name] for name in EarlyStopping.__match_args__ if name in settings}
    try:
        return EarlyStopping(
            int(known.get("patience", 0)),
            str(known.get("monitor", "val_loss")),
            abs(float(known.get("min_delta", 0.0))),
            str(known.get("mode", "auto")),
            None if known.get("baseline") is None else float(known["baseline"]),
            bool(known.get("restore_best_weights", False)),
            int(known.get("start_from_epoch", 0)),
        )
    except (TypeError, ValueError):
        return None


def stop_of(history: History, settings: EarlyStopping) -> Stop | None:
    """When the callback would have stopped; None where its metric is missing or has no sense."""
    direction = _direction(settings)
    if settings.monitor not in history.epochs.columns or direction is None:
        return None
    sign = 1.0 if direction is Direction.DOWN else -1.0
    best, best_epoch, wait = None, None, 0
    epochs = [int(epoch) for epoch in history.epochs.index]
    for epoch, value in zip(epochs, _values(history, settings.monitor), strict=True):
        if value is None or epoch - 1 < settings.start_from_epoch:
            continue
        best_epoch = epoch if best_epoch is None else best_epoch
        wait += 1
        current = sign * value
        if best is None or current + settings.min_delta < best:
            best, best_epoch = current, epoch
            if settings.baseline is None or (
                current + settings.min_delta < sign * settings.baseline
            ):
                wait = 0
        elif wait >= settings.patience and epoch > 1:
            return Stop(epoch, best_epoch, True)
    return None if best_epoch is None else Stop(epochs[-1], best_epoch, False)


def _direction(settings: EarlyStopping) -> Direction | None:
    modes = {"min": Direction.DOWN, "max": Direction.UP}
    return modes.get(settings.mode) or better(settings.monitor)


def _values(history: History, monitor: str) -> list[float | None]:
    """The monitored values; None in epochs without one, as validation is not run in each.

    NaN beside a training loss that is NaN too is a value, and never an improvement.
    """
    values = history.epochs[monitor].tolist()
    losses = (
        history.epochs["loss"].tolist() if "loss" in history.epochs.columns else [0.0] * len(values)
    )
    return [
        None if math.isnan(value) and not math.isnan(loss) else value
        for value, loss in zip(values, losses, strict=True)
    ]
