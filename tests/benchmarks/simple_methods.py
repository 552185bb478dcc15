"""Simple methods of judging and stopping a training, to stand beside ours.

GL and UP are those of Prechelt, "Early stopping - but when?" (1998); the ratio rule compares
validation loss with training loss, as the overfit rules of training monitors do.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Detector = Callable[[Floats, Floats], bool]
Stopper = Callable[[Floats, Floats], tuple[int, int]]
"""From training and validation losses to the last epoch trained and the epoch kept (from 1)."""


def last_above_best(loss: Floats, val_loss: Floats) -> bool:
    return bool(val_loss[-1] > 1.04 * val_loss.min())


def first(fired: npt.NDArray[np.bool_]) -> int | None:
    """The first epoch (from 1) at which a rule fired."""
    return int(np.argmax(fired)) + 1 if fired.any() else None


def patience_ran_out(val_loss: Floats, patience: int) -> npt.NDArray[np.bool_]:
    places = np.arange(len(val_loss))
    lowest = np.minimum.accumulate(val_loss)
    improved = np.append(True, val_loss[1:] < lowest[:-1])
    result: npt.NDArray[np.bool_] = places - np.maximum.accumulate(places * improved) >= patience
    return result


def generalisation_loss(val_loss: Floats, percent: float) -> npt.NDArray[np.bool_]:
    result: npt.NDArray[np.bool_] = val_loss > (1 + percent / 100) * np.minimum.accumulate(val_loss)
    return result


def successive_rises(val_loss: Floats, strips: int, length: int = 5) -> npt.NDArray[np.bool_]:
    """UP_s: the validation loss rose over `strips` successive strips of five epochs."""
    fired = np.zeros(len(val_loss), dtype=bool)
    for end in range(strips * length, len(val_loss), length):
        ends = val_loss[end - strips * length : end + 1 : length]
        fired[end] = bool((np.diff(ends) > 0).all())
    return fired


def ratio(loss: Floats, val_loss: Floats) -> npt.NDArray[np.bool_]:
    """Validation loss more than a tenth above training loss."""
    result: npt.NDArray[np.bool_] = val_loss > 1.1 * loss
    return result


DETECTORS: dict[str, Detector] = {
    "last above best by 4 %": last_above_best,
    "EarlyStopping(5) fired": lambda _, val: bool(patience_ran_out(val, 5).any()),
    "EarlyStopping(10) fired": lambda _, val: bool(patience_ran_out(val, 10).any()),
    "EarlyStopping(20) fired": lambda _, val: bool(patience_ran_out(val, 20).any()),
    "generalisation loss GL_5": lambda _, val: bool(generalisation_loss(val, 5)[-1]),
    "UP_3": lambda _, val: bool(successive_rises(val, 3).any()),
    "ratio rule": lambda loss, val: bool(ratio(loss, val)[-1]),
}


def best_up_to(val_loss: Floats, last: int | None) -> tuple[int, int]:
    """Training up to epoch `last` (or to the end), keeping the best epoch."""
    trained = last or len(val_loss)
    return trained, int(val_loss[:trained].argmin()) + 1


STOPPERS: dict[str, Stopper] = {
    "never stop, keep the last": lambda _, val: (len(val), len(val)),
    "never stop, keep the best": lambda _, val: best_up_to(val, None),
    "EarlyStopping(5)": lambda _, val: best_up_to(val, first(patience_ran_out(val, 5))),
    "EarlyStopping(10)": lambda _, val: best_up_to(val, first(patience_ran_out(val, 10))),
    "EarlyStopping(20)": lambda _, val: best_up_to(val, first(patience_ran_out(val, 20))),
    "generalisation loss GL_5": lambda _, val: best_up_to(val, first(generalisation_loss(val, 5))),
    "UP_3": lambda _, val: best_up_to(val, first(successive_rises(val, 3))),
    "ratio rule": lambda loss, val: best_up_to(val, first(ratio(loss, val))),
}
