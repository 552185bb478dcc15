"""Count the labels that come out of a tf.data pipeline, while the fit draws them.

A further step hands each batch on as it is and puts a copy of its labels into a queue of
TensorFlow's own. It consists of graph operations, so that no batch waits for Python, and only the
iterators of the first epoch have it. Each iterator numbers itself: Keras builds a model by drawing
from one, and trains by another, while a pipeline may still draw ahead for the first.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from .labels import class_counts
from .sources import works_ahead

MOST_BATCHES = 20_000
MOST_NUMBERS = 4_000_000
"""What is put into the queue of one iterator."""


class PipelineCount:
    """The labels of the batches that a pipeline has given, until an epoch is over."""

    def __init__(self, queue: Any, iterators: Any, steps: int | None) -> None:
        self.counting = True
        self._queue = queue
        self._iterators = iterators  # Kept alive: the step counts with it.
        self._steps = steps

    def begin(self) -> None:
        """Nothing to forget: what built the model was drawn from another iterator."""

    def _drawn(self) -> list[Any]:
        """The batches that the last iterator has given."""
        raw: Any = sys.modules["tensorflow"].raw_ops
        queue, kinds = self._queue.queue_ref, self._queue.dtypes
        waiting = range(int(self._queue.size()))
        # In half the time of the queue's own method, and a pipeline may have given thousands.
        pairs = [raw.QueueDequeueV2(handle=queue, component_types=kinds) for _ in waiting]
        last = max((int(iterator) for iterator, _ in pairs), default=0)
        return [labels.numpy() for iterator, labels in pairs if int(iterator) == last]

    @property
    def seen(self) -> dict[str, Any]:
        """What the batches of the first epoch held."""
        numpy: Any = sys.modules["numpy"]
        batches = self._drawn()
        whole = bool(batches) and not self._is_full(batches)
        alike = len({batch.shape[1:] for batch in batches}) == 1 and batches[0].ndim > 0
        classes = class_counts(numpy.concatenate(batches)) if alike else {}
        first = "" if whole else "first "
        return {
            "kind": "dataset",
            "samples": sum(len(batch) for batch in batches) if whole and alike else None,
            "classes": classes,
            "looked_at": f"the {first}{len(batches)} batches drawn in the first epoch",
        }

    def _is_full(self, batches: list[Any]) -> bool:
        if len(batches) == self._steps:
            return False
        return len(batches) >= MOST_BATCHES or len(batches) * batches[-1].size >= MOST_NUMBERS


def counted(data: Any, steps: int | None) -> tuple[Any, PipelineCount] | None:
    """A dataset that gives what `data` gives, and the count of what it gives in the first epoch.

    None where the labels are no single tensor of one or two dimensions, where TensorFlow would
    warn of any further step, and where the batches are on another device already.
    """
    tensorflow: Any = sys.modules["tensorflow"]
    spec = data.element_spec
    if not _has_labels(spec) or not tensorflow.executing_eagerly():
        return None
    if tensorflow.config.functions_run_eagerly():
        return None
    with tensorflow.device("CPU:0"):
        queue = tensorflow.queue.FIFOQueue(-1, [tensorflow.int64, spec[1].dtype])
        iterators = tensorflow.Variable(0, dtype=tensorflow.int64, trainable=False)
    most = min(steps or MOST_BATCHES, MOST_BATCHES)
    watched = _with_step(tensorflow, data, _passing_on(tensorflow, queue, iterators, most))
    if watched.element_spec != spec:
        return None
    count = PipelineCount(queue, iterators, steps)
    _for_one_epoch(watched, data, count)
    return watched, count


def _with_step(tensorflow: Any, data: Any, passing_on: Callable[..., Any]) -> Any:
    """A pipeline with a step that has a state of its own in each iterator: its number, and place.

    The step comes before a last prefetch, in whose thread it costs the training no time.
    """
    none = tensorflow.constant(0, tensorflow.int64)
    if type(data).__name__ == "_PrefetchDataset":
        ahead = int(data._buffer_size)
        return data._input_dataset.scan((none, none), passing_on).prefetch(ahead)
    watched = data.scan((none, none), passing_on)
    if not works_ahead(data):
        return watched
    # TensorFlow would have a pipeline that ends in our step draw a batch more ahead.
    options = tensorflow.data.Options()
    options.experimental_optimization.inject_prefetch = False
    return watched.with_options(options)


def _has_labels(spec: Any) -> bool:
    if type(spec) is not tuple or len(spec) not in (2, 3):
        return False
    labels = spec[1]
    return type(labels).__name__ == "TensorSpec" and labels.shape.rank in (1, 2)


def _passing_on(tensorflow: Any, queue: Any, iterators: Any, most: int) -> Callable[..., Any]:
    """What TensorFlow makes the further step of."""
    integer = tensorflow.int64

    def passed_on(state: Any, batch: Any) -> Any:
        iterator, place = state
        number = tensorflow.raw_ops.ResourceCountUpTo(
            resource=iterators.handle, limit=integer.max, T=integer
        )
        iterator = tensorflow.where(place == 0, number, iterator)

        def put() -> Any:
            queue.enqueue((iterator, batch[1]))
            return tensorflow.constant(True)

        numbers = place * tensorflow.size(batch[1], integer)
        room = tensorflow.logical_and(place < most, numbers < MOST_NUMBERS)
        tensorflow.cond(room, put, lambda: tensorflow.constant(False))
        return (iterator, place + 1), batch

    passing_on: Callable[..., Any] = tensorflow.autograph.experimental.do_not_convert(passed_on)
    return passing_on


def _for_one_epoch(watched: Any, data: Any, count: PipelineCount) -> None:
    """Let what iterates over `watched` after the first epoch iterate over `data` itself."""
    kind: Any = type(watched)

    def iterated(self: Any) -> Any:
        return kind.__iter__(self) if count.counting else iter(data)

    members = {"__iter__": iterated, "__module__": kind.__module__, "__doc__": kind.__doc__}
    watched.__class__ = type(kind.__name__, (kind,), members)
