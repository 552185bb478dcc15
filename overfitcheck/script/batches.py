"""Batches: what the rows that a loop takes in its rounds are rows of."""

from __future__ import annotations

from overfitcheck.script.data import maker_of, parts, rows_of
from overfitcheck.script.values import (
    Call,
    Constant,
    Item,
    Items,
    Slice,
    Value,
    constant,
    is_given,
)

LOOKERS = ("enumerate", "iter", "next", "tqdm", "track", "get_next")
"""Functions and methods that hand out what they are given, one thing after the other."""


def source_of(value: Value) -> tuple[Value, tuple[object, ...]]:
    """What a batch was taken from: the rows, and the fixed parts that were cut out of them.

    Fixed are slices whose ends are numbers, and the rows of a fold (``x[train]``).
    """
    cuts: list[object] = []
    for _ in range(40):
        rows = rows_of(value)
        cuts = [*(cut for cut in rows.cuts if not _moves(cut)), *cuts]
        step = _whole(rows.origin)
        if step is None:
            return rows.origin, tuple(cuts)
        fold = rows.origin.index if isinstance(rows.origin, Item) else None
        if isinstance(fold, Item) and isinstance(fold.index, Constant):
            cuts.insert(0, (id(fold.of), fold.index.value))
        value = step
    return value, tuple(cuts)


def flowing(value: Value) -> Value:
    """The rows of which ``ImageDataGenerator.flow`` makes batches, all of them; else the value.

    Of ``zip(images.flow(x), masks.flow(y))`` those of the first, which are what goes in.
    """
    if isinstance(value, Call) and value.function == "builtins.zip" and value.positional:
        rows = flowing(value.positional[0].value)
        return value if rows is value.positional[0].value else rows
    if not isinstance(value, Call) or value.method != "flow" or value.open:
        return value
    if not maker_of(value).endswith("ImageDataGenerator"):
        return value
    subset, given = value.argument("subset"), value.argument("x")
    if given is None or (subset is not None and is_given(subset.value) is not False):
        return value
    return parts(given.value)[0]


def _moves(cut: tuple[object, object]) -> bool:
    """Whether a slice lies elsewhere in each round (``x[i:i + 32]``)."""
    return any(isinstance(end, Value) for end in cut)


def _whole(part: Value) -> Value | None:
    """What a batch, or one element of a batch, was taken from; None for anything else."""
    if isinstance(part, Item):
        if not isinstance(part.index, Constant):
            return part.of
        batch = part.of
        if isinstance(batch, Item) and not isinstance(batch.index, (Constant, Slice)):
            return _pair(batch.of, constant(part.index)) or batch
        if isinstance(batch, Item) and _whole(batch) is not None:
            return batch
        return batch if isinstance(batch, Call) and batch.short_name in LOOKERS else None
    if isinstance(part, Call) and part.short_name in LOOKERS:
        return part.positional[0].value if part.positional else part.receiver
    return None


def _pair(source: Value, index: object) -> Value | None:
    """The part of ``zip(x, y)`` that an element of a batch comes from."""
    if isinstance(source, Call) and source.function == "builtins.zip" and isinstance(index, int):
        return source.positional[index].value if index < len(source.positional) else None
    return None


def same_source(first: Value, second: Value) -> bool:
    """Whether two batches may hold the same rows: all that is known says that they do."""
    if isinstance(first, Items) and isinstance(second, Items):
        return any(same_source(a, b) for a in first.items for b in second.items)
    (a, cut), (b, other) = source_of(first), source_of(second)
    shorter = min(len(cut), len(other))
    return a is b and cut[:shorter] == other[:shorter]
