"""Rows that a script holds out from those that a fit trains on, and then uses for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from overfitcheck.script.counterparts import Comparison, Counterpart
from overfitcheck.script.data import TRAIN_TEST_SPLIT, part_of, parts, same_rows
from overfitcheck.script.fittings import fitted_learners
from overfitcheck.script.name_uses import (
    Scope,
    binds,
    first_bound,
    function_at,
    is_bound_before,
    is_used,
)
from overfitcheck.script.reach import mark
from overfitcheck.script.resampling import resampled_in
from overfitcheck.script.sorted_labels import stands_sorted
from overfitcheck.script.splits import judgements, taken_from
from overfitcheck.script.values import Value

if TYPE_CHECKING:
    from overfitcheck.script.fit import Fit
    from overfitcheck.script.script import Script


@dataclass(frozen=True)
class HeldOut:
    """Rows and labels by the names that they have where the fit stands, and what holds them out."""

    x: str
    y: str
    place: str

    @property
    def pair(self) -> str:
        """What ``validation_data`` takes."""
        return f"({self.x}, {self.y})"


@dataclass(frozen=True, eq=False, repr=False)
class Named:
    """A counterpart of what a fit is given, and its name."""

    name: str
    value: Value
    how: Counterpart


Pair = tuple[Named, Named]
"""Rows and their labels."""


def held_out_beside(fit: Fit) -> HeldOut | None:
    """The rows that are held out from those of a fit and that nothing uses, however it is reached.

    None where there are none, where any of several may be meant, and where the text leaves a doubt.
    """
    found = {each.held_out for each in fit.script.fits if each.node is fit.node}
    return found.pop() if len(found) == 1 else None


def held_out_of(fit: Fit) -> HeldOut | None:
    """The rows that are held out from those of a fit as it is reached once."""
    x, y = fit.text_of("x"), fit.text_of("y")
    scope = _scope_of(fit, x, y)
    if scope is None or stands_sorted(fit):
        return None
    found = {
        _nearest_free(fit, scope, list(_pairs(fit, names, x, y)))
        for names in _names_at(fit, scope, x, y)
    }
    return found.pop() if len(found) == 1 else None


def _nearest_free(fit: Fit, scope: Scope, pairs: list[Pair]) -> HeldOut | None:
    """The only free one of the pairs that are nearest to the rows of a fit.

    None where another fit validates on one of them: which of them serves for that is known then.
    """
    whole = _parted_further(pairs)
    near = [each for each in pairs if each[0].value not in whole]
    least = min((rows.how.distance for rows, _ in near), default=0)
    nearest = [each for each in near if each[0].how.distance == least]
    validated = [other.validation[0] for other in fit.script.fits if other.validation]
    if any(same_rows(each, rows.value) for each in validated for rows, _ in nearest):
        return None
    free = [each for each in nearest if _is_free(fit, scope, *each)]
    if len(free) != 1 or _was_learned_from(fit, free[0][0].value):
        return None
    rows, labels = free[0]
    if TEST in rows.name.lower():
        return None
    return HeldOut(rows.name, labels.name, _place(fit.script, scope, rows))


def _parted_further(pairs: list[Pair]) -> set[Value]:
    """The rows that some of the pairs were split off."""
    farther = (rows for rows, _ in pairs if rows.how.distance)
    return {value for rows in farther for value in rows.how.made if value is not rows.value}


def _scope_of(fit: Fit, x: str, y: str) -> Scope | None:
    """What binds the names of the rows and labels: the function of the fit, or the module."""
    tree, function = fit.script.tree.python, fit.call.context.function
    if tree is None or fit.y is None or not x.isidentifier() or not y.isidentifier():
        return None
    inner = function_at(tree, fit.script.line(function.node)) if function is not None else None
    if function is not None and inner is None:
        return None
    mine = [inner if inner is not None and binds(inner, name) else tree for name in (x, y)]
    return mine[0] if mine[0] is mine[1] else None


def _names_at(fit: Fit, scope: Scope, x: str, y: str) -> Iterator[Mapping[str, Value]]:
    """What the names of a scope stand for, if its rows and labels are still those of the fit."""
    frames = fit.script.walk.scopes
    inner = scope is not fit.script.tree.python
    for frame in frames[1:] if inner else frames[:1]:
        if frame.names.get(x) is fit.x and frame.names.get(y) is fit.y:
            yield frame.names


def _pairs(fit: Fit, names: Mapping[str, Value], x: str, y: str) -> Iterator[Pair]:
    """The rows and labels that were parted from those of a fit, both in the same way."""
    assert fit.y is not None
    every = [_named(fit.x, names), _named(fit.y, names)]
    for rows in every[0]:
        for labels in every[1]:
            if rows.name != labels.name and rows.how.agrees(labels.how):
                told = _tell_roles(x, rows.name) and _tell_roles(y, labels.name)
                if told or _is_certain(rows.how):
                    yield rows, labels


def _named(rows: Value, names: Mapping[str, Value]) -> list[Named]:
    """The counterparts of rows among what names stand for."""
    comparison = Comparison()
    found = ((name, value, comparison.counterpart(rows, value)) for name, value in names.items())
    return [Named(name, value, how) for name, value, how in found if how is not None]


def _is_certain(how: Counterpart) -> bool:
    """Whether rows were parted by what surely parts rows."""
    calls = (each.call for each in how.partings if not each.further)
    return all(each is None or each.function == TRAIN_TEST_SPLIT for each in calls)


TEST = "test"
"""In a name: the rows are kept for a score to come, in another script perhaps."""

TRAINING = re.compile(r"train(?:ing)?", re.IGNORECASE)
VALIDATION = re.compile(r"val(?:id(?:ation)?)?|dev", re.IGNORECASE)


def _tell_roles(trained: str, held_out: str) -> bool:
    """Whether two names differ in nothing but ``train`` and ``val``."""
    mine, count = TRAINING.subn("*", trained)
    theirs, other = VALIDATION.subn("*", held_out)
    return count == other == 1 and mine == theirs


def _is_free(fit: Fit, scope: Scope, rows: Named, labels: Named) -> bool:
    """Whether both names are bound where the fit stands, and nothing uses what they stand for."""
    script, line = fit.script, fit.script.line(fit.node)
    for each in (rows, labels):
        if each.name in script.walk.globals or not is_bound_before(scope, each.name, line):
            return False
        if is_used(scope, each.name):
            return False
    if any(_has(data, rows.value) for _, data in judgements(script)):
        return False
    return not _are_taken(script, (rows.how, labels.how))


def _has(data: Value, rows: Value) -> bool:
    given = parts(data)[0]
    return same_rows(given, rows) or part_of(given, rows) or part_of(rows, given)


TELLING = ("builtins.print", "builtins.len")


def _are_taken(script: Script, found: tuple[Counterpart, ...]) -> bool:
    """Whether a call takes held-out rows that does not itself make them what they are."""
    made = {id(value) for how in found for value in how.made}
    makers = {id(parting.call) for how in found for parting in how.partings}
    used: set[int] = set()
    for call in script.calls:
        if id(call) in made or id(call) in makers or call.function in TELLING:
            continue
        for each in (*call.positional, *call.keywords.values()):
            mark(each.value, used)
        if call.receiver is not None:
            mark(call.receiver, used)
    return bool(made & used)


def _was_learned_from(fit: Fit, rows: Value) -> bool:
    """Whether a scaler has learned from held-out rows before they were held out, or copies exist.

    Then the score on them would be too good.
    """
    sources = list(taken_from(rows))
    learned = (data for _, _, data in fitted_learners(fit.script))
    known = any(part_of(each, data) for data in learned for each in sources)
    return known or bool(resampled_in(rows))


def _place(script: Script, scope: Scope, rows: Named) -> str:
    call = rows.how.last_call
    return (
        script.place(call.node)
        if call is not None
        else script.place_of(first_bound(scope, rows.name))
    )
