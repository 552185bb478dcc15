"""How often verdicts, onsets and effects of drops are right, beside simple methods.

    python tests/benchmarks/history_accuracy.py --synthetic
    python tests/benchmarks/history_accuracy.py --simulated HISTORIES.jsonl.gz
    python tests/benchmarks/history_accuracy.py --logs LABELS.jsonl FOLDER

``--synthetic`` makes courses whose truth is known: they are where the thresholds of
``overfitcheck/analysis/thresholds.py`` come from. ``--simulated`` and ``--logs`` read labelled
histories (a JSON line each with train_loss, val_loss and label, 1 for overfitting; or file,
overfits and epochs_logged), on which nothing was tuned.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from overfitcheck.analysis.diagnose import diagnose
from overfitcheck.analysis.diagnosis import Effect, EffectVerdict, Verdict
from overfitcheck.analysis.drops import effect_of
from overfitcheck.history.history import History
from overfitcheck.history.read import read_histories

Floats = npt.NDArray[np.float64]
Detector = Callable[[Floats, Floats], bool]

SEED = 20
BEFORE = (4, 5, 6, 8)
"""Epochs before a drop."""
LENGTHS = (7, 10, 20, 40, 100, 400)
NOISES = (0.002, 0.01, 0.03, 0.1)
LIKENESS = (0.0, 0.0, 0.0, 0.3)
"""Correlation of the noise of one epoch with that of the epoch before."""


@dataclass(frozen=True)
class Course:
    """A history whose true course is known; `turn` is its lowest epoch (from 1)."""

    loss: Floats
    val_loss: Floats
    truth: Floats

    @property
    def overfits(self) -> bool:
        return bool(self.truth[-1] > 1.05 * self.truth.min())

    @property
    def turn(self) -> int:
        return int(self.truth.argmin()) + 1


def noise_like(length: int, size: float, likeness: float, rng: np.random.Generator) -> Floats:
    """Noise of standard deviation `size` whose neighbours are correlated by `likeness`."""
    noise = rng.normal(0, size, length)
    for epoch in range(1, length):
        noise[epoch] = likeness * noise[epoch - 1] + math.sqrt(1 - likeness**2) * noise[epoch]
    return noise


def courses(count: int, rng: np.random.Generator) -> Iterator[Course]:
    """Falling training losses; validation losses that level off, fall, or turn, plus noise."""
    for _ in range(count):
        length = int(rng.choice(LENGTHS))
        noise = float(rng.choice(NOISES))
        time = np.arange(length) / length
        fall = np.exp(-time * rng.uniform(3, 12))
        kind = rng.integers(3)
        rise = np.zeros(length)
        if kind == 0:
            turn, size = rng.uniform(0.1, 0.7), rng.uniform(0.1, 1.0)
            rise = size * np.clip((time - turn) / (1 - turn), 0, None) ** rng.uniform(1, 2)
        elif kind == 1:
            fall = fall - 0.3 * time
        truth = 1.0 + fall + rise
        training = 0.5 + np.exp(-time * 4) + rng.normal(0, noise / 4, length)
        wandering = noise_like(length, noise, float(rng.choice(LIKENESS)), rng)
        yield Course(training, truth + wandering, truth)


def frame(loss: Floats, val_loss: Floats) -> History:
    index = pd.RangeIndex(1, len(loss) + 1, name="epoch")
    columns = {"loss": loss, "val_loss": val_loss}
    return History("synthetic", pd.DataFrame(columns, index=pd.Index(index)))


def ours(loss: Floats, val_loss: Floats) -> bool:
    return diagnose(frame(loss, val_loss)).verdict is Verdict.OVERFITTING


def last_above_best(loss: Floats, val_loss: Floats) -> bool:
    return bool(val_loss[-1] > 1.04 * val_loss.min())


def early_stopping(loss: Floats, val_loss: Floats, patience: int = 10) -> bool:
    best = np.minimum.accumulate(val_loss)
    since = np.arange(len(val_loss)) - np.maximum.accumulate(
        np.where(val_loss <= best, np.arange(len(val_loss)), 0)
    )
    return bool((since >= patience).any())


def generalisation_loss(loss: Floats, val_loss: Floats) -> bool:
    """GL_5 of Prechelt (1998): five per cent above the lowest so far, at the end."""
    return bool(100 * (val_loss[-1] / np.minimum.accumulate(val_loss)[-1] - 1) > 5)


def successive_rises(loss: Floats, val_loss: Floats) -> bool:
    """UP_3 of Prechelt (1998): three strips of five epochs, each ending above the one before."""
    ends = val_loss[::-5][:4]
    return len(ends) == 4 and bool((np.diff(ends) < 0).all())


def ratio(loss: Floats, val_loss: Floats) -> bool:
    """Validation loss more than a tenth above training loss at the end."""
    return bool(val_loss[-1] > 1.1 * loss[-1])


DETECTORS: dict[str, Detector] = {
    "overfitcheck": ours,
    "last above best by 4 %": last_above_best,
    "EarlyStopping(10) fired": early_stopping,
    "generalisation loss GL_5": generalisation_loss,
    "UP_3": successive_rises,
    "ratio rule": ratio,
}


def f1(labels: list[bool], said: list[bool]) -> tuple[float, float]:
    """F1 of overfitting, and the mean of it and of the F1 of no overfitting."""

    def one(wanted: bool) -> float:
        hits = sum(a is b is wanted for a, b in zip(labels, said, strict=True))
        wrong = sum(a is not b for a, b in zip(labels, said, strict=True))
        return 2 * hits / (2 * hits + wrong) if hits else 0.0

    return one(True), (one(True) + one(False)) / 2


def compare(histories: list[tuple[Floats, Floats, bool]]) -> None:
    labels = [label for *_, label in histories]
    print(f"{len(labels)} histories, {sum(labels)} overfit")
    print(f"{'method':<28}{'F1':>8}{'macro-F1':>10}")
    for name, detector in DETECTORS.items():
        said = [detector(loss, val_loss) for loss, val_loss, _ in histories]
        single, macro = f1(labels, said)
        print(f"{name:<28}{single:>8.3f}{macro:>10.3f}")


def synthetic(count: int) -> None:
    rng = np.random.default_rng(SEED)
    made = list(courses(count, rng))
    compare([(each.loss, each.val_loss, each.overfits) for each in made])
    covered, found, widths = 0, 0, []
    for each in made:
        onset = diagnose(frame(each.loss, each.val_loss)).onset
        if each.overfits and onset is not None:
            found += 1
            covered += onset.low <= each.turn <= onset.high
            widths.append((onset.high - onset.low) / len(each.loss))
    print(f"onset interval, 90 % claimed: covers {covered / found:.1%} of {found}, ", end="")
    print(f"median width {np.median(widths):.0%} of the epochs")
    drops(count, rng)


def drops(count: int, rng: np.random.Generator) -> None:
    """Effects at epochs without a drop, and at drops of known sizes, on curved courses."""
    print("\nepochs without a drop: called an effect / in the 90 % interval")
    print(f"{'course, noise':<28}" + "".join(f"{f'{before} before':>16}" for before in BEFORE))
    for kind in ("decay", "valley"):
        for name, noise in (("validation", 0.02), ("training", 0.004)):
            for likeness in (0.0, 0.5):
                cells = [placebos(kind, noise, likeness, before, count, rng) for before in BEFORE]
                title = f"{kind}, {name} {likeness:g}"
                print(f"{title:<28}" + "".join(f"{a:>9.1%} {b:>6.1%}" for a, b in cells))
    print("\ndrops of 3, 5, 10 times the noise, found (8 epochs before)")
    for kind in ("decay", "valley"):
        for name, noise in (("validation", 0.02), ("training", 0.004)):
            found = [power(kind, noise, times, count, rng) for times in (3, 5, 10)]
            print(f"{kind}, {name:<20}" + "".join(f"{share:>8.0%}" for share in found))


def placebos(
    kind: str, noise: float, likeness: float, before: int, count: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Shares of epochs without a drop called an effect, and covered by the interval."""
    effects = [dropped(kind, 0.0, noise, likeness, before, rng) for _ in range(count)]
    called = sum(each.verdict in (EffectVerdict.HELPED, EffectVerdict.HURT) for each in effects)
    inside = sum((each.low or 0.0) <= 0 <= (each.high or 0.0) for each in effects)
    return called / count, inside / count


def power(kind: str, noise: float, times: float, count: int, rng: np.random.Generator) -> float:
    """Share of drops that lower a loss by `times` its noise, found to have helped."""
    effects = [dropped(kind, times * noise, noise, 0.0, 8, rng) for _ in range(count)]
    return sum(each.verdict is EffectVerdict.HELPED for each in effects) / count


def dropped(
    kind: str,
    size: float,
    noise: float,
    likeness: float,
    before: int,
    rng: np.random.Generator,
) -> Effect:
    """One drop that lowers a curved course of 40 epochs by `size`, and what is said of it."""
    time = np.arange(40, dtype=float)
    course = 0.5 + np.exp(-time / rng.uniform(6, 30))
    if kind == "valley":
        rise = np.clip((time - rng.uniform(4, 20)) / 30, 0, None) ** rng.uniform(1, 2)
        course = 0.5 + np.exp(-time / rng.uniform(3, 12)) + rng.uniform(0.2, 1) * rise
    place = int(rng.integers(8, 34))
    values = course + noise_like(40, noise, likeness, rng) - size * (time >= place)
    return effect_of(
        pd.Series(values), slice(place - before, place), slice(place, place + 3), "val_loss"
    )


def simulated(path: Path) -> None:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    compare(
        [
            (np.asarray(row["train_loss"]), np.asarray(row["val_loss"]), row["label"] == 1)
            for row in rows
        ]
    )


def logs(labels: Path, folder: Path) -> None:
    wrong = 0
    for line in labels.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        (history,) = read_histories(folder / Path(row["file"]).name)
        said = diagnose(history)
        best = said.best.get("val_loss")
        right = (
            len(history.epochs) == row["epochs_logged"]
            and best is not None
            and best.epoch == row["best_val_loss_epoch"]
            and row["overfits"]
            in ("unclear", "yes" if said.verdict is Verdict.OVERFITTING else "no")
        )
        wrong += not right
        onset = said.onset.epoch if said.onset else None
        print(
            f"{'ok' if right else 'WRONG':<6}{Path(row['file']).name[:44]:<46}"
            f"{said.verdict.value:<17}(label {row['overfits']})  onset {onset} "
            f"(label {row['onset_epoch']})"
        )
    print(f"{wrong} wrong")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--synthetic", action="store_true")
    parser.add_argument("--count", type=int, default=1500)
    parser.add_argument("--simulated", type=Path)
    parser.add_argument("--logs", type=Path, nargs=2)
    options = parser.parse_args()
    if options.synthetic:
        synthetic(options.count)
    if options.simulated:
        simulated(options.simulated)
    if options.logs:
        logs(*options.logs)


if __name__ == "__main__":
    main()
