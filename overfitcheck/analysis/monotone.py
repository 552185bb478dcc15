"""V-shaped courses: the best fit that falls up to an epoch and rises after it.

Least squares under order constraints, by the pool-adjacent-violators algorithm (Ayer et al.
1955); the errors of all prefixes at once as Stout (2008), "Unimodal regression via prefix
isotonic regression".
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from overfitcheck.analysis.thresholds import WANDER_BLOCKS

Floats = npt.NDArray[np.float64]

MEDIAN_OF_SQUARE = 0.4549
"""The median of the square of a standard normal variable."""

ROBUST_FROM = 12
"""With fewer values their median is less certain than their mean."""


@dataclass(frozen=True)
class Valley:
    """The best V-shaped fit of a series.

    `turn` is the position (from 0) of the last value of the falling part, `errors[k]` the sum of
    squared residuals of the best fit that turns after position k, `fitted` the best fit itself.
    """

    turn: int
    errors: Floats
    fitted: Floats

    @property
    def blocks(self) -> int:
        """Number of different levels of the fit: its degrees of freedom."""
        return 1 + int(np.count_nonzero(np.diff(self.fitted)))


def prefix_errors(values: Floats) -> Floats:
    """Squared error of the best falling fit of each prefix of `values`."""
    means: list[float] = []
    weights: list[int] = []
    costs: list[float] = []
    total = 0.0
    errors = np.empty(len(values))
    for position, value in enumerate(values.tolist()):
        mean, weight, cost = value, 1, 0.0
        while means and means[-1] < mean:
            left, size, spent = means.pop(), weights.pop(), costs.pop()
            total -= spent
            cost += spent + (mean - left) ** 2 * size * weight / (size + weight)
            mean = (mean * weight + left * size) / (weight + size)
            weight += size
        means.append(mean)
        weights.append(weight)
        costs.append(cost)
        total += cost
        errors[position] = total
    return errors


def falling_fit(values: Floats) -> Floats:
    """The best fit of `values` that never rises."""
    blocks: list[list[float]] = []
    for value in values.tolist():
        mean, weight = value, 1.0
        while blocks and blocks[-1][0] < mean:
            left, size = blocks.pop()
            mean = (mean * weight + left * size) / (weight + size)
            weight += size
        blocks.append([mean, weight])
    return np.concatenate([np.full(int(weight), mean) for mean, weight in blocks])


def valley(values: Floats) -> Valley:
    """The best V-shaped fit of at least one value."""
    falling = prefix_errors(values)
    rising = prefix_errors(values[::-1])[::-1]
    errors = falling + np.append(rising[1:], 0.0)
    # The last of equally good turns: a value is then part of the falling course as long as it can.
    turn = int(np.flatnonzero(errors <= errors.min() * (1 + 1e-9) + 1e-300)[-1])
    left = falling_fit(values[: turn + 1])
    right = falling_fit(values[turn + 1 :][::-1])[::-1] if turn + 1 < len(values) else values[:0]
    return Valley(turn, errors, np.concatenate([left, right]))


def noise_of(values: Floats) -> float:
    """Standard deviation of a value around the smooth course of its series.

    From second differences, in which a smooth course cancels: their mean square is six times the
    variance of the noise. From `ROBUST_FROM` values on it is taken from their median, which a
    steep beginning does not move; and of the two halves of a long series the noisier one counts,
    as noise dies away with the learning rate. 0 for fewer than three values.
    """
    if len(values) < 3:
        return 0.0
    return math.sqrt(_typical_square(np.diff(values, 2), len(values)) / 6.0)


def _typical_square(differences: Floats, count: int) -> float:
    squares = differences**2
    if count < ROBUST_FROM:
        return float(np.mean(squares))
    middle = len(squares) // 2
    halves = (squares[:middle], squares[middle:]) if count >= 2 * ROBUST_FROM else (squares,)
    return max(float(np.median(half)) for half in halves) / MEDIAN_OF_SQUARE


def wander_of(values: Floats) -> float:
    """Standard deviation that independent noise would need to wander as far as this noise does.

    Where the noise of neighbouring epochs is alike, it can look like a rise; what counts then is
    its long-run variance, and not that of one epoch. It is estimated from second differences of
    the means of neighbouring blocks (`WANDER_BLOCKS`). Never below `noise_of`.
    """
    largest = noise_of(values)
    sums = np.concatenate([[0.0], np.cumsum(values - values.mean())]) if len(values) else values
    for size, needed in WANDER_BLOCKS:
        if len(values) < needed:
            break
        means = (sums[size:] - sums[:-size]) / size
        bends = means[2 * size :] - 2 * means[size:-size] + means[: -2 * size]
        largest = max(largest, math.sqrt(size * _typical_square(bends, len(values)) / 6.0))
    return largest


def window_of(count: int) -> int:
    """How many epochs a level is the mean of: a tenth of all, and at least two."""
    return min(max(2, count // 10), count)


def levels(values: Floats) -> Floats:
    """The mean of every `window_of` consecutive values; `levels[-1]` is that of the last ones."""
    size = window_of(len(values))
    sums = np.concatenate([[0.0], np.cumsum(values)])
    means: Floats = (sums[size:] - sums[:-size]) / size
    return means
