"""Words for numbers and verdicts, the same in every report."""

from __future__ import annotations

from overfitcheck.analysis.diagnosis import Diagnosis, Drop, Effect, EffectVerdict, Verdict

VERDICTS = {
    Verdict.OVERFITTING: "overfitting",
    Verdict.NOT_OVERFITTING: "no overfitting seen",
    Verdict.IMPROVING: "still improving",
    Verdict.DIVERGED: "diverged",
    Verdict.UNKNOWN: "cannot tell",
}

MISSING = "-"
"""What stands where there is no number."""

EFFECTS = {
    EffectVerdict.HELPED: "helped",
    EffectVerdict.HURT: "hurt",
    EffectVerdict.NO_CLEAR_EFFECT: "no clear effect",
    EffectVerdict.UNKNOWN: "too few epochs to tell",
}


def rate(value: float | None) -> str:
    """A learning rate in short: ``0.001``, ``1e-05``; ``?`` where it is not known."""
    return "?" if value is None else f"{value:.4g}"


def duration(seconds: float | None) -> str:
    """Seconds as people say them; "" where they are not known."""
    if seconds is None:
        return ""
    if seconds < 90:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def change(effect: Effect) -> str:
    """``+0.0068 (-0.042 to +0.056)``: the change and its 90 % interval."""
    if effect.change is None or effect.low is None or effect.high is None:
        return MISSING
    return f"{effect.change:+.3g} ({effect.low:+.3g} to {effect.high:+.3g})"


def drop_title(drop: Drop) -> str:
    """``drop after epoch 35: 0.001 → 0.0001``."""
    return f"drop after epoch {drop.epoch}: {rate(drop.old_rate)} → {rate(drop.new_rate)}"


def onset_text(diagnosis: Diagnosis) -> str:
    """The onset with its interval; `MISSING` where there is none."""
    onset = diagnosis.onset
    return (
        MISSING
        if onset is None
        else f"epoch {onset.epoch} (90 % interval {onset.low} to {onset.high})"
    )


def waste_text(diagnosis: Diagnosis) -> str:
    """Epochs and time after the best epoch, with their share of all epochs."""
    waste, count = diagnosis.waste, len(diagnosis.history.epochs)
    time = duration(waste.seconds)
    share = f"{100 * waste.epochs / count:.0f} %" if count else "0 %"
    return f"{waste.epochs} of {count} epochs ({share}{', ' + time if time else ''})"


def trained(diagnosis: Diagnosis) -> str:
    """Which epochs were trained: ``epochs 32 to 38 of 50``."""
    index = diagnosis.history.epochs.index
    planned = diagnosis.history.planned_epochs
    of = f" of {planned}" if planned else ""
    return f"epochs {index[0]} to {index[-1]}{of}"
