"""Layers and the models that they are of: whether their weights are made, what belongs to what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from overfitcheck.script.flow import ingredients
from overfitcheck.script.models import is_input, is_layer, is_model
from overfitcheck.script.values import (
    Attribute,
    Call,
    Item,
    Items,
    Unknown,
    Value,
    constant,
    options,
)
from overfitcheck.script.walk import Assignment

if TYPE_CHECKING:
    from overfitcheck.script.script import Script


def attributes_set(script: Script) -> Iterator[Assignment]:
    """Attributes that the script sets, by an assignment or by ``setattr``, in order."""
    found = list(script.assignments)
    for call in script.calls:
        by_name = isinstance(call.receiver, Unknown) and call.receiver.name == "setattr"
        if by_name and call.method == "__call__" and len(call.positional) == 3:
            of, name, value = (argument.value for argument in call.positional)
            for option in options(name):
                shown = constant(option)
                if isinstance(shown, str):
                    found.append(Assignment(of, shown, value, call.node, call.context, call.order))
    return iter(sorted(found, key=lambda each: each.order))


def model_of(value: Value) -> Call | None:
    """The model that a layer was taken out of (``model.layers[3]``); None where it was not."""
    for _ in range(20):
        if isinstance(value, Call) and is_model(value):
            return value
        if isinstance(value, (Item, Attribute)):
            value = value.of
        elif isinstance(value, Call) and value.method == "get_layer" and value.receiver is not None:
            value = value.receiver
        elif isinstance(value, Call) and value.short_name in ("enumerate", "reversed", "zip"):
            if not value.positional:
                return None
            value = value.positional[0].value
        else:
            return None
    return None


def layer_taken(value: Value) -> Value:
    """The layer that ``model.layers[0]`` is, where a list shows it; any other value itself."""
    if not isinstance(value, Item) or not isinstance(value.of, Attribute):
        return value
    model, number = value.of.of, constant(value.index)
    if value.of.name != "layers" or not isinstance(model, Call) or type(number) is not int:
        return value
    given = model["layers"] if model.function == "keras.Sequential" else None
    changed = any(each.method in ("add", "pop") for each in model.calls)
    if changed or not isinstance(given, Items) or not given.complete:
        return value
    layers = [each for each in given.items if not is_input(each)]
    return layers[number] if -len(layers) <= number < len(layers) else value


def is_built(layer: Value, order: int) -> bool:
    """Whether the weights of a layer are surely made before the place `order` of the script."""
    found = options(layer)
    return bool(found) and all(_is_built(each, order) for each in found)


def _is_built(layer: Value, order: int) -> bool:
    if isinstance(layer, Call) and is_layer(layer):
        return any(
            each.method in ("__call__", "build") and each.order < order for each in layer.calls
        )
    model = model_of(layer)
    if model is None or model is layer or model.cls is not None:
        return False
    if model.function != "keras.Sequential":
        return True
    if any(each.method in ("build", "fit") and each.order < order for each in model.calls):
        return True
    return _knows_its_input(model)


def _knows_its_input(model: Call) -> bool:
    """Whether a stack of layers begins with an input, so that it is built at once."""
    given = model.argument("layers")
    first: Value | None = None
    if given is not None and isinstance(given.value, Items) and given.value.items:
        first = given.value.items[0]
    else:
        added = [each for each in model.calls if each.method == "add" and each.positional]
        first = added[0].positional[0].value if added else None
    if not isinstance(first, Call):
        return False
    if is_input(first) or is_model(first):
        return True
    shapes = ("input_shape", "input_dim", "batch_input_shape")
    known = (first.keywords.get(name) for name in shapes)
    return any(each is not None and constant(each.value, ...) is not None for each in known)


def holds(model: Value, part: Value) -> bool:
    """Whether `part`, a layer or a model, surely is the model itself or one of its parts."""
    root = model_of(part)
    wanted = root if root is not None else part
    if wanted is model:
        return True
    if isinstance(wanted, Call) and (is_model(wanted) or is_layer(wanted)):
        return any(each is wanted for each in _parts(model))
    return False


def _parts(model: Value) -> list[Value]:
    """Everything that a model was made of, layers that were added to it included."""
    found = list(ingredients(model))
    for each in list(found):
        if isinstance(each, Call) and each.function == "keras.Sequential":
            for call in each.calls:
                if call.method == "add" and call.positional:
                    found.extend(ingredients(call.positional[0].value))
    return found
