"""Data whose classes are known to be equally frequent, or nearly."""

from __future__ import annotations

import re

from overfitcheck.script.batches import flowing
from overfitcheck.script.data import TRAIN_TEST_SPLIT, maker_of, origin_of
from overfitcheck.script.flow import ingredients
from overfitcheck.script.slices import alike
from overfitcheck.script.values import Call, Choice, Items, Value, constant
from overfitcheck.script.written_labels import Stretch, round_of, stretches

BALANCED = (
    "keras.datasets.cifar10.",
    "keras.datasets.cifar100.",
    "keras.datasets.fashion_mnist.",
    "keras.datasets.imdb.",
    "keras.datasets.mnist.",
    "sklearn.datasets.load_digits",
    "sklearn.datasets.load_iris",
)
"""Data whose classes have the same number of rows, or nearly, by their descriptions."""

UNEVEN_FROM = 4
"""Rows of the largest class for each of the smallest from which on weights are worth a thought."""

BALANCED_SETS = frozenset("cifar10 cifar100 fashion_mnist imdb_reviews mnist".split())
"""The same by their names in TensorFlow Datasets."""

MADE_EVEN = frozenset(
    f"sklearn.datasets.make_{kind}" for kind in ("blobs", "circles", "classification", "moons")
)
"""What makes as many rows of each class, unless it is told how many of which."""

DEALING_OUT = (TRAIN_TEST_SPLIT, "sklearn.utils.shuffle")
"""What returns rows that it draws by chance from those that it is given."""


def is_even(data: Value, depth: int = 9) -> bool:
    """Whether the classes of data are known to be equally frequent: by their source, or written."""
    rows = flowing(data)
    if _are_as_frequent(rows):
        return True
    if isinstance(rows, Items) and rows.kind == "generator":
        return any(maker_of(each).startswith(BALANCED) for each in ingredients(rows))
    if maker_of(rows).startswith(BALANCED):
        return True
    origin = origin_of(rows)
    if isinstance(origin, Choice):
        return depth > 0 and all(is_even(each, depth - 1) for each in origin.options)
    if not isinstance(origin, Call):
        return False
    if origin.function in DEALING_OUT:
        # What came of them has the same classes.
        return depth > 0 and any(is_even(each.value, depth - 1) for each in origin.positional)
    return _makes_as_many(origin) if origin.function in MADE_EVEN else _is_even_set(origin)


def _is_even_set(origin: Call) -> bool:
    """Whether TensorFlow Datasets load a set with as many rows of each class."""
    if origin.function != "tensorflow_datasets.load":
        return False
    given = origin.keywords.get("name") or next(iter(origin.positional), None)
    name = constant(given.value) if given is not None else None
    return isinstance(name, str) and re.split("[:/]", name)[0] in BALANCED_SETS


def _makes_as_many(maker: Call) -> bool:
    """Whether a function is not told of classes that differ in their number of rows."""
    weights, rows = maker.keywords.get("weights"), maker.keywords.get("n_samples")
    told = weights is not None and constant(weights.value, ...) is not None
    counts = [each.value for each in (*maker.positional[:1], *([rows] if rows else []))]
    return not (told or maker.open or any(isinstance(each, Items) for each in counts))


def _are_as_frequent(labels: Value) -> bool:
    """Whether labels are written down as classes of about one size: ``[0] * n + [1] * n``."""
    sizes = [*_counts(stretches(round_of(labels))).values()]
    known = [each for each in sizes if isinstance(each, int)]
    if len(sizes) > 1 and len(known) == len(sizes):
        return max(known) < UNEVEN_FROM * min(known)
    return len(sizes) > 1 and all(alike(sizes[0], each) for each in sizes)


def _counts(found: tuple[Stretch, ...]) -> dict[object, object]:
    """The rows of each class; none where they are not known of all."""
    counts: dict[object, object] = {}
    for each in found:
        before = counts.get(each.label, 0)
        added = each.count if before == 0 else ...
        if isinstance(before, int) and isinstance(each.count, int):
            added = before + each.count
        if added is ...:
            return {}
        counts[each.label] = added
    return counts
