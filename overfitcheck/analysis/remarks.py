"""Remarks: what is worth saying beside the verdict, a sentence each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from overfitcheck.analysis.best import better
from overfitcheck.analysis.diagnosis import (
    Best,
    Drop,
    Effect,
    EffectVerdict,
    Gap,
    Kept,
    KeptBy,
    Kind,
    Schedule,
    ScheduleKind,
    Verdict,
)
from overfitcheck.analysis.schedule import SMOOTH
from overfitcheck.analysis.thresholds import MEANINGFUL_RISE
from overfitcheck.analysis.verdict import Judgement
from overfitcheck.direction import Direction
from overfitcheck.history.history import EventKind, History

SCHEDULES = {
    ScheduleKind.EXPONENTIAL: "an exponential decay",
    ScheduleKind.LINEAR: "a linear decay",
    ScheduleKind.COSINE: "a cosine schedule",
    ScheduleKind.DECAY: "a smooth decay",
    ScheduleKind.CYCLIC: "a cyclic schedule",
}


def remarks_of(
    history: History,
    judgement: Judgement,
    best: Mapping[str, Best],
    gaps: Mapping[str, Gap],
    drops: Sequence[Drop],
    schedule: Schedule | None = None,
    kept: Kept | None = None,
) -> tuple[str, ...]:
    """All remarks on a fit, the most important first."""
    return (
        *_disagreement(history, judgement, best),
        *_gaps(history, judgement, gaps),
        *_kept(history, judgement, kept),
        *_validation_better(history),
        *_drops(drops),
        *_rates(history, drops),
        *_schedule(schedule),
        *_constant(history),
        *history.notes,
    )


def _disagreement(
    history: History, judgement: Judgement, best: Mapping[str, Best]
) -> Iterator[str]:
    """A validation metric that still improves while validation loss rises."""
    if judgement.onset is None:
        return
    for name, found in best.items():
        if name == "val_loss" or name.endswith("_loss") or found.epoch <= judgement.onset.high:
            continue
        at_onset = float(history.epochs[name].loc[judgement.onset.epoch])
        yield (
            f"{name} still creeps up although val_loss rises: {at_onset:.4g} at epoch "
            f"{judgement.onset.epoch}, best {found.value:.4g} at epoch {found.epoch}; "
            "the model is right more often and more sure where it is wrong"
            if better(name) is Direction.UP
            else f"{name} still improves although val_loss rises: {at_onset:.4g} at epoch "
            f"{judgement.onset.epoch}, best {found.value:.4g} at epoch {found.epoch}"
        )


def _gaps(history: History, judgement: Judgement, gaps: Mapping[str, Gap]) -> Iterator[str]:
    for name, gap in gaps.items():
        if judgement.verdict is Verdict.OVERFITTING:
            last = history.epochs.iloc[-1]
            yield (
                f"at the end {name} is {last[name]:.4g} in training and "
                f"{last['val_' + name]:.4g} in validation "
                f"(gap {gap.at_end:+.3g}; {gap.at_best:+.3g} at the best epoch)"
            )
        elif f"val_{name}" == judgement.monitor and judgement.kind is Kind.GROWING_GAP:
            yield (
                f"the gap between val_{name} and {name} grew to {gap.at_end:.3g} "
                f"without a rise of val_{name}: training goes on memorising what validation "
                "gains nothing from"
            )


def _validation_better(history: History) -> Iterator[str]:
    frame = history.epochs
    if not {"loss", "val_loss"} <= set(map(str, frame.columns)) or len(frame) < 3:
        return
    share = float((frame["val_loss"] < frame["loss"]).mean())
    if share > 0.5:
        yield (
            f"val_loss is below loss in {share:.0%} of the epochs; harmless causes are dropout, "
            "augmentation and averaging over the epoch in training only; else look for rows that "
            "stand in both"
        )


def _drops(drops: Sequence[Drop]) -> Iterator[str]:
    for drop in drops:
        training = drop.effects.get("loss")
        validation = drop.effects.get("val_loss")
        if training is None or validation is None:
            continue
        at_drop = f"the drop after epoch {drop.epoch}"
        if training.verdict is EffectVerdict.HELPED and validation.verdict in (
            EffectVerdict.NO_CLEAR_EFFECT,
            EffectVerdict.HURT,
        ):
            word = "hurt" if validation.verdict is EffectVerdict.HURT else "did not clearly help"
            yield f"{at_drop} lowered training loss beyond its trend, and {word} validation loss"
        if validation.verdict is EffectVerdict.HELPED and validation.later is not None:
            yield f"{at_drop} {_later(validation, training)}"


def _later(validation: Effect, training: Effect) -> str:
    """What was left, at the end of its rate, of a drop that helped at once."""
    gained, moved = -(validation.change or 0.0), validation.later or 0.0
    until = f"by epoch {validation.later_epoch}"
    helped = f"lowered val_loss at once by {gained:.3g} against its trend"
    if moved > 0.25 * gained:
        fell = (training.later or 0.0) < 0
        speeding = " while training loss went on falling: it sped up overfitting" if fell else ""
        return f"{helped}, but {until} val_loss had risen again by {moved:.3g}{speeding}"
    stayed = f"fell by another {-moved:.3g}" if moved < -0.25 * gained else "stayed there"
    return f"{helped}, and {until} it {stayed}"


def _rates(history: History, drops: Sequence[Drop]) -> Iterator[str]:
    """What is uncertain of a drop that only a logged rate tells of."""
    told = {event.epoch for event in history.events if event.kind is EventKind.RATE_REDUCED}
    untold = [drop for drop in drops if drop.epoch not in told]
    if untold and history.fit is None:
        yield (
            f"the drop after epoch {untold[0].epoch} is read from the logged learning rate, which "
            "some callbacks log one epoch early or late"
        )


def _schedule(schedule: Schedule | None) -> Iterator[str]:
    if schedule is None:
        return
    if schedule.warm_up:
        yield (
            f"the learning rate warms up over {schedule.warm_up} epochs, from "
            f"{schedule.first:g} to {schedule.highest:g}"
        )
    if schedule.kind in SMOOTH:
        yield (
            f"the learning rate follows {SCHEDULES[schedule.kind]} "
            f"({schedule.highest:g} to {schedule.last:g}): it has no drops"
        )


def _kept(history: History, judgement: Judgement, kept: Kept | None) -> Iterator[str]:
    if kept is None:
        return
    worse = f"{judgement.monitor} {kept.value:.4g}, {kept.cost:.3g} worse than at its best"
    if kept.by is KeptBy.RESTORED:
        cost = f" ({worse})" if kept.cost > 0 else ""
        yield f"the fit ended with the weights of epoch {kept.epoch}, which were restored{cost}"
    elif kept.cost_share >= MEANINGFUL_RISE:
        unless = " unless a callback restored others silently" if kept.by is KeptBy.UNSAID else ""
        weights = f"the weights of epoch {kept.epoch}, the last{unless}"
        yield f"the fit ended with {weights}: {worse}{_file(kept)}"


def _file(kept: Kept) -> str:
    if kept.file_epoch is None:
        return ""
    of = f", the best by {kept.file_monitor}" if kept.file_monitor else ""
    return f"; the checkpoint file holds those of epoch {kept.file_epoch}{of}"


def _constant(history: History) -> Iterator[str]:
    for name in history.metrics:
        values = history.epochs[name].to_numpy(dtype=float)
        if len(values) >= 3 and np.all(values == 0.0):
            yield f"{name} is 0 in every epoch: an untracked metric, not a perfect fit"
