"""Monte Carlo dropout: the same rows predicted many times, to see how sure a model is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from overfitcheck.script.flow import ingredients
from overfitcheck.script.unsupervised import words_in
from overfitcheck.script.values import FILLED, Call, Constant, Item, Items, Unknown, Value

if TYPE_CHECKING:
    from overfitcheck.script.script import Script

WORDS = frozenset(
    "mc monte carlo montecarlo bayes bayesian uncertainty uncertain mcdropout stochastic epistemic "
    "adversarial attack attacks".split()
)
"""Words in names where dropout in prediction is meant."""

SUMMARISING = frozenset(
    "stack array mean std var average vstack hstack concatenate asarray nanmean median".split()
)

CHANGING = ("fit", "fit_generator", "train_on_batch", "load_weights", "set_weights")
"""Methods that give a model other weights."""

PREDICTING = ("predict", "predict_on_batch", "__call__")


def is_meant(script: Script, *names: str) -> bool:
    """Whether names, the script's own included, say that dropout in prediction is meant."""
    return bool(words_in(script.path, *names) & WORDS) or bool(repeated_predictions(script))


@lru_cache(maxsize=1)
def repeated_predictions(script: Script) -> tuple[Call, ...]:
    """Predictions of one and the same input that the script makes many times and sums up."""
    found: dict[int, Call] = {}
    for call in script.calls:
        if call.short_name in SUMMARISING:
            summed = [argument.value for argument in call.positional[:1]]
            if call.receiver is not None:
                summed.append(call.receiver)
            for value in summed:
                for prediction in _repeated_in(value):
                    if not _trains_between(prediction):
                        found[id(prediction)] = prediction
    return tuple(found.values())


def _repeated_in(value: Value) -> Iterator[Call]:
    """The predictions in a list or array that a loop filled with one and the same."""
    filled = value.attributes.get(FILLED)
    if filled is not None:
        for each in ingredients(filled, stop=_ends_the_search):
            if isinstance(each, Call) and _predicts(each) and each.context.loops:
                if not _varies(each):
                    yield each
    if not isinstance(value, Items):
        return
    found: list[Call] = []
    for item in value.items:
        if type(item) is Constant:
            continue
        for each in ingredients(item, stop=_ends_the_search):
            if isinstance(each, Call) and _predicts(each) and not _varies(each):
                found.append(each)
    places = [each.node for each in found]
    for each in found:
        if not value.complete or places.count(each.node) > 1:
            yield each


def _predicts(value: Value) -> bool:
    return isinstance(value, Call) and value.method in PREDICTING


def _ends_the_search(value: Value) -> bool:
    """Whether a value is a prediction, or what a round of a loop is given, made before the loop."""
    return _predicts(value) or (isinstance(value, Item) and isinstance(value.index, Unknown))


def _trains_between(prediction: Call) -> bool:
    """Whether the loop around a prediction makes its model anew, or trains it on."""
    loops, model = set(prediction.context.loops), prediction.receiver
    if not isinstance(model, Call):
        return False
    changes = (each for each in model.calls if each.method in CHANGING)
    return any(loops & set(each.context.loops) for each in (model, *changes))


def _varies(prediction: Call) -> bool:
    """Whether each round of the loop around a prediction has an input of its own."""
    return any(
        isinstance(each, Item) and isinstance(each.index, Unknown)
        for argument in prediction.positional
        for each in ingredients(argument.value)
    )
