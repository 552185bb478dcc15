"""Expressions of Python's own syntax tree as the nodes that libcst would make of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import libcst as cst

from overfitcheck.script.brackets import closed_behind
from overfitcheck.script.construction import maker, rare_maker
from overfitcheck.script.convert_operators import BINARY, BOOLEAN, COMPARING, UNARY
from overfitcheck.script.text_lines import TextLines

Span = tuple[int, int, int, int]
"""First line (from 1) and byte in it (from 0), last line, and the byte behind the last."""

Origin = ast.AST | Span | cst.CSTNode | tuple[cst.CSTNode, cst.CSTNode]
"""Where a node stands: where a node of Python's tree does, there, where a node in it does with its
brackets, or from one of the nodes in it to another."""


class ConversionError(Exception):
    """The text has something in it that only libcst's own parser takes apart."""


SINGLE_LITERAL = re.compile(
    r"(?s)[A-Za-z]{0,2}(?:'''(?:\\.|(?!''').)*'''|\"\"\"(?:\\.|(?!\"\"\").)*\"\"\""
    r"|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")"
)
"""One string literal, not several side by side."""

PARENTHESES = ((cst.LeftParen(),), (cst.RightParen(),))

ASYNCHRONOUS = cst.Asynchronous()


class Expressions:
    """Converts expressions, and keeps where each of the nodes stands.

    `alone` are nodes that stand alone between the brackets of a call; `literals` are strings that
    libcst has read, each with the line and the byte in it where it begins.
    """

    def __init__(self, lines: TextLines) -> None:
        self.lines = lines
        self.places: dict[int, Origin] = {}
        self.alone: set[int] = set()
        self.literals: list[tuple[cst.BaseExpression, int, int]] = []

    def expression(self, node: Any) -> Any:
        """An expression as libcst has it."""
        kind = type(node)
        if kind is ast.Name:  # Every other expression is one.
            made = make_name(node.id)
        elif kind in EXPRESSIONS:
            made = EXPRESSIONS[kind](self, node)
        else:
            raise ConversionError(kind.__name__)
        self.places[id(made)] = node
        return made

    def optional(self, node: ast.AST | None) -> Any:
        """An expression, where there is one."""
        return self.expression(node) if node is not None else None

    def placed(self, made: Any, origin: Origin) -> Any:
        """A node, whose place is kept."""
        self.places[id(made)] = origin
        return made

    def text(self, node: Any) -> str:
        """The text of a node of Python's tree."""
        return self.lines.between(
            node.lineno, node.col_offset, node.end_lineno, node.end_col_offset
        )

    def name_at(self, name: str, line: int, column: int) -> Any:
        """A name that stands at a place, a byte of a line."""
        end = column + (len(name) if name.isascii() else len(name.encode()))
        return self.placed(make_name(name), (line, column, line, end))

    def name_behind(self, name: str, line: int, byte: int) -> Any:
        """A name that stands somewhere behind a place."""
        text = self.lines.text
        found = text.find(name, self.lines.offset(line, byte))
        at, character = self.lines.place(found)
        return self.name_at(name, at, self.lines.bytes_before(at, character))

    def element(self, node: ast.expr) -> Any:
        """An item of a list, tuple or set."""
        if type(node) is ast.Starred:
            return self.placed(_starred_element(self.expression(node.value)), node)
        value = self.expression(node)
        return self.placed(make_element(value), value)

    def elements(self, nodes: Sequence[ast.expr]) -> list[Any]:
        """The items of a list, tuple or set."""
        return [self.element(each) for each in nodes]

    def loop(self, generators: Sequence[ast.comprehension]) -> Any:
        """The ``for`` of a comprehension, with those in it."""
        inner = None
        for each in reversed(generators):
            ifs = [_comp_if(self.expression(test)) for test in each.ifs]
            asynchronous = ASYNCHRONOUS if each.is_async else None
            inner = _comp_for(
                self.expression(each.target), self.expression(each.iter), ifs, inner, asynchronous
            )
        return inner

    def arguments(self, positional: Sequence[ast.expr], keywords: Sequence[Any]) -> list[Any]:
        """The arguments of a call, or the bases of a class, in the order of the text."""
        given: list[Any] = [*positional, *keywords]
        if keywords and any(type(each) is ast.Starred for each in positional):
            given.sort(key=lambda each: (each.lineno, each.col_offset))
        made = [self._argument(each) for each in given]
        if len(made) == 1 and not keywords and type(positional[0]) is not ast.Starred:
            self.alone.add(id(made[0].value))
        return made

    def _argument(self, node: Any) -> Any:
        kind = type(node)
        if kind is ast.keyword:
            value = self.expression(node.value)
            if node.arg is None:
                return self.placed(_starred_argument(value, "**"), node)
            keyword = self.name_at(node.arg, node.lineno, node.col_offset)
            return self.placed(_keyword_argument(value, keyword), node)
        if kind is ast.Starred:
            return self.placed(_starred_argument(self.expression(node.value), "*"), node)
        value = self.expression(node)
        return self.placed(_argument(value), value)

    def parameters(self, given: ast.arguments) -> Any:
        """The parameters of a function."""
        ordered = [*given.posonlyargs, *given.args]
        defaults = [None] * (len(ordered) - len(given.defaults)) + list(given.defaults)
        made = [self._parameter(*each) for each in zip(ordered, defaults, strict=True)]
        first = len(given.posonlyargs)
        star: Any = cst.MaybeSentinel.DEFAULT
        if given.vararg is not None:
            star = self._parameter(given.vararg, None, "*")
        elif given.kwonlyargs:
            star = _PARAM_STAR
        return _parameters(
            made[first:],
            star,
            [
                self._parameter(*each)
                for each in zip(given.kwonlyargs, given.kw_defaults, strict=True)
            ],
            self._parameter(given.kwarg, None, "**") if given.kwarg is not None else None,
            made[:first],
        )

    def _parameter(self, node: ast.arg, default: ast.expr | None, star: str = "") -> Any:
        name = self.name_at(node.arg, node.lineno, node.col_offset)
        self.alone.add(id(name))
        annotation = self.annotation(node.annotation)
        return self.placed(_parameter(name, annotation, self.optional(default), star), node)

    def annotation(self, node: ast.expr | None) -> Any:
        """What is said of a type, where anything is."""
        return _annotation(self.expression(node)) if node is not None else None


make_name = maker(cst.Name, "value")
make_attribute = maker(cst.Attribute, "value", "attr")
_call = maker(cst.Call, "func", "args")
_argument = maker(cst.Arg, "value")
_keyword_argument = maker(cst.Arg, "value", "keyword")
_starred_argument = rare_maker(cst.Arg, "value", "star")
make_element = maker(cst.Element, "value")
_starred_element = rare_maker(cst.StarredElement, "value")
_comp_for = maker(cst.CompFor, "target", "iter", "ifs", "inner_for_in", "asynchronous")
_comp_if = rare_maker(cst.CompIf, "test")
_parameter = maker(cst.Param, "name", "annotation", "default", "star")
_parameters = maker(
    cst.Parameters, "params", "star_arg", "kwonly_params", "star_kwarg", "posonly_params"
)
_annotation = rare_maker(cst.Annotation, "annotation")
_PARAM_STAR = cst.ParamStar()
_integer = maker(cst.Integer, "value")
_float = maker(cst.Float, "value")
_imaginary = rare_maker(cst.Imaginary, "value")
_string = maker(cst.SimpleString, "value")
_ellipsis = rare_maker(cst.Ellipsis)
make_tuple = maker(cst.Tuple, "elements", "lpar", "rpar")
_list = maker(cst.List, "elements")
_set = rare_maker(cst.Set, "elements")
_dict = maker(cst.Dict, "elements")
_dict_element = maker(cst.DictElement, "key", "value")
_starred_dict_element = rare_maker(cst.StarredDictElement, "value")
_subscript = maker(cst.Subscript, "value", "slice")
_subscript_element = maker(cst.SubscriptElement, "slice")
_index = maker(cst.Index, "value")
_slice = maker(cst.Slice, "lower", "upper", "step")
_list_comp = maker(cst.ListComp, "elt", "for_in")
_set_comp = rare_maker(cst.SetComp, "elt", "for_in")
_dict_comp = rare_maker(cst.DictComp, "key", "value", "for_in")
_generator = rare_maker(cst.GeneratorExp, "elt", "for_in", "lpar", "rpar")
_binary = maker(cst.BinaryOperation, "left", "operator", "right")
_boolean = maker(cst.BooleanOperation, "left", "operator", "right")
_unary = maker(cst.UnaryOperation, "operator", "expression")
_comparison = maker(cst.Comparison, "left", "comparisons")
_comparison_target = maker(cst.ComparisonTarget, "operator", "comparator")
_if_exp = rare_maker(cst.IfExp, "test", "body", "orelse")
_named = rare_maker(cst.NamedExpr, "target", "value")
_await = rare_maker(cst.Await, "expression")
_yield = rare_maker(cst.Yield, "value")
make_from = rare_maker(cst.From, "item")
_lambda = rare_maker(cst.Lambda, "params", "body")


def _of_attribute(to: Expressions, node: Any) -> Any:
    name, line, end = node.attr, node.end_lineno, node.end_col_offset
    start = end - (len(name) if name.isascii() else len(name.encode()))
    return make_attribute(
        to.expression(node.value), to.placed(make_name(name), (line, start, line, end))
    )


def _of_call(to: Expressions, node: ast.Call) -> Any:
    function = to.expression(node.func)
    made = _call(function, to.arguments(node.args, node.keywords))
    if len(node.args) == 1 and type(node.args[0]) is ast.GeneratorExp:
        only: Any = node.args[0]
        if (only.end_lineno, only.end_col_offset) == (node.end_lineno, node.end_col_offset):
            _without_parentheses(to, made.args[0])
    return made


def _without_parentheses(to: Expressions, argument: Any) -> None:
    """A generator between the brackets of a call, which Python counts as its own."""
    value = argument.value
    del to.places[id(value)]
    to.alone.discard(id(value))
    bare = _generator(value.elt, value.for_in, (), ())
    vars(cst.Arg)["value"].__set__(argument, bare)
    last = value.for_in
    while last.inner_for_in is not None:
        last = last.inner_for_in
    end = last.ifs[-1].test if last.ifs else last.iter
    to.places[id(argument)] = to.placed(bare, (value.elt, end))
    to.alone.add(id(bare))


def _of_constant(to: Expressions, node: ast.Constant) -> Any:
    value = node.value
    kind = type(value)
    if kind is str or kind is bytes:
        text = to.text(node)
        mark = text[:1]
        plain = mark in "'\"" and "\\" not in text and text.count(mark) == 2 and text[-1:] == mark
        if plain or SINGLE_LITERAL.fullmatch(text):
            return _string(text)
        return _read_by_libcst(to, node)
    if value is None or kind is bool:
        return make_name(str(value))
    if value is ...:
        return _ellipsis()
    make = _integer if kind is int else _float if kind is float else _imaginary
    return make(to.text(node))


def _read_by_libcst(to: Expressions, node: ast.expr) -> Any:
    """Strings side by side, and those with expressions in them."""
    try:
        made = cst.parse_expression(f"({to.text(node)})")
    except cst.ParserSyntaxError:
        raise ConversionError("string") from None
    to.literals.append((made, node.lineno, node.col_offset))
    return made


def _of_tuple(to: Expressions, node: ast.Tuple) -> Any:
    brackets = PARENTHESES if _has_parentheses(to, node) else ((), ())
    return make_tuple(to.elements(node.elts), *brackets)


def _has_parentheses(to: Expressions, node: Any) -> bool:
    """Whether the bracket that a tuple begins with is its own, and not that of its first item."""
    if to.lines.byte_at(node.lineno, node.col_offset) != "(":
        return False
    if not node.elts:
        return True
    first: Any = node.elts[0]
    if (first.lineno, first.col_offset) == (node.lineno, node.col_offset):
        return False
    opened = to.lines.between(node.lineno, node.col_offset, first.lineno, first.col_offset)
    end = to.lines.offset(first.end_lineno, first.end_col_offset)
    return opened.count("(") > len(closed_behind(to.lines.text, end))


def _of_subscript(to: Expressions, node: ast.Subscript) -> Any:
    value = to.expression(node.value)
    inner = node.slice
    if type(inner) is ast.Tuple and not _has_parentheses(to, inner):
        return _subscript(value, [_sliced(to, each) for each in inner.elts])
    return _subscript(value, [_sliced(to, inner)])


def _sliced(to: Expressions, node: ast.expr) -> Any:
    if type(node) is ast.Slice:
        parts = (to.optional(each) for each in (node.lower, node.upper, node.step))
        return _subscript_element(to.placed(_slice(*parts), node))
    value = to.expression(node)
    return _subscript_element(to.placed(_index(value), value))


def _of_dict(to: Expressions, node: ast.Dict) -> Any:
    return _dict(list(_entries(to, node)))


def _entries(to: Expressions, node: ast.Dict) -> Iterator[Any]:
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            made = to.expression(value)
            yield to.placed(_starred_dict_element(made), made)
        else:
            named = to.expression(key)
            yield to.placed(_dict_element(named, to.expression(value)), named)


def _of_binary(to: Expressions, node: ast.BinOp) -> Any:
    """An operation. A sum of a thousand terms is as deep a tree, which is gone down in a loop."""
    chain = [node]
    while type(chain[-1].left) is ast.BinOp:
        chain.append(chain[-1].left)
    made = to.expression(chain[-1].left)
    for each in reversed(chain):
        made = _binary(made, BINARY[type(each.op)], to.expression(each.right))
        to.places[id(made)] = each
    return made


def _of_boolean(to: Expressions, node: Any) -> Any:
    first, *others = [to.expression(each) for each in node.values]
    operator = BOOLEAN[type(node.op)]
    made = first
    for other in others:
        made = to.placed(_boolean(made, operator, other), (first, other))
    return made


def _of_comparison(to: Expressions, node: ast.Compare) -> Any:
    pairs = zip(node.ops, node.comparators, strict=True)
    left = to.expression(node.left)
    return _comparison(
        left, [_comparison_target(COMPARING[type(op)], to.expression(each)) for op, each in pairs]
    )


EXPRESSIONS: dict[type[ast.AST], Callable[[Expressions, Any], Any]] = {
    ast.Attribute: _of_attribute,
    ast.Call: _of_call,
    ast.Constant: _of_constant,
    ast.JoinedStr: _read_by_libcst,
    ast.Tuple: _of_tuple,
    ast.List: lambda to, node: _list(to.elements(node.elts)),
    ast.Set: lambda to, node: _set(to.elements(node.elts)),
    ast.Dict: _of_dict,
    ast.Subscript: _of_subscript,
    ast.BinOp: _of_binary,
    ast.BoolOp: _of_boolean,
    ast.Compare: _of_comparison,
    ast.UnaryOp: lambda to, node: _unary(UNARY[type(node.op)], to.expression(node.operand)),
    ast.IfExp: lambda to, node: _if_exp(
        to.expression(node.test), to.expression(node.body), to.expression(node.orelse)
    ),
    ast.Lambda: lambda to, node: _lambda(to.parameters(node.args), to.expression(node.body)),
    ast.NamedExpr: lambda to, node: _named(to.expression(node.target), to.expression(node.value)),
    ast.ListComp: lambda to, node: _list_comp(to.expression(node.elt), to.loop(node.generators)),
    ast.SetComp: lambda to, node: _set_comp(to.expression(node.elt), to.loop(node.generators)),
    ast.GeneratorExp: lambda to, node: _generator(
        to.expression(node.elt), to.loop(node.generators), *PARENTHESES
    ),
    ast.DictComp: lambda to, node: _dict_comp(
        to.expression(node.key), to.expression(node.value), to.loop(node.generators)
    ),
    ast.Await: lambda to, node: _await(to.expression(node.value)),
    ast.Yield: lambda to, node: _yield(to.optional(node.value)),
    ast.YieldFrom: lambda to, node: _yield(make_from(to.expression(node.value))),
}
