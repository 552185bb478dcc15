"""The model of a fit: its layers, and how it was compiled, as its attributes say."""

from __future__ import annotations

import contextlib
from typing import Any

from .described import described, kind_of
from .learning_rate import unwrapped

MOST_LAYERS = 500

REGULARIZERS = ("kernel_regularizer", "bias_regularizer", "activity_regularizer")
OPTIMIZER_SETTINGS = ("weight_decay", "clipnorm", "clipvalue", "global_clipnorm", "use_ema")


def layers_of(model: Any) -> list[dict[str, Any]]:
    """The layers of a model, those of models inside it included, up to a bound."""
    found = []
    for layer in _flattened(model)[:MOST_LAYERS]:
        settings: dict[str, Any] = {}
        rate = getattr(layer, "rate", None)
        if isinstance(rate, (int, float)):
            settings["rate"] = rate
        for name in REGULARIZERS:
            regularizer = getattr(layer, name, None)
            if regularizer is not None:
                settings[name] = kind_of(regularizer)
        kind, trainable = type(layer).__name__, bool(getattr(layer, "trainable", True))
        name = str(getattr(layer, "name", ""))
        found.append({"kind": kind, "name": name, "trainable": trainable, "settings": settings})
    return found


def _flattened(model: Any) -> list[Any]:
    members = []
    for layer in getattr(model, "layers", ()):
        members += _flattened(layer) if getattr(layer, "layers", None) else [layer]
    return members


def parameters_of(model: Any) -> int | None:
    """How many numbers the model trains; None where its shapes are not known, or not yet."""
    if not getattr(model, "built", True):
        return None
    with contextlib.suppress(Exception):
        total = 0
        for variable in model.trainable_variables:
            size = 1
            for length in tuple(variable.shape):
                size *= int(length)
            total += size
        return total
    return None


def compiled(model: Any) -> dict[str, Any]:
    """The optimizer and its settings, the loss, the metrics: names as Keras has them."""
    optimizer = unwrapped(getattr(model, "optimizer", None))
    facts: dict[str, Any] = {
        "optimizer": None if optimizer is None else type(optimizer).__name__,
        "loss": described(_loss(model)),
        "metrics": described(_metrics(model)),
        "run_eagerly": described(getattr(model, "run_eagerly", None)),
        "jit_compile": described(getattr(model, "jit_compile", None)),
    }
    for name in OPTIMIZER_SETTINGS:
        value = getattr(optimizer, name, None)
        if value is not None and isinstance(value, (bool, int, float)):
            facts[name] = value
    return facts


def _loss(model: Any) -> Any:
    loss = getattr(model, "loss", None)
    # Keras 3 wraps a loss that was given as a function; the function has the telling name.
    return getattr(loss, "fn", loss) if type(loss).__name__ == "LossFunctionWrapper" else loss


def _metrics(model: Any) -> Any:
    container = getattr(model, "_compile_metrics", None) or getattr(model, "compiled_metrics", None)
    return getattr(container, "_user_metrics", None)
