"""Whether a number that a script works out is told to anybody: printed, returned or kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.script.nodes import COMPOUND, inner_nodes
from overfitcheck.script.unsupervised import words_in

if TYPE_CHECKING:
    from overfitcheck.script.script import Script

TELLING = frozenset(
    "print pprint display format write log logger info debug warning append title suptitle text "
    "annotate".split()
)
"""Words in names of functions that tell somebody what they are given."""

PASSING = frozenset("str repr int float round abs join".split())
"""Functions that return the number they are given, in another form."""

HOLDING = frozenset(
    (
        cst.Arg,
        cst.Element,
        cst.Tuple,
        cst.List,
        cst.Dict,
        cst.DictElement,
        cst.FormattedString,
        cst.FormattedStringExpression,
        cst.ConcatenatedString,
        cst.BinaryOperation,
        cst.UnaryOperation,
        cst.IfExp,
    )
)
"""Nodes that hold what is in them."""

ASSIGNING = frozenset((cst.Assign, cst.AnnAssign, cst.AugAssign))

MOST_NAMES = 3
"""So many names a number is followed through."""


def is_told(script: Script, number: cst.CSTNode, names: int = MOST_NAMES) -> bool:
    """Whether a number is surely told, not only counted by: ``for i in range(len(errors))``."""
    statement = script.statement(number)
    if statement is None or type(statement) in COMPOUND:
        return False
    child, is_share = number, False
    for each in _around(number, statement):
        kind = type(each)
        if isinstance(each, cst.Call):
            words = words_in(_name_of(each))
            if words & TELLING:
                return True
            if not words & PASSING or child is each.func:
                return False
        elif kind is cst.Return:
            return True
        elif kind in ASSIGNING:
            return is_share or _is_kept(script, each, names)
        elif kind is cst.Expr:
            return script.notebook is not None and script.ends_cell(each)
        elif kind not in HOLDING or (isinstance(each, cst.IfExp) and child is each.test):
            return False
        is_share = is_share or _divides(each, child)
        child = each
    return False


def _around(node: cst.CSTNode, statement: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes of a statement that a node stands in, from the inside out."""
    around: dict[int, cst.CSTNode] = {}
    waiting = [statement]
    while waiting:
        each = waiting.pop()
        inner = inner_nodes(each)
        around.update((id(part), each) for part in inner)
        waiting += inner
    while id(node) in around:
        node = around[id(node)]
        yield node


def _name_of(call: cst.Call) -> str:
    """The last name of what is called."""
    name = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
    return name.value if isinstance(name, cst.Name) else ""


def _divides(operation: cst.CSTNode, part: cst.CSTNode) -> bool:
    """Whether a number is divided by another one that is worked out as well."""
    return (
        isinstance(operation, cst.BinaryOperation)
        and type(operation.operator) is cst.Divide
        and operation.left is part
        and type(operation.right) not in (cst.Integer, cst.Float)
    )


def _is_kept(script: Script, assigned: cst.CSTNode, names: int) -> bool:
    """Whether what is assigned is kept in a table or an object, or a name of it is told."""
    targets = list(_targets(assigned))
    if any(type(each) is not cst.Name for each in targets):
        return True
    bound = {each.value for each in targets if isinstance(each, cst.Name)}
    mine = set(map(id, targets))
    uses = (each for each in script.tree.nodes() if type(each) is cst.Name and each.value in bound)
    return names > 0 and any(
        is_told(script, each, names - 1) for each in uses if id(each) not in mine
    )


def _targets(assigned: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """What an assignment gives its value to, each of several alone."""
    given: Sequence[cst.AssignTarget] = assigned.targets if isinstance(assigned, cst.Assign) else ()
    waiting: list[cst.CSTNode] = [each.target for each in given]
    if isinstance(assigned, (cst.AnnAssign, cst.AugAssign)):
        waiting.append(assigned.target)
    while waiting:
        each = waiting.pop()
        if isinstance(each, (cst.Tuple, cst.List)):
            waiting += [element.value for element in each.elements]
        else:
            yield each
