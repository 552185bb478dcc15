"""Monte Carlo dropout: the same rows predicted many times, to see how sure a model is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from overfitcheck.script.flow import ingredients
from overfitcheck.script.unsupervised import words_in
from overfitcheck.script.values import Call, Constant, Item, Items, Unknown, Value

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
            for argument in call.positional[:1]:
                for prediction in _repeated_in(argument.value):
                    found[id(prediction)] = prediction
    return tuple(found.values())


def _repeated_in(value: Value) -> Iterator[Call]:
    """The predictions in a list that a loop or comprehension filled with one and the same."""
    if not isinstance(value, Items):
        return
    found: list[Call] = []
    for item in value.items:
        if type(item) is Constant:
            continue
        for each in ingredients(item, stop=_predicts):
            if isinstance(each, Call) and _predicts(each) and not _varies(each):
                found.append(each)
    places = [each.node for each in found]
    for each in found:
        if not value.complete or places.count(each.node) > 1:
            yield each


def _predicts(value: Value) -> bool:
    return isinstance(value, Call) and value.method in PREDICTING


def _varies(prediction: Call) -> bool:
    """Whether each round of the loop around a prediction has an input of its own."""
    return any(
        isinstance(each, Item) and isinstance(each.index, Unknown)
        for argument in prediction.positional
        for each in ingredients(argument.value)
    )
