"""How often each class stands in the labels of a fit, or how its numbers spread."""

from __future__ import annotations

import sys
from typing import Any

MOST_CLASSES = 1000
MOST_LABELS = 5_000_000
MOST_NUMBERS = 100_000


def class_counts(labels: Any) -> dict[str, int]:
    """Rows of each class, the most frequent first; empty where the labels are no classes.

    Classes are whole numbers, truth values or text, a number a row, or rows of noughts with a
    single one in them.
    """
    numpy: Any = sys.modules["numpy"]
    numbers = _numbers(numpy, numpy.asarray(labels)[:MOST_LABELS])
    if numbers is None or not numbers.size:
        return {}
    values, counts = numpy.unique(numbers, return_counts=True)
    if len(values) > min(MOST_CLASSES, max(2, numbers.size // 2)):
        return {}
    return in_order({_name(v): int(n) for v, n in zip(values.tolist(), counts.tolist())})  # noqa: B905


def spread_of(targets: Any) -> list[float] | None:
    """The values below which 5, 50 and 95 % of the targets lie; None where they are no numbers.

    Of a target a row; of many rows some are looked at, evenly spread.
    """
    numpy: Any = sys.modules["numpy"]
    numbers = numpy.asarray(targets)
    if numbers.ndim == 2 and numbers.shape[1] == 1:
        numbers = numbers[:, 0]
    if numbers.ndim != 1 or numbers.dtype.kind not in "iuf" or not numbers.size:
        return None
    numbers = numbers[:: 1 + numbers.size // MOST_NUMBERS].astype("float64")
    if not numpy.isfinite(numbers).all():
        return None
    return [float(each) for each in numpy.percentile(numbers, (5, 50, 95))]


def in_order(counts: dict[str, int]) -> dict[str, int]:
    """The counts, the largest first."""
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def _numbers(numpy: Any, labels: Any) -> Any:
    """One class a row, or None."""
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2:
        return _places_of_ones(numpy, labels)
    if labels.ndim != 1 or labels.dtype.kind not in "biufUS":
        return None
    if labels.dtype.kind == "f":
        whole = numpy.isfinite(labels).all() and (labels == numpy.floor(labels)).all()
        return labels if whole else None
    return labels


def _places_of_ones(numpy: Any, labels: Any) -> Any:
    """The column of the one in each row of one-hot labels, or None."""
    if labels.dtype.kind not in "biuf" or labels.shape[1] > MOST_CLASSES:
        return None
    ones = labels == 1
    if not (ones.sum(axis=1) == 1).all() or not ((labels == 0) | ones).all():
        return None
    return ones.argmax(axis=1)


def _name(value: Any) -> str:
    if isinstance(value, float):
        return str(int(value))
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
