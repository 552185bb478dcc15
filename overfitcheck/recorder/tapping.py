"""Look at the labels of a generator while the fit draws its batches, and draw none besides."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from typing import Any

from .labels import class_counts, in_order

MOST_ROWS = 1_000_000


class LabelCount:
    """Counts the classes in the batches that pass, until it is told that an epoch is over.

    Keras draws ahead, so where an epoch is known to have `steps` batches, no more are counted.
    """

    def __init__(self, steps: int | None) -> None:
        self.counting = True
        self._steps = steps
        self.samples = 0
        self.batches = 0
        self._classes: dict[str, int] = {}
        self._are_classes = True

    def see(self, batch: Any) -> None:
        """Count the labels of a batch."""
        if self.samples > MOST_ROWS or self.batches == self._steps:
            return
        self.batches += 1
        if not isinstance(batch, (tuple, list)) or len(batch) < 2 or "numpy" not in sys.modules:
            self._are_classes = False
            return
        labels = batch[1]
        self.samples += len(labels)
        counts = class_counts_of_batch(labels)
        self._are_classes = self._are_classes and bool(counts)
        for name, count in counts.items():
            self._classes[name] = self._classes.get(name, 0) + count

    @property
    def seen(self) -> dict[str, Any]:
        """What the batches of the first epoch held."""
        return {
            "kind": "generator",
            "samples": self.samples or None,
            "classes": in_order(self._classes) if self._are_classes else {},
            "looked_at": f"the {self.batches} batches drawn in the first epoch",
        }


def class_counts_of_batch(labels: Any) -> dict[str, int]:
    """Rows of each class in a batch, in which each may stand only once."""
    numpy: Any = sys.modules["numpy"]
    array = numpy.asarray(labels)
    # A class that stands once in a small batch is one all the same: count every row twice.
    doubled = numpy.concatenate([array, array]) if array.ndim else array
    return {name: count // 2 for name, count in class_counts(doubled).items()}


def tapped(data: Any, steps: int | None) -> tuple[Any, LabelCount | None]:
    """A generator that gives what `data` gives, and its count; `data` itself if it is none."""
    if not isinstance(data, types.GeneratorType):
        return data, None
    count = LabelCount(steps)
    return _passed_on(data, count), count


def _passed_on(data: Iterator[Any], count: LabelCount) -> Iterator[Any]:
    for batch in data:
        if count.counting:
            try:
                count.see(batch)
            except Exception:
                count.counting = False
        yield batch
