"""Edits of a script in the words of the trade: name an argument, give it, take it away.

Each function returns the edits that make the change and leave every other character as it was,
in lines and columns of the script's text; nothing where the text does not allow the change.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.finding import Edit
from overfitcheck.script.values import Argument, Call

if TYPE_CHECKING:
    from overfitcheck.script.script import Script

LONGEST_LINE = 100
"""Longer lines are broken where something is added."""

Edits = tuple[Edit, ...]

MAY_GO_ON = re.compile(r"\"\"\"|'''|\\$")
"""What a string that goes on in the next line has in its own."""

COMMENT = re.compile(r"[ \t\f]*#[^\r\n]*")


@dataclass(frozen=True, eq=False, repr=False)
class Span:
    """A stretch of the text: line and column from 1, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    def replaced(self, text: str) -> Edit:
        """The edit that puts `text` in its place."""
        return Edit(self.line, self.column, self.end_line, self.end_column, text)


def span_of(script: Script, node: cst.CSTNode) -> Span | None:
    """Where a node stands, its own brackets included; None where it is not in the text."""
    return Span(*script.tree.span(node)) if node in script.tree else None


def at(line: int, column: int, text: str) -> Edit:
    """Insert `text` at a place."""
    return Edit(line, column, line, column, text)


def line_of(script: Script, number: int) -> str:
    """A line of the text without what ends it."""
    return script.lines[number - 1]


def newline_at(script: Script, number: int) -> str:
    """What ends a line of the text, or the line before where it is the last one."""
    ends = script.line_ends
    return ends[min(number, len(ends)) - 1] if ends else "\n"


def replace(script: Script, node: cst.CSTNode | None, text: str) -> Edits:
    """Put `text` in the place of an expression."""
    span = span_of(script, node) if node is not None else None
    return (span.replaced(text),) if span is not None else ()


def wrap(script: Script, node: cst.CSTNode | None, before: str, after: str) -> Edits:
    """Put text around an expression."""
    span = span_of(script, node) if node is not None else None
    if span is None:
        return ()
    return (at(span.line, span.column, before), at(span.end_line, span.end_column, after))


def move_before(script: Script, call: Call, step: Call) -> Edits:
    """Put the last call of a chain of methods before an earlier one: ``a.map(f).cache()``."""
    function, earlier = call.node.func, step.node.func
    if not isinstance(function, cst.Attribute) or not isinstance(earlier, cst.Attribute):
        return ()
    if step.node not in _chain(function.value):
        return ()
    last, place, whole = (
        span_of(script, each) for each in (function.value, earlier.value, call.node)
    )
    if last is None or place is None or whole is None or text_at(script, whole)[:1] == "(":
        return ()
    moved = Span(last.end_line, last.end_column, whole.end_line, whole.end_column)
    text = text_at(script, moved)
    if "#" in text:
        return ()
    return (at(place.end_line, place.end_column, text), moved.replaced(""))


def _chain(node: cst.BaseExpression) -> list[cst.BaseExpression]:
    """The calls of methods of one another that an expression is."""
    found: list[cst.BaseExpression] = []
    while isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        found.append(node)
        node = node.func.value
    return found


def list_as_dict(script: Script, node: cst.List | cst.Tuple) -> Edits:
    """Write the items of a list with their places as keys: ``[a, b]`` becomes ``{0: a, 1: b}``."""
    items = [span_of(script, each) for each in node.elements]
    if not all(items) or not items or (isinstance(node, cst.Tuple) and not node.lpar):
        return ()
    span = span_of(script, node) if isinstance(node, cst.Tuple) else Span(*script.position(node))
    assert span is not None
    if any(isinstance(each, cst.StarredElement) for each in node.elements):
        return ()
    numbered = (
        at(item.line, item.column, f"{number}: ")
        for number, item in enumerate(items)
        if item is not None
    )
    return (
        Edit(span.line, span.column, span.line, span.column + 1, "{"),
        *numbered,
        Edit(span.end_line, span.end_column - 1, span.end_line, span.end_column, "}"),
    )


def rename(script: Script, argument: Argument | None, name: str) -> Edits:
    """Give a keyword argument another name; its value stays."""
    node = argument.node if argument is not None else None
    return replace(script, node.keyword, name) if node is not None and node.keyword else ()


def name_argument(script: Script, argument: Argument, name: str) -> Edits:
    """Write the name of an argument that is given by its position."""
    node = argument.node
    span = span_of(script, node) if node is not None and not node.star and name else None
    return (at(span.line, span.column, f"{name}="),) if span is not None else ()


def set_value(script: Script, argument: Argument | None, text: str) -> Edits:
    """Give an argument that stands in the text another value."""
    node = argument.node if argument is not None else None
    return replace(script, node.value, text) if node is not None and not node.star else ()


def rename_method(script: Script, call: Call, name: str) -> Edits:
    """Call another method of the same object."""
    function = call.node.func
    return replace(script, function.attr, name) if isinstance(function, cst.Attribute) else ()


def realign(script: Script, call: cst.Call, by: int, beside: Edits) -> Edits:
    """Take some blanks from the lines of a call that are aligned with its bracket, or deeper.

    None where no line is, or a string of several lines may stand in them. The last line is
    written anew, unless edits `beside` touch it, so that nothing is added to it in the same go.
    """
    place, whole = _closing(script, call), span_of(script, call)
    if place is None or whole is None or by <= 0:
        return ()
    first, aligned = place[0], place[1] - 1
    lines = {number: line_of(script, number) for number in range(first, whole.end_line + 1)}
    if any(MAY_GO_ON.search(line) for line in lines.values()):
        return ()
    indents = {number: len(line) - len(line.lstrip(" ")) for number, line in lines.items()}
    del indents[first]
    if aligned not in indents.values():
        return ()
    deep = {number: indent for number, indent in indents.items() if indent >= aligned}
    ends = {number: indent for number, indent in deep.items() if lines[number].strip()}
    if whole.end_line in ends and all(each.end_line < whole.end_line for each in beside):
        ends[whole.end_line] = whole.end_column - 1
    return tuple(
        Edit(number, deep[number] + 1 - by, number, end + 1, lines[number][deep[number] : end])
        for number, end in ends.items()
    )


def given_to(script: Script, node: cst.BaseExpression, function: str) -> Edits:
    """Give an expression to a function: ``ceil(a / b)``, also where it has brackets already."""
    span = span_of(script, node)
    if span is None:
        return ()
    if script.tree.span(node) == script.position(node):
        return wrap(script, node, f"{function}(", ")")
    return (at(span.line, span.column, function),)


def give(script: Script, call: Call, name: str, text: str) -> Edits:
    """Give a call the argument ``name=text``, or another value where it has one."""
    given = call.argument(name) or call.keywords.get(name)
    if given is not None:
        return set_value(script, given, text)
    return add_argument(script, call.node, f"{name}={text}")


def add_argument(script: Script, call: cst.Call, text: str) -> Edits:
    """Add an argument behind the others, laid out as they are."""
    span = span_of(script, call)
    bare = _bare_generator(call)
    if span is None or bare:
        return ()
    if not call.args:
        end = _closing(script, call)
        return (at(*end, text),) if end is not None else ()
    last = call.args[-1]
    place = span_of(script, last)
    if place is None:
        return ()
    return behind(script, place, text, span_of(script, call.args[0]))


def behind(
    script: Script,
    place: Span,
    text: str,
    first: Span | None = None,
) -> Edits:
    """Add something behind the last one of several: on its line, or on one of its own."""
    before = line_of(script, place.line)[: place.column - 1]
    own_line = not before.strip()
    rest = line_of(script, place.end_line)[place.end_column - 1 :]
    comma = _comma_behind(script, place) is not None
    if not own_line or (comma and not re.match(r"[ \t\f]*,", rest)):
        return (at(place.end_line, place.end_column, _joined(script, first, place, text)),)
    newline = newline_at(script, place.line) + before
    if comma:
        end = place.end_column + rest.index(",") + 1
        note = COMMENT.match(rest, rest.index(",") + 1)
        end += len(note.group()) if note else 0
        return (at(place.end_line, end, f"{newline}{text},"),)
    note = COMMENT.match(rest)
    if note is None:
        return (at(place.end_line, place.end_column, f",{newline}{text}"),)
    end = place.end_column + len(note.group())
    return (
        at(place.end_line, place.end_column, ","),
        at(place.end_line, end, f"{newline}{text}"),
    )


def _joined(script: Script, first: Span | None, place: Span, text: str) -> str:
    """Something more on the line of the last one, or below the first where that gets too long."""
    line = line_of(script, place.end_line)
    if first is None or not len(line) <= LONGEST_LINE < len(line) + len(text) + 2:
        return f", {text}"
    above = line_of(script, first.line)[: first.column - 1]
    if not above.isascii() or "\t" in above or len(above) + len(text) > LONGEST_LINE:
        return f", {text}"
    return f",{newline_at(script, place.end_line)}{' ' * len(above)}{text}"


def _bare_generator(call: cst.Call) -> bool:
    """Whether the one argument is ``x for x in y``, which may stand beside no other."""
    values = [argument.value for argument in call.args]
    return any(isinstance(value, cst.GeneratorExp) and not value.lpar for value in values)


def _closing(script: Script, call: cst.Call) -> tuple[int, int] | None:
    """Where the first argument of a call without arguments may stand: behind its bracket."""
    function = span_of(script, call.func)
    if function is None:
        return None
    line, column = function.end_line, function.end_column
    while True:
        text = line_of(script, line)
        if "(" in text[column - 1 :]:
            return line, text.index("(", column - 1) + 2
        line, column = line + 1, 1
        if line > len(script.lines):
            return None


def remove_argument(script: Script, call: cst.Call, argument: Argument | None) -> Edits:
    """Take an argument out of a call, with its comma and, where it fills them, its lines."""
    node = argument.node if argument is not None else None
    if node is None or node not in call.args:
        return ()
    span = span_of(script, node)
    if span is None:
        return ()
    lines = _whole_lines(script, node, span)
    if lines is not None:
        return (lines.replaced(""),)
    place = call.args.index(node)
    if place + 1 < len(call.args):
        following = span_of(script, call.args[place + 1])
        assert following is not None
        gap = _between(script, span, following)
        if "#" not in gap:
            return (Span(span.line, span.column, following.line, following.column).replaced(""),)
        return _with_comma(script, span)
    if place > 0:
        previous = span_of(script, call.args[place - 1])
        assert previous is not None
        if "#" not in _between(script, previous, span):
            whole = Span(previous.end_line, previous.end_column, span.end_line, span.end_column)
            return (whole.replaced(""),)
    return _with_comma(script, span)


def _whole_lines(script: Script, node: cst.Arg, span: Span) -> Span | None:
    """The lines that an argument fills alone with its comma and its comment."""
    before = line_of(script, span.line)[: span.column - 1]
    rest = line_of(script, span.end_line)[span.end_column - 1 :]
    if before.strip() or not re.fullmatch(r"[ \t\f]*,[ \t\f]*(#.*)?", rest):
        return None
    return Span(span.line, 1, span.end_line + 1, 1)


def _with_comma(script: Script, span: Span) -> Edits:
    """Take out an argument and the comma behind it, with the blanks behind that."""
    comma = _comma_behind(script, span)
    if comma is None:
        return (span.replaced(""),)
    line, column = comma
    blanks = re.match(r"[ \t\f]*", line_of(script, line)[column:])
    end = column + 1 + (len(blanks.group()) if blanks else 0)
    if line == span.end_line:
        return (Span(span.line, span.column, line, end).replaced(""),)
    return (span.replaced(""), Span(line, column, line, end).replaced(""))


def _comma_behind(script: Script, span: Span) -> tuple[int, int] | None:
    """Where the comma behind an argument stands, maybe below a comment; None without one."""
    line, column = span.end_line, span.end_column
    while line <= len(script.lines):
        rest = line_of(script, line)[column - 1 :]
        found = re.match(r"[ \t\f\\]*", rest)
        blanks = len(found.group()) if found else 0
        if rest[blanks : blanks + 1] == ",":
            return line, column + blanks
        if rest[blanks : blanks + 1] not in ("", "#"):
            return None
        line, column = line + 1, 1
    return None


def _between(script: Script, first: Span, second: Span) -> str:
    """The text between two places."""
    return text_at(script, Span(first.end_line, first.end_column, second.line, second.column))


def text_at(script: Script, span: Span) -> str:
    """The text that stands at a place."""
    if span.line == span.end_line:
        return line_of(script, span.line)[span.column - 1 : span.end_column - 1]
    lines = [
        line_of(script, span.line)[span.column - 1 :],
        *script.lines[span.line : span.end_line - 1],
        line_of(script, span.end_line)[: span.end_column - 1],
    ]
    return newline_at(script, span.line).join(lines)
