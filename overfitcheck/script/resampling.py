"""Resampled rows: classes evened out by drawing rows again, or by leaving some out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

from overfitcheck.script.axes import is_along_columns
from overfitcheck.script.columns import OF_WHOLE_TABLES
from overfitcheck.script.data import one_step, rows_of
from overfitcheck.script.flow import ingredients
from overfitcheck.script.values import (
    Attribute,
    Call,
    Constant,
    Item,
    Items,
    Slice,
    Value,
    constant,
)

JOINING = frozenset({"numpy.concatenate", "numpy.vstack"})
"""Functions that put rows below one another."""

BELOW = JOINING | {"pandas.concat", "numpy.append", "numpy.hstack"}
"""The same, and what does so for tables and for labels."""

RESAMPLING = frozenset({"fit_resample", "fit_sample"})
"""Methods of imbalanced-learn that even classes out."""

UNDER = (
    "RandomUnderSampler NearMiss TomekLinks ClusterCentroids EditedNearestNeighbours "
    "RepeatedEditedNearestNeighbours AllKNN CondensedNearestNeighbour OneSidedSelection "
    "NeighbourhoodCleaningRule InstanceHardnessThreshold"
).split()
"""Classes of imbalanced-learn that only leave rows out."""


def oversampled_in(value: Value) -> Call | None:
    """The call that put rows into `value` more than once, or made new ones like them."""
    return next((each for each in evened_out_in(value) if not leaves_out(each)), None)


def evened_out_in(value: Value) -> list[Call]:
    """The calls that evened out the classes of what `value` was computed from.

    Rows that are drawn again do so where others are put below them: a bootstrap stays alone.
    """
    found = _drawn_anew_in(value)
    joined = joined_in(value) if any(each.method not in RESAMPLING for each in found) else set()
    return [each for each in found if each.method in RESAMPLING or id(each) in joined]


def resampled_in(value: Value) -> list[Call]:
    """The calls that resampled what `value` was computed from, or repeated rows of all classes."""
    found, origin = _drawn_anew_in(value), rows_of(value).origin
    return [*found, origin] if isinstance(origin, Call) and repeats_rows(origin) else found


def _drawn_anew_in(value: Value) -> list[Call]:
    return [each for each in ingredients(value) if isinstance(each, Call) and resamples(each)]


def joined_in(value: Value) -> set[int]:
    """What was put below other rows in what `value` was computed from, by their identities."""
    joins = [each for each in ingredients(value) if isinstance(each, Call) and _puts_below(each)]
    return {id(part) for each in joins for part in ingredients(each) if part is not each}


def _puts_below(call: Call) -> bool:
    if call.method == "append":
        return bool(call.positional)
    return call.function in BELOW and not is_along_columns(call)


def resamples(call: Call) -> bool:
    """Whether a call draws rows anew, of all classes or to even them out."""
    if call.method in RESAMPLING:
        return True
    if call.function == "sklearn.utils.resample":
        return _draws_again(call)
    return call.method == "sample" and "replace" in call.keywords and _draws_again(call)


def repeats_rows(call: Call) -> bool:
    """Whether a call surely puts each row several times, or adds copies (or images) of some."""
    if call.function in JOINING:
        return _adds_copies(call)
    if call.function != "numpy.repeat":
        return False
    count, axis = call.positional[1:2], call.keywords.get("axis")
    again = constant(count[0].value) if count else None
    return (
        isinstance(again, int) and again > 1 and axis is not None and constant(axis.value, ...) == 0
    )


def _adds_copies(call: Call) -> bool:
    """Whether rows are joined with what was chosen out of them by an index."""
    axis = call.keywords.get("axis")
    pieces = call.positional[0].value if call.positional else None
    if not isinstance(pieces, Items) or (axis is not None and constant(axis.value, ...) != 0):
        return False
    chosen = {
        id(rows_of(each.of).origin)
        for piece in pieces.items
        for each in ingredients(piece)
        if isinstance(each, Item) and isinstance(each.index, Call)
    }
    wholes = (rows_of(piece) for piece in pieces.items)
    return any(id(rows.origin) in chosen and not rows.cuts for rows in wholes)


def copied_below(rows: Sequence[Value]) -> Call | None:
    """What joins rows with changed copies of all of them, and their labels with the same labels."""
    joined = [rows_of(each).origin for each in rows[:2]]
    pieces = [_stacked(each) for each in joined]
    if len(pieces) < 2 or len(pieces[0]) != len(pieces[1]) or not isinstance(joined[0], Call):
        return None
    pairs = permutations(range(len(pieces[0])), 2)
    copied = any(all(_is_copy_of(part[of], part[to]) for part in pieces) for of, to in pairs)
    return joined[0] if copied else None


def _stacked(value: Value) -> list[Value]:
    """The pieces that a call puts below one another; none where it does something else."""
    if not isinstance(value, Call) or value.function not in JOINING or not value.positional:
        return []
    axis, pieces = value.keywords.get("axis"), value.positional[0].value
    along = len(value.positional) > 1 or (axis is not None and constant(axis.value, ...) != 0)
    return [] if along or not isinstance(pieces, Items) or not pieces.complete else pieces.items


TELLING = frozenset(
    "len mean std var min max median average sum percentile quantile unique nanmean nanstd".split()
)
"""Functions that tell something of rows, and hold none of them."""


def _is_copy_of(piece: Value, other: Value) -> bool:
    """Whether a piece was made of all of another: that one itself, or changed."""
    made, whole = _unchanged(piece), _unchanged(other)
    cut = isinstance(made, Item) and type(made.index) in (Slice, Items)
    if cut or isinstance(whole, Constant):
        return False
    return any(each is whole for each in ingredients(piece, _only_tells))


def _unchanged(rows: Value) -> Value:
    """What rows were before they were changed in place, which a script may have put in a list."""
    for _ in range(40):
        listed = isinstance(rows, Call) and any(isinstance(e.value, Items) for e in rows.positional)
        step = None if listed else one_step(rows)
        if step is None:
            break
        rows = step
    return rows


def _only_tells(value: Value) -> bool:
    if isinstance(value, Attribute):
        return value.name in OF_WHOLE_TABLES
    return isinstance(value, Call) and value.short_name in TELLING


def leaves_out(call: Call) -> bool:
    """Whether a call that resamples only leaves rows out."""
    if call.method in RESAMPLING:
        return isinstance(call.receiver, Call) and call.receiver.short_name in UNDER
    return not _draws_again(call) and not repeats_rows(call)


def _draws_again(call: Call) -> bool:
    given = call.keywords.get("replace")
    if given is None:
        return call.function is not None
    return constant(given.value) is True


def resampled_rows(call: Call) -> tuple[Value, ...]:
    """The rows that a resampling call was given."""
    given = [argument.value for argument in call.positional]
    if call.method == "sample" and call.receiver is not None:
        given.append(call.receiver)
    return tuple(given)


def sampler_of(call: Call) -> str:
    """What resampled, in words: ``SMOTE``, ``resample``."""
    if call.method in RESAMPLING and isinstance(call.receiver, Call):
        return call.receiver.short_name
    return call.short_name
