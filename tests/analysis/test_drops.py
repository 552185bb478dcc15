"""Effects of drops on courses whose truth is known."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overfitcheck.analysis.diagnosis import EffectVerdict
from overfitcheck.analysis.drops import drops_of, effect_of
from overfitcheck.history.history import Event, EventKind, History


def placebos(before: int, noise: float, seed: int) -> tuple[int, int]:
    """Of 300 epochs without a drop: how many are called an effect, and are in the interval."""
    rng = np.random.default_rng(seed)
    called = inside = 0
    for _ in range(300):
        place = int(rng.integers(8, 34))
        course = 0.5 + np.exp(-np.arange(40.0) / rng.uniform(6, 30)) + rng.normal(0, noise, 40)
        effect = effect_of(
            pd.Series(course), slice(place - before, place), slice(place, place + 3), "loss"
        )
        assert effect.low is not None
        assert effect.high is not None
        called += effect.verdict is not EffectVerdict.NO_CLEAR_EFFECT
        inside += effect.low <= 0 <= effect.high
    return called, inside


@pytest.mark.parametrize("before", [4, 5, 6, 8])
@pytest.mark.parametrize("noise", [0.02, 0.004, 0.001])
def test_a_curve_that_flattens_is_no_drop(before: int, noise: float) -> None:
    called, inside = placebos(before, noise, seed=before)
    assert called <= 18
    assert inside >= 270


def around(values: list[float], metric: str = "loss") -> EffectVerdict:
    return effect_of(pd.Series(values), slice(0, 8), slice(8, 11), metric).verdict


FLATTENING = [1.0, 0.96, 0.925, 0.893, 0.865, 0.84, 0.818, 0.798]


@pytest.mark.parametrize(
    ("after", "verdict"),
    [
        ([0.78, 0.765, 0.752], EffectVerdict.NO_CLEAR_EFFECT),
        ([0.5, 0.45, 0.43], EffectVerdict.HELPED),
        ([1.0, 1.1, 1.2], EffectVerdict.HURT),
    ],
)
def test_a_flattening_curve(after: list[float], verdict: EffectVerdict) -> None:
    assert around([*FLATTENING, *after]) is verdict


def test_accuracy_helps_upwards_and_an_unknown_metric_neither() -> None:
    rising = [0.5, 0.51, 0.5, 0.52, 0.51, 0.52, 0.51, 0.52, 0.8, 0.8, 0.81]
    assert around(rising, "val_accuracy") is EffectVerdict.HELPED
    assert around(rising, "loss") is EffectVerdict.HURT
    assert around(rising, "foo") is EffectVerdict.NO_CLEAR_EFFECT


@given(st.floats(-50, 50), st.integers(0, 1000))
def test_a_constant_added_to_a_metric_leaves_the_change(constant: float, seed: int) -> None:
    values = pd.Series(np.random.default_rng(seed).normal(0, 1, 20))
    plain = effect_of(values, slice(2, 10), slice(10, 13), "loss")
    moved = effect_of(values + constant, slice(2, 10), slice(10, 13), "loss")
    assert moved.change == pytest.approx(plain.change, abs=1e-9)
    assert moved.low == pytest.approx(plain.low, abs=1e-9)
    assert moved.high == pytest.approx(plain.high, abs=1e-9)


def history(rates: list[float], events: tuple[Event, ...] = ()) -> History:
    count = len(rates)
    frame = pd.DataFrame(
        {"loss": np.linspace(1, 0.5, count), "learning_rate": rates},
        index=pd.RangeIndex(1, count + 1, name="epoch"),
        dtype=float,
    )
    return History("train.log", frame, events=events)


def test_a_drop_told_by_a_message_where_no_rate_was_logged() -> None:
    told = Event(EventKind.RATE_REDUCED, 6, 1e-4)
    (drop,) = drops_of(history([math.nan] * 12, (told,)))
    assert (drop.epoch, drop.old_rate, drop.new_rate) == (6, None, 1e-4)


def test_a_message_and_its_rate_are_one_drop() -> None:
    told = Event(EventKind.RATE_REDUCED, 6, 1e-4)
    (drop,) = drops_of(history([1e-3] * 6 + [1e-4] * 6, (told,)))
    assert (drop.epoch, drop.old_rate, drop.new_rate) == (6, 1e-3, 1e-4)


def test_the_epochs_after_a_drop_end_at_the_next() -> None:
    drops = drops_of(history([1e-2] * 8 + [1e-3] * 2 + [1e-4] * 8))
    assert [drop.epoch for drop in drops] == [8, 10]
    assert {drop.effects["loss"].verdict for drop in drops} == {EffectVerdict.UNKNOWN}
