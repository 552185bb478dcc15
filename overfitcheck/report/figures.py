"""Figures of a fit: each metric in training and validation, with what happened marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from overfitcheck.analysis.diagnosis import Diagnosis
from overfitcheck.report import wording
from overfitcheck.report.plain_text import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TRAINING = "#0072b2"
VALIDATION = "#d55e00"
ONSET = "#999999"
INK = "#333333"
"""Blue and vermilion of Okabe and Ito's palette, which colour-blind readers tell apart; the dashes
of the training curve tell them apart in grey."""

MOST_METRICS = 6
"""Metrics drawn in one figure; further ones are in the table."""

WIDTH, HEIGHT = 7.2, 2.9
"""Inches of one chart."""


def draw(diagnosis: Diagnosis, kept: int | None = None) -> Figure:
    """One chart a metric, loss first, under one another.

    `kept` is the epoch whose weights were kept, where that is known.
    """
    from matplotlib.figure import Figure

    names = charted(diagnosis)
    figure = Figure(figsize=(WIDTH, HEIGHT * max(len(names), 1)), layout="constrained")
    all_axes = np.atleast_1d(figure.subplots(max(len(names), 1), 1, sharex=True))
    for axes, name in zip(all_axes, names, strict=False):
        _chart(axes, diagnosis, name)
        _mark_kept(axes, diagnosis, name, kept)
        dress(axes, name)
    all_axes[-1].set_xlabel("epoch", color=INK)
    return figure


def charted(diagnosis: Diagnosis) -> list[str]:
    """The metrics that are drawn, by their training names."""
    columns = set(map(str, diagnosis.history.epochs.columns))
    alone = [
        str(name).removeprefix("val_")
        for name in diagnosis.history.epochs.columns
        if str(name).startswith("val_") and str(name).removeprefix("val_") not in columns
    ]
    return [*diagnosis.history.metrics, *alone][:MOST_METRICS]


def _chart(axes: Axes, diagnosis: Diagnosis, name: str) -> None:
    frame = diagnosis.history.epochs
    epochs = frame.index.to_numpy(dtype=float)
    marker = "." if len(epochs) <= 40 else ""
    if diagnosis.onset is not None:
        onset = diagnosis.onset
        axes.axvspan(onset.low, onset.high, color=ONSET, alpha=0.25, lw=0, label="onset, 90 %")
        axes.axvline(onset.epoch, color=ONSET, lw=1.2)
    for drop in diagnosis.drops:
        axes.axvline(drop.epoch + 0.5, color=INK, lw=0.8, ls=":")
        axes.annotate(
            f"→ {wording.rate(drop.new_rate)}",
            (drop.epoch + 0.5, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(3, -9),
            textcoords="offset points",
            fontsize=7,
            color=INK,
        )
    for column, colour, style, label in (
        (name, TRAINING, "--", "training"),
        (f"val_{name}", VALIDATION, "-", "validation"),
    ):
        if column in frame.columns:
            values = frame[column].to_numpy(dtype=float)
            values = np.where(np.isfinite(values), values, np.nan)
            axes.plot(epochs, values, style, color=colour, lw=1.6, marker=marker, label=label)
    best = diagnosis.best.get(f"val_{name}") or diagnosis.best.get(name)
    if best is not None:
        shown = f"best {best.value:.5g}, epoch {best.epoch}"
        axes.plot(best.epoch, best.value, "o", ms=8, mfc="none", mec=INK, mew=1.4, label=shown)


def _mark_kept(axes: Axes, diagnosis: Diagnosis, name: str, kept: int | None) -> None:
    frame = diagnosis.history.epochs
    column = next((each for each in (f"val_{name}", name) if each in frame.columns), None)
    if kept is None or column is None or kept not in frame.index:
        return
    value = float(frame[column].loc[kept])
    axes.plot(kept, value, "v", ms=7, mfc=INK, mec=INK, label=f"kept weights, epoch {kept}")


def dress(axes: Axes, title: str) -> None:
    """No more ink than the numbers need."""
    from matplotlib.ticker import MaxNLocator

    # A dollar sign would start a formula.
    axes.set_title(printable(title)[:60].replace("$", r"\$"), loc="left", fontsize=10, color=INK)
    axes.grid(axis="y", color="#dddddd", lw=0.6)
    axes.set_axisbelow(True)
    # Room at the top for the rates that are written beside the drops.
    axes.margins(y=0.14)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.tick_params(colors=INK, labelsize=8, length=0)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color("#aaaaaa")
    if axes.get_legend_handles_labels()[1]:
        axes.legend(
            fontsize=8,
            frameon=False,
            labelcolor=INK,
            loc="lower right",
            bbox_to_anchor=(1.0, 1.0),
            ncols=5,
            borderaxespad=0.2,
            columnspacing=1.0,
            handlelength=1.4,
        )
