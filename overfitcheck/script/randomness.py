"""Random changes of images: generators, layers and functions that give other pixels each time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.script.chance import changed_by_chance
from overfitcheck.script.data import DATASET_METHODS
from overfitcheck.script.flow import ingredients
from overfitcheck.script.models import layers_of
from overfitcheck.script.names import canonical
from overfitcheck.script.nodes import inner_nodes
from overfitcheck.script.values import (
    GIVES,
    Call,
    Choice,
    Function,
    Items,
    Local,
    Method,
    Setting,
    Symbol,
    Value,
    constant,
)

if TYPE_CHECKING:
    from overfitcheck.script.script import Script

AUGMENTING = (
    "rotation_range",
    "width_shift_range",
    "height_shift_range",
    "shear_range",
    "zoom_range",
    "brightness_range",
    "channel_shift_range",
    "horizontal_flip",
    "vertical_flip",
)
"""Arguments that make an ImageDataGenerator change its images at random."""

GENERATOR = "keras.preprocessing.image.ImageDataGenerator"

FLOWS = ("flow", "flow_from_directory", "flow_from_dataframe")

RANDOM = (
    "tensorflow.image.random_",
    "tensorflow.image.stateless_random_",
    "tensorflow.random.",
    "keras.random.",
    "numpy.random.",
    "random.",
    "keras.layers.Random",
)
"""Beginnings of the names of what is random."""

IMAGES = ("tensorflow.image.", "keras.layers.Random")
"""Beginnings of the names of what changes images at random."""

NOT_RANDOM = (
    "tensorflow.random.set_seed",
    "numpy.random.seed",
    "numpy.random.RandomState",
    "numpy.random.default_rng",
    "random.seed",
    "random.Random",
)

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")

DEEPEST = 5
"""Functions inside one another that are looked into."""


def is_augmenting(value: Value) -> bool:
    """Whether a value surely is an ImageDataGenerator that changes its images at random."""
    return isinstance(value, Call) and value.function == GENERATOR and bool(changes_of(value))


def changes_of(generator: Call) -> list[str]:
    """The arguments by which an ImageDataGenerator changes its images: ``rotation_range=40``."""
    found = []
    for name in AUGMENTING:
        given = generator.argument(name)
        value = given.value if given is not None else None
        if isinstance(value, Items) and value.items:
            ends = [constant(each, each) for each in value.items]
            if name != "zoom_range" or ends[:1] != ends[1:]:
                found.append(name)
        elif isinstance(value, Setting):
            if value.value and isinstance(value.value, (bool, int, float)):
                found.append(f"{name}={value.value} by default")
        elif value is not None and constant(value):
            found.append(f"{name}={constant(value)}")
    return found


def generator_of(value: Value) -> Call | None:
    """The ImageDataGenerator whose ``flow`` a value is; None where it is something else."""
    if isinstance(value, Call) and value.method in FLOWS and isinstance(value.receiver, Call):
        maker = value.receiver
        return maker if maker.function == GENERATOR else None
    return None


def preprocessed_at_random(script: Script, generator: Call) -> str:
    """What the `preprocessing_function` of an ImageDataGenerator does at random, in words."""
    given = generator.argument("preprocessing_function")
    change = random_in(script, given.value) if given is not None else ""
    return f"preprocessing_function with {change}" if change else ""


def changed_in(rows: Value) -> tuple[Call | None, str]:
    """What surely changes, at random, images of a generator or dataset of the script, or a ``zip``.

    The call that does it, and what it changes, in words.
    """
    if isinstance(rows, Call) and rows.function == "builtins.zip":
        given: list[Value] = [argument.value for argument in rows.positional]
    elif isinstance(rows, Items) and rows.kind == "generator" and len(rows.items) == 1:
        given = list(rows.items)
    elif GIVES in rows.attributes:
        given = [rows.attributes[GIVES]]
    else:
        return None, ""
    for value in given:
        for each in ingredients(value, stop=lambda part: isinstance(part, Choice)):
            changes = _changes_by(each)
            if changes and isinstance(each, Call):
                return each, changes
    for each in (part for value in given for part in ingredients(value)):
        changes = changed_by_chance(each)
        if changes and isinstance(each, Call):
            return each, changes
    return None, ""


def _changes_by(value: Value) -> str:
    """How a call changes images at random: through a generator, a layer or a function."""
    if not isinstance(value, Call):
        return ""
    if value.method in (*FLOWS, "random_transform") and is_augmenting(value.receiver or value):
        assert isinstance(value.receiver, Call)
        return ", ".join(changes_of(value.receiver)[:2])
    return value.short_name if _is_random(value.function, IMAGES[:1]) else ""


def steps_of(dataset: Value) -> Iterator[Call]:
    """The steps of a ``tf.data`` chain, from the last back."""
    for _ in range(40):
        if not isinstance(dataset, Call) or dataset.method not in DATASET_METHODS:
            return
        yield dataset
        if dataset.receiver is None:
            return
        dataset = dataset.receiver


def random_step(script: Script, step: Call) -> str:
    """What a ``map`` does at random, in words (``tf.image.random_flip``); "" where nothing."""
    if step.method != "map" or not step.positional:
        return ""
    return random_in(script, step.positional[0].value)


def random_image_step(script: Script, step: Call) -> str:
    """How a ``map`` changes images at random, in words; "" where it does not."""
    if step.method != "map" or not step.positional:
        return ""
    return random_in(script, step.positional[0].value, kinds=IMAGES)


def random_in(script: Script, value: Value, depth: int = 0, kinds: tuple[str, ...] = RANDOM) -> str:
    """The random thing that a function, a layer or a model of layers does; "" where none shows.

    `kinds` are beginnings of the names of what is looked for.
    """
    value = _defined(script, value)
    if isinstance(value, Method):
        value = value.function
    if isinstance(value, Call):
        layers = [value] if value.function else []
        layers += layers_of(value).members
        return next((each.short_name for each in layers if _is_random(each.function, kinds)), "")
    if isinstance(value, Symbol):
        return value.path if _is_random(value.path, kinds) else ""
    if not isinstance(value, Function) or depth > DEEPEST:
        return ""
    for name in _names_in(script, value):
        found = _look_up(script, value, name)
        if isinstance(found, Symbol) and _is_random(found.path, kinds):
            return name
        if found is not None and found is not value and not isinstance(found, Symbol):
            inner = random_in(script, found, depth + 1, kinds)
            if inner:
                return inner
    return ""


def _names_in(script: Script, function: Function) -> list[str]:
    """The dotted names in the body of a function that every call of it surely comes by.

    What stands on an arm of a conditional may be for training alone; where an arm returns, that
    holds for everything behind it too.
    """
    names: list[str] = []
    waiting: list[cst.CSTNode] = [function.node.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (cst.If, cst.IfExp, cst.Match)):
            if "return" in NAME.findall(script.text(node)):
                return []
            waiting.append(node.subject if isinstance(node, cst.Match) else node.test)
        elif isinstance(node, (cst.Name, cst.Attribute)):
            names.append(script.text(node))
        else:
            waiting.extend(inner_nodes(node))
    return list(dict.fromkeys(names))


def _look_up(script: Script, function: Function, name: str) -> Value | None:
    """What a dotted name in a function stands for; None where it is not known."""
    first, *rest = name.split(".")
    value = function.frame.look_up(first)
    for part in rest:
        if isinstance(value, Symbol):
            path = f"{value.path}.{part}"
            value = script.walk.modules.inner(value, path, part) or Symbol(canonical(path))
        elif value is not None:
            value = value.attributes.get(part)
    return _defined(script, value) if value is not None else None


def _defined(script: Script, value: Value) -> Value:
    """The value itself, or what it stands for in a module of the project that was read."""
    if type(value) is not Local or value.name is None:
        return value
    module = script.walk.modules.loaded.get(value.file)
    return (module.frame.look_up(value.name) if module is not None else None) or value


def _is_random(path: str | None, kinds: tuple[str, ...]) -> bool:
    if path is None or not path.startswith(kinds) or path.startswith(NOT_RANDOM):
        return False
    return path.startswith(RANDOM)
