"""Statements of Python's own syntax tree as the nodes that libcst would make of them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import libcst as cst

from overfitcheck.script.construction import maker, rare_maker
from overfitcheck.script.convert_expressions import (
    ASYNCHRONOUS,
    ConversionError,
    Expressions,
    make_attribute,
    make_from,
    make_name,
    make_tuple,
)
from overfitcheck.script.convert_operators import AUGMENTED


class Statements(Expressions):
    """Converts statements, and the expressions in them."""

    def lines_of(self, nodes: Sequence[ast.stmt]) -> list[Any]:
        """Statements as libcst has them: simple ones of one line are one."""
        return [self.line(each) for each in by_line(nodes)]

    def line(self, nodes: Sequence[Any]) -> Any:
        """A compound statement, or all simple ones that stand on one line."""
        first = nodes[0]
        convert = COMPOUND.get(type(first))
        if convert is not None:
            return self.placed(convert(self, first), first)
        made = _line(self._small(nodes))
        return self.placed(made, first if len(nodes) == 1 else _whole(nodes))

    def _small(self, nodes: Sequence[Any]) -> list[Any]:
        return [self.placed(self._simple(each), each) for each in nodes]

    def _simple(self, node: ast.stmt) -> Any:
        convert = SIMPLE.get(type(node))
        if convert is None:
            raise ConversionError(type(node).__name__)
        return convert(self, node)

    def block(self, nodes: Sequence[Any]) -> Any:
        """The body of a compound statement."""
        first = nodes[0]
        before = self.lines.line(first.lineno)[: first.col_offset]
        decorated = getattr(first, "decorator_list", ())
        if before.strip() and not decorated and type(first) in SIMPLE:
            return self.placed(_suite(self._small(nodes)), _whole(nodes))
        return self.placed(_block(self.lines_of(nodes)), _whole(nodes))

    def otherwise(self, nodes: Sequence[ast.stmt]) -> Any:
        """The ``else`` of a statement, where it has one."""
        return _else(self.block(nodes)) if nodes else None

    def decorators(self, nodes: Sequence[ast.expr]) -> list[Any]:
        """The decorators of a function or class."""
        return [_decorator(self.expression(each)) for each in nodes]

    def defined(self, node: Any) -> Any:
        """The name that a ``def`` or ``class`` gives."""
        word = "class" if type(node) is ast.ClassDef else "def"
        if type(node) is ast.AsyncFunctionDef:
            word = "async def"
        return self.name_behind(node.name, node.lineno, node.col_offset + len(word))

    def dotted(self, path: str, line: int, start: int) -> Any:
        """The path of a module, which begins at a byte of a line, as names and attributes."""
        made: Any = None
        byte = start
        for part in path.split("."):
            name = self.name_at(part, line, byte)
            byte += len(part.encode())
            place = (line, start, line, byte)
            made = name if made is None else self.placed(make_attribute(made, name), place)
            byte += len(".")
        return made

    def aliases(self, nodes: Sequence[Any]) -> list[Any]:
        """What an import binds."""
        made = []
        for each in nodes:
            asname = None
            if each.asname:
                start = each.end_col_offset - len(each.asname.encode())
                asname = _as_name(self.name_at(each.asname, each.end_lineno, start))
            name = self.dotted(each.name, each.lineno, each.col_offset)
            made.append(self.placed(_alias(name, asname), each))
        return made


def by_line(nodes: Sequence[ast.stmt]) -> list[list[ast.stmt]]:
    """Statements, those together that are one for libcst: simple ones on one line."""
    found: list[list[ast.stmt]] = []
    end: int | None = 0
    for node in nodes:
        is_simple = type(node) not in COMPOUND
        if is_simple and node.lineno == end:
            found[-1].append(node)
        else:
            found.append([node])
        end = node.end_lineno if is_simple else 0
    return found


def module_of(body: Sequence[Any]) -> cst.Module:
    """A module that consists of some statements."""
    module: cst.Module = _module(body)
    return module


def _whole(nodes: Sequence[Any]) -> tuple[int, int, int, int]:
    first, last = nodes[0], nodes[-1]
    decorators = getattr(first, "decorator_list", ())
    line = decorators[0].lineno if decorators else first.lineno
    return line, first.col_offset, last.end_lineno, last.end_col_offset


_module = maker(cst.Module, "body")
_line = maker(cst.SimpleStatementLine, "body")
_suite = rare_maker(cst.SimpleStatementSuite, "body")
_block = maker(cst.IndentedBlock, "body")
_expr = maker(cst.Expr, "value")
_assign = maker(cst.Assign, "targets", "value")
_target = maker(cst.AssignTarget, "target")
_annotated = rare_maker(cst.AnnAssign, "target", "annotation", "value")
_augmented = maker(cst.AugAssign, "target", "operator", "value")
_return = maker(cst.Return, "value")
_raise = rare_maker(cst.Raise, "exc", "cause")
_assert = rare_maker(cst.Assert, "test", "msg")
_del = rare_maker(cst.Del, "target")
_pass = rare_maker(cst.Pass)
_break = rare_maker(cst.Break)
_continue = rare_maker(cst.Continue)
_global = rare_maker(cst.Global, "names")
_nonlocal = rare_maker(cst.Nonlocal, "names")
_name_item = rare_maker(cst.NameItem, "name")
_import = maker(cst.Import, "names")
_import_from = maker(cst.ImportFrom, "module", "names", "relative", "lpar")
_alias = maker(cst.ImportAlias, "name", "asname")
_as_name = maker(cst.AsName, "name")
_if = maker(cst.If, "test", "body", "orelse")
_else = maker(cst.Else, "body")
_for = maker(cst.For, "target", "iter", "body", "orelse", "asynchronous")
_while = rare_maker(cst.While, "test", "body", "orelse")
_with = maker(cst.With, "items", "body", "asynchronous")
_with_item = maker(cst.WithItem, "item", "asname")
_try = rare_maker(cst.Try, "body", "handlers", "orelse", "finalbody")
_handler = rare_maker(cst.ExceptHandler, "body", "type", "name")
_finally = rare_maker(cst.Finally, "body")
_function = maker(
    cst.FunctionDef, "name", "params", "body", "decorators", "returns", "asynchronous"
)
_class = maker(cst.ClassDef, "name", "body", "bases", "keywords", "decorators")
_decorator = rare_maker(cst.Decorator, "decorator")
_STAR = cst.ImportStar()
_DOT = cst.Dot()
_OPENING = cst.LeftParen()


def _of_assign(to: Statements, node: ast.Assign) -> Any:
    targets = []
    for each in node.targets:
        made = to.expression(each)
        targets.append(to.placed(_target(made), made))
    return _assign(targets, to.expression(node.value))


def _of_annotated(to: Statements, node: ast.AnnAssign) -> Any:
    target = to.expression(node.target)
    return _annotated(target, to.annotation(node.annotation), to.optional(node.value))


def _of_augmented(to: Statements, node: ast.AugAssign) -> Any:
    target = to.expression(node.target)
    return _augmented(target, AUGMENTED[type(node.op)], to.expression(node.value))


def _of_raise(to: Statements, node: ast.Raise) -> Any:
    cause = to.optional(node.cause)
    return _raise(to.optional(node.exc), make_from(cause) if cause is not None else None)


def _of_del(to: Statements, node: ast.Delete) -> Any:
    if len(node.targets) == 1:
        return _del(to.expression(node.targets[0]))
    elements = to.elements(node.targets)
    return _del(to.placed(make_tuple(elements, (), ()), (elements[0], elements[-1])))


def _names(to: Statements, node: ast.Global | ast.Nonlocal) -> list[Any]:
    return [_name_item(to.placed(make_name(each), node)) for each in node.names]


def _of_import_from(to: Statements, node: Any) -> Any:
    text = to.text(node)
    module = None
    if node.module:
        before = text.find(node.module, len("from"))
        start = node.col_offset + (before if before >= 0 else 0)
        module = to.dotted(node.module, node.lineno, start)
    star = len(node.names) == 1 and node.names[0].name == "*"
    return _import_from(
        module,
        _STAR if star else to.aliases(node.names),
        (_DOT,) * node.level,
        _OPENING if text.endswith(")") else None,
    )


def _of_if(to: Statements, node: Any) -> Any:
    """An ``if``. A hundred ``elif`` are as deep a tree, which is gone up in a loop."""
    chain = [node]
    while _goes_on(to, chain[-1]):
        chain.append(chain[-1].orelse[0])
    made = [(each, to.expression(each.test), to.block(each.body)) for each in chain]
    following = to.otherwise(chain[-1].orelse)
    for each, test, body in reversed(made):
        following = to.placed(_if(test, body, following), each)
    return following


def _goes_on(to: Statements, node: ast.If) -> bool:
    """Whether an ``elif`` follows."""
    if len(node.orelse) != 1 or type(node.orelse[0]) is not ast.If:
        return False
    inner = node.orelse[0]
    start = to.lines.offset(inner.lineno, inner.col_offset)
    return to.lines.text.startswith("elif", start)


def _of_for(to: Statements, node: ast.For | ast.AsyncFor) -> Any:
    return _for(
        to.expression(node.target),
        to.expression(node.iter),
        to.block(node.body),
        to.otherwise(node.orelse),
        ASYNCHRONOUS if type(node) is ast.AsyncFor else None,
    )


def _of_while(to: Statements, node: ast.While) -> Any:
    return _while(to.expression(node.test), to.block(node.body), to.otherwise(node.orelse))


def _of_with(to: Statements, node: ast.With | ast.AsyncWith) -> Any:
    items = []
    for each in node.items:
        context = to.expression(each.context_expr)
        name = to.optional(each.optional_vars)
        asname = _as_name(name) if name is not None else None
        items.append(to.placed(_with_item(context, asname), context))
    asynchronous = ASYNCHRONOUS if type(node) is ast.AsyncWith else None
    return _with(items, to.block(node.body), asynchronous)


def _of_try(to: Statements, node: ast.Try) -> Any:
    final = _finally(to.block(node.finalbody)) if node.finalbody else None
    handlers = list(_handlers(to, node.handlers))
    return _try(to.block(node.body), handlers, to.otherwise(node.orelse), final)


def _handlers(to: Statements, nodes: Sequence[Any]) -> Iterator[Any]:
    for each in nodes:
        name = None
        if each.name:
            end = each.type.end_lineno, each.type.end_col_offset
            name = _as_name(to.name_behind(each.name, *end))
        made = _handler(to.block(each.body), to.optional(each.type), name)
        yield to.placed(made, each)


def _of_function(to: Statements, node: Any) -> Any:
    if getattr(node, "type_params", None):
        raise ConversionError("type parameters")
    return _function(
        to.defined(node),
        to.parameters(node.args),
        to.block(node.body),
        to.decorators(node.decorator_list),
        to.annotation(node.returns),
        ASYNCHRONOUS if type(node) is ast.AsyncFunctionDef else None,
    )


def _of_class(to: Statements, node: Any) -> Any:
    if getattr(node, "type_params", None):
        raise ConversionError("type parameters")
    given = to.arguments(node.bases, node.keywords)
    named = [each.keyword is not None or each.star == "**" for each in given]
    return _class(
        to.defined(node),
        to.block(node.body),
        [each for each, is_named in zip(given, named, strict=True) if not is_named],
        [each for each, is_named in zip(given, named, strict=True) if is_named],
        to.decorators(node.decorator_list),
    )


SIMPLE: dict[type[ast.AST], Callable[[Statements, Any], Any]] = {
    ast.Expr: lambda to, node: _expr(to.expression(node.value)),
    ast.Assign: _of_assign,
    ast.AnnAssign: _of_annotated,
    ast.AugAssign: _of_augmented,
    ast.Return: lambda to, node: _return(to.optional(node.value)),
    ast.Raise: _of_raise,
    ast.Assert: lambda to, node: _assert(to.expression(node.test), to.optional(node.msg)),
    ast.Delete: _of_del,
    ast.Pass: lambda to, node: _pass(),
    ast.Break: lambda to, node: _break(),
    ast.Continue: lambda to, node: _continue(),
    ast.Global: lambda to, node: _global(_names(to, node)),
    ast.Nonlocal: lambda to, node: _nonlocal(_names(to, node)),
    ast.Import: lambda to, node: _import(to.aliases(node.names)),
    ast.ImportFrom: _of_import_from,
}
"""Statements that hold no others. What is neither here nor below, libcst reads itself."""

COMPOUND: dict[type[ast.AST], Callable[[Statements, Any], Any]] = {
    ast.If: _of_if,
    ast.For: _of_for,
    ast.AsyncFor: _of_for,
    ast.While: _of_while,
    ast.With: _of_with,
    ast.AsyncWith: _of_with,
    ast.Try: _of_try,
    ast.FunctionDef: _of_function,
    ast.AsyncFunctionDef: _of_function,
    ast.ClassDef: _of_class,
}
