"""The verdict on a fit, with the numbers it rests on."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from overfitcheck.analysis.course import Course, course_of, judged_metric
from overfitcheck.analysis.diagnosis import Cause, Kind, Onset, Verdict
from overfitcheck.analysis.kind import grows_apart, kind_of_rise
from overfitcheck.analysis.monotone import Floats
from overfitcheck.analysis.onset import Rise, onset_of, rise_of, still_falls
from overfitcheck.analysis.thresholds import CONFIDENCE, EXPLOSION, FEWEST_EPOCHS
from overfitcheck.history.history import History


@dataclass(frozen=True)
class Judgement:
    """A verdict, why, the metric it judges, and the onset where there is one."""

    verdict: Verdict
    reason: str
    monitor: str | None = None
    onset: Onset | None = None
    kind: Kind | None = None
    cause: Cause | None = None


def judge(history: History, monitor: str | None = None) -> Judgement:
    """The verdict on a fit, by `monitor` or by its validation loss."""
    training = _column(history, "loss")
    if training is not None and (broken := _diverged(training, history, "loss")):
        return broken
    name = monitor or judged_metric(history)
    course = course_of(history, name) if name else None
    if name is None or course is None or not len(course.losses):
        missing = monitor or "validation loss"
        return Judgement(
            Verdict.UNKNOWN, f"cannot tell: there is no {missing}", cause=Cause.NO_VALIDATION
        )
    validation = _column(history, name)
    if validation is not None and (broken := _diverged(validation, history, name)):
        return broken
    if doubt := _too_little(course):
        return doubt
    return _judge_course(history, course)


def _column(history: History, name: str) -> Floats | None:
    frame = history.epochs
    return frame[name].to_numpy(dtype=float) if name in frame.columns else None


def _too_little(course: Course) -> Judgement | None:
    """The verdict on a course in which nothing can be seen."""
    count = len(course.losses)
    if count < FEWEST_EPOCHS:
        return Judgement(
            Verdict.UNKNOWN,
            f"cannot tell: {count} epochs with a validation loss are too few, "
            f"{FEWEST_EPOCHS} are needed",
            course.name,
            cause=Cause.TOO_FEW_EPOCHS,
        )
    if float(np.ptp(course.losses)) == 0.0:
        value = course.told(course.losses[0])
        return Judgement(
            Verdict.UNKNOWN,
            f"cannot tell: {course.name} is {value:g} in every epoch, as an untracked metric is",
            course.name,
            cause=Cause.CONSTANT,
        )
    return None


def _diverged(losses: Floats, history: History, name: str) -> Judgement | None:
    """The verdict on a loss that ended in NaN, or far above where it began."""
    epochs = history.epochs.index
    if len(losses) and not math.isfinite(losses[-1]):
        broken = np.flatnonzero(~np.isfinite(losses))
        first = int(epochs[broken[0]])
        if name != "loss" and np.isnan(losses[-1]) and np.isfinite(losses).any():
            return None
        return Judgement(
            Verdict.DIVERGED,
            f"{name} is {losses[broken[0]]} from epoch {first} on: it diverged",
            name,
        )
    if name != "loss" or len(losses) < FEWEST_EPOCHS:
        return None
    finite = losses[np.isfinite(losses)]
    fell = float(finite[0] - finite.min())
    end = float(np.median(finite[-3:]))
    above = end - float(finite.min())
    if end > float(finite[0]) and above > EXPLOSION * max(fell, 0.1 * abs(float(finite[0]))):
        return Judgement(
            Verdict.DIVERGED,
            f"loss rose from {finite.min():.4g} to {end:.4g}, above the {finite[0]:.4g} it began "
            "with: it diverged",
            name,
        )
    return None


def _judge_course(history: History, course: Course) -> Judgement:
    rise = rise_of(course)
    name, onset = course.name, onset_of(course, rise)
    training = _column(history, "loss")
    told = _told(course, rise)
    if rise.is_meaningful and rise.is_certain:
        if training is not None and not still_falls(
            training[course.places.astype(int)], rise.shape.turn
        ):
            return Judgement(
                Verdict.NOT_OVERFITTING,
                f"{told}, but training loss does not fall after epoch {onset.epoch} either: this "
                "is a training that became worse, not overfitting",
                name,
            )
        span = (
            f"epoch {onset.epoch} ({100 * CONFIDENCE:.0f} % interval {onset.low} to {onset.high})"
        )
        falling = " while training loss went on falling" if training is not None else ""
        kind = kind_of_rise(history, course)
        return Judgement(Verdict.OVERFITTING, f"{told} after {span}{falling}", name, onset, kind)
    if rise.is_meaningful and rise.is_doubtful:
        return Judgement(
            Verdict.UNKNOWN,
            f"cannot tell: {told}; that may be noise (evidence {rise.evidence:.2g}, "
            f"{rise.needed:.2g} are needed)",
            name,
            cause=Cause.TOO_NOISY,
        )
    return _judge_tail(history, course, rise)


def _told(course: Course, rise: Rise) -> str:
    moved = "rose" if course.sign > 0 else "fell"
    level = "lowest" if course.sign > 0 else "highest"
    share = f"{_percent(rise)} above its {level} level"
    if course.sign < 0:
        share = f"{rise.size:.3g} below its highest level"
    return (
        f"{course.name} {moved} from {course.told(rise.lowest):.4g} to "
        f"{course.told(rise.last):.4g} ({share}; noise of an epoch {rise.noise:.2g})"
    )


def _percent(rise: Rise) -> str:
    return f"{100 * rise.share:.3g} %"


def _judge_tail(history: History, course: Course, rise: Rise) -> Judgement:
    """No rise worth speaking of: is the validation loss still getting better at the end?"""
    tail = course.losses[-max(len(course.losses) // 3, FEWEST_EPOCHS) :]
    x = np.arange(len(tail), dtype=float)
    x -= x.mean()
    slope = float((x * tail).sum() / (x**2).sum())
    rest = tail - tail.mean() - slope * x
    error = math.sqrt(float((rest**2).sum()) / max(len(tail) - 2, 1) / float((x**2).sum()))
    half = error * float(stdtrit(max(len(tail) - 2, 1), 0.5 + CONFIDENCE / 2))
    low, high = sorted((course.told(slope - half), course.told(slope + half)))
    interval = (
        f"{course.told(slope):+.2g} an epoch ({100 * CONFIDENCE:.0f} % interval {low:+.2g} to "
        f"{high:+.2g})"
    )
    gained = -slope * len(tail) / max(course.scale(rise.lowest), 1e-12)
    if slope + half < 0 and gained > 0.01:
        better = "falls" if course.sign > 0 else "rises"
        return Judgement(
            Verdict.IMPROVING,
            f"{course.name} still {better} over the last {len(tail)} epochs, by {interval}",
            course.name,
        )
    level = "above its lowest" if course.sign > 0 else "below its highest"
    size = _percent(rise) if course.sign > 0 else f"{rise.size:.3g}"
    return Judgement(
        Verdict.NOT_OVERFITTING,
        f"no overfitting seen: {course.name} ends {size} {level} level (noise of an epoch "
        f"{rise.noise:.2g}); over the last {len(tail)} epochs it moves by {interval}",
        course.name,
        kind=Kind.GROWING_GAP if grows_apart(history, course, rise) else None,
    )
