"""Monte Carlo dropout: the same rows predicted many times, to see how sure a model is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, TypeGuard

import libcst as cst

from overfitcheck.script.data import same_rows
from overfitcheck.script.flow import ingredients
from overfitcheck.script.loops import changed_by_itself
from overfitcheck.script.nodes import inside
from overfitcheck.script.repeated import bound_in
from overfitcheck.script.unsupervised import words_in
from overfitcheck.script.values import FILLED, Call, Constant, Item, Items, Slice, Unknown, Value

if TYPE_CHECKING:
    from overfitcheck.script.script import Script

WORDS = frozenset(
    "mc monte carlo montecarlo bayes bayesian uncertainty uncertain mcdropout stochastic epistemic "
    "adversarial attack attacks".split()
)
"""Words in names where dropout in prediction is meant."""

SUMMARISING = frozenset(
    "stack array mean std var average vstack hstack concatenate asarray nanmean median sum".split()
)

CHANGING = ("fit", "fit_generator", "train_on_batch", "load_weights", "set_weights")
"""Methods that give a model other weights."""

SAME_EACH_TIME = frozenset(
    "array asarray astype constant convert_to_tensor expand_dims float32 reshape squeeze tile "
    "repeat stack transform to_numpy zeros ones range len".split()
)
"""What gives the same each time that it is called with the same."""

CHANGING_INPUT = frozenset(
    "flow flow_from_directory flow_from_dataframe map shuffle ImageDataGenerator".split()
)
"""What gives rows that may be others each time that they are gone through."""

MOST_SUMMED = 20_000
"""Values looked at to find a prediction."""

PREDICTING = ("predict", "predict_on_batch", "__call__")


def is_meant(script: Script, *names: str) -> bool:
    """Whether names, the script's own included, say that dropout in prediction is meant."""
    return bool(words_in(script.path, *names) & WORDS) or bool(repeated_predictions(script))


@lru_cache(maxsize=1)
def repeated_predictions(script: Script) -> tuple[Call, ...]:
    """Predictions of one and the same input that the script makes many times and sums up."""
    if not _predicts_again(script):
        return ()
    summed = _summed(script) if _sums_predictions(script) else ()
    gathered = (each for value in summed for each in _repeated_in(value))
    found = (*gathered, *_added_up(script))
    return tuple({id(each): each for each in found if not _trains_between(each)}.values())


def _predicts_again(script: Script) -> bool:
    """Whether any prediction stands in a loop, or is made more than once."""
    seen = set[int]()
    for call in script.calls:
        if _predicts(call):
            if call.context.loops or call.context.comprehensions or id(call.node) in seen:
                return True
            seen.add(id(call.node))
    return False


@lru_cache(maxsize=1)
def averaged_predictions(script: Script) -> tuple[Call, ...]:
    """Predictions that the script makes many times and sums up, each of rows of its own or not."""
    summed = _summed(script) if _sums_predictions(script) else ()
    return tuple(each for value in summed for each in _averaged_in(value))


def _averaged_in(value: Value) -> Iterator[Call]:
    """The predictions in a list or array that holds several of one call, or an unknown number."""
    if isinstance(value, Items):
        inside = (each for item in value.items for each in ingredients(item, stop=_is_given_rows))
        found = [each for each in inside if isinstance(each, Call) and _predicts(each)]
        found = list({each.evaluation: each for each in found}.values())
        times = Counter(each.node for each in found)
        yield from (each for each in found if times[each.node] > 1 or not value.complete)


@lru_cache(maxsize=1)
def _sums_predictions(script: Script) -> bool:
    """Whether anything that the script sums up comes from predictions: asked of all at once."""
    everything = Items("list", list(_summed(script)))
    return any(map(_predicts, ingredients(everything, stop=_is_given_rows, most=MOST_SUMMED)))


def _summed(script: Script) -> Iterator[Value]:
    """The lists and arrays that the script sums up."""
    for call in script.calls:
        if call.short_name in SUMMARISING:
            yield from (argument.value for argument in call.positional[:1])
            if call.receiver is not None:
                yield call.receiver


def _added_up(script: Script) -> Iterator[Call]:
    """Predictions that a loop adds to earlier ones: ``total += model.predict(x)``."""
    predictions = [each for each in script.calls if _predicts(each) and each.context.loops]
    loops = {loop for each in predictions for loop in each.context.loops}
    added = {node for loop in loops if isinstance(loop, cst.CSTNode) for node in _added_in(loop)}
    yield from (each for each in predictions if id(each.node) in added and not _varies(each))


def _added_in(loop: cst.CSTNode) -> set[int]:
    """The nodes in what a loop adds to a name, by their identity."""
    values: list[cst.CSTNode] = []
    for each in inside(loop):
        if type(each) is cst.AugAssign and isinstance(each.operator, cst.AddAssign):
            values.append(each.value)
        elif type(each) is cst.Assign:
            if any(changed_by_itself(assigned.target, each.value) for assigned in each.targets):
                values.append(each.value)
    return {id(node) for node in inside(*values)}


def _repeated_in(value: Value) -> Iterator[Call]:
    """The predictions in a list or array that a loop filled with one and the same."""
    filled = value.attributes.get(FILLED)
    if filled is not None:
        for each in ingredients(filled, stop=_ends_the_search):
            if isinstance(each, Call) and _predicts(each) and not _varies(each):
                if _is_made_again(each, value):
                    yield each
    if not isinstance(value, Items):
        return
    found: dict[int, Call] = {}
    for item in value.items:
        if type(item) is Constant:
            continue
        for each in ingredients(item, stop=_ends_the_search):
            if isinstance(each, Call) and _predicts(each) and not _varies(each):
                found[id(each)] = each
    for each in found.values():
        again = (
            other
            for other in found.values()
            if other.node is each.node and other.evaluation != each.evaluation
        )
        grows = not value.complete and _is_made_again(each, value)
        if grows or any(_same_input(each, other) for other in again):
            yield each


def _is_made_again(prediction: Call, gathered: Value) -> bool:
    """Whether a prediction is made many times for one list or array that it goes into."""
    made_in = gathered.branch if isinstance(gathered, Items) else ()
    if isinstance(gathered, Call):
        made_in = gathered.context.loops
    context = prediction.context
    return bool(set(context.loops) - set(made_in) or context.comprehensions)


def _predicts(value: Value) -> bool:
    """Whether a value is what a model predicts; layers are called to build models."""
    return _is_given_rows(value) and not _is_layer(value.receiver)


def _is_given_rows(value: Value) -> TypeGuard[Call]:
    """Whether a value is what a model or a layer makes of others."""
    return isinstance(value, Call) and value.method in PREDICTING


def _is_layer(value: Value | None) -> bool:
    return isinstance(value, Call) and (value.function or "").startswith("keras.layers.")


def _ends_the_search(value: Value) -> bool:
    """Whether a value is a prediction, or what a round of a loop is given, made before the loop."""
    return _is_given_rows(value) or _is_of_a_round(value)


def _trains_between(prediction: Call) -> bool:
    """Whether the loop around a prediction makes its model anew, or trains it on."""
    loops, model = set(prediction.context.loops), prediction.receiver
    if not isinstance(model, Call):
        return False
    changes = (each for each in model.calls if each.method in CHANGING)
    return any(loops & set(each.context.loops) for each in (model, *changes))


def _varies(prediction: Call) -> bool:
    """Whether each round of the loop around a prediction may have an input of its own."""
    given = (*prediction.positional, *prediction.keywords.values())
    arguments = (argument.value for argument in prediction.node.args)
    written = list(inside(prediction.node.func, *arguments))
    inner, loops = {id(node) for node in written}, prediction.context.loops
    for each in (each for argument in given for each in ingredients(argument.value)):
        if _is_of_a_round(each) or (isinstance(each, Call) and each.short_name in CHANGING_INPUT):
            return True
        if isinstance(each, Call) and each.short_name not in SAME_EACH_TIME:
            if id(each.node) in inner or set(loops) & set(each.context.loops):
                return True
    bound = bound_in(*(loop for loop in loops if isinstance(loop, cst.CSTNode)))
    return any(isinstance(node, cst.Name) and node.value in bound for node in written)


def _is_of_a_round(value: Value) -> bool:
    """Whether a value is a part of another that a round of a loop goes over, or counts to."""
    if not isinstance(value, Item):
        return False
    index = value.index
    bounds = (index.lower, index.upper) if isinstance(index, Slice) else (index,)
    return any(
        isinstance(each, Unknown) or (isinstance(each, Item) and isinstance(each.index, Unknown))
        for bound in bounds
        if bound is not None
        for each in ingredients(bound)
    )


def _same_input(first: Call, second: Call) -> bool:
    """Whether two predictions surely are of the same rows."""
    one, two = ([argument.value for argument in each.positional] for each in (first, second))
    return len(one) == len(two) and all(
        a is b or same_rows(a, b) for a, b in zip(one, two, strict=True)
    )
