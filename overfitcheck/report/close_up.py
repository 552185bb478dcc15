"""The close-up of a drop: the epochs around it, the trend before, and what came instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from overfitcheck.analysis.diagnosis import Diagnosis, Drop, Effect, EffectVerdict
from overfitcheck.analysis.thresholds import EFFECT_EPOCHS, TREND_EPOCHS
from overfitcheck.report import wording
from overfitcheck.report.figures import INK, TRAINING, VALIDATION, dress

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 3.5, 2.3
"""Inches of one panel."""

MOST_PANELS = 8

LATER = 8
"""Epochs after the drop that are shown, so that one sees what was left of its effect."""


@dataclass(frozen=True)
class Around:
    """The epochs around a drop: `before` that its trend was fitted to, `after` that it is
    measured on, and `shown`, all as positions in the history."""

    before: slice
    after: slice
    shown: slice


def around(diagnosis: Diagnosis, number: int) -> Around:
    """The epochs around the `number`-th drop (from 0) of a fit."""
    index = diagnosis.history.epochs.index.to_numpy()
    places = [0, *(int(np.searchsorted(index, each.epoch, "right")) for each in diagnosis.drops)]
    places.append(len(index))
    at, earlier, later = places[number + 1], places[number], places[number + 2]
    return Around(
        slice(max(earlier, at - TREND_EPOCHS), at),
        slice(at, min(later, at + EFFECT_EPOCHS)),
        slice(max(earlier, at - TREND_EPOCHS), min(later, at + LATER)),
    )


def measured(drop: Drop) -> list[str]:
    """The metrics whose effect could be told, training beside validation, loss first."""
    told = [name for name, each in drop.effects.items() if each.change is not None]
    return sorted(told, key=lambda name: (_bare(name) != "loss", _bare(name), name))[:MOST_PANELS]


def _bare(name: str) -> str:
    return name.removeprefix("val_")


def draw_close_up(diagnosis: Diagnosis, number: int) -> Figure | None:
    """A panel for each metric of the `number`-th drop (from 0); None where no effect is told."""
    from matplotlib.figure import Figure

    drop = diagnosis.drops[number]
    names = measured(drop)
    if not names:
        return None
    rows = -(-len(names) // 2)
    figure = Figure(figsize=(2 * WIDTH, HEIGHT * rows), layout="constrained")
    panels = np.atleast_1d(figure.subplots(rows, 2, squeeze=False)).ravel()
    for axes, name in zip(panels, names, strict=False):
        _panel(axes, diagnosis, drop, around(diagnosis, number), name)
    for axes in panels[len(names) :]:
        axes.set_visible(False)
    return figure


def _panel(axes: Axes, diagnosis: Diagnosis, drop: Drop, where: Around, name: str) -> None:
    frame = diagnosis.history.epochs
    epochs = frame.index.to_numpy(dtype=float)
    values = frame[name].to_numpy(dtype=float)
    colour = VALIDATION if name.startswith("val_") else TRAINING
    axes.axvline(drop.epoch + 0.5, color=INK, lw=0.8, ls=":")
    axes.plot(epochs[where.shown], values[where.shown], "o-", color=colour, lw=1, ms=3.5)
    _expected(axes, epochs, values, where, drop.effects[name])
    dress(axes, f"{name}: {wording.EFFECTS[drop.effects[name].verdict]}")


def _expected(
    axes: Axes,
    epochs: np.ndarray[tuple[int], np.dtype[np.float64]],
    values: np.ndarray[tuple[int], np.dtype[np.float64]],
    where: Around,
    effect: Effect,
) -> None:
    """The trend before the drop, carried on to the epochs after it, with the interval there."""
    if effect.change is None or effect.low is None or effect.high is None:
        return
    known = np.isfinite(values[where.before])
    before, level = epochs[where.before][known].mean(), values[where.before][known].mean()
    after, reached = epochs[where.after].mean(), values[where.after].mean()
    expected = reached - effect.change
    slope = (expected - level) / (after - before)
    ends = np.array([epochs[where.before][0], epochs[where.after][-1]])
    axes.plot(ends, level + slope * (ends - before), "--", color=INK, lw=1)
    axes.vlines(after, reached - effect.high, reached - effect.low, color=INK, lw=5, alpha=0.35)
    axes.plot(after, expected, "_", color=INK, ms=9)
    axes.plot(epochs[where.after][[0, -1]], [reached, reached], "-", color=INK, lw=2)


def close_up_text(drop: Drop) -> str:
    """What the close-up shows, in a sentence."""
    told = "; ".join(_told(name, drop.effects[name]) for name in measured(drop))
    return f"Close-up of the {wording.drop_title(drop)}. {told}."


def _told(name: str, effect: Effect) -> str:
    clear = effect.verdict not in (EffectVerdict.UNKNOWN, EffectVerdict.NO_CLEAR_EFFECT)
    verdict = wording.EFFECTS[effect.verdict] if clear else "no clear effect"
    return f"{name}: {wording.change(effect)} against its trend, {verdict}"


def close_ups(diagnosis: Diagnosis) -> Iterator[tuple[Drop, Figure | None]]:
    """Every drop with its close-up."""
    for number, drop in enumerate(diagnosis.drops):
        yield drop, draw_close_up(diagnosis, number)
