"""Look at the labels of batches while the fit draws them, and draw none besides.

A generator is handed through another, a tf.data pipeline through a further step. A user's own
Sequence or PyDataset, and a loader of PyTorch, get, for the time of the fit, a class that does what
their class does and looks at each batch it has made.
"""

from __future__ import annotations

import sys
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any

from .labels import class_counts, in_order
from .pipelines import PipelineCount, counted
from .sources import is_on_cpu, kind_of_data, seen_without_drawing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Union

    Count = Union["LabelCount", PipelineCount]
    Done = Callable[[], None]

MOST_ROWS = 1_000_000


class LabelCount:
    """Counts the classes in the batches that pass, until it is told that an epoch is over.

    Keras draws ahead, so where an epoch is known to have `steps` batches, no more are counted.
    """

    def __init__(self, steps: int | None, kind: str = "generator") -> None:
        self.counting = True
        self._kind = kind
        self._places: set[int] = set()
        self._lock = threading.Lock()
        self._steps = steps
        self.samples = 0
        self.batches = 0
        self._classes: dict[str, int] = {}
        self._are_classes = True

    def begin(self) -> None:
        """Forget the batches by which Keras has built the model, if they are drawn again."""
        if self._kind == "loader":
            self.samples, self.batches, self._classes = 0, 0, {}

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

    def see_at(self, place: int, batch: Any) -> None:
        """Count the labels of the batch at a place, the first time that it is made."""
        with self._lock:
            if place not in self._places:
                self._places.add(place)
                self.see(batch)

    @property
    def seen(self) -> dict[str, Any]:
        """What the batches of the first epoch held."""
        return {
            "kind": self._kind,
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


def tapped(
    data: Any, steps: int | None, in_processes: bool, on_devices: bool
) -> tuple[Any, Count | None, Done]:
    """Data that gives what `data` gives, its count, and how to end the counting.

    `data` itself, without a count, where its labels are known anyhow or cannot be looked at: an
    object of a class made here could not be sent to other processes (`in_processes`), and a
    pipeline whose batches are dealt out to several devices (`on_devices`) is left alone.
    """
    kind = kind_of_data(data)
    if isinstance(data, types.GeneratorType):
        count = LabelCount(steps)
        return _passed_on(data, count), count, _nothing
    if kind not in ("sequence", "loader", "dataset") or seen_without_drawing(data)["classes"]:
        return data, None, _nothing
    if kind == "dataset":
        found = counted(data, steps) if is_on_cpu(data) and not on_devices else None
        return (data, None, _nothing) if found is None else (*found, _nothing)
    if kind == "loader":
        count = LabelCount(steps, kind)
        return data, count, _listened_to(data, count)
    if in_processes:
        return data, None, _nothing
    count = LabelCount(len(data), kind)
    return data, count, _watched(data, count)


def _listened_to(data: Any, count: LabelCount) -> Done:
    """Look at each batch that a loader gives, until the returned function is called."""
    kind: Any = type(data)

    def iterated(self: Any) -> Any:
        return _passed_on(kind.__iter__(self), count)

    return _as_another(data, kind, {"__iter__": iterated})


def _watched(data: Any, count: LabelCount) -> Done:
    """Look at each batch that a Sequence makes, until the returned function is called."""
    kind: Any = type(data)

    def made(self: Any, place: Any) -> Any:
        batch = kind.__getitem__(self, place)
        if count.counting:
            try:
                count.see_at(int(place), batch)
            except Exception:
                count.counting = False
        return batch

    return _as_another(data, kind, {"__getitem__": made})


def _as_another(data: Any, kind: Any, members: dict[str, Any]) -> Done:
    """Let an object of `kind` be of a class that has other members, and return how to undo that."""
    looks = {"__module__": kind.__module__, "__doc__": kind.__doc__}
    data.__class__ = type(kind.__name__, (kind,), {**members, **looks})

    def end() -> None:
        data.__class__ = kind

    return end


def _passed_on(data: Iterator[Any], count: LabelCount) -> Iterator[Any]:
    for batch in data:
        if count.counting:
            try:
                count.see(batch)
            except Exception:
                count.counting = False
        yield batch


def _nothing() -> None:
    pass
