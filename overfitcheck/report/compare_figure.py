"""The curves of all sides of a comparison over each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from overfitcheck.analysis.compare import Side
from overfitcheck.analysis.monotone import Floats
from overfitcheck.report.comparison import Comparison
from overfitcheck.report.figures import HEIGHT, INK, MOST_METRICS, WIDTH, charted, dress
from overfitcheck.report.plain_text import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito's palette, which colour-blind readers tell apart; further sides begin it again."""


def draw_comparison(comparison: Comparison) -> Figure:
    """One chart a metric: validation solid, training dashed; thin for one fit, bold for the mean.

    Metrics that every fit has are drawn.
    """
    from matplotlib.figure import Figure

    fits = [each for side in comparison.sides for each in side.diagnoses]
    names = [name for name in charted(fits[0]) if all(name in charted(each) for each in fits)]
    names = names[:MOST_METRICS]
    figure = Figure(figsize=(WIDTH, HEIGHT * max(len(names), 1)), layout="constrained")
    all_axes = np.atleast_1d(figure.subplots(max(len(names), 1), 1, sharex=True))
    for axes, name in zip(all_axes, names, strict=False):
        for number, side in enumerate(comparison.sides):
            _curves(axes, side, name, COLOURS[number % len(COLOURS)])
        dress(axes, name)
    all_axes[-1].set_xlabel("epoch", color=INK)
    return figure


def _curves(axes: Axes, side: Side, name: str, colour: str) -> None:
    label: str | None = printable(side.name)[:40].replace("$", r"\$")
    for column, style in ((f"val_{name}", "-"), (name, "--")):
        frames = [each.history.epochs for each in side.diagnoses]
        frames = [frame for frame in frames if column in frame.columns]
        several = len(frames) > 1
        for frame in frames if several else ():
            x = frame.index.to_numpy(dtype=float)
            axes.plot(x, _finite(frame[column].to_numpy(dtype=float)), style, color=colour, lw=0.6,
                      alpha=0.45)  # fmt: skip
        if frames:
            import pandas as pd

            mean = pd.concat([frame[column] for frame in frames], axis=1).dropna().mean(axis=1)
            values = _finite(mean.to_numpy(dtype=float))
            axes.plot(mean.index.to_numpy(dtype=float), values, style, color=colour,
                      lw=2 if several else 1.4, label=label)  # fmt: skip
            label = None


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, np.nan)
