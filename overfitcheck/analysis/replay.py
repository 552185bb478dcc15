"""Replay: what early stopping, a checkpoint or fewer epochs would have kept and saved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from overfitcheck.analysis.course import Course
from overfitcheck.analysis.diagnosis import Onset, Replay
from overfitcheck.analysis.early_stopping import EarlyStopping, settings_from, stop_of
from overfitcheck.analysis.monotone import levels
from overfitcheck.history.history import History
from overfitcheck.history.observation import FitObservation

PATIENCES = (3, 5, 10, 20)


def replays_of(
    history: History, course: Course | None, onset: Onset | None, seen: FitObservation | None
) -> tuple[Replay, ...]:
    """Every way of stopping, on the metric that the fit is judged by; none without one."""
    if course is None or not len(course.losses):
        return ()
    return tuple(_replays(history, course, onset, seen))


def _replays(
    history: History, course: Course, onset: Onset | None, seen: FitObservation | None
) -> Iterator[Replay]:
    for settings in _own(seen):
        stop = stop_of(history, settings)
        if stop is not None:
            kept = stop.best if settings.restore_best_weights else stop.last
            yield replace(
                _replay(history, course, f"the script's own {settings}", stop.last, kept), own=True
            )
    mode = "min" if course.sign > 0 else "max"
    for patience in PATIENCES:
        settings = EarlyStopping(patience, course.name, mode=mode, restore_best_weights=True)
        stop = stop_of(history, settings)
        if stop is not None:
            found = _replay(history, course, str(settings), stop.last, stop.best)
            yield replace(found, patience=patience, fired=stop.fired)
    best = int(course.epochs[int(course.losses.argmin())])
    last = int(history.epochs.index[-1])
    yield _replay(history, course, "ModelCheckpoint(save_best_only=True)", last, best)
    if onset is not None:
        yield _replay(history, course, "stop at the onset", onset.epoch, onset.epoch)


def _own(seen: FitObservation | None) -> Iterator[EarlyStopping]:
    for callback in seen.callbacks_of("EarlyStopping") if seen else ():
        settings = settings_from(callback.settings)
        if settings is not None:
            yield settings


def _replay(history: History, course: Course, name: str, last: int, kept: int) -> Replay:
    after = history.epochs.loc[history.epochs.index > last]
    seconds = after["seconds"].sum() if "seconds" in after.columns else None
    if seconds is not None and after["seconds"].isna().any():
        seconds = None
    regret = float(loss_at(course, kept) - course.losses.min())
    scale = course.scale(float(levels(course.losses).min()))
    return Replay(
        name=name,
        trained=last,
        kept=kept,
        saved_epochs=len(after),
        saved_seconds=None if seconds is None else float(seconds),
        regret=regret,
        regret_share=regret / scale if scale > 0 else 0.0,
    )


def loss_at(course: Course, epoch: int) -> float:
    """The loss at an epoch, or at the last epoch before it that has one."""
    place = int((course.epochs <= epoch).sum()) - 1
    return float(course.losses[max(place, 0)])
