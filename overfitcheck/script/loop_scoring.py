"""What scores a model after a training loop of the script's own has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from overfitcheck.script.batches import same_source
from overfitcheck.script.custom_loops import PREDICTING
from overfitcheck.script.heirs import LOADERS, heirs_of, inherits
from overfitcheck.script.scoring import EVALUATIONS, Scoring, first_argument, is_judged
from overfitcheck.script.splits import is_of_fold

if TYPE_CHECKING:
    from overfitcheck.script.custom_loops import CustomLoop


def scored_after(loop: CustomLoop) -> list[Scoring]:
    """The scores of the trained model, or of its heirs, once all rounds of a loop are over.

    They end where the model is given weights that come from elsewhere.
    """
    heirs, trained = heirs_of(loop), loop.script.under_tapes
    inherited = {id(each.load) for each in heirs}
    inside, root = {id(call) for call in loop.inside}, loop.call.context.root
    after = [
        call
        for call in loop.script.calls
        if call.order > loop.call.order and call.context.root is root and id(call) not in inside
    ]
    found = []
    for call in after:
        data = first_argument(call) if call.method in PREDICTING else None
        mine = loop.script.same(call.receiver, loop) or inherits(call, heirs, loop)
        if mine and call.short_name in LOADERS and id(call) not in inherited:
            break
        if data is None or not mine or id(call) in trained:
            continue
        if call.method in EVALUATIONS or is_judged(call, after):
            found.append(Scoring(call, data))
    return found


def scores_what_watched(loop: CustomLoop) -> Scoring | None:
    """The last score on the rows that its rounds score too, where no other rows are scored.

    The outer folds of a cross-validation may well score both.
    """
    given = (first_argument(each) for each in loop.watching)
    watched = [data for data in given if data is not None]
    if any(is_of_fold(loop.script, data) for data in watched):
        return None
    found = scored_after(loop)
    same = [each for each in found if any(same_source(each.data, data) for data in watched)]
    others = (each for each in found if not same_source(each.data, loop.x))
    return same[-1] if same and all(each in same for each in others) else None
