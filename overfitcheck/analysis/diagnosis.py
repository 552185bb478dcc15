"""What the analysis says of one fit, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from overfitcheck.history.history import History

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


class Verdict(str, Enum):
    """What the analysis says of one fit."""

    OVERFITTING = "overfitting"
    NOT_OVERFITTING = "not_overfitting"
    IMPROVING = "improving"
    DIVERGED = "diverged"
    UNKNOWN = "unknown"


class Kind(str, Enum):
    """Of which kind an overfitting is.

    Of the loss alone, of a metric (such as accuracy) with it, or a gap that grows without a rise:
    training goes on getting better while validation stands still.
    """

    LOSS_ONLY = "loss_only"
    LOSS_AND_METRIC = "loss_and_metric"
    GROWING_GAP = "growing_gap"


class Cause(str, Enum):
    """Why nothing can be told."""

    NO_VALIDATION = "no_validation"
    TOO_FEW_EPOCHS = "too_few_epochs"
    TOO_NOISY = "too_noisy"
    CONSTANT = "constant"


class ScheduleKind(str, Enum):
    """How the learning rate goes."""

    CONSTANT = "constant"
    STEPS = "steps"
    WARM_UP = "warm_up"
    EXPONENTIAL = "exponential"
    LINEAR = "linear"
    COSINE = "cosine"
    DECAY = "decay"
    CYCLIC = "cyclic"


class KeptBy(str, Enum):
    """Why a model ended with the weights it has.

    They are those of the last epoch, or a callback restored others; UNSAID: the log tells of no
    callback, so they are the last ones unless one restored others silently.
    """

    LAST = "last"
    RESTORED = "restored"
    UNSAID = "unsaid"


class EffectVerdict(str, Enum):
    """What a drop of the learning rate did to one metric."""

    HELPED = "helped"
    HURT = "hurt"
    NO_CLEAR_EFFECT = "no_clear_effect"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Best:
    """The best value of a metric and its epoch (the first one, where several are equal)."""

    epoch: int
    value: float


@dataclass(frozen=True)
class Onset:
    """The epoch after which validation loss rises beyond its noise while training loss falls.

    `epoch` is the best estimate, `low` and `high` the ends of its 90 % interval. `rise` is how
    far the smoothed validation loss stands above its minimum at the end, `noise` the standard
    deviation of an epoch's validation loss around its smooth course; both in units of the loss.
    """

    epoch: int
    low: int
    high: int
    rise: float
    noise: float


@dataclass(frozen=True)
class Gap:
    """Generalisation gap of a metric: validation minus training, in the metric's own units.

    `at_best` at the best epoch of the validation metric, `at_end` at the last epoch, `at_onset` at
    the onset, where there is one.
    """

    at_best: float
    at_end: float
    at_onset: float | None = None


@dataclass(frozen=True)
class Effect:
    """Change of one metric through a drop against its extrapolated trend, in its own units.

    `low` and `high` are the ends of the 90 % interval; all three are None where there are too
    few epochs to tell. `before_after` is the bare difference of means, for comparison only.
    `later` is how far the metric moved on at this rate, from the epochs just after the drop to
    those at `later_epoch`, the last of this rate; None where there are too few in between.
    """

    change: float | None
    low: float | None
    high: float | None
    verdict: EffectVerdict
    before_after: float | None = None
    later: float | None = None
    later_epoch: int | None = None


@dataclass(frozen=True)
class Drop:
    """A learning rate made smaller in a step.

    `epoch` is the last epoch trained at the old rate; `old_rate` is None where unknown.
    `effects` maps metric names (training and ``val_``) to what the drop did to them.
    """

    epoch: int
    old_rate: float | None
    new_rate: float
    effects: Mapping[str, Effect]


@dataclass(frozen=True)
class Waste:
    """Epochs after the best validation epoch; `seconds` is None where times are unknown."""

    epochs: int
    seconds: float | None


@dataclass(frozen=True)
class Schedule:
    """How the learning rate goes: after `warm_up` epochs in which it rises, of kind `kind`."""

    kind: ScheduleKind
    warm_up: int
    first: float
    last: float
    highest: float


@dataclass(frozen=True)
class Kept:
    """The weights a fit ended with: those of `epoch`, and what that costs against the best epoch.

    `value` and `cost` are in units of the judged metric, `cost_share` is `cost` as a share of its
    best level. `file_epoch` is the epoch that a checkpoint file holds, the best of
    `file_monitor` where only the best was saved.
    """

    epoch: int
    by: KeptBy
    value: float
    cost: float
    cost_share: float
    file_epoch: int | None = None
    file_monitor: str | None = None


@dataclass(frozen=True)
class Replay:
    """What a way of stopping would have done on this history.

    It would have trained to epoch `trained` and kept the weights of epoch `kept`; `regret` is how
    much worse the judged metric is there than at its best (`regret_share` of its best level).
    `patience` is that of a replayed EarlyStopping, `fired` whether it stopped the fit, `own`
    whether it is the script's own.
    """

    name: str
    trained: int
    kept: int
    saved_epochs: int
    saved_seconds: float | None
    regret: float
    regret_share: float
    patience: int | None = None
    fired: bool = False
    own: bool = False


@dataclass(frozen=True)
class Recommendation:
    """What to do next time, and why."""

    text: str
    reason: str


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """The verdict on one fit with the numbers it rests on.

    `reason` is one or two sentences with the numbers. `best` and `gaps` are keyed by metric
    (``best`` by every validation metric, or by training metrics without validation; ``gaps``
    by the training name, ``loss``). `remarks` are further sentences worth reading, such as
    "val_acc still creeps up although val_loss rises". `monitor` is the metric that was judged,
    `kind` says of which kind an overfitting is, `cause` why nothing can be told. The methods that
    show it load what they need from `overfitcheck.report` when they are called.
    """

    history: History
    verdict: Verdict
    reason: str
    best: Mapping[str, Best]
    onset: Onset | None
    gaps: Mapping[str, Gap]
    drops: tuple[Drop, ...]
    waste: Waste
    remarks: tuple[str, ...] = ()
    monitor: str | None = None
    kind: Kind | None = None
    cause: Cause | None = None
    kept: Kept | None = None
    schedule: Schedule | None = None
    replays: tuple[Replay, ...] = ()
    recommendation: Recommendation | None = None

    def to_dict(self) -> dict[str, Any]:
        """The diagnosis as JSON values: an entry of ``fits`` in the schema of reports."""
        from overfitcheck.report.content import Report
        from overfitcheck.report.diagnosis_json import to_json

        fit: dict[str, Any] = to_json(Report(self.history.source, (self,)))["fits"][0]
        return fit

    def to_frame(self) -> pd.DataFrame:
        """The epochs with what is said of each: ``is_best``, ``after_onset``, ``after_drop``."""
        frame = self.history.epochs.copy()
        best = self.best.get(self.monitor or "val_loss")
        frame["is_best"] = frame.index == (best.epoch if best is not None else -1)
        frame["after_onset"] = frame.index > self.onset.epoch if self.onset is not None else False
        dropped = [int((frame.index > drop.epoch).argmax()) for drop in self.drops]
        frame["after_drop"] = [place in dropped for place in range(len(frame))]
        return frame

    def plot(self) -> Figure:
        """The curves with best epoch, onset and drops, as a matplotlib figure."""
        from overfitcheck.report.figures import draw

        return draw(self)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from overfitcheck.report.notebook_html import notebook_html

        return notebook_html(self)

    def __str__(self) -> str:
        return f"{self.verdict.value}: {self.reason}"
