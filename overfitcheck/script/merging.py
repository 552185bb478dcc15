"""Functions of Keras that make a layer and apply it at once: ``concatenate([a, b])``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from overfitcheck.script.external import external
from overfitcheck.script.values import Argument, Call, Symbol

if TYPE_CHECKING:
    import libcst as cst

    from overfitcheck.script.walk import Walk

HOMES = ("keras.layers.", "keras.layers.merge.")

LAYER_OF = {
    **{
        f"{home}{name}": f"keras.layers.{name.capitalize()}"
        for name in "add subtract multiply average maximum minimum concatenate dot".split()
        for home in HOMES
    },
    # The one function that Keras 1 had for all of them.
    "keras.layers.merge": "keras.layers.Merge",
}
"""The layers that functions make."""


def merged(
    walk: Walk,
    layer: str,
    positional: Sequence[Argument],
    keywords: dict[str, Argument],
    hidden: bool,
    node: cst.Call,
) -> Call:
    """What a new layer puts out for the tensors that stand before its own arguments."""
    own = {name: argument for name, argument in keywords.items() if name != "inputs"}
    tensors = [keywords["inputs"]] if "inputs" in keywords else list(positional[:1])
    rest = positional if "inputs" in keywords else positional[1:]
    made = external(walk, Symbol(layer), rest, own, hidden, node)
    return external(walk, made, tensors, {}, hidden, node)
