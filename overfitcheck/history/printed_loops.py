r"""Histories in what training loops of one's own print.

The grammar, in small and capital letters alike::

    log    = { line }
    line   = [ anything ] "epoch" N [ ( "/" | "of" ) N ] [ anything ] { pair }    of epoch N
           | { pair }                            of the epoch named last, if all its names are known
    pair   = name ( ":" | "=" | " " ) number     as "Test Loss: 0.31", "val_loss=0.31", "loss 0.31"

A word as "val" in front of a name holds for the names behind it, too. Of the lines of one epoch
the last one that has a metric counts, as those before are of batches. Epochs may count from 0.
Something must be called a loss.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from overfitcheck.history.epochs import Row, history_of, numbered
from overfitcheck.history.history import History
from overfitcheck.history.lines import shown_lines
from overfitcheck.history.names import ROLES, WORD, keras_names, tested_names

FORMAT = "output of a training loop"

LONGEST = 500
"""Characters of a line that are looked at."""

EPOCH = re.compile(r"\bepoch\b[\s:#=\[(]{0,4}(\d{1,9})(?:\s*(?:/|of)\s*(\d{1,9}))?", re.IGNORECASE)
PAIR = re.compile(
    r"((?:[A-Za-z][\w./]*[ \-]){0,3}[A-Za-z][\w./]*?)(?:\s*[:=]\s*|\s+)"
    r"([-+]?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|nan|inf))(%?)(?![\w.:/])"
)
METRIC = re.compile(
    r"loss|acc|accuracy|error|mse|mae|auc|f1|precision|recall|iou|dice", re.IGNORECASE
)


@dataclass
class _Fit:
    planned: int | None
    epochs: dict[int, dict[str, float]] = field(default_factory=dict)
    lines: dict[int, int] = field(default_factory=dict)


def read_printed_loops(chunks: Iterable[bytes], source: str) -> list[History]:
    """The trainings that printed a loss an epoch; empty where there is none."""
    fits: list[_Fit] = []
    current: int | None = None
    for line in shown_lines(chunks):
        text = line.text[:LONGEST]
        match = EPOCH.search(text)
        if match is not None:
            current = int(match[1])
            if not fits or (fits[-1].epochs and current < max(fits[-1].epochs)):
                fits.append(_Fit(int(match[2]) if match[2] else None))
            text = text[match.end() :]
        if current is None or not fits:
            continue
        found = _pairs(text)
        metrics = {name: value for name, value in found.items() if METRIC.search(name)}
        if metrics and (match is not None or len(metrics) == len(found)):
            fits[-1].epochs.setdefault(current, {}).update(metrics)
            fits[-1].lines[current] = line.number
    told = [history for fit in fits if (history := _told(fit, source)) is not None]
    return [
        history_of(numbered(source, number, len(told)), rows, planned, (), notes, read_as=FORMAT)
        for number, (rows, planned, notes) in enumerate(told, 1)
    ]


def _pairs(text: str) -> dict[str, float]:
    """The pairs of a line; in "val loss: 0.5 acc: 0.7" the second is of the validation, too."""
    found: dict[str, float] = {}
    role = ""
    for name, value, _ in PAIR.findall(text):
        name = name.strip()
        first = WORD.findall(name)[0]
        if first.lower() in ROLES:
            role = first
        elif role:
            name = f"{role} {name}"
        found[name] = float(value)
    return found


def _told(fit: _Fit, source: str) -> tuple[list[Row], int | None, list[str]] | None:
    """Rows of a fit under Keras's names; None where none of them is a loss."""
    names = keras_names(name for metrics in fit.epochs.values() for name in metrics)
    if not {"loss", "val_loss"} & set(names.values()):
        return None
    first = 1 if min(fit.epochs) == 0 else 0
    rows = [
        Row(
            epoch + first,
            {names[name]: value for name, value in metrics.items()},
            line=fit.lines[epoch],
        )
        for epoch, metrics in sorted(fit.epochs.items())
    ]
    return rows, fit.planned, tested_names(names)
