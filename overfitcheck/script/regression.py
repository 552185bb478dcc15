"""Trainings that learn numbers, not classes: what is said of classes does not apply to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from overfitcheck.direction import UP_WORDS
from overfitcheck.script.flow import ingredients
from overfitcheck.script.keras_names import activation_name
from overfitcheck.script.log_keys import keys_of
from overfitcheck.script.values import Call, Items, Value, constant, options

if TYPE_CHECKING:
    from overfitcheck.script.custom_loops import CustomLoop
    from overfitcheck.script.fit import Fit

REGRESSION = frozenset(
    "mse mean_squared_error mae mean_absolute_error mape mean_absolute_percentage_error msle "
    "mean_squared_logarithmic_error huber huber_loss logcosh log_cosh poisson".split()
)
"""Losses of regressions, though a classifier may be trained with some of them too."""

CLASS_WORDS = UP_WORDS - {"psnr", "ssim", "ndcg", "mrr"}
"""Words of metrics that judge classes."""

OF_CLASSES = ("softmax", "sigmoid", "hard_sigmoid")
"""Activations of outputs that may stand for classes."""


def learns_numbers(loss: str | None, fit: Fit | CustomLoop) -> bool:
    """Whether a loss is that of a regression, and neither a metric nor an output is of classes.

    A metric that the text does not show may be one of classes. None says so where the outputs are
    known to be plain numbers, unless the labels are known to be classes: accuracy stands beside
    many a regression.
    """
    if loss not in REGRESSION:
        return False
    layers = fit.model.layers
    outputs = layers.every if layers.outputs is None else layers.outputs
    answers = {activation_name(each["activation"]) for each in outputs}
    if answers & {*OF_CLASSES} or any(each.short_name == "Softmax" for each in outputs):
        return False
    if fit.compiled is None or not _judges_classes(fit.compiled):
        return True
    known = layers.outputs is not None and ... not in answers
    return known and not _are_classes(fit.y if fit.y is not None else fit.x)


CODING = frozenset(
    "to_categorical one_hot get_dummies LabelEncoder LabelBinarizer OneHotEncoder factorize "
    "flow_from_directory image_dataset_from_directory text_dataset_from_directory".split()
)
"""What makes labels that stand for classes."""

CLASS_SETS = ("keras.datasets.", "sklearn.datasets.load_", "sklearn.datasets.make_")
NUMBER_SETS = ("boston_housing", "california_housing", "diabetes", "linnerud", "regression")
"""Data sets of classes, and words in the names of the ones among them that are of numbers."""


def _are_classes(labels: Value) -> bool:
    """Whether labels surely are classes: coded as such, or those of a data set of classes."""
    calls = [each for each in ingredients(labels) if isinstance(each, Call)]
    return any(
        call.short_name in CODING
        or ((call.function or "").startswith(CLASS_SETS) and not _is_of_numbers(call))
        for call in calls
    )


def _is_of_numbers(call: Call) -> bool:
    return any(name in (call.function or "") for name in NUMBER_SETS)


def _judges_classes(compiled: Call) -> bool:
    if compiled.gives("metrics") is None:
        return True
    for metric in _metrics(compiled):
        keys = {"loss"} if constant(metric, ...) is None else keys_of(metric)
        if keys is None or any(CLASS_WORDS & set(re.split("[^a-z0-9]+", key)) for key in keys):
            return True
    return False


def _metrics(compiled: Call) -> Iterator[Value]:
    """The metrics that a model is compiled with, those that are not known included."""
    for name in ("metrics", "weighted_metrics"):
        given = compiled.argument(name)
        for value in options(given.value) if given is not None else ():
            if isinstance(value, Items) and value.complete:
                yield from value.items
            else:
                yield value
