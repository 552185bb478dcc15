"""The observed half of a rule: one fit of a run to look at, and what is said of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from overfitcheck.finding import Level, RunSays

if TYPE_CHECKING:
    from overfitcheck.analysis.diagnosis import Diagnosis
    from overfitcheck.history.observation import FitObservation
    from overfitcheck.script.fit import Fit


UNEVEN, SEVERE = 4.0, 10.0
"""Rows of the most frequent class for each of the rarest, from which a run speaks, and warns."""


@dataclass(frozen=True, eq=False, repr=False)
class ObservedFit:
    """One fit of a run, as the observed half of a rule looks at it.

    `observation` is None where only the epochs are known, as from a log; `fit` is the fit of the
    script's text that was run, None where there is no text or it cannot be told which one.
    `on_gpu` says whether it was trained on a GPU.
    """

    diagnosis: Diagnosis
    observation: FitObservation | None = None
    fit: Fit | None = None
    on_gpu: bool = False

    @property
    def trained(self) -> int:
        """How many epochs it trained."""
        return len(self.diagnosis.history.epochs)

    @property
    def waste(self) -> str:
        """What came after the best epoch: ``"31 of 50 epochs, 14 GPU-minutes, …"``; or nothing."""
        wasted = self.diagnosis.waste
        if not wasted.epochs:
            return ""
        parts = [f"{wasted.epochs} of {self.trained} epochs"]
        if wasted.seconds is not None and wasted.seconds >= 1:
            parts.append(duration(wasted.seconds, "GPU-" if self.on_gpu else ""))
        rise = self.rise
        ending = f"; val_loss at the end {rise:.0%} above the best" if rise >= 0.005 else ""
        return f"{', '.join(parts)} after the best epoch{ending}"

    @property
    def rise(self) -> float:
        """How far validation loss stands above its best at the end, as a share of the best."""
        frame, best = self.diagnosis.history.epochs, self.diagnosis.best.get("val_loss")
        if best is None or best.value <= 0:
            return 0.0
        last = float(frame["val_loss"].iloc[-1])
        return (last - best.value) / best.value if math.isfinite(last) else 0.0


@dataclass(frozen=True, eq=False, repr=False)
class Outcome:
    """What a run says of a rule, for one fit.

    `message` gives the number that confirms or refutes; `cost` what the confirmed mistake has
    cost (epochs, minutes, loss), or nothing. `advice` says how to mend what only the run shows;
    `level` overrides the level of the rule.
    """

    says: RunSays
    message: str
    cost: str = ""
    advice: str = ""
    level: Level | None = None


def duration(seconds: float, of: str = "") -> str:
    """A time in words: ``"45 seconds"``, ``"14 GPU-minutes"``, ``"2.5 hours"``."""
    for limit, unit, name in ((90, 1, "second"), (5400, 60, "minute"), (math.inf, 3600, "hour")):
        if seconds < limit:
            number = f"{seconds / unit:.2g}" if seconds / unit < 10 else f"{seconds / unit:.0f}"
            return f"{number} {of}{name}{'' if number == '1' else 's'}"
    raise AssertionError("the last unit has no limit")
