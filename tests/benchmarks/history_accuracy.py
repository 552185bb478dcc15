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
from overfitcheck.analysis.diagnosis import EffectVerdict, Verdict
from overfitcheck.analysis.drops import effect_of
from overfitcheck.history.history import History
from overfitcheck.history.read import read_histories

Floats = npt.NDArray[np.float64]
Detector = Callable[[Floats, Floats], bool]

SEED = 20
LENGTHS = (7, 10, 20, 40, 100, 400)
NOISES = (0.002, 0.01, 0.03, 0.1)


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
        yield Course(training, truth + rng.normal(0, noise, length), truth)


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
    print(f"\n{'drop of':<12}{'called an effect':>18}{'in the 90 % interval':>22}")
    for size in (0.0, 0.02, 0.05, 0.1):
        for name, noise in (("validation", 0.02), ("training", 0.004)):
            called, inside = 0, 0
            for _ in range(count):
                change, verdict, low, high = placebo(size, noise, rng)
                called += verdict in (EffectVerdict.HELPED, EffectVerdict.HURT)
                inside += low <= change <= high
            print(f"{size:<5}{name:<12}{called / count:>12.1%}{inside / count:>22.1%}")


def placebo(
    size: float, noise: float, rng: np.random.Generator
) -> tuple[float, EffectVerdict, float, float]:
    """One drop of a known size on a curved course, and what is said of it."""
    time = np.arange(40, dtype=float)
    course = 0.5 + np.exp(-time / rng.uniform(6, 30))
    place = int(rng.integers(8, 34))
    values = course + rng.normal(0, noise, 40) - size * (time >= place)
    before, after = slice(place - 8, place), slice(place, place + 3)
    effect = effect_of(pd.Series(values), before, after, "val_loss")
    assert effect.low is not None
    assert effect.high is not None
    return -size, effect.verdict, effect.low, effect.high


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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--synthetic", action="store_true")
    parser.add_argument("--count", type=int, default=1500)
    parser.add_argument("--simulated", type=Path)
    parser.add_argument("--logs", type=Path, nargs=2)
    options = parser.parse_args()
    assert math.isfinite(options.count)
    if options.synthetic:
        synthetic(options.count)
    if options.simulated:
        simulated(options.simulated)
    if options.logs:
        logs(*options.logs)


if __name__ == "__main__":
    main()
