"""Data that is no array: how many rows it has and of which classes, without drawing from it.

What is read was made by the user's program before: labels of a generator, the arrays or the files
that a tf.data pipeline starts from, the data set behind a loader. Nothing is iterated, so no
random stream moves and no file is opened.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from .labels import class_counts, in_order

KEEPING_ROWS = frozenset(
    "Batch Cache Map Options ParallelBatch ParallelMap Prefetch Repeat Shuffle TensorSlice "
    "AssertCardinality Model MaxIntraOpParallelism".split()
)
"""Steps of a tf.data pipeline after which it has the rows that it started from."""

MAPS = frozenset(("Map", "ParallelMap"))

WORKING_AHEAD = frozenset(
    "MapAndBatch ParallelBatch ParallelInterleave ParallelMap Prefetch".split()
)
"""Steps that make what will be drawn next in threads of their own."""

NO_STEPS = frozenset("IgnoreErrors MaxIntraOpParallelism Model Options PrivateThreadPool".split())
"""Steps that TensorFlow passes over when it looks for a pipeline's last."""


def kind_of_data(data: Any) -> str:
    """`arrays`, `dataset`, `sequence`, `generator`, `loader` or `unknown`."""
    names = {base.__name__ for base in type(data).__mro__}
    modules = {base.__module__.split(".")[0] for base in type(data).__mro__}
    if "DatasetV2" in names or "DistributedDatasetInterface" in names:
        return "dataset"
    if "PyDataset" in names or ("Sequence" in names and modules & {"keras", "tf_keras"}):
        return "sequence"
    if "DataLoader" in names and "torch" in modules:
        return "loader"
    if hasattr(data, "__next__"):
        return "generator"
    return "unknown"


def seen_without_drawing(data: Any) -> dict[str, Any]:
    """`kind`, `samples`, `classes` and `looked_at` of data that is no array."""
    kind = kind_of_data(data)
    look = {"dataset": _dataset, "sequence": _sequence, "loader": _loader}.get(kind)
    samples, classes, looked_at = look(data) if look is not None else (None, {}, "nothing")
    return {"kind": kind, "samples": samples, "classes": classes, "looked_at": looked_at}


def _sequence(data: Any) -> tuple[int | None, dict[str, int], str]:
    """Keras's own generators know their labels; others only how many batches they give."""
    for name in ("classes", "labels"):
        labels = getattr(data, name, None)
        if labels is not None and hasattr(labels, "__len__") and not isinstance(labels, dict):
            names = {str(n): word for word, n in getattr(data, "class_indices", {}).items()}
            counts = {names.get(key, key): n for key, n in class_counts(labels).items()}
            return len(labels), counts, f"its .{name}"
    samples = getattr(data, "samples", getattr(data, "n", None))
    targets = getattr(data, "y", None)
    if isinstance(samples, int) and targets is not None and hasattr(targets, "shape"):
        if len(targets) == samples:
            return samples, class_counts(targets), "its .y"
    return samples if isinstance(samples, int) else None, {}, "its size"


def _loader(data: Any) -> tuple[int | None, dict[str, int], str]:
    rows = getattr(data, "dataset", None)
    samples = len(rows) if rows is not None and hasattr(rows, "__len__") else None
    tensors = getattr(rows, "tensors", None)
    targets = tensors[-1] if tensors and len(tensors) > 1 else getattr(rows, "targets", None)
    if targets is None or len(targets) != samples:
        return samples, {}, "the size of its data set"
    if hasattr(targets, "detach"):
        targets = targets.detach().cpu().numpy()
    return samples, class_counts(targets), "the targets of its data set"


def _dataset(data: Any) -> tuple[int | None, dict[str, int], str]:
    steps = list(_steps(data))
    for step in steps:
        files, names = getattr(step, "file_paths", None), getattr(step, "class_names", None)
        if files and names and _keeps_rows(steps[: steps.index(step)]):
            folders = [os.path.basename(os.path.dirname(str(file))) for file in files]
            counts = {str(name): folders.count(str(name)) for name in names}
            return len(files), in_order(counts), "the folders of its files"
    if not _keeps_rows(steps):
        return None, {}, "nothing: its labels only come out of the pipeline"
    samples, classes, looked_at = _source(steps[-1])
    if any(_name(step) in MAPS for step in steps):
        # Labels may become others on the way.
        return samples, {}, looked_at
    return samples, classes, looked_at


def is_on_cpu(data: Any) -> bool:
    """Whether a pipeline's batches are made on the CPU, and not dealt out to devices already."""
    names = {base.__name__ for base in type(data).__mro__}
    return "DatasetV2" in names and all(_name(step) != "CopyToDevice" for step in _steps(data))


def works_ahead(data: Any) -> bool:
    """Whether a pipeline's last step makes batches before they are drawn, after optimization.

    A map of pure functions is made parallel, and fused with a batching behind it.
    """
    steps = [each for each in _steps(data) if _name(each) not in NO_STEPS]
    names = [_name(each) for each in steps[:2]]
    if names[0] == "Map":
        return not _is_stateful(steps[0])
    return names[0] in WORKING_AHEAD or (names[0] == "Batch" and names[-1] in MAPS)


def _is_stateful(step: Any) -> bool:
    graph = step._map_func.function.graph
    return any(operation.op_def.is_stateful for operation in graph.get_operations())


def is_on_devices(model: Any) -> bool:
    """Whether a model is trained by one of TensorFlow's strategies for several devices."""
    strategy = getattr(model, "distribute_strategy", None)
    return strategy is not None and not type(strategy).__name__.startswith("_Default")


def _source(source: Any) -> tuple[int | None, dict[str, int], str]:
    """The arrays of `from_tensor_slices`: its labels are the second of two or three."""
    tensors, spec = getattr(source, "_tensors", None), getattr(source, "element_spec", None)
    if not tensors or "TensorSlice" not in type(source).__name__:
        return None, {}, "nothing: its labels only come out of the pipeline"
    samples = int(tensors[0].shape[0])
    if not isinstance(spec, tuple) or len(spec) not in (2, 3) or len(tensors) < 2:
        return samples, {}, "the arrays it is made of"
    target = 1 if len(spec) == len(tensors) else None
    if target is None:
        return samples, {}, "the arrays it is made of"
    return samples, class_counts(tensors[target].numpy()), "the arrays it is made of"


def _steps(data: Any) -> Iterator[Any]:
    """A pipeline's steps, the last first."""
    for _ in range(64):
        if data is None:
            return
        yield data
        data = getattr(data, "_input_dataset", None)


def _keeps_rows(steps: list[Any]) -> bool:
    return all(_name(step) in KEEPING_ROWS for step in steps)


def _name(step: Any) -> str:
    name = type(step).__name__.lstrip("_")
    return name[: -len("Dataset")] if name.endswith("Dataset") else name
