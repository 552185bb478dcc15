"""What feeds what: the layers whose output reaches a layer, or is what a model puts out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from overfitcheck.script.models import Layers, is_layer, is_model, layers_of, outputs_of
from overfitcheck.script.slices import alike
from overfitcheck.script.subclassed import applied_last
from overfitcheck.script.values import Call, Class, Items, Symbol, Value, constant

if TYPE_CHECKING:
    from overfitcheck.script.script import Script

WEIGHTLESS = frozenset(
    "Activation ReLU LeakyReLU ELU Softmax Flatten Reshape Permute ActivityRegularization "
    "Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D GaussianDropout GaussianNoise "
    "AlphaDropout MaxPooling1D MaxPooling2D MaxPooling3D MaxPool1D MaxPool2D MaxPool3D "
    "AveragePooling1D AveragePooling2D AveragePooling3D GlobalAveragePooling1D "
    "GlobalAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D ZeroPadding1D ZeroPadding2D "
    "UpSampling1D UpSampling2D Cropping1D Cropping2D".split()
)
"""Layers of one input that have no weights."""


def made_by(tensor: Value) -> Call | None:
    """The layer that put a tensor out; None where it is not known."""
    if isinstance(tensor, Call) and tensor.method == "__call__":
        layer = tensor.receiver
        return layer if isinstance(layer, Call) and is_layer(layer) else None
    return None


def back_from(tensor: Value, passing: frozenset[str]) -> Iterator[Call]:
    """The layers behind a tensor, from the last, up to the first that is not one of `passing`."""
    for _ in range(50):
        layer = made_by(tensor)
        if layer is None:
            return
        yield layer
        assert isinstance(tensor, Call)
        if layer.short_name not in passing or len(tensor.positional) != 1:
            return
        tensor = tensor.positional[0].value


def _up_to(layers: Iterator[Call], passing: frozenset[str]) -> Iterator[Call]:
    for layer in layers:
        yield layer
        if layer.short_name not in passing:
            return


def layers_before(
    script: Script, kind: str, passing: frozenset[str] = WEIGHTLESS
) -> Iterator[tuple[Call, list[Call]]]:
    """Each layer of a kind with the layers that feed it, from the nearest back.

    They end with the first layer that is not one of `passing`.
    """
    for call in script.calls:
        if call.method == "__call__" and call.positional:
            layer = made_by(call)
            if layer is not None and layer.short_name == kind:
                yield layer, list(back_from(call.positional[0].value, passing))
        elif call.function == "keras.Sequential" and call.cls is None:
            layers = layers_of(call)
            for number, layer in enumerate(layers.members if layers.complete else ()):
                if layer.short_name == kind:
                    yield layer, list(_up_to(reversed(layers.members[:number]), passing))


def last_layers(model: Value, passing: frozenset[str]) -> Iterator[list[Call]]:
    """For each output of a model the layers that make it, from the last back.

    They end with the first that is not one of `passing` and drops nothing. Nothing is said of a
    model of which the text does not show all layers.
    """
    passing = passing | {"Dropout", "GaussianDropout", "AlphaDropout"}
    if not isinstance(model, Call):
        return
    if model.cls is not None:
        yield from _last_of_class(model, model.cls, passing)
    elif model.function == "keras.Sequential":
        layers = layers_of(model)
        if layers.complete:
            yield list(_up_to(reversed(layers.members), passing))
    elif model.function == "keras.Model":
        given = outputs_of(model)
        ends = given.value if given is not None else None
        for end in ends.items if isinstance(ends, Items) else [ends] if ends is not None else []:
            yield list(back_from(end, passing))


def _last_of_class(model: Call, cls: Class, passing: frozenset[str]) -> Iterator[list[Call]]:
    """The same for a model of the script's own class, whose ``call`` plainly returns something."""
    behind: list[Call] = []
    for name in applied_last(cls):
        held = model.attributes.get(name)
        if held is not None and is_model(held) and held is not model:
            yield from ([*behind, *inner] for inner in last_layers(held, passing))
            return
        if not isinstance(held, Call) or not is_layer(held):
            break
        behind.append(held)
        if held.short_name not in passing:
            break
    if behind:
        yield behind


EACH_PIXEL = ("Conv2D", "Conv2DTranspose", "Conv3D", "Convolution2D", "TimeDistributed")
"""Last layers that answer for each pixel or step."""


def answers_each_pixel(layers: Layers) -> bool:
    """Whether the one output of a model surely has an answer for each pixel or step of a row."""
    last = _answering(layers)
    return last is not None and last.short_name in EACH_PIXEL


FEW_WORDS = 20
"""Up to this number, a vocabulary and the classes of something else may be as many by chance."""


def answers_words(layers: Layers) -> bool:
    """Whether the one output of a model tells the next word: one unit for each that it embeds."""
    embeddings = layers.of("Embedding")
    last = _answering(layers) if embeddings else None
    units = last.argument("units") if last is not None else None
    return units is not None and any(
        _are_as_many(units.value, known.value)
        for known in (each.argument("input_dim") for each in embeddings)
        if known is not None
    )


def _are_as_many(units: Value, words: Value) -> bool:
    """Whether two numbers surely are one, and that not by chance."""
    number = constant(units)
    if isinstance(number, int):
        return number == constant(words) and (units is words or number > FEW_WORDS)
    if isinstance(units, Symbol) and isinstance(words, Symbol):
        return units.path == words.path
    return alike(units, words)


def _answering(layers: Layers) -> Call | None:
    """The layer whose units are the one output of a model, which an activation may follow."""
    if layers.outputs is None or len(layers.outputs) != 1:
        return None
    last = layers.outputs[0]
    if last.short_name in ("Activation", "Softmax") and len(layers.members) > 1:
        return layers.members[-2]
    return last
