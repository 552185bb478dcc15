"""What the epochs before a drop lead one to expect of the epochs after it.

A straight line through the epochs before, extrapolated, is the best estimate. The interval around
it is wider than that of least squares where the course may not be straight: a training curve
flattens, so the truth may lie anywhere between the line and the level already reached; and where
the epochs before bend away from that level, they may go on bending.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import stdtrit

from overfitcheck.analysis.monotone import Floats
from overfitcheck.analysis.thresholds import BEND


@dataclass(frozen=True)
class Expectation:
    """The expected mean of some later epochs, in the metric's own units.

    `error` is the standard error of that mean, with `freedom` degrees of freedom. A course that
    is not straight may lie up to `below` under `value`, or up to `above` over it.
    """

    value: float
    error: float
    freedom: int
    below: float
    above: float

    def interval(self, confidence: float) -> tuple[float, float]:
        """Both ends of the interval in which the mean is expected (`confidence` from 0 to 1)."""
        half = self.error * float(stdtrit(self.freedom, 0.5 + confidence / 2))
        return self.value - half - self.below, self.value + half + self.above


def extrapolate(before: Floats, values: Floats, after: Floats) -> Expectation:
    """The mean expected at the positions `after`, from at least three `values` at `before`."""
    count, centre = len(before), float(before.mean())
    centred = before - centre
    spread = float((centred**2).sum())
    slope = float((centred * values).sum()) / spread
    residuals = values - values.mean() - slope * centred
    distance = float(after.mean()) - centre
    variance = float((residuals**2).sum()) / (count - 2)
    expected = float(values.mean()) + slope * distance
    bend = _bend(centred, residuals, distance)
    away = bend if bend * slope > 0 else 0.0
    flattened = float(values[-(count // 2) :].mean()) - expected
    return Expectation(
        value=expected,
        error=math.sqrt(
            variance * (1 / len(after) + 1 / count + distance**2 / spread) + away**2,
        ),
        freedom=count - 2,
        below=max(-flattened, 0.0),
        above=max(flattened, 0.0),
    )


def _bend(centred: Floats, residuals: Floats, distance: float) -> float:
    """How far a curved course may stand off the straight line, `distance` beyond its centre.

    The quadratic term of the residuals, carried to that place, unless it is clearly noise, or
    there are fewer than six epochs to see it in.
    """
    count = len(centred)
    if count < 6:
        return 0.0
    shape = centred**2 - (centred**2).mean()
    weight = float((shape**2).sum())
    bend = float((shape * residuals).sum()) / weight
    rest = residuals - bend * shape
    deviation = math.sqrt(float((rest**2).sum()) / (count - 3) / weight)
    if abs(bend) <= BEND * deviation:
        return 0.0
    return bend * (distance**2 - float((centred**2).mean()))
