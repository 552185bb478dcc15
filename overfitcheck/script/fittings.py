"""What is fitted on rows: scalers, vectorizers and the like, and what they make of rows then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from overfitcheck.script.built import layer_taken
from overfitcheck.script.data import same_rows
from overfitcheck.script.flow import ingredients
from overfitcheck.script.learners import FITTING, is_learner, scales_columns
from overfitcheck.script.scoring import first_argument
from overfitcheck.script.values import Call, Value

if TYPE_CHECKING:
    from overfitcheck.script.fit import Fit
    from overfitcheck.script.script import Script

ASKING = frozenset(
    "get_vocabulary vocabulary_size get_config get_params get_feature_names get_feature_names_out "
    "inverse_transform".split()
)
"""Methods that tell what was learned, or undo it, and make no rows for a model."""


def made_with(learner: Call, call: Call) -> list[Call]:
    """What a learner makes of rows with what it has learned in `call`."""
    if call.method == "fit_transform" or call is learner:
        return [call]
    return [each for each in _until_fitted_again(learner, call) if each.method not in ASKING]


def scales_others(learner: Call, call: Call, rows: Value) -> bool:
    """Whether what a learner has learned from rows in `call` is applied to other rows as well."""
    return any(
        each.method == "transform"
        and each.positional
        and not same_rows(each.positional[0].value, rows)
        for each in _until_fitted_again(learner, call)
    )


def _until_fitted_again(learner: Call, call: Call) -> list[Call]:
    """What is called on a learner while it knows what it has learned in `call`."""
    fittings = (each.order for each in learner.calls if each.method in FITTING)
    end = min((order for order in fittings if order > call.order), default=None)
    return [
        each
        for each in (*learner.calls, *call.calls)
        if each.order > call.order and (end is None or each.order < end)
    ]


def fitted_learners(script: Script) -> Iterator[tuple[Call, Call, Value]]:
    """Each call that lets something learn from rows: the learner, the call and the rows."""
    for call in script.calls:
        if call.method not in FITTING or call.receiver is None:
            continue
        learner = layer_taken(call.receiver)
        if not isinstance(learner, Call) or learner.cls is not None:
            continue
        data = first_argument(call) or next((each.value for each in call.arguments.values()), None)
        if data is not None and is_learner(learner):
            yield learner, call, data


def scaled_by_functions(script: Script) -> Iterator[tuple[Call, Call, Value]]:
    """Each call of a function that learns from rows and scales them: learner and call in one."""
    for call in script.calls:
        if scales_columns(call):
            yield call, call, call.positional[0].value


def learned_before(fit: Fit) -> Call | None:
    """What has learned from the very rows that a fit trains on: a scaler's ``fit_transform``."""
    sources = {id(each) for each in ingredients(fit.x)}
    for learner, call, _ in fitted_learners(fit.script):
        made = made_with(learner, call) if call.order < fit.call.order else ()
        if any(id(each) in sources for each in made):
            return call
    return None
