"""Labels that a script writes down: ``[0] * 500 + [1] * 500``, ``np.repeat(np.arange(3), 40)``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby

from overfitcheck.script.data import KEEPS_ROWS, METHODS_KEEP_ROWS
from overfitcheck.script.resampling import JOINING
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

JOINED = JOINING | {"numpy.hstack"}
"""Functions that put labels below, or behind, one another."""

FILLING = {"numpy.zeros": 0, "numpy.ones": 1}
"""What makes labels of one class, and which."""

KEEPING = METHODS_KEEP_ROWS - {"repeat"}
"""Methods that give labels another form, where ``repeat`` is that of an array."""

MOST_CLASSES = 1000

DEEPEST = 9
"""A value may be made of itself."""


@dataclass(frozen=True, eq=False, repr=False)
class Stretch:
    """Rows of one class, a number or a word.

    `count` is how many: a number, or the value that stands for it; ... where the text does not
    tell. `is_long` tells whether they stand together, and are more than one.
    """

    label: object
    count: object
    is_long: bool


def stretches(labels: Value, depth: int = DEEPEST) -> tuple[Stretch, ...]:
    """The stretches of labels, in the order of the rows; none where not all of them are known."""
    labels = _plain(labels)
    if depth == 0 or FILLED in labels.attributes:
        return ()
    if isinstance(labels, (Items, Operation)):
        return _listed(labels)
    return _made(labels, depth) if isinstance(labels, Call) else ()


def round_of(labels: Value) -> Value:
    """What one round of a loop takes its rows from, be it cut before or after a change of form."""
    labels = _plain(labels)
    if isinstance(labels, Item) and _is_batch(labels.index):
        return labels.of
    return labels


def _listed(labels: Value) -> tuple[Stretch, ...]:
    """The stretches of a list, of lists that are joined, or of one that is repeated."""
    if isinstance(labels, Items) and labels.complete:
        runs = [(each, len(list(run))) for each, run in groupby(map(constant, labels.items))]
        if not all(isinstance(each, (int, float, str)) for each, _ in runs):
            return ()
        return tuple(Stretch(each, length, length > 1) for each, length in runs)
    if isinstance(labels, Operation) and labels.operator == "Add":
        return _joined([_listed(each) for each in labels.operands])
    if isinstance(labels, Operation) and labels.operator == "Multiply":
        lists = sorted(labels.operands, key=lambda each: not isinstance(each, Items))
        once = _listed(lists[0])
        return _several(once, lists[1], together=len(once) == 1)
    return ()


def _made(maker: Call, depth: int) -> tuple[Stretch, ...]:
    """The stretches of labels that NumPy puts together."""
    given = [each.value for each in maker.positional]
    if maker.method == "repeat" and maker.receiver is not None and given:
        return _several(stretches(maker.receiver, depth - 1), given[0], together=True)
    told = maker.keywords.items()
    if not given or not all(n == "dtype" or constant(each.value) == 0 for n, each in told):
        return ()
    if maker.function in JOINED and isinstance(given[0], Items) and given[0].complete:
        return _joined([stretches(each, depth - 1) for each in given[0].items])
    if maker.function in FILLING:
        shape = given[0].items if isinstance(given[0], Items) else given
        return (Stretch(FILLING[maker.function], _count(shape[0]), True),) if shape else ()
    if maker.function == "numpy.repeat" and len(given) > 1:
        return _several(stretches(given[0], depth - 1), given[1], together=True)
    ends = [constant(each) for each in given]
    whole = [each for each in ends if type(each) is int]
    if maker.function == "numpy.arange" and len(whole) == len(ends) < 3:
        return tuple(Stretch(each, 1, False) for each in range(*whole)[:MOST_CLASSES])
    return ()


def _joined(parts: list[tuple[Stretch, ...]]) -> tuple[Stretch, ...]:
    return tuple(each for part in parts for each in part) if all(parts) else ()


def _several(labels: tuple[Stretch, ...], times: Value, *, together: bool) -> tuple[Stretch, ...]:
    """Each of some labels as many times as a number says, next to one another or in turns."""
    count = ... if isinstance(times, Items) else _count(times)
    return tuple(
        replace(each, count=count if each.count == 1 else ..., is_long=together) for each in labels
    )


def _count(number: Value) -> object:
    return constant(number, number)


def _is_batch(index: Value) -> bool:
    """Whether an index takes the rows of one round of a loop."""
    ends = (index.lower, index.upper) if isinstance(index, Slice) else ()
    return bool(ends) and not any(each is None or isinstance(each, Constant) for each in ends)


def _plain(labels: Value) -> Value:
    """What labels were before they were given another form."""
    for _ in range(DEEPEST):
        if not isinstance(labels, Call) or FILLED in labels.attributes:
            break
        if labels.function in KEEPS_ROWS and labels.positional:
            labels = labels.positional[0].value
        elif labels.method in KEEPING and labels.receiver is not None:
            labels = labels.receiver
        else:
            break
    return labels
