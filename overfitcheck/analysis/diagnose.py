"""The diagnosis of a history: everything the analysis says of one fit."""

from __future__ import annotations

from overfitcheck.analysis.best import best_epochs, gaps_of, waste_of
from overfitcheck.analysis.diagnosis import Diagnosis
from overfitcheck.analysis.drops import drops_of
from overfitcheck.analysis.remarks import remarks_of
from overfitcheck.analysis.verdict import judge
from overfitcheck.history.history import History


def diagnose(history: History) -> Diagnosis:
    """Judge one fit: verdict, onset, drops, waste, and the numbers they rest on."""
    best = best_epochs(history)
    gaps = gaps_of(history, best)
    drops = drops_of(history)
    judgement = judge(history)
    return Diagnosis(
        history=history,
        verdict=judgement.verdict,
        reason=judgement.reason,
        best=best,
        onset=judgement.onset,
        gaps=gaps,
        drops=drops,
        waste=waste_of(history, best),
        remarks=remarks_of(history, judgement, best, gaps, drops),
    )
