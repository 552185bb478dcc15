"""How often verdicts, onsets and effects of drops are right, beside simple methods.

    python tests/benchmarks/history_accuracy.py [--half check|calibration|both]
    python tests/benchmarks/history_accuracy.py --simulated HISTORIES.jsonl.gz
    python tests/benchmarks/history_accuracy.py --logs LABELS.jsonl FOLDER

Without a path: on the runs of ``make_histories.py``, whose true risk is known. The thresholds of
``overfitcheck/analysis/thresholds.py`` come from the half of even seeds (``--half calibration``),
what is printed by default from the other. ``--simulated`` and ``--logs`` read labelled histories (a
JSON line each with train_loss, val_loss and label, 1 for overfitting; or file, overfits and
epochs_logged), on which nothing was tuned.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from ground_truth import FIXTURE, Case, Twin, cases, placebos, runs, twins
from simple_methods import DETECTORS, STOPPERS, best_up_to

from overfitcheck.analysis.diagnose import diagnose
from overfitcheck.analysis.diagnosis import Diagnosis, EffectVerdict, Verdict
from overfitcheck.analysis.drops import effect_of
from overfitcheck.history.history import History
from overfitcheck.history.read import read_histories

Floats = npt.NDArray[np.float64]

LOOKS = 30
"""How often somebody who watches a training asks whether it overfits."""


def frame(loss: Floats, val_loss: Floats) -> History:
    index = pd.RangeIndex(1, len(loss) + 1, name="epoch")
    columns = {"loss": loss, "val_loss": val_loss}
    return History("benchmark", pd.DataFrame(columns, index=pd.Index(index)))


def f1(labels: Sequence[bool], said: Sequence[bool]) -> tuple[float, float]:
    """F1 of overfitting, and the mean of it and of the F1 of no overfitting."""

    def one(wanted: bool) -> float:
        hits = sum(bool(a) is bool(b) is wanted for a, b in zip(labels, said, strict=True))
        wrong = sum(bool(a) is not bool(b) for a, b in zip(labels, said, strict=True))
        return 2 * hits / (2 * hits + wrong) if hits else 0.0

    return one(True), (one(True) + one(False)) / 2


def compare(histories: Sequence[tuple[Floats, Floats, bool, bool]]) -> None:
    """Print F1 of every method; a history is its losses, its label and what we say."""
    labels = [label for *_, label, _ in histories]
    print(f"{len(labels)} histories, {sum(labels)} overfit")
    print(f"{'overfitting?':<30}{'F1':>8}{'macro-F1':>10}")
    row("overfitcheck", *f1(labels, [said for *_, said in histories]))
    for name, detector in DETECTORS.items():
        row(name, *f1(labels, [detector(loss, val) for loss, val, *_ in histories]))


def row(name: str, *figures: float) -> None:
    print(
        f"{name:<30}" + "".join(f"{each:>{8 + 2 * (n > 0)}.3f}" for n, each in enumerate(figures))
    )


@dataclass(frozen=True)
class Judged:
    """A case and what we say of it."""

    case: Case
    said: Diagnosis

    @property
    def overfits(self) -> bool:
        return self.said.verdict is Verdict.OVERFITTING


def ground_truth(path: Path, half: str) -> None:
    rows = runs(path, half)
    print(f"{len(rows)} runs of known risk, half: {half}\n")
    judged = [Judged(case, diagnose(case.history)) for case in cases(rows)]
    compare([(j.case.loss, j.case.val_loss, j.case.overfits, j.overfits) for j in judged])
    by_size(judged)
    stopping([each for each in judged if is_whole(each.case, rows)])
    effects(list(placebos(rows, each=10)), list(twins(rows)))


def is_whole(case: Case, rows: list[dict]) -> bool:  # type: ignore[type-arg]
    return any(
        row["setting"]["seed"] == case.seed and row["setting"]["epochs"] == len(case.loss)
        for row in rows
    )


def by_size(judged: Sequence[Judged]) -> None:
    print("\nby samples in the validation set: macro-F1 of overfitcheck and of last above best;")
    print("how often the 90 % interval of the onset holds the true one, its median width")
    for sizes in ((50,), (100,), (200,), (500,), (1000, 2000, 5000), None):
        part = [each for each in judged if sizes is None or each.case.size in sizes]
        labels = [each.case.overfits for each in part]
        ours = f1(labels, [each.overfits for each in part])[1]
        last = DETECTORS["last above best by 4 %"]
        simple = f1(labels, [last(each.case.loss, each.case.val_loss) for each in part])[1]
        onsets = [
            (each.said.onset, each.case)
            for each in part
            if each.case.overfits and each.said.onset is not None
        ]
        inside = np.mean([onset.low <= case.turn <= onset.high for onset, case in onsets])
        width = np.median([(o.high - o.low + 1) / len(case.loss) for o, case in onsets])
        title = "all" if sizes is None else " ".join(map(str, sizes))
        print(
            f"{title:<18}{ours:>8.3f}{simple:>8.3f}{inside:>8.1%} of {len(onsets):<5}{width:>6.0%}"
        )


def stopping(judged: Sequence[Judged]) -> None:
    """Regret of what each method keeps, in true risk, and the share of epochs it trains."""
    print(f"\n{'what is kept':<34}{'mean regret':>12}{'epochs used':>13}")
    ours: dict[str, Callable[[Judged], tuple[int, int]]] = {
        "overfitcheck, onset or best": reported,
        "overfitcheck, as recommended": recommended,
        "overfitcheck, watching": watched,
    }
    for name, method in ours.items():
        stops = [method(each) for each in judged]
        stop_row(name, stops, judged)
    for name, stopper in STOPPERS.items():
        stop_row(name, [stopper(j.case.loss, j.case.val_loss) for j in judged], judged)


def stop_row(name: str, stops: Iterable[tuple[int, int]], judged: Sequence[Judged]) -> None:
    pairs = list(zip(stops, judged, strict=True))
    regret = np.mean([each.case.regret(kept) for (_, kept), each in pairs])
    used = np.mean([trained / len(each.case.loss) for (trained, _), each in pairs])
    print(f"{name:<34}{regret:>12.2%}{used:>13.0%}")


def reported(judged: Judged) -> tuple[int, int]:
    """What the report names: the onset of an overfitting, or else the best epoch."""
    onset = judged.said.onset
    kept = onset.epoch if onset is not None else judged.said.best["val_loss"].epoch
    return len(judged.case.loss), kept


def recommended(judged: Judged) -> tuple[int, int]:
    """Training again as recommended, where that is an early stopping."""
    told = judged.said.recommendation
    for replay in judged.said.replays:
        if told is not None and replay.patience and told.text.find(replay.name[:-1]) >= 0:
            return replay.trained, replay.kept
    return best_up_to(judged.case.val_loss, None)


def watched(judged: Judged) -> tuple[int, int]:
    """Stopping as soon as the verdict on the epochs so far is overfitting."""
    case, count = judged.case, len(judged.case.loss)
    for seen in range(6, count + 1, max(1, count // LOOKS)):
        said = diagnose(frame(case.loss[:seen], case.val_loss[:seen]))
        if said.verdict is Verdict.OVERFITTING:
            return best_up_to(case.val_loss, seen)
    return best_up_to(case.val_loss, None)


@dataclass(frozen=True)
class Said:
    """What a method says of a drop: the change, its 90 % interval, and whether it is an effect."""

    change: float
    low: float
    high: float
    called: bool


def ours_of(twin: Twin) -> Said | None:
    before = slice(max(0, twin.place - 8), twin.place)
    after = slice(twin.place, twin.place + 3)
    effect = effect_of(pd.Series(twin.values), before, after, twin.curve)
    if effect.change is None or effect.low is None or effect.high is None:
        return None
    called = effect.verdict in (EffectVerdict.HELPED, EffectVerdict.HURT)
    return Said(effect.change, effect.low, effect.high, called)


def line_of(twin: Twin) -> Said:
    """A least-squares line over the eight epochs before, with the t-interval of its forecast."""
    from scipy.stats import t

    values = twin.values[max(0, twin.place - 8) : twin.place]
    x = np.arange(len(values)) - (len(values) - 1) / 2
    spread, distance = float((x**2).sum()), (len(values) - 1) / 2 + 2
    slope = float((x * values).sum()) / spread
    variance = float(((values - values.mean() - slope * x) ** 2).sum()) / (len(values) - 2)
    error = np.sqrt(variance * (1 / 3 + 1 / len(values) + distance**2 / spread))
    change = float(twin.values[twin.place :][:3].mean() - values.mean() - slope * distance)
    half, wide = (error * t.ppf(1 - p / 2, len(values) - 2) for p in (0.1, 0.05))
    return Said(change, change - half, change + half, bool(abs(change) > wide))


def bare_of(twin: Twin) -> Said:
    """Three epochs after against three before, with the t-interval of two means."""
    from scipy.stats import t

    before, after = twin.values[: twin.place][-3:], twin.values[twin.place :][:3]
    error = np.sqrt((before.var(ddof=1) + after.var(ddof=1)) / 3)
    change = float(after.mean() - before.mean())
    half, wide = (error * t.ppf(1 - p / 2, 4) for p in (0.1, 0.05))
    return Said(change, change - half, change + half, bool(abs(change) > wide))


METHODS: dict[str, Callable[[Twin], Said | None]] = {
    "overfitcheck": ours_of,
    "line, t-interval": line_of,
    "before and after": bare_of,
}
SMALL, MEDIUM, LARGE = (0.01, 0.03), (0.03, 0.10), (0.10, np.inf)


def effects(placebo: Sequence[Twin], dropped: Sequence[Twin]) -> None:
    print("\nepochs without a drop: called an effect (6 % at most) / in the 90 % interval")
    table(placebo, lambda said, _: f"{rate(s.called for s in said):>9}{holds(said, 0):>8}")
    print(
        "\ndrops with a twin that did not drop: truth in the 90 % interval / median bias, of level"
    )
    table(dropped, lambda said, part: f"{covers(said, part):>9}{bias(said, part):>8}")
    print("\ndrops found with the right sign (the wrong one), true effects of 1-3, 3-10, > 10 %")
    for low, high in (SMALL, MEDIUM, LARGE):
        part = [each for each in dropped if low <= abs(each.effect) / each.level < high]
        table(part, lambda said, part: f"{found(said, part):>17}")


def table(part: Sequence[Twin], cell: Callable[[list[Said], list[Twin]], str]) -> None:
    groups = {
        "training loss": lambda name: name == "loss",
        "validation loss": lambda name: name == "val_loss",
        "training metric": lambda name: name in ("accuracy", "mae"),
        "validation metric": lambda name: name in ("val_accuracy", "val_mae"),
    }
    print(f"{'':<20}{'n':>6}" + "".join(f"{name:>17}" for name in METHODS))
    for title, belongs in groups.items():
        chosen = [each for each in part if belongs(each.curve)]
        cells = []
        for method in METHODS.values():
            pairs = [(said, each) for each in chosen if (said := method(each)) is not None]
            cells.append(cell([said for said, _ in pairs], [each for _, each in pairs]))
        print(f"{title:<20}{len(chosen):>6}" + "".join(cells))


def rate(hits: Iterable[bool]) -> str:
    return f"{np.mean(list(hits)):.1%}"


def holds(said: Sequence[Said], value: float) -> str:
    return rate(each.low <= value <= each.high for each in said)


def covers(said: Sequence[Said], part: Sequence[Twin]) -> str:
    return rate(s.low <= each.effect <= s.high for s, each in zip(said, part, strict=True))


def bias(said: Sequence[Said], part: Sequence[Twin]) -> str:
    shares = [(s.change - t.effect) / t.level for s, t in zip(said, part, strict=True) if t.level]
    return f"{np.median(shares):+.2%}"


def found(said: Sequence[Said], part: Sequence[Twin]) -> str:
    pairs = list(zip(said, part, strict=True))
    right = rate(s.called and s.change * each.effect > 0 for s, each in pairs)
    wrong = rate(s.called and s.change * each.effect < 0 for s, each in pairs)
    return f"{right} ({wrong})"


def simulated(path: Path) -> None:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    histories = []
    for each in rows:
        loss, val_loss = np.asarray(each["train_loss"]), np.asarray(each["val_loss"])
        said = diagnose(frame(loss, val_loss)).verdict is Verdict.OVERFITTING
        histories.append((loss, val_loss, each["label"] == 1, said))
    compare(histories)


def logs(labels: Path, folder: Path) -> None:
    wrong = 0
    for line in labels.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        (history,) = read_histories(folder / Path(told["file"]).name)
        said = diagnose(history)
        best = said.best.get("val_loss")
        right = (
            len(history.epochs) == told["epochs_logged"]
            and best is not None
            and best.epoch == told["best_val_loss_epoch"]
            and told["overfits"]
            in ("unclear", "yes" if said.verdict is Verdict.OVERFITTING else "no")
        )
        wrong += not right
        onset = said.onset and (said.onset.epoch, said.onset.low, said.onset.high)
        print(
            f"{'ok' if right else 'WRONG':<6}{Path(told['file']).name[:44]:<46}"
            f"{said.verdict.value:<17}(label {told['overfits']})  onset {onset} "
            f"(label {told['onset_epoch']})"
        )
    print(f"{wrong} wrong")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=Path, default=FIXTURE)
    parser.add_argument("--half", choices=["check", "calibration", "both"], default="check")
    parser.add_argument("--simulated", type=Path)
    parser.add_argument("--logs", type=Path, nargs=2)
    options = parser.parse_args()
    if options.simulated:
        simulated(options.simulated)
    if options.logs:
        logs(*options.logs)
    if not options.simulated and not options.logs:
        ground_truth(options.runs, options.half)


if __name__ == "__main__":
    main()
