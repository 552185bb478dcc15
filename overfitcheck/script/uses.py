"""What uses the weights of a fit after it: the model itself, or another of the same layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from overfitcheck.script.connections import WEIGHTLESS
from overfitcheck.script.models import layers_of
from overfitcheck.script.values import Call

if TYPE_CHECKING:
    from overfitcheck.script.fit import Fit

USES = frozenset(
    "evaluate predict save evaluate_generator predict_generator predict_classes predict_proba "
    "save_weights export predict_on_batch test_on_batch __call__".split()
)
"""Methods that use the weights a model has after a fit."""


def uses_of(fit: Fit) -> list[Call]:
    """Calls that use the fitted weights: score, predict with or save them, in order."""
    by_function = (
        call
        for call in fit.script.calls
        if call.order > fit.call.order
        and call.function is not None
        and call.short_name in ("save_model", "evaluate", "save_weights")
        and any(argument.value is fit.model.value for argument in call.positional)
    )
    by_method = (call for call in fit.later_on_model(*USES) if not _is_inside(call))
    found = dict.fromkeys((*by_method, *by_function, *_by_sibling(fit)))
    return sorted(found, key=lambda call: call.order)


def _is_inside(call: Call) -> bool:
    """Whether the model's own class calls it, as ``train_step`` does while it is fitted."""
    function = call.context.function
    if call.method != "__call__" or function is None or function.owner is None:
        return False
    cls = call.receiver.cls if isinstance(call.receiver, Call) else None
    return cls is not None and cls.descends_from(function.owner)


def _by_sibling(fit: Fit) -> Iterator[Call]:
    """Uses of other models that are made of layers which the fit trains.

    As in translation, where an encoder and a decoder predict that were trained as one model.
    Nothing is said where layers are frozen, or where the other model is trained too.
    """
    model = fit.model.value
    if not isinstance(model, Call) or model.function != "keras.Model" or model.cls is not None:
        return
    if any(each.name == "trainable" for each in fit.script.assignments):
        return
    fitted = {id(each.model.value) for each in fit.script.fits}
    used: dict[Call, list[Call]] = {}
    for call in fit.later(*(USES - {"__call__"})):
        other = call.receiver
        if isinstance(other, Call) and other.function == "keras.Model" and id(other) not in fitted:
            used.setdefault(other, []).append(call)
    if used:
        trained = (each for each in fit.model.layers.members if each.short_name not in WEIGHTLESS)
        layers = frozenset(trained)
        for other, calls in used.items():
            if not layers.isdisjoint(layers_of(other).members):
                yield from calls
