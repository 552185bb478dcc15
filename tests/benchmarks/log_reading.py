"""How many epochs and which best epoch are read from labelled logs.

    python tests/benchmarks/log_reading.py LABELS LOGS-FOLDER

LABELS holds a JSON object a line: ``file``, ``epochs_logged``, ``best_val_loss_epoch``. The exit
code is 1 if a log is read otherwise than it is labelled.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from overfitcheck.errors import UserError
from overfitcheck.history.read import read_histories


def main(labels: Path, folder: Path) -> int:
    """Print the table; 0 if every log is read as labelled."""
    entries = [json.loads(line) for line in labels.read_text(encoding="utf-8").splitlines()]
    print(f"{'epochs':>8}  {'best':>7}  log")
    wrong = sum(not _print_row(entry, folder) for entry in entries)
    print(f"{len(entries) - wrong} of {len(entries)} as labelled")
    return 1 if wrong else 0


def _print_row(entry: dict[str, Any], folder: Path) -> bool:
    name = Path(entry["file"]).name
    expected = (entry["epochs_logged"], entry["best_val_loss_epoch"])
    found = _read(folder / name)
    sign = "" if found == expected else "  <- wrong"
    print(
        f"{found[0]:>4}/{expected[0]:<3}  {found[1] or '-':>3}/{expected[1] or '-':<3}  {name}{sign}"
    )
    return found == expected


def _read(log: Path) -> tuple[int, int | None]:
    """Epochs, and the epoch of the smallest val_loss, over all fits of a log."""
    try:
        histories = read_histories(log)
    except UserError as error:
        print(error, file=sys.stderr)
        return 0, None
    epochs = sum(len(history.epochs) for history in histories)
    losses = [h.epochs["val_loss"].dropna() for h in histories if "val_loss" in h.epochs]
    best = min((loss for loss in losses if len(loss)), key=lambda loss: loss.min(), default=None)
    return epochs, None if best is None else int(best.idxmin())


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
