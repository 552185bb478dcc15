"""Trainings that learn numbers, not classes: what is said of classes does not apply to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from overfitcheck.direction import UP_WORDS
from overfitcheck.script.keras_names import activation_name
from overfitcheck.script.log_keys import keys_of
from overfitcheck.script.values import Call, Items, Value, constant, options

if TYPE_CHECKING:
    from overfitcheck.script.models import Layers

REGRESSION = frozenset(
    "mse mean_squared_error mae mean_absolute_error mape mean_absolute_percentage_error msle "
    "mean_squared_logarithmic_error huber huber_loss logcosh log_cosh poisson".split()
)
"""Losses of regressions, though a classifier may be trained with some of them too."""

CLASS_WORDS = UP_WORDS - {"psnr", "ssim", "ndcg", "mrr"}
"""Words of metrics that judge classes."""

OF_CLASSES = ("softmax", "sigmoid", "hard_sigmoid")
"""Activations of outputs that may stand for classes."""


def learns_numbers(loss: str | None, compiled: Call | None, layers: Layers) -> bool:
    """Whether a loss is that of a regression, and neither a metric nor an output is of classes.

    A metric that the text does not show may be one of classes.
    """
    if loss not in REGRESSION or (compiled is not None and _judges_classes(compiled)):
        return False
    outputs = layers.every if layers.outputs is None else layers.outputs
    return not any(
        each.short_name == "Softmax" or activation_name(each["activation"]) in OF_CLASSES
        for each in outputs
    )


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
