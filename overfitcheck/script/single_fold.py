"""A single fold that serves as a plain split: the last of a loop that trains nothing, or the first
that ``next`` gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.script.batches import flowing
from overfitcheck.script.data import rows_of
from overfitcheck.script.external import is_harmless
from overfitcheck.script.histories import FIT_METHODS
from overfitcheck.script.scoring import EVALUATIONS, PREDICTIONS
from overfitcheck.script.splits import is_fold, is_fold_split, is_held_out, is_of_fold, is_split
from overfitcheck.script.values import Call, Item, Value

if TYPE_CHECKING:
    from overfitcheck.script.fit import Fit
    from overfitcheck.script.script import Script


def validates_on_fold(fit: Fit) -> bool:
    """Whether it validates on the outer fold of a cross-validation."""
    return is_of_fold(fit.script, fit.validation[0]) and not _validates_on_single_fold(fit)


def _validates_on_single_fold(fit: Fit) -> bool:
    """Whether surely nothing trains on the other folds: they are split, and one of them is used.

    Where the script holds out more rows than these, they may be the ones for the score at the end.
    """
    rows = flowing(fit.validation[0])
    origin = rows_of(rows).origin
    split = _split_of(origin)
    if split is None or fit.loops_around or split.context != fit.call.context:
        return False
    if split.context.comprehensions or _holds_out_others(fit.script, origin, split):
        return False
    return _is_asked_once(fit.script, split) or _is_looped_over_in_vain(fit.script, split)


def _holds_out_others(script: Script, fold: Value, split: Call) -> bool:
    """Whether there are held-out rows beside a fold, or that was cut out of some of the rows."""
    if isinstance(fold, Item) and rows_of(fold.of).cuts:
        return True
    splits = (each for each in script.calls if is_split(each))
    if any(each.node is not split.node for each in splits):
        return True
    held_out = (rows_of(each).origin for each in script.bound_values() if is_held_out(each))
    found = map(_split_of, held_out)
    return any(each is None or each.node is not split.node for each in found)


def _split_of(origin: Value) -> Call | None:
    """The ``folds.split(x)`` that holds some rows out in the one round that they are taken from."""
    if not isinstance(origin, Item) or not is_fold(origin.index, 1):
        return None
    source = origin.index
    while isinstance(source, Item):
        source = source.of
    if isinstance(source, Call) and source.function in ("builtins.next", "builtins.enumerate"):
        source = source.positional[0].value if source.positional else source
    return source if isinstance(source, Call) and is_fold_split(source) else None


def _is_asked_once(script: Script, split: Call) -> bool:
    """Whether a split is made for its first fold: ``next(folds.split(x))``."""
    return any(
        call.positional and call.node.args[0].value is split.node
        for call in script.calls_to("builtins.next")
    )


def _is_looped_over_in_vain(script: Script, split: Call) -> bool:
    """Whether a loop goes over the folds and does nothing but name the rows of each."""
    for loop in script.walk.iterables:
        if isinstance(loop, cst.For) and _goes_over(loop.iter, split.node):
            inside = (each for each in script.calls if loop in each.context.loops)
            return _only_names(loop.body) and not any(map(_may_train, inside))
    return False


def _may_train(call: Call) -> bool:
    """Whether a call trains or scores something, or may do so out of sight."""
    if call.method is not None:
        return call.method in (*FIT_METHODS, *PREDICTIONS, *EVALUATIONS, "train_on_batch")
    return not is_harmless(call.function)


def _goes_over(iterable: cst.BaseExpression, split: cst.Call) -> bool:
    """Whether a loop goes over a split that stands in its head, counted or not."""
    if iterable is split or not isinstance(iterable, cst.Call) or not iterable.args:
        return iterable is split
    return iterable.args[0].value is split


def _only_names(body: cst.BaseSuite) -> bool:
    """Whether all that a loop does is to give names to something, and to print."""
    for line in body.body:
        parts = line.body if isinstance(line, cst.SimpleStatementLine) else [line]
        if not all(map(_names_something, parts)):
            return False
    return True


def _names_something(statement: cst.CSTNode) -> bool:
    if isinstance(statement, cst.Assign):
        return all(_is_name(each.target) for each in statement.targets)
    if isinstance(statement, cst.Expr) and isinstance(statement.value, cst.Call):
        called = statement.value.func
        return isinstance(called, cst.Name) and called.value == "print"
    return type(statement) in (cst.Pass, cst.Break)


def _is_name(target: cst.CSTNode) -> bool:
    if isinstance(target, cst.Tuple):
        return all(_is_name(each.value) for each in target.elements)
    return type(target) is cst.Name
