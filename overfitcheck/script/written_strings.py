"""Strings as a script writes them, there or behind a name: found, and spelt otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.script.edits import Edits, replace
from overfitcheck.script.nodes import inner_nodes
from overfitcheck.script.values import Argument

if TYPE_CHECKING:
    from overfitcheck.script.script import Script

StringPart = cst.SimpleString | cst.FormattedStringText
"""A plain string, or what stands between the braces of one that Python formats."""


def set_text(script: Script, argument: Argument | None, text: str) -> Edits:
    """Give a string another text, in the same quotes, where it is written."""
    node = written_string(script, argument)
    return respell(script, node, text) if node is not None else ()


def written_string(script: Script, argument: Argument | None) -> cst.SimpleString | None:
    """The string that an argument is written as, there or where its name is bound."""
    node = argument.node if argument is not None else None
    value = node.value if node is not None else None
    if isinstance(value, cst.Name):
        value = script.expression_bound_to(value.value)
    return value if isinstance(value, cst.SimpleString) else None


def strings_in(script: Script, node: cst.BaseExpression) -> Iterator[StringPart]:
    """The strings that an expression is put together from, those of its names included."""
    waiting: list[cst.CSTNode] = [node]
    seen: set[str] = set()
    while waiting:
        each = waiting.pop()
        if type(each) is cst.Name:
            found = script.expression_bound_to(each.value) if each.value not in seen else None
            seen.add(each.value)
            waiting += [found] if found is not None else []
        elif isinstance(each, StringPart):
            yield each
        else:
            waiting += inner_nodes(each)


def raw_text(node: StringPart) -> str:
    """What stands between the quotes of a string, or in a part of one."""
    return node.raw_value if isinstance(node, cst.SimpleString) else node.value


def respell(script: Script, node: cst.CSTNode, text: str) -> Edits:
    """Write another text in a string, in the same quotes; nothing where it is no plain string."""
    if not isinstance(node, StringPart) or "\\" in raw_text(node) + text:
        return ()
    if isinstance(node, cst.FormattedStringText):
        return replace(script, node, text)
    return replace(script, node, f"{node.prefix}{node.quote}{text}{node.quote}")
