"""Models: their layers in order, how they were compiled, and what they put out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from overfitcheck.script.subclassed import applied, is_seen, parts_held, returned_by, unread
from overfitcheck.script.tensors import inputs_of, tensors_in, whole
from overfitcheck.script.values import (
    Argument,
    Attribute,
    Call,
    Choice,
    Item,
    Items,
    Operation,
    Text,
    Value,
    constant,
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


def is_known(value: Value) -> bool:
    """Whether a value surely is a Keras model or layer."""
    return is_model(value) or is_layer(value)


@dataclass(frozen=True, eq=False, repr=False)
class Layers:
    """The layers of a model from input to output.

    `complete` is False where there may be others; `outputs` are the layers whose output is the
    model's, None where that is not known. `inside` are the layers in layers: wrapped ones
    (``Bidirectional(LSTM(8))``), and those of classes of the script; `seen` is False where there
    may be others of these.
    """

    members: tuple[Call, ...]
    complete: bool
    outputs: tuple[Call, ...] | None
    inside: tuple[Call, ...] = ()
    seen: bool = True

    @property
    def every(self) -> tuple[Call, ...]:
        """All layers that the text shows, those in others included."""
        return (*self.members, *self.inside)

    @property
    def is_whole(self) -> bool:
        """Whether there are no layers but these."""
        return self.complete and self.seen

    def of(self, *kinds: str) -> list[Call]:
        """The layers of some kinds, such as ``"Dropout"``."""
        return [layer for layer in self.members if layer.short_name in kinds]


@dataclass(frozen=True, eq=False, repr=False)
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
        return any(cls.member(name) for name in names) or "add_loss" in cls.text

    @cached_property
    def layers(self) -> Layers:
        """Its layers, nested models included."""
        return layers_of(self.value)


NO_LAYERS = Layers((), False, None, (), False)
"""The layers of something that the text does not show."""

DEEPEST = 8
"""Models and layers inside one another that are looked into."""


def layers_of(value: Value, around: tuple[Value, ...] = ()) -> Layers:
    """The layers of a model value, which may stand inside others."""
    if not isinstance(value, Call) or len(around) > DEEPEST or value in around:
        return NO_LAYERS
    around = (*around, value)
    if value.cls is not None:
        return _held(value, around) if is_model(value) else NO_LAYERS
    if value.function == "keras.Sequential":
        return _with_inside(_stacked(value, around), around)
    if value.function == "keras.Model":
        return _with_inside(_connected(value, around), around)
    return NO_LAYERS


def _with_inside(layers: Layers, around: tuple[Value, ...]) -> Layers:
    """Layers together with those that stand inside them."""
    inside: dict[Call, None] = dict.fromkeys(layers.inside)
    seen = layers.seen
    for layer in layers.members:
        for argument in (*layer.positional, *layer.keywords.values()):
            if is_model(argument.value):
                nested = layers_of(argument.value, around)
                inside.update(dict.fromkeys(nested.every))
                seen = seen and nested.is_whole
            elif is_layer(argument.value):
                assert isinstance(argument.value, Call)
                inside[argument.value] = None
    for layer in (*layers.members, *list(inside)):
        if layer.cls is not None and layer not in around and len(around) <= DEEPEST:
            held = _held(layer, (*around, layer))
            inside.update(dict.fromkeys(held.every))
            seen = seen and held.is_whole
    return replace(layers, inside=tuple(inside), seen=seen)


def _held(value: Call, around: tuple[Value, ...]) -> Layers:
    """The layers in the attributes of an object whose class the script defines."""
    assert value.cls is not None
    what = applied(value.cls)
    complete = what is not None and what.complete
    members: dict[Call, None] = {}
    found = Layers((), True, None)
    for name, held in value.attributes.items():
        if what is not None and name not in what.read and unread(value.cls, name):
            continue
        for each in reversed(parts_held(held)):
            if is_layer(each):
                assert isinstance(each, Call)
                members[each] = None
                complete = complete and each.context.branches == value.context.branches
            elif is_model(each) and each is not value:
                nested = layers_of(each, around)
                members.update(dict.fromkeys(nested.members))
                complete = complete and nested.complete
                found = _joined(found, nested)
    called = what.called if what is not None else set()
    complete = complete and all(is_seen(value, name, is_known) for name in called)
    outputs = _put_out(value, around)
    found = replace(found, members=tuple(members), complete=complete, outputs=outputs)
    return _with_inside(found, around)


def _put_out(value: Call, around: tuple[Value, ...]) -> tuple[Call, ...] | None:
    """The Dense layer whose output ``call`` of an object returns; None for any other output."""
    name = returned_by(value.cls) if value.cls is not None else None
    held = value.attributes.get(name) if name is not None else None
    if isinstance(held, Call) and is_layer(held):
        outputs: tuple[Call, ...] | None = (held,)
    else:
        outputs = layers_of(held, around).outputs if held is not None else None
    return outputs if outputs and all(each.short_name == "Dense" for each in outputs) else None


def _joined(layers: Layers, nested: Layers) -> Layers:
    """Layers with what stands inside those of a nested model."""
    inside = (*layers.inside, *nested.inside)
    return replace(layers, inside=inside, seen=layers.seen and nested.seen)


def _stacked(value: Call, around: tuple[Value, ...]) -> Layers:
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
    inner = Layers((), True, None)
    listed = complete
    for item in items:
        outputs = None
        if is_layer(item):
            assert isinstance(item, Call)
            members.append(item)
            outputs = (item,)
        elif is_model(item):
            nested = layers_of(item, around)
            members.extend(nested.members)
            inner = _joined(inner, nested)
            complete, outputs = complete and nested.complete, nested.outputs
        elif not is_input(item):
            complete = False
    # The last layer puts the output out, whatever stands before it.
    outputs = outputs if listed else None
    return replace(inner, members=tuple(members), complete=complete, outputs=outputs)


def is_input(value: Value) -> bool:
    """Whether a value is an input of a model, which is none of its layers."""
    return isinstance(value, Call) and value.function in ("keras.Input", "keras.layers.InputLayer")


def outputs_of(model: Call) -> Argument | None:
    """What a model is told to put out, also under the name that Keras 1 had for it."""
    return model.argument("outputs") or model.argument("output")


def _connected(value: Call, around: tuple[Value, ...]) -> Layers:
    """Layers of a functional model, found backwards from its outputs."""
    given = outputs_of(value)
    if given is None:
        return NO_LAYERS
    ends = tensors_in(given.value)
    members: dict[Call, None] = {}
    complete = ends is not None
    inner = Layers((), True, None)
    waiting: list[Value] = list(ends or ())
    outputs = _makers(waiting)
    computed: list[Value] = []
    seen: set[int] = set()
    while waiting:
        tensor = whole(waiting.pop())
        if id(tensor) in seen or is_input(tensor):
            continue
        seen.add(id(tensor))
        inputs = inputs_of(tensor) if len(seen) <= MOST_TENSORS else None
        if inputs is None or not isinstance(tensor, Call):
            base = _base_of(tensor, around)
            members.update(dict.fromkeys(reversed(base.members)))
            inner = _joined(inner, base)
            complete = complete and base.complete
            computed.append(tensor)
            continue
        layer = tensor.receiver
        if isinstance(layer, Call) and is_layer(layer):
            members[layer] = None
        elif isinstance(layer, Call) and is_model(layer):
            nested = layers_of(layer, around)
            members.update(dict.fromkeys(reversed(nested.members)))
            inner = _joined(inner, nested)
            complete = complete and nested.complete
        else:
            complete = False
        waiting.extend(inputs)
    ordered = tuple(reversed(list(members)))
    behind = (each for each in _layers_behind(computed, around) if each not in members)
    inner = replace(inner, inside=tuple(dict.fromkeys((*inner.inside, *behind))))
    return replace(inner, members=ordered, complete=complete, outputs=outputs)


def _layers_behind(tensors: list[Value], around: tuple[Value, ...]) -> Iterator[Call]:
    """The layers that tensors were computed from, by operations that are no layers as well."""
    waiting, seen = list(tensors), set[int]()
    while waiting and len(seen) <= MOST_TENSORS:
        tensor = waiting.pop()
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        maker = tensor.receiver if isinstance(tensor, Call) else None
        if isinstance(maker, Call) and is_known(maker):
            yield from [maker] if is_layer(maker) else layers_of(maker, around).every
        waiting.extend(_behind(tensor))


def _makers(tensors: list[Value]) -> tuple[Call, ...] | None:
    """The layers that put tensors out; None where one is not known."""
    found: list[Call] = []
    for each in tensors:
        maker = each.receiver if isinstance(each, Call) and each.method == "__call__" else None
        if not isinstance(maker, Call) or not is_layer(maker):
            return None
        found.append(maker)
    return tuple(found) or None


def _base_of(tensor: Value, around: tuple[Value, ...]) -> Layers:
    """The layers behind a tensor that no layer of the text puts out: those of ``base.output``."""
    if isinstance(tensor, Attribute) and tensor.name in ("output", "outputs"):
        return layers_of(tensor.of, around)
    return Layers((), isinstance(tensor, Attribute) and tensor.name in ("input", "inputs"), None)


OPERATIONS = ("tensorflow.", "keras.ops.", "keras.backend.")
"""Functions on tensors, beside the layers."""


def _behind(tensor: Value) -> list[Value]:
    """What a tensor was computed from that no layer alone, or one of several, has put out."""
    if isinstance(tensor, Choice):
        return list(tensor.options)
    if isinstance(tensor, Item):
        return [tensor.of]
    if isinstance(tensor, Operation):
        return list(tensor.operands)
    if not isinstance(tensor, Call):
        return []
    if tensor.method != "__call__" and not (tensor.function or "").startswith(OPERATIONS):
        return []
    given = [argument.value for argument in tensor.positional]
    return [each for value in given for each in (tensors_in(value) or [value])]


MOST_TENSORS = 2000
"""Tensors of one functional model that are followed backwards."""


def is_text(value: Value) -> bool:
    """Whether a value surely is a string."""
    return isinstance(value, Text) or isinstance(constant(value), str)
