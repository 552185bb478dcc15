"""The runs of ``make_histories.py`` as cases: what somebody saw, and what was true.

Even seeds are for calibrating thresholds, odd seeds for checking them.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from overfitcheck.analysis.monotone import levels, valley
from overfitcheck.history.history import History

Floats = npt.NDArray[np.float64]

FIXTURE = Path(__file__).parents[2] / "fixtures" / "histories" / "ground_truth.jsonl.gz"

OVERFITS = 0.04
"""A run overfits if its risk ends this share above its lowest level, while training loss fell."""

SHARES = (1.0, 0.5, 0.25)
"""Each run is looked at to its end, and as if it had been ended earlier."""

FEWEST = 7


def runs(path: Path, half: str) -> list[dict[str, Any]]:
    """The runs of one half: ``calibration``, ``check`` or ``both``; those that diverged left out."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    wanted = {"calibration": (0,), "check": (1,), "both": (0, 1)}[half]
    return [
        row
        for row in rows
        if row["setting"]["seed"] % 2 in wanted
        and all(np.isfinite(column).all() for column in row["curves"]["risk"])
        and np.isfinite(row["curves"]["train"][0]).all()
    ]


@dataclass(frozen=True)
class Case:
    """One validation set's view of one run, up to an epoch; `risk` is the truth."""

    seed: int
    size: int
    metric: str
    loss: Floats
    accuracy: Floats
    val_loss: Floats
    val_accuracy: Floats
    risk: Floats

    @cached_property
    def overfits(self) -> bool:
        """Whether the level of the risk rose while that of the training loss fell."""
        risk, training = levels(self.risk), levels(self.loss)
        rose = risk[-1] > (1 + OVERFITS) * risk.min()
        return bool(rose and training[-1] < training[risk.argmin()])

    @cached_property
    def turn(self) -> int:
        """The true onset: the epoch at which the best V-shaped course of the risk turns."""
        return valley(self.risk).turn + 1

    @property
    def history(self) -> History:
        columns = {
            "loss": self.loss,
            self.metric: self.accuracy,
            "val_loss": self.val_loss,
            f"val_{self.metric}": self.val_accuracy,
        }
        index = pd.RangeIndex(1, len(self.loss) + 1, name="epoch")
        return History(f"seed {self.seed}", pd.DataFrame(columns, index=pd.Index(index)))

    def regret(self, epoch: int) -> float:
        """How much higher the risk of an epoch (from 1) is than the lowest, as a share of it."""
        return float(self.risk[epoch - 1] / self.risk.min() - 1)


def cases(rows: list[dict[str, Any]]) -> Iterator[Case]:
    """Every validation set of every run, at three lengths."""
    for row in rows:
        curves = {name: np.asarray(pair, dtype=float) for name, pair in row["curves"].items()}
        full = len(curves["risk"][0])
        for length in sorted({n for share in SHARES if (n := int(share * full)) >= FEWEST}):
            for name, pair in curves.items():
                if name not in ("train", "risk"):
                    yield Case(
                        row["setting"]["seed"],
                        int(name),
                        row["metric"],
                        *curves["train"][:, :length],
                        *pair[:, :length],
                        curves["risk"][0, :length],
                    )


@dataclass(frozen=True)
class Twin:
    """A curve around an epoch, and what it would have been without the drop there.

    `values` are the epochs up to `place` at the old rate and those after it at the new one;
    `undropped` are the epochs after `place` at the old rate. A placebo has no drop: both agree.
    """

    curve: str
    values: Floats
    undropped: Floats
    place: int

    @property
    def effect(self) -> float:
        """The true change of the mean of the three epochs after the drop."""
        return float(self.values[self.place :][:3].mean() - self.undropped[:3].mean())

    @property
    def level(self) -> float:
        """What effects are a share of."""
        return float(abs(self.undropped[:3].mean()))


def _seen_curves(row: dict[str, Any], curves: dict[str, Any], rng: Any) -> dict[str, Floats]:
    """Training curves, and those of one of the validation sets."""
    size = str(rng.choice([name for name in row["curves"] if name not in ("train", "risk")]))
    metric = row["metric"]
    names = ("loss", metric, "val_loss", f"val_{metric}")
    values = (*curves["train"], *curves[size])
    kept = dict(zip(names, map(np.asarray, values), strict=True))
    return {name: column for name, column in kept.items() if np.isfinite(column).all()}


def placebos(rows: list[dict[str, Any]], each: int, seed: int = 0) -> Iterator[Twin]:
    """Epochs without a drop: `each` of every run."""
    rng = np.random.default_rng(seed)
    for row in rows:
        count = len(row["curves"]["risk"][0])
        for place in rng.permutation(np.arange(4, count - 3))[:each]:
            for name, values in _seen_curves(row, row["curves"], rng).items():
                yield Twin(name, values, values[place:], int(place))


def twins(rows: list[dict[str, Any]], seed: int = 0) -> Iterator[Twin]:
    """Every drop of every run, with the same run that did not drop."""
    for row in rows:
        for branch in row["branches"]:
            place = branch["after"]
            stream = np.random.default_rng([seed, row["setting"]["seed"], place])
            plain = _seen_curves(row, row["curves"], stream)
            stream = np.random.default_rng([seed, row["setting"]["seed"], place])
            dropped = _seen_curves(row, branch["curves"], stream)
            for name in sorted(plain.keys() & dropped.keys()):
                values = np.concatenate([plain[name][:place], dropped[name]])
                yield Twin(name, values, plain[name][place:], place)
