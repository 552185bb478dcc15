"""Two or more sides of a comparison: what differs between them, and how sure that is.

A side holds the fits of one setting: a single one, or one for each of several seeds. With one fit
a side nothing can be said of chance, and no interval is given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from overfitcheck.analysis.best import better
from overfitcheck.analysis.diagnosis import Diagnosis
from overfitcheck.analysis.monotone import Floats
from overfitcheck.analysis.thresholds import CONFIDENCE
from overfitcheck.direction import Direction

FEWEST_A_SIDE = 2
"""Fits a side from which on an interval is given."""

PERMUTATIONS = 9_999
"""Ways of mixing the sides that a p-value rests on, where there are more than that."""


@dataclass(frozen=True, eq=False)
class Side:
    """The fits of one setting."""

    name: str
    diagnoses: tuple[Diagnosis, ...]


@dataclass(frozen=True)
class Difference:
    """How one measure differs between two sides: the mean of the second minus that of the first.

    `counts` are the fits of each side that have the measure. `low` and `high` are the ends of
    Welch's 90 % t-interval, `p` the two-sided p-value of a permutation test; all three are None
    with fewer than two fits a side. `favours` is the better side (0 or 1) where the interval
    excludes zero and the measure has a better and a worse, else None.
    """

    measure: str
    means: tuple[float, float]
    counts: tuple[int, int]
    change: float
    low: float | None = None
    high: float | None = None
    p: float | None = None
    favours: int | None = None


def measures_of(sides: Sequence[Side]) -> dict[str, Callable[[Diagnosis], float | None]]:
    """What can be compared: the best of each metric that all fits have, its epoch, onset, time."""
    fits = [diagnosis for side in sides for diagnosis in side.diagnoses]
    common = [name for name in fits[0].best if all(name in each.best for each in fits)]
    found: dict[str, Callable[[Diagnosis], float | None]] = {}
    for name in common:
        found[f"best {name}"] = _best(name)
    for name in common:
        found[f"epoch of the best {name}"] = _best_epoch(name)
    found["onset"] = lambda each: None if each.onset is None else float(each.onset.epoch)
    found["epochs after the best"] = lambda each: float(each.waste.epochs)
    found["seconds an epoch"] = _seconds
    return found


def _best(name: str) -> Callable[[Diagnosis], float | None]:
    return lambda each: each.best[name].value


def _best_epoch(name: str) -> Callable[[Diagnosis], float | None]:
    return lambda each: float(each.best[name].epoch)


def _seconds(diagnosis: Diagnosis) -> float | None:
    frame = diagnosis.history.epochs
    if "seconds" not in frame.columns or not frame["seconds"].notna().any():
        return None
    # The first epoch compiles.
    return float(frame["seconds"].iloc[1:].mean()) if len(frame) > 1 else None


def differences(first: Side, second: Side, sides: Sequence[Side]) -> Iterator[Difference]:
    """What differs between two of `sides`, measure by measure; measures nobody has are left out."""
    for measure, value_of in measures_of(sides).items():
        values = [_values(side, value_of) for side in (first, second)]
        if all(len(each) for each in values):
            yield difference(measure, values[0], values[1])


def _values(side: Side, value_of: Callable[[Diagnosis], float | None]) -> Floats:
    found = [value for each in side.diagnoses if (value := value_of(each)) is not None]
    values: Floats = np.asarray(found, dtype=np.float64)
    return values[np.isfinite(values)]


def difference(measure: str, first: Floats, second: Floats) -> Difference:
    """The difference of the means of some values of each side, with what is known of chance."""
    means = (float(first.mean()), float(second.mean()))
    counts = (len(first), len(second))
    change = means[1] - means[0]
    if min(counts) < FEWEST_A_SIDE:
        return Difference(measure, means, counts, change)
    low, high = _interval(first, second)
    return Difference(
        measure, means, counts, change, low, high, _p_value(first, second),
        _favoured(measure, change) if low > 0 or high < 0 else None,
    )  # fmt: skip


def _interval(first: Floats, second: Floats) -> tuple[float, float]:
    """Welch's t-interval of the difference, with the degrees of freedom of Satterthwaite (1946).

    Both ends are the difference itself where nothing varies.
    """
    change = float(second.mean() - first.mean())
    errors = [float(each.var(ddof=1)) / len(each) for each in (first, second)]
    spread = sum(error**2 / (len(x) - 1) for error, x in zip(errors, (first, second), strict=True))
    if spread <= 0:
        return change, change
    half = float(stdtrit(sum(errors) ** 2 / spread, 0.5 + CONFIDENCE / 2)) * math.sqrt(sum(errors))
    return change - half, change + half


def _p_value(first: Floats, second: Floats) -> float:
    """Share of the ways to mix the sides that differ at least as much (all ways where few).

    Differences count as equal where they are but for the rounding of numbers of that size.
    """
    from scipy.stats import permutation_test

    size = max(float(np.abs(first).max()), float(np.abs(second).max())) or 1.0
    tested = permutation_test(
        (first / size, second / size),
        lambda a, b, axis: np.round(np.mean(b, axis=axis) - np.mean(a, axis=axis), 12),
        vectorized=True,
        n_resamples=PERMUTATIONS,
        rng=np.random.default_rng(0),
    )
    return float(tested.pvalue)


def _favoured(measure: str, change: float) -> int | None:
    name = measure.removeprefix("best ")
    direction = better(name) if name != measure else None
    if measure in ("epochs after the best", "seconds an epoch"):
        direction = Direction.DOWN
    if direction is None or change == 0:
        return None
    return int((change > 0) is (direction is Direction.UP))
