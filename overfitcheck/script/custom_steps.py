"""Training steps that a script writes itself: what they return, and what they do in between."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.script.models import is_model
from overfitcheck.script.nodes import inner_nodes
from overfitcheck.script.syntax import literal
from overfitcheck.script.values import Function, Value

if TYPE_CHECKING:
    from overfitcheck.script.script import Script


ADDED_PENALTIES = re.compile(r"\.losses\b(?!\s*\.)|\.compute_loss\b|regularization_losses")
"""How the text of a step adds the penalties of the layers to its loss."""


DEFINITIONS = (cst.FunctionDef, cst.Lambda, cst.ClassDef)


def nodes_in(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """All nodes of a body in the order of the text, those of inner functions left out."""
    waiting: list[cst.CSTNode] = [node]
    while waiting:
        each = waiting.pop()
        yield each
        if each is node or type(each) not in DEFINITIONS:
            waiting.extend(reversed(inner_nodes(each)))


def returned(function: Function) -> list[cst.BaseExpression]:
    """What a function returns, as it stands in the text."""
    if isinstance(function.node, cst.Lambda):
        return [function.node.body]
    found = (each for each in nodes_in(function.node.body) if isinstance(each, cst.Return))
    return [each.value for each in found if each.value is not None]


def returned_keys(function: Function) -> tuple[set[str], cst.CSTNode] | None:
    """The keys of the one dict that a function returns, and where it stands; else None.

    The dict may be bound to a name first, if that is bound once and changed nowhere.
    """
    ends = returned(function)
    if len(ends) != 1:
        return None
    shown = ends[0]
    if isinstance(shown, cst.Name):
        bound = _bound_once(function, shown.value)
        if bound is None:
            return None
        shown = bound
    if not isinstance(shown, cst.Dict):
        return None
    keys: set[str] = set()
    for element in shown.elements:
        key = element.key if isinstance(element, cst.DictElement) else None
        if not isinstance(key, cst.SimpleString):
            return None
        keys.add(str(literal(key.value)))
    return keys, shown


def _bound_once(function: Function, name: str) -> cst.BaseExpression | None:
    """What a name of a function is bound to, where it is used for nothing but the ``return``."""
    uses = [
        each
        for each in nodes_in(function.node.body)
        if isinstance(each, cst.Name) and each.value == name
    ]
    for each in nodes_in(function.node.body):
        if isinstance(each, cst.Assign) and len(each.targets) == 1 and len(uses) == 2:
            target = each.targets[0].target
            if isinstance(target, cst.Name) and target.value == name:
                return each.value
    return None


@dataclass(frozen=True, eq=False, repr=False)
class TapeStep:
    """A stretch of code that trains with a GradientTape of its own.

    `tape` is the call that makes the tape, `text` the text of the function around it (of the
    whole script where it stands in none), `name` what that is called; `models` are the models of
    the script that are called under the tape, `model` the text that names one of them.
    """

    tape: cst.Call
    text: str
    name: str
    models: tuple[Value, ...]
    model: str


def tape_steps(script: Script) -> Iterator[TapeStep]:
    """The training steps of a script that have a GradientTape and apply its gradients."""
    if "GradientTape" not in script.code:
        return
    seen: set[object] = set()
    for call in script.calls_to("tensorflow.GradientTape"):
        if call.node in seen:
            continue
        seen.add(call.node)
        function = call.context.function
        text = script.code if function is None else script.text(function.node)
        if ".apply_gradients(" not in text and ".minimize(" not in text:
            continue
        models: dict[int, Value] = {}
        shown = "model"
        for each in script.calls:
            inside = each.method == "__call__" and each.context.function is function
            if inside and each.receiver is not None and is_model(each.receiver):
                shown = script.text(each.node.func) if not models else shown
                models[id(each.receiver)] = each.receiver
        name = function.name if function is not None else "the training loop"
        yield TapeStep(call.node, text, name, tuple(models.values()), shown)
