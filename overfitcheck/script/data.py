"""Data by flow: where rows come from, and whether two values hold the same ones."""

from __future__ import annotations

from dataclasses import dataclass

from overfitcheck.script.axes import (
    drops_columns,
    is_along_columns,
    is_order,
    is_table,
    names_columns,
)
from overfitcheck.script.slices import cut_alike
from overfitcheck.script.values import (
    Attribute,
    Call,
    Choice,
    Constant,
    Item,
    Items,
    Operation,
    Slice,
    Unknown,
    Value,
    constant,
    options,
)

KEEPS_ROWS = frozenset(
    [
        "numpy.array",
        "numpy.asarray",
        "numpy.expand_dims",
        "numpy.reshape",
        "numpy.float32",
        "numpy.squeeze",
        "numpy.moveaxis",
        "numpy.nan_to_num",
        "numpy.stack",
        "numpy.divide",
        "numpy.multiply",
        "numpy.subtract",
        "numpy.ascontiguousarray",
        "numpy.rollaxis",
        "keras.utils.to_categorical",
        "keras.utils.normalize",
        "tensorflow.convert_to_tensor",
        "tensorflow.cast",
        "tensorflow.constant",
        "tensorflow.expand_dims",
        "tensorflow.reshape",
        "tensorflow.image.resize",
        "tensorflow.one_hot",
        "pandas.get_dummies",
        "pandas.DataFrame",
        "keras.preprocessing.sequence.pad_sequences",
        "keras.utils.pad_sequences",
        "tensorflow.data.Dataset.from_tensor_slices",
    ]
)
"""Functions whose result has the rows of their first argument, in their order."""

METHODS_KEEP_ROWS = frozenset(
    [
        "astype",
        "reshape",
        "copy",
        "to_numpy",
        "toarray",
        "todense",
        "flatten",
        "squeeze",
        "transpose",
        "fillna",
        "transform",
        "fit_transform",
        "batch",
        "prefetch",
        "cache",
        "map",
        "with_options",
        "as_numpy_iterator",
        "numpy",
        "ravel",
        "tolist",
        "clip",
        "round",
        "padded_batch",
        "shuffle",
        "repeat",
        "shift",
        "dropna",
        "ffill",
        "bfill",
        "interpolate",
        "reset_index",
    ]
)
"""Methods whose result has the rows of the object, or of the first argument (transform)."""

TRAIN_TEST_SPLIT = "sklearn.model_selection.train_test_split"

JOINS = ("pandas.concat", "numpy.concatenate")

STACKS = frozenset(
    ["numpy.concatenate", "numpy.vstack", "numpy.hstack", "numpy.column_stack", "tensorflow.concat"]
)
"""Functions that put the arrays of their first argument together."""

OF_ARGUMENT = frozenset({"transform", "fit_transform", "texts_to_sequences", "texts_to_matrix"})

DATASET_MAKERS = (
    "tensorflow.data.",
    "keras.utils.image_dataset_from_directory",
    "keras.utils.text_dataset_from_directory",
    "keras.utils.audio_dataset_from_directory",
    "keras.utils.timeseries_dataset_from_array",
    "tensorflow_datasets.load",
)

LISTING_FILES = "tensorflow.data.Dataset.list_files"
"""What gives the names of files, in a new order each time unless it is told not to."""

FINITE_MAKERS = (
    "tensorflow.data.Dataset.from_tensor_slices",
    "tensorflow.data.Dataset.from_tensors",
    LISTING_FILES,
    "tensorflow.data.Dataset.range",
    "tensorflow.data.TFRecordDataset",
    "tensorflow.data.TextLineDataset",
    *DATASET_MAKERS[1:5],
)
"""What makes a dataset that ends."""

DATASET_METHODS = frozenset(
    [
        "map",
        "batch",
        "shuffle",
        "prefetch",
        "cache",
        "take",
        "skip",
        "repeat",
        "filter",
        "unbatch",
        "padded_batch",
        "interleave",
        "concatenate",
        "zip",
        "shard",
        "enumerate",
        "window",
        "with_options",
        "apply",
    ]
)


@dataclass(frozen=True, eq=False, repr=False)
class Rows:
    """Rows of data: an origin, and the slices that were cut out of it, from the outside in."""

    origin: Value
    cuts: tuple[tuple[object, object], ...] = ()


def rows_of(value: Value) -> Rows:
    """Where the rows of `value` come from; transformations that keep the rows are left out."""
    for _ in range(40):
        step = one_step(value)
        if step is None:
            break
        value = step
    if isinstance(value, Item) and isinstance(value.index, Slice):
        inner = rows_of(value.of)
        return Rows(inner.origin, (*inner.cuts, _ends(value.index)))
    if isinstance(value, Item) and isinstance(value.index, Items) and value.index.items:
        first = value.index.items[0]
        if isinstance(first, Slice) and (first.lower is not None or first.upper is not None):
            inner = rows_of(value.of)
            return Rows(inner.origin, (*inner.cuts, _ends(first)))
    if isinstance(value, Call) and value.method in ("take", "skip") and value.receiver is not None:
        inner = rows_of(value.receiver)
        count = value.positional[0].value if value.positional else Unknown()
        ends = (None, _end(count)) if value.method == "take" else (_end(count), None)
        return Rows(inner.origin, (*inner.cuts, ends))
    return Rows(value)


EACH_ROW = ("str", "dt")
"""Attributes of a column whose methods do something to each row: ``names.str.lower()``."""

SAME_ROWS = frozenset({"values", "T", "data", "iloc", "loc", *EACH_ROW})
"""Attributes that hold the same rows."""


def one_step(value: Value) -> Value | None:
    """The value with the same rows that `value` was made of; None at an origin."""
    if isinstance(value, Operation) and value.operator != "Compare":
        return next((each for each in value.operands if not isinstance(each, Constant)), None)
    if isinstance(value, Attribute) and value.name in SAME_ROWS:
        return value.of
    if isinstance(value, Item) and (names_columns(value.index) or is_order(value.index)):
        return value.of
    if isinstance(value, Item) and isinstance(constant(value.index), str) and is_table(value.of):
        return value.of
    if isinstance(value, Item) and isinstance(value.index, Items) and value.index.items:
        first = value.index.items[0]
        whole = isinstance(first, Slice) and first.lower is None and first.upper is None
        return value.of if whole else None
    if isinstance(value, Item) and isinstance(value.index, Slice):
        whole = value.index.lower is None and value.index.upper is None
        return value.of if whole else None
    if isinstance(value, Call):
        if value.method == "drop" and drops_columns(value):
            return value.receiver
        if value.function in KEEPS_ROWS and value.positional:
            first = value.positional[0].value
            if isinstance(first, Items) and first.items:
                literal = isinstance(first.items[0], (Constant, Items))
                return None if literal else first.items[0]
            return first
        if value.function in JOINS and is_along_columns(value):
            return _joined(value.positional[0].value if value.positional else None)
        if value.function == "numpy.delete" and len(value.positional) > 1:
            # One row less than thousands: for what is asked here these are the same rows.
            single = isinstance(constant(value.positional[1].value), int)
            return value.positional[0].value if single else None
        if value.method in OF_ARGUMENT and value.positional:
            return value.positional[0].value
        if value.method in METHODS_KEEP_ROWS and value.receiver is not None:
            return value.receiver
        if isinstance(value.receiver, Attribute) and value.receiver.name in EACH_ROW:
            return value.receiver if value.method != "cat" else None
    return None


def _ends(part: Slice) -> tuple[object, object]:
    return (_end(part.lower), _end(part.upper))


def _end(value: Value | None) -> object:
    if value is None:
        return None
    return value.value if isinstance(value, Constant) else value


def same_rows(first: Value, second: Value) -> bool:
    """Whether two values surely hold the same rows."""
    if isinstance(first, Choice) or isinstance(second, Choice):
        return first is second
    if isinstance(first, (Constant, Unknown)) and not (
        isinstance(first, Unknown) and first is second and first.name
    ):
        return False
    a, b = rows_of(first), rows_of(second)
    if a.origin is not b.origin or isinstance(a.origin, Constant):
        return False
    return a.cuts == b.cuts or cut_alike(a.cuts, b.cuts)


def _joined(parts: Value | None) -> Value | None:
    """The first of tables that stand side by side; None unless all have the same rows."""
    if not isinstance(parts, Items) or not parts.items:
        return None
    # Only what was done to each table itself is undone: whole histories would take for ever.
    tables = list(parts.items)
    for number, table in enumerate(tables):
        while isinstance(table, Call) and table.method in METHODS_KEEP_ROWS and table.receiver:
            table = tables[number] = table.receiver
    return tables[0] if all(each is tables[0] for each in tables) else None


def part_of(part: Value, whole: Value) -> bool:
    """Whether `part` surely holds rows of `whole`, all or some."""
    if isinstance(part, Choice) or isinstance(whole, Choice):
        return part is whole
    a, b = rows_of(part), rows_of(whole)
    if a.origin is not b.origin or isinstance(a.origin, Constant):
        return False
    return a.cuts[: len(b.cuts)] == b.cuts


def parts(value: Value) -> tuple[Value, ...]:
    """``(x, y)`` or ``(x, y, weights)`` of validation data; one element where it is a dataset."""
    if isinstance(value, Items) and value.kind in ("tuple", "list") and value.items:
        return tuple(value.items)
    return (value,)


def origin_of(value: Value) -> Value:
    """What a value was made of in the first place, through whatever was done to it since."""
    for _ in range(40):
        step = one_step(value)
        if step is not None:
            value = step
        elif isinstance(value, (Item, Attribute)):
            value = value.of
        elif isinstance(value, Call) and value.function is None and value.receiver is not None:
            value = value.receiver
        else:
            break
    return value


def maker_of(value: Value) -> str:
    """Canonical name of what made the data in the first place; "" where it is not known."""
    origin = origin_of(value)
    if isinstance(origin, Choice):
        makers = {maker_of(option) for option in options(origin)}
        return makers.pop() if len(makers) == 1 else ""
    return (origin.function or "") if isinstance(origin, Call) else ""


def is_dataset(value: Value) -> bool:
    """Whether a value surely is a ``tf.data.Dataset``."""
    for _ in range(40):
        if not isinstance(value, Call):
            return False
        if value.function is not None:
            whole = value.function.startswith(DATASET_MAKERS[:1]) and "Dataset" in value.function
            return whole or value.function.startswith(DATASET_MAKERS[1:5])
        if value.method not in DATASET_METHODS or value.receiver is None:
            return False
        value = value.receiver
    return False


ENDING_METHODS = DATASET_METHODS - {"repeat", "interleave", "concatenate", "zip", "apply"}
"""Methods of a dataset whose result ends where the dataset does."""


def ends(value: Value) -> bool:
    """Whether a dataset surely ends: it repeats nowhere, and was made of something finite."""
    for _ in range(40):
        if not isinstance(value, Call):
            return False
        if value.function is not None:
            return value.function in FINITE_MAKERS
        if value.method not in ENDING_METHODS or value.receiver is None:
            return False
        value = value.receiver
    return False


ARRAYS = ("numpy.", "pandas.", "tensorflow.")
"""Libraries whose classes are arrays, or tables of them."""


def is_own_object(value: Value) -> bool:
    """Whether a value may be an object of a class of the script's own that is no array."""
    classes = [each.cls for each in options(value) if isinstance(each, Call)]
    return any(
        each is not None
        and each.member("__array__") is None
        and not any(path.startswith(ARRAYS) for path in each.ancestors())
        for each in classes
    )


def is_generator(value: Value) -> bool:
    """Whether a value surely is a Python generator, a PyDataset or a directory iterator."""
    if isinstance(value, Items):
        return value.kind == "generator"
    if not isinstance(value, Call):
        return False
    if value.cls is not None:
        return "keras.utils.PyDataset" in set(value.cls.ancestors())
    flows = ("flow", "flow_from_directory", "flow_from_dataframe")
    return value.method in flows and maker_of(value).endswith("ImageDataGenerator")
