"""The course of one monitored metric, turned so that lower is better."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from overfitcheck.analysis.best import better
from overfitcheck.analysis.monotone import Floats
from overfitcheck.direction import Direction
from overfitcheck.history.history import History

SMALLEST_SHARE = 0.02
"""A level nearer to zero than this share of the range counts as this far from it."""


@dataclass(frozen=True)
class Course:
    """The finite values of a metric: as losses, with the sign that turns them back.

    `places` are their positions in the history, `epochs` their epochs.
    """

    name: str
    sign: float
    places: Floats
    epochs: Floats
    losses: Floats

    def told(self, loss: float) -> float:
        """A value of `losses` in the metric's own sense."""
        return self.sign * loss

    def scale(self, lowest: float) -> float:
        """What a worsening from `lowest` is a share of: the level of a loss, the error of a share.

        An accuracy that falls from 0.90 to 0.88 has its error grown by a fifth.
        """
        spread = SMALLEST_SHARE * float(np.ptp(self.losses)) if len(self.losses) else 0.0
        if self.sign < 0 and -1 <= lowest <= 0 and float(self.losses.min()) >= -1:
            return max(1.0 + lowest, SMALLEST_SHARE)
        return max(abs(lowest), spread)


def course_of(history: History, name: str) -> Course | None:
    """The course of a metric; None where it was not logged or nobody knows its better end."""
    direction = better(name)
    if name not in history.epochs.columns or direction is None:
        return None
    values = history.epochs[name].to_numpy(dtype=float)
    places = np.flatnonzero(np.isfinite(values)).astype(float)
    sign = 1.0 if direction is Direction.DOWN else -1.0
    usable = values[places.astype(int)]
    epochs = history.epochs.index.to_numpy(dtype=float)[places.astype(int)]
    return Course(name, sign, places, epochs, sign * usable)


def judged_metric(history: History) -> str | None:
    """What a fit is judged by: ``val_loss``, or else a validation metric that has a sense."""
    names = [str(name) for name in history.epochs.columns if str(name).startswith("val_")]
    for name in sorted(names, key=lambda name: (name != "val_loss", not name.endswith("_loss"))):
        if better(name) is not None and history.epochs[name].notna().any():
            return name
    return None
