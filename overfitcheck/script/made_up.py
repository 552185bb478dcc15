"""Data that a script makes up for a demonstration, rather than reading them."""

from __future__ import annotations

from overfitcheck.script.data import STACKS, TRAIN_TEST_SPLIT, maker_of, origin_of, rows_of
from overfitcheck.script.flow import ingredients
from overfitcheck.script.values import (
    FILLED,
    PLACES,
    Call,
    Item,
    Items,
    Unknown,
    Value,
    constant,
)

RANDOM_MAKERS = (
    "numpy.random.",
    "numpy.ones",
    "numpy.zeros",
    "tensorflow.zeros",
    "tensorflow.ones",
    "tensorflow.random.",
    "keras.random.",
    "sklearn.datasets.make_",
)
"""What makes data for a demonstration rather than reading it."""

DRAWING = ("numpy.random.", "tensorflow.random.", "keras.random.", "random.")
"""What draws numbers."""

REORDERING = frozenset("choice choices permutation permuted sample shuffle".split())
"""What draws from what it is given."""

COUNTING = "builtins.range"

COMPUTING = ("numpy.", "math.")
"""What makes numbers of numbers; of files only where it is READING."""

READING = frozenset("load loadtxt genfromtxt fromfile fromregex fromstring memmap".split())


def is_made_up(value: Value) -> bool:
    """Whether the data were made by the script for a demonstration, not read."""
    if isinstance(value, Items) and value.kind == "generator":
        pairs = (each.items[:1] if isinstance(each, Items) else [each] for each in value.items)
        return bool(value.items) and all(is_made_up(rows) for pair in pairs for rows in pair)
    whole = _parted(value)
    if whole is not None:
        # What sklearn makes and splits is taught with as if it were read.
        return is_made_up(whole) and not maker_of(whole).startswith("sklearn.")
    origin = origin_of(value)
    if isinstance(origin, Call) and origin.function in STACKS and origin.positional:
        stacked = origin.positional[0].value
        stacks = stacked.items if isinstance(stacked, Items) and stacked.closed else []
        return bool(stacks) and all(is_made_up(rows) for rows in stacks)
    if isinstance(origin, Call) and origin.function == "numpy.sort" and origin.positional:
        return is_made_up(origin.positional[0].value)
    if not maker_of(origin).startswith(RANDOM_MAKERS):
        return False
    # An array of zeros that is filled afterwards holds what it was filled with.
    return FILLED not in origin.attributes or _is_filled_by_chance(origin)


def _parted(value: Value) -> Value | None:
    """What ``train_test_split`` parted, where rows are a part of that."""
    part = rows_of(value).origin
    split = part.of if isinstance(part, Item) else None
    if not isinstance(part, Item) or not isinstance(split, Call) or split.open:
        return None
    number = constant(part.index)
    if split.function != TRAIN_TEST_SPLIT or not isinstance(number, int):
        return None
    given = split.positional[number // 2 : number // 2 + 1] if number >= 0 else []
    return given[0].value if given else None


def _is_filled_by_chance(array: Value) -> bool:
    """Whether parts of an array were given only what the script drew, or where it drew that."""
    parts = [array.attributes[name] for name in (FILLED, PLACES) if name in array.attributes]
    given = list(ingredients(Items("tuple", parts), stop=_is_number))
    return all(map(_is_of_numbers, given)) and any(map(_is_drawn, given))


def _is_drawn(value: Value) -> bool:
    """Whether a value is a number, or several, that depend on nothing but chance."""
    if not isinstance(value, Call) or not (value.function or "").startswith(DRAWING):
        return False
    return value.short_name not in REORDERING


def _is_number(value: Value) -> bool:
    """Whether a value surely is a number that was drawn or counted, or several."""
    counts = value.of if isinstance(value, Item) else value
    counted = isinstance(counts, Call) and counts.function == COUNTING
    return counted or _is_drawn(value)


def _is_of_numbers(value: Value) -> bool:
    """Whether a value holds nothing from elsewhere, if what it was made of does not."""
    if isinstance(value, Unknown):
        return False
    if not isinstance(value, Call) or _is_number(value):
        return True
    if value.function is None:
        return value.receiver is not None
    return value.function.startswith((*COMPUTING, *DRAWING)) and value.short_name not in READING
