"""What the epochs before a drop lead one to expect of the epochs after it.

A straight line through the epochs before, carried on; where there are enough of them to see that
courses flatten, it is carried on less steeply (`DAMPING`). The error of that expectation has three
parts: the noise of the epochs, the doubt whether the slope goes on (`SLOPE_DOUBT`), and the
curvature of the epochs before, carried on in the same way (`BEND_DOUBT`). It is taken to have one
degree of freedom fewer than there are epochs before: with that, and not with the two fewer of least
squares, the intervals after 4 and 5 epochs hold as often as they claim.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import stdtrit

from overfitcheck.analysis.monotone import Floats
from overfitcheck.analysis.thresholds import (
    BEND_DOUBT,
    BEND_DOUBT_OF_FEW,
    DAMPING,
    DAMPING_FROM,
    SLOPE_DOUBT,
)


@dataclass(frozen=True)
class Expectation:
    """The expected mean of some later epochs, in the metric's own units.

    `error` is the standard error of that mean, with `freedom` degrees of freedom.
    """

    value: float
    error: float
    freedom: int

    def interval(self, confidence: float) -> tuple[float, float]:
        """Both ends of the interval in which the mean is expected (`confidence` from 0 to 1)."""
        half = self.error * float(stdtrit(self.freedom, 0.5 + confidence / 2))
        return self.value - half, self.value + half


def extrapolate(before: Floats, values: Floats, after: Floats) -> Expectation:
    """The mean expected at the positions `after`, from at least four `values` at `before`."""
    count, centre = len(before), float(before.mean())
    centred = before - centre
    spread = float((centred**2).sum())
    slope = float((centred * values).sum()) / spread
    residuals = values - values.mean() - slope * centred
    reach = float(after.mean() - before[-1])
    many = count >= DAMPING_FROM
    damping, doubt = (DAMPING, BEND_DOUBT) if many else (1.0, BEND_DOUBT_OF_FEW)
    distance = float(before[-1]) - centre + damping * reach
    variance = float((residuals**2).sum()) / (count - 2)
    shape = centred**2 - (centred**2).mean()
    curvature = float((shape * residuals).sum()) / float((shape**2).sum())
    bend = curvature * (distance**2 - float((centred**2).mean()))
    return Expectation(
        value=float(values.mean()) + slope * distance,
        error=math.sqrt(
            variance * (1 / len(after) + 1 / count + distance**2 / spread)
            + SLOPE_DOUBT * (reach * slope) ** 2
            + doubt * bend**2
        ),
        freedom=count - 1,
    )
