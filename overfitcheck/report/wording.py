"""Words for numbers and verdicts, the same in every report."""

from __future__ import annotations

from overfitcheck.analysis.diagnosis import (
    Diagnosis,
    Drop,
    Effect,
    EffectVerdict,
    Replay,
    Verdict,
)
from overfitcheck.analysis.thresholds import CONFIDENCE, EFFECT_EPOCHS, TREND_EPOCHS
from overfitcheck.finding import Answer, Location, RunSays

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

SAYS = {
    RunSays.CONFIRMED: "confirmed by the run",
    RunSays.REFUTED: "refuted by the run",
    RunSays.NOT_OBSERVED: "not observed",
}

ANSWERS = {
    Answer.YES: "yes",
    Answer.NO: "no",
    Answer.UNKNOWN: "unknown",
    Answer.NOT_APPLICABLE: "does not apply",
}

CONFIDENCE_TEXT = f"{100 * CONFIDENCE:.0f} %"

CAPTION = (
    "Training dashed, validation solid; circle: best epoch; triangle: kept weights; grey: onset "
    f"with its {CONFIDENCE_TEXT} interval; dotted: drop of the learning rate."
)

CLOSE_UP_CAPTION = (
    "Dashed: the trend before the drop, carried on; bar: where the mean of the "
    f"{EFFECT_EPOCHS} epochs after it is expected ({CONFIDENCE_TEXT}); line: where it is."
)

METHOD = (
    "Overfitting is a rise of validation loss beyond its noise while training loss still falls. "
    "The best course that first falls and then rises (least squares under order constraints) is "
    "compared with the best course that only falls; the noise of an epoch comes from second "
    "differences. The onset interval holds all epochs at which the course may turn without "
    f"fitting worse (profile likelihood, {CONFIDENCE_TEXT}).",
    f"The effect of a drop is the mean of the {EFFECT_EPOCHS} epochs after it minus what the trend "
    f"of up to {TREND_EPOCHS} epochs before leads one to expect, with a {CONFIDENCE_TEXT} "
    "prediction interval. The bare difference before/after is shown for comparison only: metrics "
    "move without a drop too.",
)
"""How it was judged, a paragraph each."""


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


def reason_text(diagnosis: Diagnosis) -> str:
    """The reason of a verdict, to stand behind the verdict."""
    return diagnosis.reason.removeprefix(f"{VERDICTS[diagnosis.verdict]}: ")


def best_text(diagnosis: Diagnosis) -> str:
    """The best value of the validation loss, or of the first metric there is, and its epoch."""
    best = diagnosis.best
    name = "val_loss" if "val_loss" in best else next(iter(best), None)
    return MISSING if name is None else f"{name} {best[name].value:.5g} at epoch {best[name].epoch}"


def before_after(effect: Effect) -> str:
    """The bare difference of means around a drop."""
    return MISSING if effect.before_after is None else f"{effect.before_after:+.3g}"


def line_text(location: Location) -> str:
    """``line 42``, or ``cell 7, line 3`` of a notebook."""
    cell = f"cell {location.cell}, " if location.cell is not None else ""
    return f"{cell}line {location.line}"


def bytes_text(count: float) -> str:
    """An amount of memory: ``512 MiB``, ``11.9 GiB``."""
    return f"{count / 2**30:.3g} GiB" if count >= 2**30 else f"{count / 2**20:.0f} MiB"


def replay_saved(replay: Replay) -> str:
    """What a way of stopping would have saved: ``41 epochs, 8 s``."""
    time = duration(replay.saved_seconds)
    return f"{replay.saved_epochs} epochs{', ' + time if time else ''}"


def replay_regret(replay: Replay) -> str:
    """How far from its best the judged metric is where it would have kept the weights."""
    if replay.regret <= 0:
        return "none"
    return f"{replay.regret:.3g} ({100 * replay.regret_share:.2g} %)"


def later(effect: Effect) -> str:
    """How a metric moved on at the new rate, up to the next drop or the end."""
    if effect.later is None or effect.later_epoch is None:
        return MISSING
    return f"{effect.later:+.3g} by epoch {effect.later_epoch}"
