"""Onset: the epoch after which validation loss rises beyond its noise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from overfitcheck.analysis.course import Course
from overfitcheck.analysis.diagnosis import Onset
from overfitcheck.analysis.monotone import Floats, Valley, levels, noise_of, valley, wander_of
from overfitcheck.analysis.thresholds import (
    DOUBTFUL,
    MEANINGFUL_RISE,
    ONSET_PROFILE,
    RISE_EVIDENCE,
)


@dataclass(frozen=True)
class Rise:
    """How far a validation loss stands above its lowest level at the end of a fit.

    A level is the mean of a tenth of the epochs (at least two): `lowest` the lowest of the
    fit, `last` that of its end, `size` their difference, `share` the same as a share of the lowest.
    `noise` is the standard deviation of an epoch, `wander` the noise again, larger where that of
    neighbouring epochs is alike. `evidence` is by how many variances of it a V-shaped course fits
    better than a falling one, `needed` the evidence from which a rise is not noise.
    """

    shape: Valley
    lowest: float
    last: float
    size: float
    share: float
    noise: float
    wander: float
    evidence: float
    needed: float

    @property
    def is_meaningful(self) -> bool:
        """Whether anybody would care about a rise of this size."""
        return self.share >= MEANINGFUL_RISE

    @property
    def is_certain(self) -> bool:
        """Whether the rise is beyond the noise."""
        return self.evidence >= self.needed

    @property
    def is_doubtful(self) -> bool:
        """Whether a large rise can neither be told from the noise nor be put down to it."""
        large = self.share >= 2 * MEANINGFUL_RISE
        return large and not self.is_certain and self.evidence >= DOUBTFUL * self.needed


def rise_of(course: Course) -> Rise:
    """The rise at the end of a course of at least three epochs."""
    losses = course.losses
    shape, means = valley(losses), levels(losses)
    wander = wander_of(losses)
    gained = float(shape.errors[-1] - shape.errors[shape.turn])
    lowest, last = float(means.min()), float(means[-1])
    scale = course.scale(lowest)
    # The squares of a course without noise differ by their rounding.
    floor = 1e-9 * float(np.abs(losses).max()) ** 2
    return Rise(
        shape=shape,
        lowest=lowest,
        last=last,
        size=last - lowest,
        share=(last - lowest) / scale if scale > 0 else 0.0,
        noise=noise_of(losses),
        wander=wander,
        evidence=gained / max(wander**2, floor) if gained > 0 else 0.0,
        needed=RISE_EVIDENCE * math.log(len(losses)),
    )


def onset_of(course: Course, rise: Rise) -> Onset:
    """The epoch at which the best V-shaped course turns, with its interval.

    The interval holds the epochs at which the course may turn without fitting worse than
    `ONSET_PROFILE` variances of the noise times the logarithm of the number of epochs: a
    profile-likelihood interval.
    """
    shape = rise.shape
    worse = ONSET_PROFILE * math.log(len(course.losses)) * rise.noise**2
    possible = np.flatnonzero(shape.errors <= shape.errors[shape.turn] + worse)
    return Onset(
        epoch=int(course.epochs[shape.turn]),
        low=int(course.epochs[possible[0]]),
        high=int(course.epochs[possible[-1]]),
        rise=rise.size,
        noise=rise.noise,
    )


def still_falls(training: Floats, turn: int) -> bool:
    """Whether the level of the training loss at the end is below that around the turn."""
    usable = training[np.isfinite(training)]
    if len(usable) < len(training) or not len(usable):
        return bool(len(usable))
    means = levels(usable)
    around = min(max(turn - (len(training) - len(means)) // 2, 0), len(means) - 1)
    return bool(means[-1] <= means[around])
