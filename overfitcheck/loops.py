"""Tell a run about the epochs of a training loop that calls no `fit`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

RECORDER = "_overfitcheck_recorder"
"""The package that `overfitcheck run` has put into this process, if it has."""


def epoch(
    train: Mapping[str, Any],
    validation: Mapping[str, Any] | None = None,
    *,
    learning_rate: Any = None,
    fit: str = "training",
) -> None:
    """Record the end of an epoch, with its metrics on training and on validation rows.

    To be called once an epoch; epochs count from 1, and one that follows under another name of
    `fit` begins another fit. Values are numbers, or whatever `float` takes. Outside of
    ``overfitcheck run`` nothing happens.

        for number in range(50):
            ...
            overfitcheck.epoch(train={"loss": loss}, validation={"loss": val_loss})
    """
    if RECORDER not in sys.modules:
        return
    loops = __import__(f"{RECORDER}.loops", fromlist=["epoch_told"])
    loops.epoch_told(train, validation or {}, learning_rate, fit)
