"""Remarks: what is worth saying beside the verdict, a sentence each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from overfitcheck.analysis.best import better
from overfitcheck.analysis.diagnosis import Best, Drop, EffectVerdict, Gap, Verdict
from overfitcheck.analysis.drops import is_smooth
from overfitcheck.analysis.verdict import Judgement
from overfitcheck.direction import Direction
from overfitcheck.history.history import EventKind, History


def remarks_of(
    history: History,
    judgement: Judgement,
    best: Mapping[str, Best],
    gaps: Mapping[str, Gap],
    drops: Sequence[Drop],
) -> tuple[str, ...]:
    """All remarks on a fit, the most important first."""
    return (
        *_disagreement(history, judgement, best),
        *_gaps(history, judgement, gaps),
        *_validation_better(history),
        *_drops(drops),
        *_schedule(history),
        *_constant(history),
        *_restored(history),
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
        elif name == "loss" and gap.at_end > 0 and gap.at_end > 2 * abs(gap.at_best) > 0:
            yield (
                f"the gap between val_loss and loss grew from {gap.at_best:.3g} to "
                f"{gap.at_end:.3g} without a rise of val_loss"
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
        if training.verdict is EffectVerdict.HELPED and validation.verdict in (
            EffectVerdict.NO_CLEAR_EFFECT,
            EffectVerdict.HURT,
        ):
            word = "hurt" if validation.verdict is EffectVerdict.HURT else "did not clearly help"
            yield (
                f"the drop after epoch {drop.epoch} lowered training loss beyond its trend, and "
                f"{word} validation loss"
            )


def _schedule(history: History) -> Iterator[str]:
    if is_smooth(history):
        rates = history.epochs["learning_rate"].dropna()
        yield (
            f"the learning rate follows a smooth schedule ({rates.iloc[0]:g} to "
            f"{rates.iloc[-1]:g}): it has no drops"
        )


def _constant(history: History) -> Iterator[str]:
    for name in history.metrics:
        values = history.epochs[name].to_numpy(dtype=float)
        if len(values) >= 3 and np.all(values == 0.0):
            yield f"{name} is 0 in every epoch: an untracked metric, not a perfect fit"


def _restored(history: History) -> Iterator[str]:
    for event in history.events:
        if event.kind is EventKind.WEIGHTS_RESTORED:
            where = f" of epoch {event.value:g}" if event.value is not None else ""
            yield f"the weights{where} were restored after epoch {event.epoch}"
