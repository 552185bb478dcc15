"""How Keras calls losses, activations, and what a script gives no name."""

from __future__ import annotations

import re

from overfitcheck.script.values import Call, Constant, Value, constant

HUMPS = (re.compile(r"(.)([A-Z][a-z]+)"), re.compile(r"([a-z])([A-Z])"))
"""Where Keras puts an underscore between two words of a name, one after the other."""


def snake_case(name: str) -> str:
    """The name that Keras gives an unnamed object: ``BinaryAccuracy`` is ``binary_accuracy``."""
    for hump in HUMPS:
        name = hump.sub(r"\1_\2", name)
    return name.lower()


def loss_name(value: Value) -> str | None:
    """The loss in snake case, ``binary_crossentropy``; None where it is not known."""
    if isinstance(value, Constant) and isinstance(value.value, str):
        return snake_case(value.value) if value.value[:1].isupper() else value.value
    path = value.function if isinstance(value, Call) else getattr(value, "path", None)
    if isinstance(path, str) and path.startswith(("keras.losses.", "keras.metrics.")):
        return snake_case(path.rpartition(".")[2])
    return None


ACTIVATIONS = ("keras.activations.", "tensorflow.nn.", "tensorflow.math.", "keras.ops.")


def activation_name(value: Value) -> object:
    """The name of an activation, None for a linear one; Ellipsis where it is not known."""
    path = getattr(value, "path", None)
    if isinstance(path, str) and path.startswith(ACTIVATIONS):
        return path.rpartition(".")[2]
    return constant(value, ...)
