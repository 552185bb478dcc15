"""The technique checklist: which of the eight techniques against overfitting a fit uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from overfitcheck.finding import TECHNIQUES, Answer
from overfitcheck.script.acting import of_acting
from overfitcheck.script.callbacks import Callbacks
from overfitcheck.script.custom_steps import ADDED_PENALTIES
from overfitcheck.script.evening import resamples_classes
from overfitcheck.script.flow import ingredients
from overfitcheck.script.former import NEW_OPTIMIZERS
from overfitcheck.script.keras_names import loss_name
from overfitcheck.script.randomness import AUGMENTING
from overfitcheck.script.regression import learns_numbers
from overfitcheck.script.tapes import acts_as_in_training
from overfitcheck.script.values import (
    Call,
    Choice,
    Items,
    Table,
    Unknown,
    Value,
    constant,
    flag,
    is_asked_for,
    options,
)

if TYPE_CHECKING:
    from overfitcheck.script.fit import Fit

DROPOUT_LAYERS = {
    "Dropout": "rate",
    "SpatialDropout1D": "rate",
    "SpatialDropout2D": "rate",
    "SpatialDropout3D": "rate",
    "AlphaDropout": "rate",
    "GaussianDropout": "rate",
    "GaussianNoise": "stddev",
}
"""Layers of the dropout family, and their argument that says how much they change: 0 is nothing."""

DROPOUT_ARGUMENTS = ("dropout", "recurrent_dropout")
"""Arguments by which other layers drop their own inputs or states."""

IMBALANCE = TECHNIQUES[1]


def answer(value: bool | None) -> Answer:
    """The answer that True, False or None (cannot tell) stands for."""
    if value is None:
        return Answer.UNKNOWN
    return Answer.YES if value else Answer.NO


def checklist_of(fit: Fit) -> Mapping[str, Answer]:
    """The answer for each technique, in their order."""
    questions = (
        fit.has_validation,
        weighs_classes(fit),
        uses_dropout(fit),
        augments(fit),
        of_acting(fit, lambda callbacks: callbacks.has("EarlyStopping")),
        uses_penalty(fit),
        reduces_rate(fit),
        of_acting(fit, keeps_best),
    )
    answers = {name: answer(value) for name, value in zip(TECHNIQUES, questions, strict=False)}
    loss = loss_name(fit.compiled["loss"]) if fit.compiled is not None else None
    weights = fit.argument("class_weight")
    if weights is None or constant(weights.value, ...) is None:
        if learns_numbers(loss, fit):
            answers[IMBALANCE] = Answer.NOT_APPLICABLE
    return answers


def weighs_classes(fit: Fit) -> bool | None:
    """Whether class weights, sample weights or resampling reach the fit."""
    for name in ("class_weight", "sample_weight"):
        given = fit.argument(name)
        if given is not None:
            known = constant(given.value, ...)
            return None if isinstance(given.value, (Unknown, Choice)) else known is not None
    if len(fit.validation) == 3:
        return True
    resampled = resamples_classes(fit.script, fit.y, fit.x)
    if resampled is not False:
        return resampled
    if fit.call.open:
        return None
    compiled = fit.compiled
    loss = compiled["loss"] if compiled is not None else None
    if isinstance(loss, Call) and (loss.function or "").startswith("keras.losses."):
        return "Focal" in loss.short_name
    return False if isinstance(constant(loss) if loss is not None else None, str) else None


def uses_dropout(fit: Fit) -> bool | None:
    """Whether the model has a layer of the dropout family, which acts while it is trained."""
    has = _has_dropout(fit)
    steps = [each for each in fit.script.trained_calls if each.model is fit.model.value]
    if not has or not steps or not (fit.is_loop or fit.model.overrides_training):
        return has
    acts = {acts_as_in_training(fit.script, each) for each in steps}
    return acts.pop() if len(acts) == 1 else None


def _has_dropout(fit: Fit) -> bool | None:
    layers = fit.model.layers
    rates = [
        layer[DROPOUT_LAYERS[layer.short_name]]
        for layer in layers.every
        if layer.short_name in DROPOUT_LAYERS
    ]
    own = [layer.argument(name) for layer in layers.every for name in DROPOUT_ARGUMENTS]
    answers = {_drops(rate) for rate in (*rates, *(each.value for each in own if each is not None))}
    if True in answers:
        return True
    return False if layers.is_whole and None not in answers else None


def _drops(rate: Value) -> bool | None:
    """Whether a layer drops anything at a rate, None where a branch or the command line decides.

    A rate that the text does not show counts: it would not be there for nothing.
    """
    every = [constant(option) != 0 for option in options(rate)]
    if all(every):
        return True
    return None if any(every) or is_asked_for(rate) else False


def augments(fit: Fit) -> bool | None:
    """Whether images are changed at random, by a generator, a layer or ``tf.image``."""
    layers = fit.model.layers
    if any(layer.short_name.startswith("Random") for layer in layers.every):
        return True
    others = [other for other in fit.script.fits if other.call is not fit.call]
    answers: set[bool | None] = {False if layers.is_whole else None}
    for call in fit.script.calls:
        path = call.function or ""
        if path.startswith(("tensorflow.image.random_", "keras.layers.Random")):
            if not any(each is call for other in others for each in other.model.layers.every):
                return True
        if path.endswith("ImageDataGenerator"):
            given = [call.argument(name) for name in AUGMENTING]
            changes = any(each is not None and constant(each.value) != 0 for each in given)
            if changes or call.open:
                answers.add(_trains_with(fit, call) and (changes or None))
    return True if True in answers else None if None in answers else False


def _trains_with(fit: Fit, generator: Call) -> bool | None:
    """Whether a fit trains on what a generator makes; None where that cannot be told.

    A generator that no fit of the script surely takes is there for what is not shown.
    """
    made = list(ingredients(fit.x))
    if any(each is generator for each in made):
        return True
    if not any(map(_may_hold_more, made)):
        return False
    others = (other for other in fit.script.fits if other.call is not fit.call)
    taken = any(each is generator for other in others for each in ingredients(other.x))
    return None if taken else True


def _may_hold_more(value: Value) -> bool:
    """Whether a value is not known, or may hold what the text does not show."""
    held = isinstance(value, (Items, Table)) and not value.complete
    return held or isinstance(value, Unknown)


def uses_penalty(fit: Fit) -> bool | None:
    """Whether weights are penalised: by a regularizer of a layer, or by weight decay."""
    layers = fit.model.layers
    for layer in layers.every:
        for name, argument in layer.arguments.items():
            if name.endswith("_regularizer") and name != "activity_regularizer":
                if constant(argument.value, ...) is not None:
                    return None if _leaves_penalties_out(fit) else True
    compiled = fit.compiled
    optimizer = compiled["optimizer"] if compiled is not None else None
    for option in options(optimizer) if optimizer is not None else ():
        if isinstance(option, Call):
            decay = option.argument("weight_decay")
            if option.short_name == "AdamW" or (decay and constant(decay.value, ...) is not None):
                return True
    return False if layers.is_whole and compiled is not None else None


def _leaves_penalties_out(fit: Fit) -> bool:
    """Whether a training step of the model's class may compute its loss without penalties."""
    if not fit.model.overrides_training:
        return False
    texts = [
        fit.script.text(each.call.context.function.node)
        for each in fit.script.trained_calls
        if each.model is fit.model.value and each.call.context.function is not None
    ]
    return any(ADDED_PENALTIES.search(text) is None for text in texts)


def reduces_rate(fit: Fit) -> bool | None:
    """Whether the learning rate becomes smaller: by a callback or a schedule."""
    reduced = of_acting(fit, lambda callbacks: callbacks.has("ReduceLROnPlateau"))
    if reduced or fit.callbacks.of("LearningRateScheduler"):
        return True
    compiled = fit.compiled
    optimizer = compiled["optimizer"] if compiled is not None else None
    if isinstance(optimizer, Call):
        for name in ("learning_rate", "lr"):
            rate = optimizer.argument(name)
            if rate is not None and isinstance(rate.value, Call):
                scheduled = (rate.value.function or "").startswith("keras.optimizers.schedules.")
                return True if scheduled else None
        if _decays(optimizer) and fit.script.versions.may_be_before(*NEW_OPTIMIZERS):
            return True if fit.script.versions.surely_before(*NEW_OPTIMIZERS) else None
    elif isinstance(optimizer, (Unknown, Choice)) or optimizer is None:
        return None
    return reduced


def _decays(optimizer: Call) -> bool:
    """Whether an optimizer has a decay, by which those before Keras 2.11 reduce their rate."""
    given = optimizer.argument("decay")
    return given is not None and constant(given.value) != 0


def keeps_best(callbacks: Callbacks) -> bool | None:
    """Whether the best weights are kept: restored by EarlyStopping, or saved best-only."""
    doubtful = False
    for kind, name in (
        ("EarlyStopping", "restore_best_weights"),
        ("ModelCheckpoint", "save_best_only"),
    ):
        for callback in callbacks.of(kind):
            value = flag(callback[name], ...)
            if value is True:
                return True
            doubtful = doubtful or value is ...
    custom = callbacks.has("ModelCheckpoint") and not callbacks.of("ModelCheckpoint")
    if doubtful or custom or not callbacks.complete:
        return None
    return False
