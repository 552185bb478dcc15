"""Onsets and rises of validation losses whose course is known."""

import math

import numpy as np
import pytest

from overfitcheck.analysis.course import Course
from overfitcheck.analysis.monotone import noise_of, valley, wander_of
from overfitcheck.analysis.onset import onset_of, rise_of


def noise(length: int, size: float, likeness: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.normal(0, size, length)
    for epoch in range(1, length):
        values[epoch] = likeness * values[epoch - 1] + math.sqrt(1 - likeness**2) * values[epoch]
    return values


def course(losses: np.ndarray) -> Course:
    places = np.arange(float(len(losses)))
    return Course("val_loss", 1.0, places, places + 1, losses)


def levelling(length: int) -> np.ndarray:
    return 1 + np.exp(-6 * np.arange(length) / length)


def called(length: int, likeness: float) -> int:
    """How many of 100 courses without a rise are said to rise beyond their noise."""
    rises = [
        rise_of(course(levelling(length) + noise(length, 0.03, likeness, n))) for n in range(100)
    ]
    return sum(rise.is_certain and rise.is_meaningful for rise in rises)


@pytest.mark.parametrize(
    ("length", "likeness", "most"),
    [(10, 0.0, 3), (30, 0.0, 8), (100, 0.0, 8), (30, 0.3, 12), (100, 0.3, 12), (200, 0.3, 15)],
)
def test_noise_is_no_rise_even_where_neighbours_are_alike(
    length: int, likeness: float, most: int
) -> None:
    assert called(length, likeness) <= most


def test_wandering_noise_counts_for_more_than_that_of_an_epoch() -> None:
    alike = noise(400, 1.0, 0.6, 0)
    assert noise_of(alike) < 0.7
    assert 1.2 < wander_of(alike) < 2.5
    plain = noise(400, 1.0, 0.0, 0)
    assert wander_of(plain) == pytest.approx(1.0, abs=0.35)


@pytest.mark.parametrize(("size", "length"), [(0.005, 20), (0.02, 20), (0.02, 100), (0.05, 400)])
def test_the_interval_holds_the_turn_about_as_often_as_claimed(size: float, length: int) -> None:
    time = np.arange(length) / length
    truth = 1 + np.exp(-10 * time) + 0.8 * np.clip(time - 0.3, 0, None)
    turn = int(truth.argmin()) + 1
    inside = 0
    for seed in range(100):
        losses = course(truth + noise(length, size, 0.0, seed))
        onset = onset_of(losses, rise_of(losses))
        assert onset.low <= onset.epoch <= onset.high
        inside += onset.low <= turn <= onset.high
    assert inside >= 80


@pytest.mark.parametrize(
    ("losses", "turn"),
    [([3, 2, 1, 2, 3], 2), ([1, 2, 3], 0), ([3, 2, 1], 2), ([1, 1, 1], 2), ([2, 1, 1, 2], 2), ([5], 0)],
)  # fmt: skip
def test_where_a_course_without_noise_turns(losses: list[float], turn: int) -> None:
    shape = valley(np.asarray(losses, dtype=float))
    assert shape.turn == turn
    assert shape.fitted.tolist() == losses
