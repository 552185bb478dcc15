"""Models that answer for each step of a row, such as each word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from overfitcheck.script.values import Call, constant

if TYPE_CHECKING:
    from overfitcheck.script.models import Layers

ONE_A_ROW = ("Flatten", "Global", "LSTM", "GRU", "SimpleRNN")
"""Layers behind which a row has no steps any more."""

EACH_STEP = frozenset(
    "Embedding TimeDistributed Conv1D RepeatVector Reshape Attention MultiHeadAttention".split()
)
"""Layers behind which a row has steps."""


def may_have_steps(layers: Layers) -> bool:
    """Whether what a model puts out may have steps: the last layer that decides on it says so."""
    for each in reversed(layers.members):
        inner = each.argument("layer")
        layer = inner.value if inner is not None and isinstance(inner.value, Call) else each
        stays = layer.argument("return_sequences")
        if stays is not None and constant(stays.value, ...) is not False:
            return True
        if layer.short_name.startswith(ONE_A_ROW):
            return False
        if each.short_name in EACH_STEP:
            return True
    return False
