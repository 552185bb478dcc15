"""Onset: the epoch after which validation loss rises beyond its noise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from overfitcheck.analysis.diagnosis import Onset
from overfitcheck.analysis.monotone import Floats, Valley, noise_of, valley, wander_of
from overfitcheck.analysis.thresholds import (
    DOUBTFUL,
    MEANINGFUL_RISE,
    ONSET_PROFILE,
    RISE_EVIDENCE,
)


@dataclass(frozen=True)
class Rise:
    """How far validation loss stands above its lowest course at the end of a fit.

    `size` and `noise` are in units of the loss, `share` is `size` as a share of the lowest level.
    `wander` is the noise again, larger where that of neighbouring epochs is alike. `evidence` is
    by how many variances of it a V-shaped course fits better than a falling one, `needed` the
    evidence from which a rise is not noise.
    """

    shape: Valley
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


def rise_of(losses: Floats) -> Rise:
    """The rise at the end of a series of at least three validation losses."""
    shape = valley(losses)
    wander = wander_of(losses)
    gained = float(shape.errors[-1] - shape.errors[shape.turn])
    lowest = float(shape.fitted.min())
    size = float(shape.fitted[-1]) - lowest
    scale = max(abs(lowest), 0.02 * float(np.ptp(losses)))
    return Rise(
        shape=shape,
        size=size,
        share=size / scale if scale > 0 else 0.0,
        noise=noise_of(losses),
        wander=wander,
        evidence=gained / wander**2 if wander > 0 else 0.0,
        needed=RISE_EVIDENCE * math.log(len(losses)),
    )


def onset_of(epochs: Floats, losses: Floats, rise: Rise) -> Onset:
    """The epoch at which the best V-shaped course turns, with its interval.

    The interval holds the epochs at which the course may turn without fitting worse than
    `ONSET_PROFILE` variances of the noise times the logarithm of the number of epochs: a
    profile-likelihood interval.
    """
    errors = rise.shape.errors
    worse = ONSET_PROFILE * math.log(len(losses)) * rise.wander**2
    allowed = errors[rise.shape.turn] + worse
    possible = np.flatnonzero(errors <= allowed)
    return Onset(
        epoch=int(epochs[rise.shape.turn]),
        low=int(epochs[possible[0]]),
        high=int(epochs[possible[-1]]),
        rise=rise.size,
        noise=rise.noise,
    )
