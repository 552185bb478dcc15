"""Calls of what a script does not define: they are kept, with what they were given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.script.signatures import tabled
from overfitcheck.script.values import (
    Argument,
    Attribute,
    Call,
    Items,
    Symbol,
    Table,
    Unknown,
    Value,
    options,
)

if TYPE_CHECKING:
    from overfitcheck.script.walk import Walk

HARMLESS = frozenset(
    [
        "builtins",
        "keras",
        "tensorflow",
        "numpy",
        "sklearn",
        "pandas",
        "matplotlib",
        "seaborn",
        "os",
        "sys",
        "pathlib",
        "json",
        "time",
        "datetime",
        "random",
        "math",
        "pickle",
        "joblib",
        "shutil",
        "logging",
        "warnings",
        "scipy",
        "collections",
        "itertools",
        "functools",
        "typing",
        "argparse",
        "absl",
        "wandb",
        "mlflow",
        "imblearn",
        "cv2",
        "PIL",
    ]
)
"""Libraries known not to change a list or dict that they are given."""


def is_harmless(function: str | None) -> bool:
    """Whether a function is of a library that is known not to change what it is given."""
    return function is not None and function.partition(".")[0] in HARMLESS


def external(
    walk: Walk,
    callee: Value,
    positional: Sequence[Argument],
    keywords: dict[str, Argument],
    hidden: bool,
    node: cst.Call,
) -> Call:
    """Keep a call of something that the script does not define."""
    function = callee.path if isinstance(callee, Symbol) else None
    receiver, method = None, None
    if isinstance(callee, Attribute):
        receiver, method = callee.of, callee.name
    elif function is None:
        receiver, method = callee, "__call__"
    walk.order += 1
    call = Call(
        node,
        function,
        receiver,
        method,
        tuple(positional),
        keywords,
        hidden,
        walk.context,
        walk.order,
        walk.evaluation,
        foreign=walk.foreign,
    )
    call.bind_to(function or method_path(receiver, method))
    walk.calls.append(call)
    if receiver is not None:
        for option in options(receiver):
            if isinstance(option, Call):
                option.calls.append(call)
    unseen = isinstance(callee, Unknown) or (method is None and not is_harmless(function))
    if unseen:
        disturb(*positional, *keywords.values())
    return call


def disturb(*arguments: Argument) -> None:
    """Let lists and dicts hold anything from here on: whoever is given them may change them."""
    for argument in arguments:
        if isinstance(argument.value, (Items, Table)):
            argument.value.disturb()


def method_path(receiver: Value | None, method: str | None) -> str | None:
    """Canonical name of a method: of the class that made the receiver, else of a Keras model."""
    if receiver is None or method is None:
        return None
    made = receiver.function if isinstance(receiver, Call) else None
    path = f"{made}.{method}"
    if made is not None and tabled(path):
        return path
    path = f"keras.Model.{method}"
    return path if tabled(path) else None
