"""Which weights a fit ended with, which a checkpoint file holds, and what that cost."""

from __future__ import annotations

from overfitcheck.analysis.course import Course
from overfitcheck.analysis.diagnosis import Kept, KeptBy
from overfitcheck.analysis.monotone import levels
from overfitcheck.analysis.replay import loss_at
from overfitcheck.history.history import Event, EventKind, History
from overfitcheck.history.observation import FitObservation


def kept_of(history: History, course: Course | None, seen: FitObservation | None) -> Kept | None:
    """The weights that were kept; None where nothing was validated."""
    if course is None or not len(course.losses):
        return None
    last = int(history.epochs.index[-1])
    epoch, by = _in_memory(history, course, seen, last)
    saved = [*_events(history, EventKind.CHECKPOINT_SAVED)]
    best_only = [event for event in saved if event.value is not None]
    cost = loss_at(course, epoch) - float(course.losses.min())
    scale = course.scale(float(levels(course.losses).min()))
    return Kept(
        epoch=epoch,
        by=by,
        value=course.told(loss_at(course, epoch)),
        cost=cost,
        cost_share=cost / scale if scale > 0 else 0.0,
        file_epoch=(best_only or saved)[-1].epoch if saved else None,
        file_monitor=best_only[-1].monitor if best_only else None,
    )


def _in_memory(
    history: History, course: Course, seen: FitObservation | None, last: int
) -> tuple[int, KeptBy]:
    if seen is not None and seen.kept_epoch is not None:
        return seen.kept_epoch, KeptBy.LAST if seen.kept_epoch == last else KeptBy.RESTORED
    restored = [*_events(history, EventKind.WEIGHTS_RESTORED)]
    if restored:
        told = restored[-1].value
        best = int(course.epochs[int(course.losses.argmin())])
        return (best if told is None else int(told)), KeptBy.RESTORED
    stopped = any(_events(history, EventKind.EARLY_STOP))
    return last, KeptBy.LAST if stopped or history.events else KeptBy.UNSAID


def _events(history: History, kind: EventKind) -> list[Event]:
    return [event for event in history.events if event.kind is kind]
