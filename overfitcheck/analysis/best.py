"""The best epoch of each metric, generalisation gaps, and what was trained after the best."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from overfitcheck.analysis.diagnosis import Best, Gap, Onset, Waste
from overfitcheck.direction import Direction, direction_of
from overfitcheck.history.history import History

ERROR_WORDS = ("loss", "error", "mse", "mae", "rmse", "mape", "perplexity", "distance", "entropy")
RISING_WORDS = ("acc", "auc", "f1", "precision", "recall", "iou", "dice", "r2", "kappa", "score")


def better(metric: str) -> Direction | None:
    """Which way a metric improves, prefixes of outputs included; None where nothing tells."""
    known = direction_of(metric)
    if known is not None:
        return known
    name = metric.removeprefix("val_").lower()
    if any(word in name for word in ERROR_WORDS):
        return Direction.DOWN
    return Direction.UP if any(word in name for word in RISING_WORDS) else None


def best_of(values: pd.Series[float], metric: str) -> Best | None:
    """The first epoch with the best value; None where there is none, or no better and worse."""
    numbers = values.to_numpy(dtype=float)
    direction = better(metric)
    if direction is None or not np.isfinite(numbers).any():
        return None
    worst = -np.inf if direction is Direction.UP else np.inf
    usable = np.where(np.isfinite(numbers), numbers, worst)
    place = int(usable.argmax() if direction is Direction.UP else usable.argmin())
    return Best(int(values.index.to_numpy()[place]), float(numbers[place]))


def best_epochs(history: History) -> dict[str, Best]:
    """The best epoch of every validation metric, or of training metrics without validation."""
    columns = [str(name) for name in history.epochs.columns if str(name).startswith("val_")]
    found: dict[str, Best] = {}
    for name in columns or history.metrics:
        best = best_of(history.epochs[name], name)
        if best is not None:
            found[name] = best
    return found


def gaps_of(history: History, best: dict[str, Best], onset: Onset | None = None) -> dict[str, Gap]:
    """Validation minus training of each metric: at its best epoch, at the end, at the onset."""
    gaps: dict[str, Gap] = {}
    for name in history.metrics:
        twin = f"val_{name}"
        if twin in history.epochs.columns and twin in best:
            gap = history.epochs[twin] - history.epochs[name]
            gaps[name] = Gap(
                at_best=float(gap.loc[best[twin].epoch]),
                at_end=float(gap.iloc[-1]),
                at_onset=None if onset is None else float(gap.loc[onset.epoch]),
            )
    return gaps


def waste_of(history: History, best: dict[str, Best], monitor: str | None = None) -> Waste:
    """Epochs and seconds after the best epoch of the judged metric (or of the loss)."""
    chosen = best.get(monitor or "val_loss") or best.get("val_loss") or best.get("loss")
    if chosen is None:
        return Waste(0, None)
    after = history.epochs.loc[history.epochs.index > chosen.epoch]
    if "seconds" not in after.columns:
        return Waste(len(after), None)
    seconds = float(after["seconds"].sum())
    complete = not after["seconds"].isna().any() and math.isfinite(seconds)
    return Waste(len(after), seconds if complete else None)
