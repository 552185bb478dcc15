"""Whether the rows of a fit were drawn so that its classes are about equally frequent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.script.custom_steps import nodes_in
from overfitcheck.script.data import rows_of
from overfitcheck.script.flow import ingredients
from overfitcheck.script.resampling import (
    BELOW,
    RESAMPLING,
    evened_out_in,
    joined_in,
    resampled_rows,
    resamples,
)
from overfitcheck.script.values import (
    Attribute,
    Call,
    Constant,
    Function,
    Item,
    Operation,
    Slice,
    Value,
    constant,
)

if TYPE_CHECKING:
    from overfitcheck.script.script import Script

OF_GROUPS = ("sample", "head", "tail")
"""Methods that take some rows of each group."""

SOME = frozenset({"sample", "resample", "choice", "head", "tail"})
"""Functions and methods that take some of the rows that they are given."""

NUMBERS = frozenset({"where", "nonzero", "flatnonzero", "argwhere"})
"""Functions that give the numbers of the rows for which a condition holds."""

FIRST = RESAMPLING.union(
    (path.rpartition(".")[2] for path in BELOW), ("append", "groupby", "resample", "sample")
)
"""Names of what is called where classes are evened out: every way there needs one of them."""

RESAMPLERS = frozenset(
    "fit_resample fit_sample compute_class_weight compute_sample_weight sample_from_datasets "
    "choose_from_datasets rejection_resample".split()
)
"""What a script calls that weighs or resamples classes, wherever its result goes."""


def resamples_classes(script: Script, *rows: Value | None) -> bool | None:
    """Whether the classes of the rows and labels of a fit were evened out; None where they may be.

    Some rows of one class, below those of others, most often do so.
    """
    called = {call.short_name for call in script.calls}
    given = [each for each in rows if each is not None] if called & FIRST else []
    if any(map(evened_out_in, given)):
        return True
    return None if called & RESAMPLERS or any(map(_may_be_even, given)) else False


def _may_be_even(rows: Value) -> bool:
    drawn = [each for each in ingredients(rows) if _is_of_a_class(each)]
    if any(isinstance(each, Call) and (resamples(each) or _is_grouped(each)) for each in drawn):
        return True
    joined = joined_in(rows) if drawn else set()
    return any(id(each) in joined for each in drawn)


def _is_of_a_class(value: Value) -> bool:
    """Whether a value holds some of the rows of a class, as far as the text tells."""
    if isinstance(value, Item):
        part = value.index
        cut = isinstance(part, Slice) and (part.lower is not None or part.upper is not None)
        return cut and _is_chosen(value.of)
    if not isinstance(value, Call):
        return False
    if value.short_name not in SOME:
        return _is_grouped(value)
    share = value.keywords.get("frac")
    if share is not None and constant(share.value) == 1 and not resamples(value):
        return False  # They are shuffled.
    given = (value.receiver,) if value.short_name in ("head", "tail") else resampled_rows(value)
    return _is_grouped(value) or any(map(_is_chosen, filter(None, given)))


def _is_grouped(call: Call) -> bool:
    """Whether some rows of each group are taken: ``table.groupby("ill").sample(90)``."""
    groups = call.receiver
    if not isinstance(groups, Call) or groups.short_name != "groupby":
        return False
    if call.method != "apply":
        return call.method in OF_GROUPS
    given = call.positional[0].value if call.positional else None
    return isinstance(given, Function) and any(
        type(each) is cst.Attribute and each.attr.value in OF_GROUPS
        for each in nodes_in(given.node.body)
    )


def _is_chosen(rows: Value) -> bool:
    """Whether rows, or their numbers, are those for which a condition holds."""
    origin = rows_of(rows).origin
    if isinstance(origin, Attribute):
        return origin.name == "index" and _is_chosen(origin.of)
    if isinstance(origin, Item) and not isinstance(origin.index, Constant):
        return any(map(_compares, ingredients(origin.index, most=40)))
    made = origin.of if isinstance(origin, Item) else origin
    if not isinstance(made, Call):
        return False
    if made.short_name in NUMBERS:
        return any(map(_compares, ingredients(made, most=40)))
    if made.short_name in ("sample", "shuffle"):
        return any(map(_is_chosen, resampled_rows(made)))
    return made.method in ("query", "get_group")


def _compares(value: Value) -> bool:
    if isinstance(value, Operation):
        return value.operator == "Compare"
    return isinstance(value, Call) and value.method in ("eq", "isin")
