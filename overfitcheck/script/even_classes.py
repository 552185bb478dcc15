"""Data whose classes are known to be equally frequent, or nearly."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from overfitcheck.script.batches import flowing
from overfitcheck.script.data import (
    KEEPS_ROWS,
    METHODS_KEEP_ROWS,
    TRAIN_TEST_SPLIT,
    maker_of,
    origin_of,
)
from overfitcheck.script.flow import ingredients
from overfitcheck.script.slices import alike
from overfitcheck.script.values import (
    FILLED,
    Call,
    Constant,
    Item,
    Items,
    Operation,
    Slice,
    Value,
    constant,
)

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


BELOW = ("numpy.concatenate", "numpy.hstack", "numpy.vstack")
"""Functions that put labels below, or behind, one another."""

FILLING = {"numpy.zeros": 0, "numpy.ones": 1}
"""What makes labels of one class, and which."""

MOST_CLASSES = 1000

Dealt = tuple[object, object]
"""A class and its number of rows."""

UNTOLD: Dealt = (..., ...)
"""Some class and some number of rows that are not known."""


def _are_as_frequent(labels: Value) -> bool:
    """Whether labels are written down as two classes or more of one size: ``[0] * n + [1] * n``."""
    classes = list(_dealt(labels))
    known = {label for label, _ in classes if label is not ...}
    return 1 < len(classes) == len(known) and all(alike(classes[0][1], n) for _, n in classes)


def _dealt(labels: Value) -> Iterator[Dealt]:
    """The classes of labels that are written down, in the order of the text."""
    labels = _plain(labels)
    if FILLED in labels.attributes:
        yield UNTOLD
    elif isinstance(labels, (Items, Operation)):
        yield from _listed(labels)
    elif isinstance(labels, Call) and labels.positional:
        told = labels.keywords.items()
        plain = all(name == "dtype" or constant(given.value) == 0 for name, given in told)
        yield from _made(labels, [each.value for each in labels.positional]) if plain else [UNTOLD]
    else:
        yield UNTOLD


def _listed(labels: Value) -> Iterator[Dealt]:
    """The classes of a list, of lists that are joined, or of one that is repeated."""
    if isinstance(labels, Items) and labels.complete:
        yield from Counter(constant(each, ...) for each in labels.items).items()
    elif isinstance(labels, Operation) and labels.operator == "Add":
        for each in labels.operands:
            yield from _listed(each)
    elif isinstance(labels, Operation) and labels.operator == "Multiply":
        lists = sorted(labels.operands, key=lambda each: not isinstance(each, Items))
        yield from _several(_listed(lists[0]), lists[1])
    else:
        yield UNTOLD


def _made(maker: Call, given: list[Value]) -> Iterator[Dealt]:
    """The classes of labels that NumPy puts together."""
    numbers = [constant(each) for each in given]
    if maker.function in BELOW and isinstance(given[0], Items) and given[0].complete:
        for each in given[0].items:
            yield from _dealt(each)
    elif maker.function in FILLING:
        shape = given[0].items if isinstance(given[0], Items) else given
        yield (FILLING[maker.function], _count(shape[0])) if shape else UNTOLD
    elif maker.function == "numpy.repeat" and type(numbers[-1]) is int:
        yield from _several(_dealt(given[0]), given[-1])
    elif maker.function == "numpy.arange" and all(type(each) is int for each in numbers[:2]):
        yield from ((each, 1) for each in range(*numbers[:2])[:MOST_CLASSES])
    else:
        yield UNTOLD


def _several(labels: Iterator[Dealt], times: Value) -> Iterator[Dealt]:
    """Each of some labels as many times as a number says."""
    return ((label, _count(times)) if once == 1 else UNTOLD for label, once in labels)


def _count(number: Value) -> object:
    return constant(number, number)


def _is_batch(index: Value) -> bool:
    """Whether an index takes the rows of one round of a loop."""
    ends = (index.lower, index.upper) if isinstance(index, Slice) else ()
    return bool(ends) and not any(each is None or isinstance(each, Constant) for each in ends)


def _plain(labels: Value) -> Value:
    """What labels were before they were given another form."""
    for _ in range(9):
        if isinstance(labels, Item) and _is_batch(labels.index):
            labels = labels.of
        if not isinstance(labels, Call) or FILLED in labels.attributes:
            break
        if labels.function in KEEPS_ROWS and labels.positional:
            labels = labels.positional[0].value
        elif labels.method in METHODS_KEEP_ROWS and labels.receiver is not None:
            labels = labels.receiver
        else:
            break
    return labels
