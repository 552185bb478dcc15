"""A diagnosis in one line of a table, and many of them in a few sums."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from overfitcheck.analysis.diagnosis import Diagnosis, Verdict


@dataclass(frozen=True)
class Summary:
    """What stands in one line of the table of many fits.

    `best_epoch` and `best_value` are those of the judged metric, `last_value` its value at the
    end, `gap_at_end` validation minus training loss there. Wasted is what came after the best
    epoch; seconds are None where times are unknown.
    """

    source: str
    verdict: Verdict
    epochs: int
    planned_epochs: int | None
    monitor: str | None
    best_epoch: int | None
    best_value: float | None
    last_value: float | None
    onset: int | None
    onset_low: int | None
    onset_high: int | None
    gap_at_end: float | None
    drops: int
    wasted_epochs: int
    wasted_share: float
    seconds: float | None
    wasted_seconds: float | None
    reason: str


@dataclass(frozen=True)
class Totals:
    """Sums over many fits. The seconds are those of the `timed` fits alone."""

    fits: int = 0
    verdicts: Mapping[Verdict, int] = field(default_factory=dict)
    epochs: int = 0
    wasted_epochs: int = 0
    timed: int = 0
    seconds: float = 0.0
    wasted_seconds: float = 0.0

    @property
    def overfitting_share(self) -> float:
        """The share of the fits that overfit."""
        return self.verdicts.get(Verdict.OVERFITTING, 0) / self.fits if self.fits else 0.0

    @property
    def wasted_share(self) -> float:
        """The share of all epochs that came after the best epoch of their fit."""
        return self.wasted_epochs / self.epochs if self.epochs else 0.0


def summary_of(diagnosis: Diagnosis) -> Summary:
    """The line of a fit."""
    history, waste, onset = diagnosis.history, diagnosis.waste, diagnosis.onset
    frame = history.epochs
    monitor = next(
        (name for name in (diagnosis.monitor, "val_loss", "loss") if name in diagnosis.best), None
    )
    best = diagnosis.best[monitor] if monitor is not None else None
    gap = diagnosis.gaps.get("loss")
    seconds = frame["seconds"].sum(min_count=1) if "seconds" in frame else math.nan
    return Summary(
        source=history.source,
        verdict=diagnosis.verdict,
        epochs=len(frame),
        planned_epochs=history.planned_epochs,
        monitor=monitor,
        best_epoch=None if best is None else best.epoch,
        best_value=None if best is None else best.value,
        last_value=None if monitor is None else float(frame[monitor].iloc[-1]),
        onset=None if onset is None else onset.epoch,
        onset_low=None if onset is None else onset.low,
        onset_high=None if onset is None else onset.high,
        gap_at_end=None if gap is None else gap.at_end,
        drops=len(diagnosis.drops),
        wasted_epochs=waste.epochs,
        wasted_share=waste.epochs / len(frame) if len(frame) else 0.0,
        seconds=float(seconds) if math.isfinite(seconds) else None,
        wasted_seconds=waste.seconds,
        reason=diagnosis.reason,
    )


def totals_of(summaries: Iterable[Summary]) -> Totals:
    """The sums over some fits."""
    fits = epochs = wasted = timed = 0
    seconds = lost = 0.0
    verdicts: dict[Verdict, int] = {}
    for summary in summaries:
        fits += 1
        epochs += summary.epochs
        wasted += summary.wasted_epochs
        verdicts[summary.verdict] = verdicts.get(summary.verdict, 0) + 1
        if summary.seconds is not None and summary.wasted_seconds is not None:
            timed += 1
            seconds += summary.seconds
            lost += summary.wasted_seconds
    return Totals(fits, verdicts, epochs, wasted, timed, seconds, lost)
