"""The grammar of what Keras's callbacks say while a model trains.

::

    message = "Epoch N: ReduceLROnPlateau reducing learning rate to X."   (Keras 1: no name)
            | "Epoch N: LearningRateScheduler setting learning rate to X."   (before 2.9: reducing)
            | "Epoch N: early stopping"
            | "Epoch N: val_loss improved from X to X, saving model to …"
            | "Epoch N: saving model to …"
            | "Restoring model weights from the end of the best epoch[: N]."
            | "Batch N: Invalid loss, terminating training"

``N`` may have zeros in front. Keras up to 2.0.8 counts it from 0.
"""

from __future__ import annotations

import re

from overfitcheck.history.history import Event, EventKind

EPOCH = r"Epoch 0*(?P<epoch>\d{1,9}): "
NUMBER = r"(?P<value>-?\d[\d.]*(?:[eE][+-]?\d+)?(?<!\.)|inf|nan)"

MESSAGES: tuple[tuple[EventKind, re.Pattern[str]], ...] = (
    (
        EventKind.RATE_REDUCED,
        re.compile(EPOCH + r"(?:ReduceLROnPlateau )?reducing learning rate to " + NUMBER),
    ),
    (
        EventKind.RATE_SET,
        re.compile(EPOCH + "LearningRateScheduler (?:setting|reducing) learning rate to " + NUMBER),
    ),
    (EventKind.EARLY_STOP, re.compile(EPOCH + "early stopping")),
    (
        EventKind.CHECKPOINT_SAVED,
        re.compile(
            EPOCH + rf"(?:(?P<monitor>\S+) improved from \S+ to {NUMBER}, )?"
            r"(?:saving model to|storing weights)"
        ),
    ),
    (
        EventKind.WEIGHTS_RESTORED,
        re.compile(r"Restoring model weights from the end of the best epoch(?:: (?P<value>\d+))?"),
    ),
    (EventKind.NAN_STOP, re.compile(r"Batch \d+: Invalid loss, terminating training")),
)

WORDS = (b"Epoch", b"Restoring", b"Batch")
"""A line without one of these is no message (and no header of an epoch)."""


def read_message(text: str, current: int) -> Event | None:
    """The event that a line tells of while epoch `current` is trained, or has just been."""
    for kind, pattern in MESSAGES:
        match = pattern.search(text)
        if match is not None:
            found = match.groupdict()
            epoch = int(found["epoch"]) if found.get("epoch") else current
            if epoch == current - 1 and kind is not EventKind.RATE_SET:
                epoch = current
            return Event(kind, epoch, _number(found.get("value")), found.get("monitor"))
    return None


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
