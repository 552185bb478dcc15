"""What a training did: the epochs of one fit, whatever they were read from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import pandas as pd

NOT_METRICS = ("learning_rate", "seconds")
"""Columns of a history that are no metric."""


class EventKind(str, Enum):
    """What a callback did at the end of an epoch."""

    RATE_REDUCED = "rate_reduced"
    RATE_SET = "rate_set"
    EARLY_STOP = "early_stop"
    WEIGHTS_RESTORED = "weights_restored"
    CHECKPOINT_SAVED = "checkpoint_saved"
    NAN_STOP = "nan_stop"


@dataclass(frozen=True)
class Event:
    """Something that happened in epoch `epoch` (1-based).

    `value` is the new learning rate of RATE_REDUCED (in force from the next epoch on) and of
    RATE_SET (in force in this epoch), the best epoch of WEIGHTS_RESTORED where it is known, the
    new best value of `monitor` that CHECKPOINT_SAVED was for (None where every epoch is saved),
    else None.
    """

    kind: EventKind
    epoch: int
    value: float | None = None
    monitor: str | None = None


@dataclass(frozen=True, eq=False)
class History:
    """The epochs of one fit.

    `epochs` has the index ``epoch`` (int, strictly rising, 1-based, as Keras prints it) and
    float columns: one a metric under its Keras name (``loss``, ``val_loss``, ``acc`` …; NaN
    where an epoch does not have it), where known ``learning_rate`` (the rate the epoch was
    trained at) and ``seconds`` (its wall time). `source` names the file, and the fit in it
    where there are several (``train.log#2``). `planned_epochs` is what the fit was asked for.
    `notes` say in a sentence each what was skipped or corrected while reading. `fit` is the number
    of the fit in its run (from 1), None for a log from elsewhere. `format` names what it was read
    from ("Keras output"), and `lines` the first and last of its lines there (from 1).
    """

    source: str
    epochs: pd.DataFrame
    planned_epochs: int | None = None
    events: tuple[Event, ...] = ()
    notes: tuple[str, ...] = ()
    fit: int | None = None
    format: str = ""
    lines: tuple[int, int] | None = None

    @property
    def metrics(self) -> list[str]:
        """Training metrics, ``loss`` first, without their ``val_`` twins."""
        names = [
            str(column)
            for column in self.epochs.columns
            if column not in NOT_METRICS and not str(column).startswith("val_")
        ]
        return sorted(names, key=lambda name: (name != "loss", names.index(name)))
