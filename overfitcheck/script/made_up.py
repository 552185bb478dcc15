"""Data that a script makes up for a demonstration, rather than reading them."""

from __future__ import annotations

from overfitcheck.script.data import STACKS, TRAIN_TEST_SPLIT, maker_of, origin_of, rows_of
from overfitcheck.script.flow import ingredients
from overfitcheck.script.values import (
    FILLED,
    PLACES,
    Call,
    Constant,
    Item,
    Items,
    Slice,
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
ENUMERATING = "builtins.enumerate"

COMPUTING = ("numpy.", "math.")
"""What makes numbers of numbers; of files only where it is READING."""

ROUNDING = frozenset(f"builtins.{name}" for name in "int float round abs min max".split())
"""What makes one number of numbers."""

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
    return all(map(_is_of_numbers, given)) and any(_is_drawn(_whole(each)) for each in given)


def _is_drawn(value: Value) -> bool:
    """Whether a value is a number, or several, that depend on nothing but chance."""
    if not isinstance(value, Call) or not (value.function or "").startswith(DRAWING):
        return False
    return value.short_name not in REORDERING or _is_drawn_of_numbers(value)


def _is_drawn_of_numbers(call: Call) -> bool:
    """Whether a call draws from numbers up to another, as ``np.random.permutation(9)`` does."""
    if not call.positional:
        return False
    drawn = call.positional[0].value
    return _is_counted(drawn) or type(constant(drawn)) is int


def _is_number(value: Value) -> bool:
    """Whether a value surely is a number that was drawn or counted, or several."""
    whole = _whole(value)
    return _is_counted(whole) or _is_drawn(whole)


def _is_counted(value: Value) -> bool:
    return isinstance(value, Call) and value.function == COUNTING


def _whole(value: Value) -> Value:
    """What a value is a part of, be it one that a loop comes to."""
    while True:
        if isinstance(value, Item) and _is_any_place(value.index):
            value = value.of
        elif isinstance(value, Call) and value.function == ENUMERATING and value.positional:
            value = value.positional[0].value
        else:
            return value


def _is_any_place(index: Value) -> bool:
    """Whether an index is written as a number, or is that of a round of a loop."""
    return isinstance(index, (Constant, Slice)) or (isinstance(index, Unknown) and not index.name)


def _is_of_numbers(value: Value) -> bool:
    """Whether a value holds nothing from elsewhere, if what it was made of does not."""
    if isinstance(value, Unknown):
        return False
    if not isinstance(value, Call) or _is_number(value):
        return True
    if value.function is None:
        return value.receiver is not None
    if value.function in ROUNDING:
        return True
    return value.function.startswith((*COMPUTING, *DRAWING)) and value.short_name not in READING
