"""What other values of a threshold would do, on the runs of even seeds.

    python tests/benchmarks/sweep_thresholds.py RISE_EVIDENCE 1 2.5 4

The figures in the docstrings of ``overfitcheck/analysis/thresholds.py`` are printed by this.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from ground_truth import FIXTURE, Case, Twin, cases, placebos, runs, twins
from history_accuracy import f1, ours_of

from overfitcheck.analysis.diagnosis import Verdict
from overfitcheck.analysis.verdict import judge

HEADINGS = (
    "macro-F1",
    "onset in",
    "width",
    "loss called",
    "in",
    "val_loss called",
    "in",
    "drops in",
)


def set_threshold(name: str, value: float) -> None:
    """Set a threshold wherever a module of the analysis holds it."""
    for module in list(sys.modules.values()):
        if module.__name__.startswith("overfitcheck.analysis") and hasattr(module, name):
            setattr(module, name, value)


def figures(seen: Sequence[Case], placebo: Sequence[Twin], dropped: Sequence[Twin]) -> list[float]:
    said = [judge(case.history) for case in seen]
    macro = f1([c.overfits for c in seen], [s.verdict is Verdict.OVERFITTING for s in said])[1]
    onsets = [(s.onset, c) for s, c in zip(said, seen, strict=True) if s.onset and c.overfits]
    inside = np.mean([o.low <= c.turn <= o.high for o, c in onsets])
    width = np.median([(o.high - o.low + 1) / len(c.loss) for o, c in onsets])
    found = [macro, float(inside), float(width)]
    for curve in ("loss", "val_loss"):
        effects = [told for each in placebo if each.curve == curve and (told := ours_of(each))]
        found.append(float(np.mean([each.called for each in effects])))
        found.append(float(np.mean([each.low <= 0 <= each.high for each in effects])))
    pairs = [(told, twin) for twin in dropped if (told := ours_of(twin))]
    found.append(float(np.mean([s.low <= t.effect <= s.high for s, t in pairs])))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name")
    parser.add_argument("values", type=float, nargs="+")
    parser.add_argument("--runs", type=Path, default=FIXTURE)
    parser.add_argument("--every", type=int, default=3, help="use one case in so many")
    options = parser.parse_args()
    rows = runs(options.runs, "calibration")
    seen = list(cases(rows))[:: options.every]
    placebo = list(placebos(rows, each=4))[:: max(options.every // 2, 1)]
    dropped = list(twins(rows))[:: options.every]
    print(f"{options.name:<16}" + "".join(f"{heading:>16}" for heading in HEADINGS))
    for value in options.values:
        set_threshold(options.name, value)
        print(f"{value:<16g}" + "".join(f"{x:>16.3f}" for x in figures(seen, placebo, dropped)))


if __name__ == "__main__":
    main()
