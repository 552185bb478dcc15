"""Drops of the learning rate, and what each did against the trend before it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from overfitcheck.analysis.best import better
from overfitcheck.analysis.diagnosis import Drop, Effect, EffectVerdict, ScheduleKind
from overfitcheck.analysis.monotone import Floats
from overfitcheck.analysis.schedule import SMOOTH, isolated_drops, schedule_of
from overfitcheck.analysis.thresholds import (
    CONFIDENCE,
    DROP_RATIO,
    EFFECT_EPOCHS,
    FEWEST_AFTER,
    FEWEST_BEFORE,
    MEANINGFUL_EFFECT,
    TREND_EPOCHS,
    VERDICT_CONFIDENCE,
)
from overfitcheck.analysis.trend import extrapolate
from overfitcheck.direction import Direction
from overfitcheck.history.history import NOT_METRICS, EventKind, History

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

    A rate that changes all the time follows a smooth schedule and has no drops, unless it falls in
    a step where it hardly changes otherwise.
    """
    schedule = schedule_of(history)
    if schedule is None or schedule.kind not in SMOOTH:
        return tuple(_steps(history))
    if schedule.kind is ScheduleKind.CYCLIC:
        return ()
    rates = _rates(history)
    epochs = history.epochs.index
    return tuple(
        Step(int(epochs[place]), place + 1, float(rates[place]), float(rates[place + 1]))
        for place in isolated_drops(rates).astype(int)
    )


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
    names = [str(name) for name in history.epochs.columns if name not in NOT_METRICS]
    drops = []
    for number, step in enumerate(steps, 1):
        before = slice(max(places[number - 1], step.position - TREND_EPOCHS), step.position)
        after = slice(step.position, min(places[number + 1], step.position + EFFECT_EPOCHS))
        rest = slice(step.position, places[number + 1])
        effects = {
            name: _with_later(
                effect_of(history.epochs[name], before, after, name), history.epochs[name], rest
            )
            for name in names
        }
        drops.append(Drop(step.epoch, step.old_rate, step.new_rate, effects))
    return tuple(drops)


def _with_later(effect: Effect, values: pd.Series[float], rest: slice) -> Effect:
    """The effect with how far the metric moved on from there to the last epochs of this rate."""
    at_rate = values.iloc[rest].dropna()
    if effect.change is None or len(at_rate) < 2 * EFFECT_EPOCHS:
        return effect
    later = float(at_rate.iloc[-EFFECT_EPOCHS:].mean() - at_rate.iloc[:EFFECT_EPOCHS].mean())
    return replace(effect, later=later, later_epoch=int(at_rate.index[-1]))


def effect_of(values: pd.Series[float], before: slice, after: slice, metric: str) -> Effect:
    """Mean of the epochs after a drop minus what the trend before it leads one to expect."""
    x = np.arange(len(values), dtype=np.float64)
    y: Floats = np.asarray(values, dtype=np.float64)
    x0, y0, x1, y1 = x[before], y[before], x[after], y[after]
    usable = np.isfinite(y0)
    x0, y0 = x0[usable], y0[usable]
    if len(x0) < FEWEST_BEFORE or len(x1) < FEWEST_AFTER or not np.isfinite(y1).all():
        return UNKNOWN
    expected, reached = extrapolate(x0, y0, x1), float(y1.mean())
    low, high = expected.interval(CONFIDENCE)
    level = max(abs(float(y0.mean())), 0.1 * float(np.ptp(y[np.isfinite(y)])))
    certain = _excludes(reached, expected.interval(VERDICT_CONFIDENCE))
    change = reached - expected.value
    clear = certain and abs(change) > MEANINGFUL_EFFECT * level
    return Effect(
        change,
        reached - high,
        reached - low,
        _verdict(change, metric) if clear else EffectVerdict.NO_CLEAR_EFFECT,
        reached - float(y0.mean()),
    )


def _excludes(value: float, interval: tuple[float, float]) -> bool:
    return not interval[0] <= value <= interval[1]


def _verdict(change: float, metric: str) -> EffectVerdict:
    """What a clear change of a metric is: help, harm, or neither where nobody knows its sense."""
    direction = better(metric)
    if direction is None:
        return EffectVerdict.NO_CLEAR_EFFECT
    helped = (change > 0) is (direction is Direction.UP)
    return EffectVerdict.HELPED if helped else EffectVerdict.HURT
