"""Models: their layers in order, how they were compiled, and what they put out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from overfitcheck.script.callbacks import source_of
from overfitcheck.script.values import (
    Attribute,
    Call,
    Choice,
    Constant,
    Items,
    Table,
    Text,
    Unknown,
    Value,
    constant,
    options,
)

MODEL_MAKERS = frozenset(
    [
        "keras.Sequential",
        "keras.Model",
        "keras.models.load_model",
        "keras.models.clone_model",
        "keras.models.model_from_json",
        "keras.models.model_from_config",
        "keras.Functional",
    ]
)

CLASSIFICATION = (
    "binary_crossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
)
"""Losses of classifiers."""

NOT_KERAS = (
    "sklearn.",
    "xgboost.",
    "lightgbm.",
    "catboost.",
    "scikeras.",
    "torch.",
    "pytorch_lightning.",
    "statsmodels.",
    "kerastuner.",
    "keras_tuner.",
    "autokeras.",
    "imblearn.",
    "alibi_detect.",
    "skorch.",
    "pytorch_tabnet.",
    "autogluon.",
)
"""Libraries whose objects have a ``fit`` that is not Keras's."""


def is_model(value: Value) -> bool:
    """Whether a value surely is a Keras model."""
    if not isinstance(value, Call) or (value.function is None and value.cls is None):
        return False
    if value.cls is not None:
        return bool(MODEL_MAKERS & set(value.cls.ancestors()))
    path = value.function or ""
    return path in MODEL_MAKERS or path.startswith("keras.applications.")


def is_layer(value: Value) -> bool:
    """Whether a value surely is a Keras layer."""
    return isinstance(value, Call) and (value.function or "").startswith("keras.layers.")


@dataclass(frozen=True, eq=False)
class Layers:
    """The layers of a model from input to output.

    `complete` is False where there may be others; `outputs` are the layers whose output is the
    model's, None where that is not known.
    """

    members: tuple[Call, ...]
    complete: bool
    outputs: tuple[Call, ...] | None

    def of(self, *kinds: str) -> list[Call]:
        """The layers of some kinds, such as ``"Dropout"``."""
        return [layer for layer in self.members if layer.short_name in kinds]


@dataclass(frozen=True, eq=False)
class Model:
    """A model of the script: the value it is, and the text that names it."""

    value: Value
    name: str

    @property
    def is_known(self) -> bool:
        """Whether the text shows how the model is made."""
        return is_model(self.value)

    @property
    def overrides_training(self) -> bool:
        """Whether its class has a ``train_step`` or ``fit`` of its own, or adds losses."""
        cls = self.value.cls if isinstance(self.value, Call) else None
        if cls is None:
            return False
        names = ("train_step", "fit", "compute_loss")
        return any(cls.member(name) for name in names) or "add_loss" in source_of(cls)

    @cached_property
    def layers(self) -> Layers:
        """Its layers, nested models included."""
        return layers_of(self.value)


def layers_of(value: Value, depth: int = 0) -> Layers:
    """The layers of a model value."""
    unknown = Layers((), False, None)
    if not isinstance(value, Call) or depth > 8:
        return unknown
    if value.function == "keras.Sequential" and value.cls is None:
        return _stacked(value, depth)
    if value.function == "keras.Model" and value.cls is None:
        return _connected(value, depth)
    return unknown


def _stacked(value: Call, depth: int) -> Layers:
    given = value.argument("layers")
    items: list[Value] = []
    complete = value.gives("layers") is not None
    if given is not None and isinstance(given.value, Items):
        items, complete = list(given.value.items), given.value.complete
    elif given is not None and constant(given.value, ...) is not None:
        complete = False
    made = value.context
    for call in value.calls:
        if call.method == "add" and call.positional:
            items.append(call.positional[0].value)
            same = (call.context.branches, call.context.loops) == (made.branches, made.loops)
            complete = complete and same
        elif call.method == "pop":
            complete = False
    members: list[Call] = []
    outputs: tuple[Call, ...] | None = None
    listed = complete
    for item in items:
        outputs = None
        if is_layer(item):
            assert isinstance(item, Call)
            members.append(item)
            outputs = (item,)
        elif is_model(item):
            nested = layers_of(item, depth + 1)
            members.extend(nested.members)
            complete, outputs = complete and nested.complete, nested.outputs
        elif not _is_input(item):
            complete = False
    # The last layer puts the output out, whatever stands before it.
    return Layers(tuple(members), complete, outputs if listed else None)


def _is_input(value: Value) -> bool:
    return isinstance(value, Call) and value.function in ("keras.Input", "keras.layers.InputLayer")


def _connected(value: Call, depth: int) -> Layers:
    """Layers of a functional model, found backwards from its outputs."""
    outputs_value = value.argument("outputs") or value.argument("output")
    if outputs_value is None:
        return Layers((), False, None)
    ends = _tensors(outputs_value.value)
    members: dict[Call, None] = {}
    complete = ends is not None
    outputs: list[Call] | None = []
    waiting: list[Value] = list(ends or ())
    seen: set[int] = set()
    for end in waiting:
        maker = end.receiver if isinstance(end, Call) and end.method == "__call__" else None
        if outputs is not None and isinstance(maker, Call) and is_layer(maker):
            outputs.append(maker)
        else:
            outputs = None
    while waiting:
        tensor = waiting.pop()
        if id(tensor) in seen or _is_input(tensor):
            continue
        seen.add(id(tensor))
        inputs = _inputs(tensor) if len(seen) <= MOST_TENSORS else None
        if inputs is None or not isinstance(tensor, Call):
            complete = complete and _comes_from_model(tensor, members, depth)
            continue
        layer = tensor.receiver
        if isinstance(layer, Call) and is_layer(layer):
            members[layer] = None
        elif isinstance(layer, Call) and is_model(layer):
            nested = layers_of(layer, depth + 1)
            members.update(dict.fromkeys(reversed(nested.members)))
            complete = complete and nested.complete
        else:
            complete = False
        waiting.extend(inputs)
    ordered = tuple(reversed(list(members)))
    return Layers(ordered, complete, tuple(outputs) if outputs else None)


def _comes_from_model(tensor: Value, members: dict[Call, None], depth: int) -> bool:
    """Add the layers of ``base.output``; whether all of them are known."""
    if isinstance(tensor, Attribute) and tensor.name in ("output", "outputs"):
        nested = layers_of(tensor.of, depth + 1)
        members.update(dict.fromkeys(reversed(nested.members)))
        return nested.complete
    return isinstance(tensor, Attribute) and tensor.name in ("input", "inputs")


MOST_TENSORS = 2000
"""Tensors of one functional model that are followed backwards."""


def _inputs(tensor: Value) -> list[Value] | None:
    """What a layer was applied to; None where `tensor` is not the output of a layer."""
    if isinstance(tensor, Call) and tensor.method == "__call__" and tensor.positional:
        return _tensors(tensor.positional[0].value)
    return None


def _tensors(value: Value) -> list[Value] | None:
    """The tensors in an argument: one, several, or None where they are not known."""
    if isinstance(value, Items):
        return list(value.items) if value.complete else None
    if isinstance(value, Table):
        return list(value.entries.values()) if value.complete else None
    if isinstance(value, (Choice, Unknown, Constant)):
        return None
    return [value]


SNAKE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake_case(name: str) -> str:
    """The name that Keras gives an unnamed object: ``BinaryAccuracy`` is ``binary_accuracy``."""
    return SNAKE.sub("_", name).lower()


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


def is_text(value: Value) -> bool:
    """Whether a value surely is a string."""
    return isinstance(value, Text) or isinstance(constant(value), str)


def possible_models(value: Value) -> list[Value]:
    """The models that a value may be."""
    return [option for option in options(value) if is_model(option)]
