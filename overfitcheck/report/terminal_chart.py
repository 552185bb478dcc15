"""The curves of the loss in a terminal, drawn with braille dots."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from overfitcheck.analysis.diagnosis import Diagnosis
from overfitcheck.analysis.monotone import Floats
from overfitcheck.report import wording

WIDTHS = (30, 100)
"""Fewest and most columns of a chart."""

HEIGHT = 10
"""Lines of a chart."""

MARGIN = 24
"""Columns that the values at the side, and the name of the axis at its end, take."""

OUTLIERS = 0.98
"""Share of the values that a chart has to hold; the first epochs may stand far above the rest."""

COLOURS = {"training": "blue", "validation": "red", "onset": "white"}


def draw_loss(diagnosis: Diagnosis, columns: int, *, colour: bool) -> str:
    """Training and validation loss over the epochs, and a line at the onset; "" without a loss.

    `columns` is the width of the terminal.
    """
    from plotille import Figure

    curves = _curves(diagnosis)
    known = np.concatenate([values for _, _, values in curves] or [np.empty(0)])
    if len(known) < 2 or len(diagnosis.history.epochs) < 2:
        return ""
    figure = Figure()
    figure.width = min(max(columns - MARGIN, WIDTHS[0]), WIDTHS[1])
    figure.height = HEIGHT
    figure.with_colors = colour
    figure.color_mode = "names"
    figure.x_label, figure.y_label = "epoch", "loss"
    figure.register_label_formatter(float, _label)
    first, last = (float(each) for each in diagnosis.history.epochs.index[[0, -1]])
    low, high = float(known.min()), float(np.quantile(known, OUTLIERS))
    room = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
    figure.set_x_limits(first, last)
    figure.set_y_limits(max(low - room, 0.0) if low >= 0 else low - room, high + room)
    figure.x_ticks_fkt = _epoch
    for name, epochs, values in curves:
        figure.plot(epochs.tolist(), values.tolist(), lc=COLOURS[name] if colour else None)
    if diagnosis.onset is not None:
        share = (diagnosis.onset.epoch - first) / (last - first)
        figure.axvline(share, lc=COLOURS["onset"] if colour else None)
    return str(figure.show())


def legend_of(diagnosis: Diagnosis) -> str:
    """Which curve is which, for a chart without colours too."""
    frame = diagnosis.history.epochs
    names = [name for name in ("loss", "val_loss") if name in frame.columns]
    ends = [f"{name} ends at {frame[name].iloc[-1]:.4g}" for name in names]
    onset = f"line: onset, {wording.onset_text(diagnosis)}" if diagnosis.onset else ""
    return "; ".join([*ends, *([onset] if onset else [])])


Curve = tuple[str, Floats, Floats]
"""Training or validation, its epochs and its values."""


def _curves(diagnosis: Diagnosis) -> Sequence[Curve]:
    frame = diagnosis.history.epochs
    curves = []
    for name, column in (("training", "loss"), ("validation", "val_loss")):
        if column in frame.columns:
            values = frame[column].to_numpy(dtype=float)
            finite = np.isfinite(values)
            curves.append((name, frame.index.to_numpy(dtype=float)[finite], values[finite]))
    return curves


def _label(value: float, chars: int, delta: float, left: bool = False) -> str:
    text = f"{value:.4g}"
    return text.ljust(chars) if left else text.rjust(chars)


def _epoch(low: float, high: float) -> str:
    return f"{low:.0f}"
