"""The schedule of the learning rate: constant, steps, warm-up, a smooth decay, or cycles."""

from __future__ import annotations

import numpy as np

from overfitcheck.analysis.diagnosis import Schedule, ScheduleKind
from overfitcheck.analysis.monotone import Floats
from overfitcheck.analysis.thresholds import DROP_RATIO
from overfitcheck.history.history import History

FEWEST_RATES = 5
"""With fewer known rates nothing is said of a schedule."""

SMALLEST_CHANGE = 1e-6
"""A rate that changes by less than this share was rounded."""

GOOD_FIT = 0.995
"""A decay is called by the name of the shape that explains this share of its variance."""

SMOOTH = (
    ScheduleKind.EXPONENTIAL,
    ScheduleKind.LINEAR,
    ScheduleKind.COSINE,
    ScheduleKind.DECAY,
    ScheduleKind.CYCLIC,
)
"""Kinds whose rate changes all the time: none of their changes is a drop."""


def schedule_of(history: History) -> Schedule | None:
    """The schedule of a fit; None where too few of its rates are known."""
    if "learning_rate" not in history.epochs.columns:
        return None
    rates = history.epochs["learning_rate"].to_numpy(dtype=float)
    rates = rates[np.isfinite(rates)]
    if len(rates) < FEWEST_RATES:
        return None
    warm_up = _warm_up(rates)
    kind = _kind(rates[warm_up:], history.planned_epochs)
    return Schedule(kind, warm_up, float(rates[0]), float(rates[-1]), float(rates.max()))


def _warm_up(rates: Floats) -> int:
    """How many epochs the rate rises in from the first on; 0 where that is no warm-up."""
    rises = np.diff(rates) > SMALLEST_CHANGE * np.abs(rates[:-1])
    count = int(np.argmin(rises)) if not rises.all() else len(rises)
    return count if count >= 2 and rates[count] >= 1.5 * rates[0] else 0


def _kind(rates: Floats, planned: int | None) -> ScheduleKind:
    """The kind of what follows the warm-up."""
    if len(rates) < 2:
        return ScheduleKind.WARM_UP
    change = np.diff(rates) / np.maximum(np.abs(rates[:-1]), 1e-30)
    falls = int(np.count_nonzero(change < -SMALLEST_CHANGE))
    rises = int(np.count_nonzero(change > SMALLEST_CHANGE))
    if rises >= 2 and falls >= 2:
        return ScheduleKind.CYCLIC
    if falls + rises > 0.5 * len(change) and len(rates) >= FEWEST_RATES:
        return _decay(rates, planned) if not rises else ScheduleKind.CYCLIC
    if (change <= DROP_RATIO - 1).any():
        return ScheduleKind.STEPS
    return ScheduleKind.CONSTANT


def _decay(rates: Floats, planned: int | None) -> ScheduleKind:
    """The name of a decay, by the shape that fits it best."""
    time = np.arange(len(rates), dtype=float)
    fits = {ScheduleKind.LINEAR: _explained(time, rates)}
    if (rates > 0).all():
        fits[ScheduleKind.EXPONENTIAL] = _explained(time, np.log(rates))
    ends = {len(rates) - 1, len(rates), *((planned, planned - 1) if planned else ())}
    fits[ScheduleKind.COSINE] = max(
        _explained(np.cos(np.pi * np.minimum(time / end, 1)), rates) for end in ends if end > 1
    )
    best = max(fits, key=lambda kind: fits[kind])
    return best if fits[best] >= GOOD_FIT else ScheduleKind.DECAY


def _explained(shape: Floats, values: Floats) -> float:
    """The share of the variance of `values` that a line in `shape` explains."""
    if np.ptp(values) == 0 or np.ptp(shape) == 0:
        return 0.0
    return float(np.corrcoef(shape, values)[0, 1] ** 2)


def isolated_drops(rates: Floats) -> Floats:
    """Positions at which a rate that hardly changes otherwise falls in a step."""
    ratio = rates[1:] / np.where(rates[:-1] > 0, rates[:-1], np.nan)
    padded = np.concatenate([[1.0], ratio, [1.0]])
    calm = (padded[:-2] > DROP_RATIO) & (padded[2:] > DROP_RATIO)
    slow = np.nanmedian(ratio) > DROP_RATIO if len(ratio) else False
    found: Floats = np.flatnonzero((ratio < 0.7) & calm & slow).astype(float)
    return found
