"""The verdict on a fit, with the numbers it rests on."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from overfitcheck.analysis.diagnosis import Onset, Verdict
from overfitcheck.analysis.monotone import Floats
from overfitcheck.analysis.onset import Rise, onset_of, rise_of
from overfitcheck.analysis.thresholds import CONFIDENCE, EXPLOSION, FEWEST_EPOCHS
from overfitcheck.history.history import History


@dataclass(frozen=True)
class Judgement:
    """A verdict, why, and the onset where there is one."""

    verdict: Verdict
    reason: str
    onset: Onset | None = None


def judge(history: History) -> Judgement:
    """The verdict on a fit."""
    frame = history.epochs
    training = frame["loss"].to_numpy(dtype=float) if "loss" in frame.columns else None
    if training is not None and (broken := _diverged(training, history, "loss")):
        return broken
    if "val_loss" not in frame.columns or not frame["val_loss"].notna().any():
        return Judgement(Verdict.UNKNOWN, "cannot tell: there is no validation loss")
    validation = frame["val_loss"].to_numpy(dtype=float)
    if broken := _diverged(validation, history, "val_loss"):
        return broken
    usable = np.isfinite(validation)
    epochs = frame.index.to_numpy(dtype=float)[usable]
    losses = validation[usable]
    if len(losses) < FEWEST_EPOCHS:
        return Judgement(
            Verdict.UNKNOWN,
            f"cannot tell: {len(losses)} epochs with a validation loss are too few, "
            f"{FEWEST_EPOCHS} are needed",
        )
    if float(np.ptp(losses)) == 0.0:
        return Judgement(
            Verdict.UNKNOWN,
            f"cannot tell: val_loss is {losses[0]:g} in every epoch, as an untracked metric is",
        )
    return _judge_course(epochs, losses, training[usable] if training is not None else None)


def _diverged(losses: Floats, history: History, name: str) -> Judgement | None:
    """The verdict on a loss that ended in NaN, or far above where it began."""
    epochs = history.epochs.index
    if len(losses) and not math.isfinite(losses[-1]):
        broken = np.flatnonzero(~np.isfinite(losses))
        first = int(epochs[broken[0]])
        if name == "val_loss" and np.isnan(losses[-1]) and np.isfinite(losses).any():
            return None
        return Judgement(
            Verdict.DIVERGED, f"{name} is {losses[broken[0]]} from epoch {first} on: it diverged"
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
        )
    return None


def _judge_course(epochs: Floats, losses: Floats, training: Floats | None) -> Judgement:
    rise = rise_of(losses)
    low, last = float(rise.shape.fitted.min()), float(rise.shape.fitted[-1])
    onset = onset_of(epochs, losses, rise)
    told = (
        f"val_loss rose from {low:.4g} to {last:.4g} ({_percent(rise)} above its lowest course; "
        f"noise of an epoch {rise.noise:.2g})"
    )
    if rise.is_meaningful and rise.is_certain:
        if training is not None and not _still_falls(training, rise.shape.turn):
            return Judgement(
                Verdict.NOT_OVERFITTING,
                f"{told}, but training loss does not fall after epoch {onset.epoch} either: this "
                "is a training that became worse, not overfitting",
            )
        span = (
            f"epoch {onset.epoch} ({100 * CONFIDENCE:.0f} % interval {onset.low} to {onset.high})"
        )
        falling = " while training loss went on falling" if training is not None else ""
        return Judgement(Verdict.OVERFITTING, f"{told} after {span}{falling}", onset)
    if rise.is_doubtful:
        return Judgement(
            Verdict.UNKNOWN,
            f"cannot tell: {told}; that may be noise (evidence {rise.evidence:.2g}, "
            f"{rise.needed:.2g} are needed)",
        )
    return _judge_tail(losses, rise)


def _percent(rise: Rise) -> str:
    return f"{100 * rise.share:.3g} %"


def _still_falls(training: Floats, turn: int) -> bool:
    """Whether training loss is lower at the end than around the turn of the validation loss."""
    around = training[max(turn - 1, 0) : turn + 2]
    end = training[-max(min(3, len(training) - turn - 1), 1) :]
    return bool(np.nanmedian(end) <= np.nanmedian(around))


def _judge_tail(losses: Floats, rise: Rise) -> Judgement:
    """No rise worth speaking of: is the validation loss still falling at the end?"""
    tail = losses[-max(len(losses) // 3, FEWEST_EPOCHS) :]
    x = np.arange(len(tail), dtype=float)
    x -= x.mean()
    slope = float((x * tail).sum() / (x**2).sum())
    rest = tail - tail.mean() - slope * x
    error = math.sqrt(float((rest**2).sum()) / max(len(tail) - 2, 1) / float((x**2).sum()))
    half = error * float(stdtrit(max(len(tail) - 2, 1), 0.5 + CONFIDENCE / 2))
    interval = (
        f"{slope:+.2g} an epoch ({100 * CONFIDENCE:.0f} % interval {slope - half:+.2g} to "
        f"{slope + half:+.2g})"
    )
    gained = -slope * len(tail) / max(abs(float(rise.shape.fitted.min())), 1e-12)
    if slope + half < 0 and gained > 0.01:
        return Judgement(
            Verdict.IMPROVING,
            f"val_loss still falls over the last {len(tail)} epochs, by {interval}",
        )
    return Judgement(
        Verdict.NOT_OVERFITTING,
        f"no overfitting seen: val_loss ends {_percent(rise)} above its lowest course (noise of an "
        f"epoch {rise.noise:.2g}); over the last {len(tail)} epochs it moves by {interval}",
    )
