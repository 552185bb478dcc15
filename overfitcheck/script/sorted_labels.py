"""Labels that a script writes down class by class: the last rows are all of one class."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from overfitcheck.script.data import KEEPS_ROWS, one_step
from overfitcheck.script.order import was_shuffled
from overfitcheck.script.values import FILLED, Call, Item, Items, Operation, Value, constant

if TYPE_CHECKING:
    from overfitcheck.script.fit import Fit

JOINING = frozenset({"numpy.concatenate", "numpy.hstack"})

ALIKE = {"numpy.zeros": 0, "numpy.ones": 1}
"""What makes as many labels of one class as it is asked for."""

MOST_STEPS = 40
"""A value may be made of itself."""

Blocks = tuple[object, ...]
"""The classes of stretches of rows of one class each, in their order; none where unknown."""


def stands_sorted(fit: Fit) -> bool:
    """Whether the rows of a fit surely stand class by class, and nothing shuffles any rows."""
    blocks = _blocks(fit.y) if fit.y is not None else ()
    return len(set(blocks)) == len(blocks) > 1 and not was_shuffled(fit.script)


def _blocks(value: Value, depth: int = 4) -> Blocks:
    """The blocks that a value is made of, whatever shape and type it has been given."""
    for _ in range(MOST_STEPS if depth else 0):
        if isinstance(value, (Items, Operation)):
            return _of_lists(value)
        blocks = _of_call(value, depth) if isinstance(value, Call) else ()
        step = None if isinstance(value, Item) or _is_filled(value) else one_step(value)
        if blocks or step is None:
            return blocks
        value = step
    return ()


def _is_filled(value: Value) -> bool:
    """Whether something is written into an array after it was made."""
    return isinstance(value, Call) and FILLED in value.attributes


def _of_call(call: Call, depth: int) -> Blocks:
    """The blocks that a call of NumPy makes."""
    if call.method == "repeat" and call.receiver is not None:
        return _classes(call.receiver)
    given = call.positional[0].value if call.positional else None
    if given is None or _is_filled(call):
        return ()
    if call.function == "numpy.repeat":
        return _classes(given)
    if call.function in ALIKE:
        return (ALIKE[call.function],)
    if call.function in KEEPS_ROWS and isinstance(given, Items):
        return _of_lists(given)
    parts = given.items if call.function in JOINING and isinstance(given, Items) else ()
    return _joined([_blocks(each, depth - 1) for each in parts])


def _of_lists(value: Value) -> Blocks:
    """The blocks of lists that are repeated and joined: ``[0] * 500 + [1] * 500``."""
    if isinstance(value, Items):
        runs = [(each, len(list(run))) for each, run in groupby(_written(value))]
        return tuple(each for each, _ in runs) if all(length > 1 for _, length in runs) else ()
    if not isinstance(value, Operation):
        return ()
    if value.operator == "Add":
        return _joined([_of_lists(each) for each in value.operands])
    lists = [each for each in value.operands if isinstance(each, Items)]
    single = len(lists) == 1 and len(lists[0].items) == 1
    return _written(lists[0]) if value.operator == "Multiply" and single else ()


def _joined(parts: list[Blocks]) -> Blocks:
    return tuple(each for part in parts for each in part) if all(parts) else ()


def _classes(value: Value) -> Blocks:
    """The classes of which each is repeated: those of a list, or of ``arange(3)``."""
    if isinstance(value, Call) and value.function == "numpy.arange" and not _is_filled(value):
        ends = [constant(each.value) for each in value.positional]
        whole = [each for each in ends if type(each) is int]
        return tuple(range(*whole)) if len(whole) == len(ends) in (1, 2) else ()
    return _written(value) if isinstance(value, Items) else ()


def _written(items: Items) -> Blocks:
    """The numbers or words that a list holds, where all of them are written down."""
    values = [constant(each) for each in items.items]
    return tuple(values) if all(isinstance(each, (int, float, str)) for each in values) else ()
