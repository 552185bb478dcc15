"""Of which kind an overfitting is: of the loss alone, of a metric too, or of the gap alone."""

from __future__ import annotations

import numpy as np

from overfitcheck.analysis.course import Course, course_of
from overfitcheck.analysis.diagnosis import Kind
from overfitcheck.analysis.monotone import levels, window_of
from overfitcheck.analysis.onset import Rise, rise_of
from overfitcheck.analysis.thresholds import FEWEST_EPOCHS, GROWN_GAP, MEANINGFUL_RISE
from overfitcheck.history.history import History


def kind_of_rise(history: History, course: Course) -> Kind | None:
    """Whether metrics became worse with the loss; None where no other metric was logged."""
    others = [
        other
        for name in map(str, history.epochs.columns)
        if name.startswith("val_") and name != course.name and not name.endswith("_loss")
        if (other := course_of(history, name)) and len(other.losses) >= FEWEST_EPOCHS
    ]
    if not others:
        return None
    return Kind.LOSS_AND_METRIC if any(map(_became_worse, others)) else Kind.LOSS_ONLY


def _became_worse(course: Course) -> bool:
    rise = rise_of(course)
    return rise.is_meaningful and rise.is_certain


def grows_apart(history: History, course: Course, rise: Rise) -> bool:
    """Whether training ran on while validation, no longer getting better, stood still."""
    twin = course_of(history, course.name.removeprefix("val_"))
    if twin is None or len(twin.losses) != len(course.losses):
        return False
    scale = course.scale(rise.lowest)
    stands = course.losses <= rise.lowest + MEANINGFUL_RISE * scale
    means = levels(twin.losses)
    start = min(int(np.argmax(stands)), len(means) - 1)
    if len(course.losses) - start < 2 * window_of(len(course.losses)):
        return False
    return bool(means[start] - means[-1] >= GROWN_GAP * scale)
