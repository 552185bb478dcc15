"""Generators of the script itself: which of them surely give their rows only once."""

from __future__ import annotations

import libcst as cst

from overfitcheck.script.custom_steps import nodes_in
from overfitcheck.script.statements import dotted
from overfitcheck.script.values import MADE_BY, Function, Items, Value

WRAPPING = ("enumerate", "tqdm", "sorted", "reversed", "list")
"""Functions that go once over what they are given."""

FINITE = ("array_split", "listdir", "glob", "scandir", "iterrows", "itertuples", "read_csv")
"""What surely ends, by the last part of its name."""


def maker_of_generator(value: Value) -> Function | None:
    """The function of the script that a generator comes from; None for anything else."""
    if not isinstance(value, Items) or value.kind != "generator":
        return None
    function = value.attributes.get(MADE_BY)
    return function if isinstance(function, Function) else None


def ends_after_one_pass(value: Value) -> bool:
    """Whether a generator of the script surely ends when it has gone over its rows once.

    It has one loop, over something that ends, and nothing is called that could start it again.
    """
    function = maker_of_generator(value)
    if function is None or not isinstance(function.node, cst.FunctionDef):
        return False
    loops = [
        each
        for each in nodes_in(function.node.body)
        if isinstance(each, (cst.For, cst.While))
        and any(isinstance(inner, cst.Yield) for inner in nodes_in(each))
    ]
    if len(loops) != 1 or function.node.decorators:
        return False
    (loop,) = loops
    return isinstance(loop, cst.For) and _ends(loop.iter)


def _ends(iterable: cst.BaseExpression) -> bool:
    """Whether a loop makes one pass over rows, and not as many rounds as somebody asks for."""
    if not isinstance(iterable, cst.Call):
        return False
    name = dotted(iterable.func).rpartition(".")[2]
    given = [argument.value for argument in iterable.args]
    if name == "range":
        counted = (dotted(each) for end in given for each in nodes_in(end))
        return len(given) == 3 or any(
            each.rpartition(".")[2] in ("len", "shape") for each in counted
        )
    if name in WRAPPING:
        return bool(given) and _ends(given[0])
    return name in FINITE
