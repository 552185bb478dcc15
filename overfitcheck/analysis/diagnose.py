"""The diagnosis of a history: everything the analysis says of one fit."""

from __future__ import annotations

from overfitcheck.analysis.best import best_epochs, gaps_of, waste_of
from overfitcheck.analysis.course import course_of
from overfitcheck.analysis.diagnosis import Diagnosis
from overfitcheck.analysis.drops import drops_of
from overfitcheck.analysis.kept import kept_of
from overfitcheck.analysis.recommend import recommend
from overfitcheck.analysis.remarks import remarks_of
from overfitcheck.analysis.replay import replays_of
from overfitcheck.analysis.schedule import schedule_of
from overfitcheck.analysis.verdict import judge
from overfitcheck.history.history import History
from overfitcheck.history.observation import FitObservation


def diagnose(
    history: History, seen: FitObservation | None = None, monitor: str | None = None
) -> Diagnosis:
    """Judge one fit: verdict, onset, drops, waste, and the numbers they rest on.

    `seen` is what a run saw of the fit beside its epochs, `monitor` the metric to judge it by
    (the validation loss, where it is not given).
    """
    judgement = judge(history, monitor)
    best = best_epochs(history)
    gaps = gaps_of(history, best, judgement.onset)
    drops, schedule = drops_of(history), schedule_of(history)
    course = course_of(history, judgement.monitor) if judgement.monitor else None
    kept = kept_of(history, course, seen)
    replays = replays_of(history, course, judgement.onset, seen)
    return Diagnosis(
        history=history,
        verdict=judgement.verdict,
        reason=judgement.reason,
        best=best,
        onset=judgement.onset,
        gaps=gaps,
        drops=drops,
        waste=waste_of(history, best, judgement.monitor),
        remarks=remarks_of(history, judgement, best, gaps, drops, schedule, kept),
        monitor=judgement.monitor,
        kind=judgement.kind,
        cause=judgement.cause,
        kept=kept,
        schedule=schedule,
        replays=replays,
        recommendation=recommend(history, judgement, replays),
    )
