"""Schedules of the learning rate, told apart."""

import math

import numpy as np
import pandas as pd
import pytest

from overfitcheck.analysis.diagnose import diagnose
from overfitcheck.analysis.diagnosis import ScheduleKind
from overfitcheck.analysis.drops import steps_of
from overfitcheck.analysis.schedule import schedule_of
from overfitcheck.history.history import Event, EventKind, History

N = 40


def history(rates: list[float], events: tuple[Event, ...] = ()) -> History:
    count = len(rates)
    frame = pd.DataFrame(
        {"loss": np.linspace(1, 0.5, count), "val_loss": np.linspace(1, 0.6, count)},
        index=pd.RangeIndex(1, count + 1, name="epoch"),
    )
    frame["learning_rate"] = rates
    return History("train.log", frame, max(count, N), events)


COSINE = [0.01 * (1 + math.cos(math.pi * n / N)) / 2 for n in range(N)]
WARM_UP = [0.01 * (n + 1) / 5 for n in range(5)]
TRIANGLE = [0.001 + 0.001 * abs(5 - n % 10) for n in range(N)]


@pytest.mark.parametrize(
    ("rates", "kind", "warm_up", "drops"),
    [
        ([0.01] * N, ScheduleKind.CONSTANT, 0, []),
        ([0.01 + 1e-12 * (n % 2) for n in range(N)], ScheduleKind.CONSTANT, 0, []),
        ([0.01] * 20 + [0.001] * 20, ScheduleKind.STEPS, 0, [20]),
        ([0.01 * 0.5 ** (n // 10) for n in range(N)], ScheduleKind.STEPS, 0, [10, 20, 30]),
        ([0.01 * 0.95**n for n in range(N)], ScheduleKind.EXPONENTIAL, 0, []),
        ([0.01 * (1 - n / N) for n in range(N)], ScheduleKind.LINEAR, 0, []),
        (COSINE, ScheduleKind.COSINE, 0, []),
        (COSINE[:30], ScheduleKind.COSINE, 0, []),
        ([0.01 / (1 + n) for n in range(N)], ScheduleKind.DECAY, 0, []),
        (TRIANGLE, ScheduleKind.CYCLIC, 0, []),
        (COSINE[::2] + COSINE[::2], ScheduleKind.CYCLIC, 0, []),
        ([0.0001 * (n + 1) for n in range(N)], ScheduleKind.WARM_UP, N - 1, []),
        (WARM_UP + COSINE, ScheduleKind.COSINE, 4, []),
        (WARM_UP + [0.01] * 15 + [0.001] * 10, ScheduleKind.STEPS, 4, [20]),
        (WARM_UP + [0.01] * 20, ScheduleKind.CONSTANT, 4, []),
    ],
    ids=["constant", "rounding", "one step", "staircase", "exponential", "linear", "cosine",
         "cosine cut short", "inverse time", "triangular", "restarts", "rising", "warm-up, cosine",
         "warm-up, steps", "warm-up, constant"],
)  # fmt: skip
def test_schedules(rates: list[float], kind: ScheduleKind, warm_up: int, drops: list[int]) -> None:
    found = schedule_of(history(rates))
    assert found is not None
    assert (found.kind, found.warm_up) == (kind, warm_up)
    assert [step.epoch for step in steps_of(history(rates))] == drops


def test_a_step_in_a_rate_that_hardly_decays_is_a_drop() -> None:
    rates = [0.01 * 0.999**n * (0.1 if n >= 20 else 1) for n in range(N)]
    (step,) = steps_of(history(rates))
    assert step.epoch == 20
    assert step.old_rate == pytest.approx(0.00981, rel=0.01)


def test_the_steep_end_of_a_cosine_is_no_drop() -> None:
    assert steps_of(history([0.01 * (1 + math.cos(math.pi * n / 19)) / 2 for n in range(20)])) == ()


@pytest.mark.parametrize("rates", [[], [0.01] * 4, [math.nan] * N])
def test_too_few_rates_have_no_schedule(rates: list[float]) -> None:
    assert schedule_of(history(rates)) is None
    assert steps_of(history(rates)) == ()


def test_a_smooth_schedule_and_a_warm_up_are_reported() -> None:
    remarks = diagnose(history(WARM_UP + COSINE)).remarks
    assert "the learning rate warms up over 4 epochs, from 0.002 to 0.01" in remarks
    assert any("follows a cosine schedule" in line and "no drops" in line for line in remarks)


def test_a_drop_that_only_the_logged_rate_tells_of_may_be_an_epoch_off() -> None:
    rates = [0.01] * 20 + [0.001] * 20
    alone = diagnose(history(rates)).remarks
    assert any("one epoch early or late" in line for line in alone)
    told = (Event(EventKind.RATE_REDUCED, 20, 0.001),)
    assert not any("one epoch early" in line for line in diagnose(history(rates, told)).remarks)
