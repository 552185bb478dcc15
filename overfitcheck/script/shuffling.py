"""Data that come in another order at each pass."""

from __future__ import annotations

from collections.abc import Iterator

from overfitcheck.script.data import DATASET_MAKERS, DATASET_METHODS, LISTING_FILES
from overfitcheck.script.values import Argument, Call, Items, Value, constant

FROM_ARRAYS = "tensorflow.data.Dataset.from_tensor_slices"
FLOWS = ("flow", "flow_from_directory", "flow_from_dataframe")
DIRECTORY_LOADERS = frozenset(
    [
        "keras.utils.image_dataset_from_directory",
        "keras.utils.text_dataset_from_directory",
        "keras.utils.audio_dataset_from_directory",
    ]
)


def shuffles(data: Value) -> bool:
    """Whether data surely come in another order at each pass over them."""
    return shuffled_by(data) is not None


def shuffled_by(data: Value) -> Call | None:
    """The call that surely puts data in another order at each pass; None where there is none."""
    for _ in range(40):
        if not isinstance(data, Call):
            return None
        if data.method in FLOWS:
            shuffled = _by_default(data) and not _told_otherwise(data)
            return data if _is_image_generator(data.receiver) and shuffled else None
        if data.function in DIRECTORY_LOADERS:
            return data if _by_default(data) else None
        if data.method not in DATASET_METHODS or data.method == "cache":
            return None
        if data.method == "shuffle":
            again = data.keywords.get("reshuffle_each_iteration")
            surely = (again is None or constant(again.value) is True) and not data.open
            return data if surely else None
        if data.receiver is None:
            return None
        data = data.receiver
    return None


def _is_image_generator(maker: Value | None) -> bool:
    return isinstance(maker, Call) and (maker.function or "").endswith("ImageDataGenerator")


def _by_default(call: Call) -> bool:
    """Whether a loader that shuffles unless it is told not to does so."""
    given = call.argument("shuffle")
    return not call.open if given is None else constant(given.value) is True


def _told_otherwise(iterator: Call) -> bool:
    """Whether ``iterator.shuffle = False`` may end the shuffling after all."""
    told = iterator.attributes.get("shuffle")
    return told is not None and constant(told) is not True


def labels_of(data: Value) -> Iterator[Value]:
    """What holds the labels of data in their first order: ``y``, the dataframe, an array."""
    while isinstance(data, Call) and data.method in DATASET_METHODS and data.receiver is not None:
        data = data.receiver
    if isinstance(data, Call) and data.method in FLOWS:
        for name in ("y", "dataframe"):
            given: Argument | None = data.argument(name)
            if given is not None:
                yield given.value
    elif isinstance(data, Call) and data.function == FROM_ARRAYS and data.positional:
        rows = data.positional[0].value
        if isinstance(rows, Items) and len(rows.items) > 1:
            yield rows.items[1]


def shuffled_anew(value: Value) -> Call | None:
    """The call that gives a dataset another order each time it is read; None where there is none.

    A cache behind the shuffle keeps the first order; a further shuffle that does the same each
    time makes another order of another.
    """
    for _ in range(40):
        if not isinstance(value, Call) or value.method == "cache":
            return None
        anew = _puts_in_new_order(value)
        if anew is not False:
            return value if anew else None
        if value.method not in DATASET_METHODS or value.receiver is None:
            return None
        value = value.receiver
    return None


def _puts_in_new_order(call: Call) -> bool | None:
    """Whether a call gives rows in a new order each time they are read; None where it may."""
    if call.function in DATASET_MAKERS[1:4]:
        return _told(call["shuffle"])
    if call.function == LISTING_FILES:
        option, place = "shuffle", 1
    elif call.method == "shuffle":
        option, place = "reshuffle_each_iteration", 2
    else:
        return False
    if call.open or len(call.positional) > place:
        return None
    given = call.keywords.get(option)
    return True if given is None else _told(given.value)


def _told(switch: Value) -> bool | None:
    """Whether a switch is on; None where the text does not tell."""
    told = constant(switch)
    return told if isinstance(told, bool) else None
