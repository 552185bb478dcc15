"""Drops of the learning rate, and what each did against the trend before it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from overfitcheck.analysis.best import better
from overfitcheck.analysis.diagnosis import Drop, Effect, EffectVerdict
from overfitcheck.analysis.monotone import Floats
from overfitcheck.analysis.thresholds import (
    BEND,
    CONFIDENCE,
    DROP_RATIO,
    EFFECT_EPOCHS,
    FEWEST_AFTER,
    FEWEST_BEFORE,
    MEANINGFUL_EFFECT,
    TREND_EPOCHS,
    VERDICT_CONFIDENCE,
)
from overfitcheck.direction import Direction
from overfitcheck.history.history import EventKind, History

UNKNOWN = Effect(None, None, None, EffectVerdict.UNKNOWN)


@dataclass(frozen=True)
class Step:
    """A rate that became smaller after `epoch`; `position` counts the epochs up to it."""

    epoch: int
    position: int
    old_rate: float | None
    new_rate: float


def steps_of(history: History) -> tuple[Step, ...]:
    """The drops of a history: from its rates, or from messages where no rate was logged.

    A rate that changes in most epochs follows a smooth schedule and has no drops.
    """
    if is_smooth(history):
        return ()
    return tuple(_steps(history))


def is_smooth(history: History) -> bool:
    """Whether the learning rate follows a smooth schedule: it changes at most of the epochs."""
    rates = _rates(history)
    known = rates[np.isfinite(rates)]
    if len(known) < 5:
        return False
    changes = np.abs(np.diff(known)) > 1e-6 * np.abs(known[:-1])
    return bool(np.count_nonzero(changes) > 0.5 * len(changes))


def _rates(history: History) -> Floats:
    if "learning_rate" not in history.epochs.columns:
        return np.full(len(history.epochs), math.nan)
    return history.epochs["learning_rate"].to_numpy(dtype=float)


def _steps(history: History) -> Iterator[Step]:
    rates = _rates(history)
    epochs = [int(epoch) for epoch in history.epochs.index]
    told = {
        event.epoch: event.value
        for event in history.events
        if event.kind is EventKind.RATE_REDUCED and event.value is not None
    }
    for position, epoch in enumerate(epochs[:-1]):
        old, new = float(rates[position]), float(rates[position + 1])
        if math.isfinite(old) and math.isfinite(new):
            if 0 <= new <= DROP_RATIO * old:
                yield Step(epoch, position + 1, old, new)
        elif epoch in told:
            yield Step(epoch, position + 1, old if math.isfinite(old) else None, told[epoch] or 0.0)


def drops_of(history: History) -> tuple[Drop, ...]:
    """Every drop with its effect on every metric of training and validation."""
    steps = steps_of(history)
    places = [0, *(step.position for step in steps), len(history.epochs)]
    names = [name for name in history.epochs.columns if name not in ("learning_rate", "seconds")]
    drops = []
    for number, step in enumerate(steps, 1):
        before = slice(max(places[number - 1], step.position - TREND_EPOCHS), step.position)
        after = slice(step.position, min(places[number + 1], step.position + EFFECT_EPOCHS))
        effects = {
            str(name): effect_of(history.epochs[name], before, after, str(name)) for name in names
        }
        drops.append(Drop(step.epoch, step.old_rate, step.new_rate, effects))
    return tuple(drops)


def effect_of(values: pd.Series[float], before: slice, after: slice, metric: str) -> Effect:
    """Mean of the epochs after a drop minus what the trend before it leads one to expect.

    The trend is a straight line through the epochs before, extrapolated; its interval is the
    prediction interval of least squares, widened by the curvature that a straight line misses.
    """
    x = np.arange(len(values), dtype=np.float64)
    y: Floats = np.asarray(values, dtype=np.float64)
    x0, y0, x1, y1 = x[before], y[before], x[after], y[after]
    usable = np.isfinite(y0)
    x0, y0 = x0[usable], y0[usable]
    if len(x0) < FEWEST_BEFORE or len(x1) < FEWEST_AFTER or not np.isfinite(y1).all():
        return UNKNOWN
    expected, error, freedom = extrapolate(x0, y0, x1)
    change = float(y1.mean()) - expected
    half = error * float(stdtrit(freedom, 0.5 + CONFIDENCE / 2))
    needed = error * float(stdtrit(freedom, 0.5 + VERDICT_CONFIDENCE / 2))
    level = max(abs(float(y0.mean())), 0.1 * float(np.ptp(y[np.isfinite(y)])))
    return Effect(
        change,
        change - half,
        change + half,
        _verdict(change, max(needed, MEANINGFUL_EFFECT * level), metric),
        float(y1.mean() - y0.mean()),
    )


def extrapolate(x0: Floats, y0: Floats, x1: Floats) -> tuple[float, float, int]:
    """Expected mean at `x1` by the line through (x0, y0), its standard error, and its freedom.

    The error holds the noise of the mean after, that of the line, and half the distance to what
    the second half of the epochs before alone would lead one to expect: where the course is
    curved, as a training loss is, the two differ.
    """
    count, centre = len(x0), float(x0.mean())
    spread = float(((x0 - centre) ** 2).sum())
    slope = float(((x0 - centre) * y0).sum()) / spread
    residuals = y0 - y0.mean() - slope * (x0 - centre)
    freedom = count - 2
    variance = float((residuals**2).sum()) / freedom
    distance = float(x1.mean()) - centre
    expected = float(y0.mean()) + slope * distance
    sampling = variance * (1 / len(x1) + 1 / count + distance**2 / spread)
    return expected, math.sqrt(sampling + _bend(x0, residuals, distance) ** 2), freedom


def _bend(x0: Floats, residuals: Floats, distance: float) -> float:
    """How far a curved course may stand off the straight line, `distance` beyond its centre.

    The quadratic term of the residuals, carried to that place, unless it is clearly noise.
    """
    count = len(x0)
    if count < 6:
        return 0.0
    centred = x0 - x0.mean()
    shape = centred**2 - (centred**2).mean()
    weight = float((shape**2).sum())
    bend = float((shape * residuals).sum()) / weight
    rest = residuals - bend * shape
    deviation = math.sqrt(float((rest**2).sum()) / (count - 3) / weight)
    if abs(bend) <= BEND * deviation:
        return 0.0
    return abs(bend) * abs(distance**2 - float((centred**2).mean()))


def _verdict(change: float, needed: float, metric: str) -> EffectVerdict:
    direction = better(metric)
    if direction is None or abs(change) <= needed:
        return EffectVerdict.NO_CLEAR_EFFECT
    helped = (change > 0) is (direction is Direction.UP)
    return EffectVerdict.HELPED if helped else EffectVerdict.HURT
