"""Tensors of functional models: what a layer was applied to."""

from __future__ import annotations

from collections.abc import Iterator

from overfitcheck.script.values import (
    Call,
    Choice,
    Constant,
    Item,
    Items,
    Table,
    Unknown,
    Value,
)


def inputs_of(tensor: Value) -> list[Value] | None:
    """What a layer was applied to; None where `tensor` is not the output of a layer."""
    if isinstance(tensor, Call) and tensor.method == "__call__" and tensor.positional:
        first = tensors_in(tensor.positional[0].value)
        return None if first is None else [*_further(tensor), *first]
    return None


def _further(applied: Call) -> Iterator[Value]:
    """Outputs of layers that a layer gets beside its first input: ``initial_state=[h, c]``."""
    for argument in (*applied.positional[1:], *applied.keywords.values()):
        given = argument.value
        for each in given.items if isinstance(given, Items) else [given]:
            tensor = whole(each)
            if isinstance(tensor, Call) and tensor.method == "__call__":
                yield tensor


def whole(tensor: Value) -> Value:
    """All that a layer puts out, for one part of it: ``outputs, state = LSTM(...)(x)``."""
    output = tensor.of if isinstance(tensor, Item) else None
    return output if isinstance(output, Call) and output.method == "__call__" else tensor


def tensors_in(value: Value) -> list[Value] | None:
    """The tensors in an argument: one, several, or None where they are not known."""
    if isinstance(value, Items):
        return list(value.items) if value.complete else None
    if isinstance(value, Table):
        return list(value.entries.values()) if value.complete else None
    if isinstance(value, (Choice, Unknown, Constant)):
        return None
    return [value]
