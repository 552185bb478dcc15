"""Validation rows that a fit trains on as well, all of them or some."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from overfitcheck.script.batches import flowing
from overfitcheck.script.data import JOINS, origin_of, part_of, parts, rows_of, same_rows
from overfitcheck.script.slices import overlap
from overfitcheck.script.splits import taken_from
from overfitcheck.script.values import Call, Items, Value, constant

if TYPE_CHECKING:
    from overfitcheck.script.fit import Fit

OF_FOLDERS = (
    "flow_from_directory",
    "image_dataset_from_directory",
    "text_dataset_from_directory",
    "audio_dataset_from_directory",
)


def rows_also_trained_on(fit: Fit) -> str:
    """Which rows the validation data surely share with the training data, in words.

    Empty where they may well share none.
    """
    if not fit.validation:
        return ""
    x, held_out = flowing(fit.x), flowing(fit.validation[0])
    in_folder = _shared_in_folder(held_out, x)
    if in_folder or not _trained_on(held_out, x):
        return in_folder
    return _shared_rows(held_out, x)


def _shared_rows(held_out: Value, x: Value) -> str:
    """Which rows of the validation data are trained on, in words."""
    if isinstance(x, Items) or same_rows(held_out, x):
        return "the rows"
    within = any(part_of(each, x) for each in taken_from(held_out))
    return "among the rows" if within else "partly rows"


def _shared_in_folder(held_out: Value, x: Value) -> str:
    """Which rows are trained on, in words, where both are of one folder and one is all of it."""
    if rows_of(held_out).cuts or rows_of(x).cuts:
        return ""
    tested, trained = _loader(held_out), _loader(x)
    if tested is None or trained is None or not _are_of_one_folder(tested, trained):
        return ""
    tests_part, trains_part = (each.argument("subset") is not None for each in (tested, trained))
    if trains_part:
        return "" if tests_part else "partly rows"
    return "among the rows" if tests_part else "the rows"


def _are_of_one_folder(first: Call, second: Call) -> bool:
    """Whether two loaders surely read the same folder."""
    folder, other = _folder(first), _folder(second)
    if folder is None or other is None:
        return False
    path = constant(folder)
    return folder is other or (isinstance(path, str) and path == constant(other))


def _loader(data: Value) -> Call | None:
    """What reads a folder, through whatever is done to its batches."""
    for _ in range(40):
        if not isinstance(data, Call):
            return None
        if data.short_name in OF_FOLDERS:
            return None if data.open else data
        if data.method not in ("map", "cache", "prefetch", "shuffle", "repeat"):
            return None
        data = data.receiver or origin_of(data)
    return None


def _folder(loader: Call) -> Value | None:
    given = loader.argument("directory") or next(iter(loader.positional), None)
    return given.value if given is not None else None


def _trained_on(held_out: Value, x: Value) -> bool:
    """Whether validation rows are training rows; of several inputs each must be the same."""
    if isinstance(x, Items) and isinstance(held_out, Items):
        pairs = list(zip(held_out.items, x.items, strict=False))
        return (
            len(held_out.items) == len(x.items) == len(pairs) > 0
            and x.complete
            and all(same_rows(a, b) for a, b in pairs)
        )
    sources = [part for each in taken_from(held_out) for part in _stacked(each)]
    return any(part_of(each, x) for each in sources) or _has_rows_of(held_out, x)


def _stacked(rows: Value) -> Iterator[Value]:
    """The rows, and where they are several stacked on one another, each of these."""
    yield rows
    origin = rows_of(rows).origin
    if isinstance(origin, Call) and origin.function in JOINS and origin.positional:
        yield from parts(origin.positional[0].value)


def _has_rows_of(held_out: Value, x: Value) -> bool:
    """Whether two slices of the same rows surely overlap."""
    some, others = rows_of(held_out), rows_of(x)
    if some.origin is not others.origin or not some.cuts or not others.cuts:
        return False
    within_one = some.cuts[:-1] == others.cuts[:-1]
    return within_one and overlap(some.cuts[-1:], others.cuts[-1:])
