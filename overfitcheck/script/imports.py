"""How a script names the things of a library, and the import that it lacks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.script.edits import (
    LONGEST_LINE,
    Edits,
    at,
    behind,
    line_of,
    newline_at,
    span_of,
)
from overfitcheck.script.names import canonical
from overfitcheck.script.statements import dotted
from overfitcheck.script.values import Call, Value

if TYPE_CHECKING:
    from overfitcheck.script.script import Script

KERAS_ROOT = re.compile(r"(?:tensorflow\.(?:python\.)?keras|keras|tf_keras|keras_core)(?=\.|$)")
"""The beginning of a module of Keras, as the script writes it: ``tensorflow.keras``."""


@dataclass(frozen=True, eq=False, repr=False)
class Import:
    """One name that an import of the script binds; `path` is canonical, `module` as written.

    `text` is what reaches the path (``tensorflow.keras`` of a plain ``import tensorflow.keras``).
    Imports that stand one below the other have the same `block`.
    """

    node: cst.Import | cst.ImportFrom
    name: str
    path: str
    module: str
    text: str
    block: tuple[int, int] = (0, 0)


@dataclass(frozen=True, eq=False, repr=False)
class Reference:
    """How to write something in the script, and the edits that make that possible."""

    text: str
    edits: Edits = ()


def imports_before(
    script: Script, node: cst.CSTNode, function: cst.FunctionDef | None = None
) -> list[Import]:
    """The imports above a node: those of the module, and of the function that it stands in."""
    span = span_of(script, node)
    if span is None:
        return []
    bodies: list[Sequence[cst.CSTNode]] = [script.module.body]
    if function is not None and isinstance(function.body, cst.IndentedBlock):
        bodies.append(function.body.body)
    return [
        each
        for scope, body in enumerate(bodies)
        for each in _imports_above(script, span.line, body, scope)
    ]


def _imports_above(
    script: Script, line: int, body: Sequence[cst.CSTNode], scope: int
) -> Iterator[Import]:
    block = 0
    for statement in body:
        small = statement.body if type(statement) is cst.SimpleStatementLine else ()
        imports = [each for each in small if isinstance(each, (cst.Import, cst.ImportFrom))]
        block += not imports
        if imports and script.line(statement) >= line:
            return
        for node in imports:
            yield from (replace(each, block=(scope, block)) for each in _bound(node))


def _bound(node: cst.Import | cst.ImportFrom) -> Iterator[Import]:
    if isinstance(node, cst.Import):
        for alias in node.names:
            path = dotted(alias.name)
            name = _as_name(alias)
            root = path.partition(".")[0]
            yield Import(node, name or root, canonical(path), path, name or path)
        return
    module = "." * len(node.relative) + (dotted(node.module) if node.module else "")
    if isinstance(node.names, cst.ImportStar):
        yield Import(node, "*", canonical(module) + ".*", module, "*")
        return
    for alias in node.names:
        path = dotted(alias.name)
        name = _as_name(alias) or path
        yield Import(node, name, canonical(f"{module}.{path}"), module, name)


def _as_name(alias: cst.ImportAlias) -> str | None:
    target = alias.asname.name if alias.asname is not None else None
    return target.value if isinstance(target, cst.Name) else None


def refer(
    script: Script,
    path: str,
    node: cst.CSTNode,
    function: cst.FunctionDef | None = None,
    package: str = "",
) -> Reference | None:
    """How to write ``keras.callbacks.EarlyStopping`` at a node, in the way the script imports.

    None where the imports do not tell, or the name is taken by something else. With a `package`
    only what is imported from that one counts: ``tensorflow.keras``.
    """
    imports = [
        each
        for each in imports_before(script, node, function)
        if _is_sole(script, each) and (not package or _package(each) == package)
    ]
    home, _, name = path.rpartition(".")
    for each in imports:
        if each.path == path:
            return Reference(each.text)
        if each.path == f"{home}.*" and script.bindings.count(name) == 0:
            return Reference(name)
    for each in imports:
        if each.path == home:
            return Reference(f"{each.text}.{name}")
    free = script.bindings.count(name) == 0
    if free:
        found = _anchor(
            imports,
            lambda each: isinstance(each.node, cst.ImportFrom) and canonical(each.module) == home,
        )
        if isinstance(found, Import) and isinstance(found.node, cst.ImportFrom):
            return Reference(name, _extended(script, found.node, name, found.module))
    if home.startswith("keras"):
        return _of_keras(script, imports, home, name, free)
    root = home.partition(".")[0]
    found = _anchor(imports, lambda each: each.module.partition(".")[0] == root) or _anchor(imports)
    if free and found is not None:
        return Reference(name, _imported(script, found.node, f"from {home} import {name}"))
    return None


def refer_like(
    script: Script,
    path: str,
    node: cst.CSTNode,
    function: cst.FunctionDef | None,
    like: Value | None,
) -> Reference | None:
    """How to write something that goes with something else: from its package, if it can be."""
    package = _package_of(script, like) if isinstance(like, Call) else ""
    found = refer(script, path, node, function, package) if package else None
    return found or refer(script, path, node, function)


def spelt(script: Script, path: str, call: Call, like: Value | None = None) -> str:
    """How advice names a thing of Keras where a call stands: as the script can write it there.

    By its bare name where it has yet to be imported, else with the package that the script itself
    imports from (``tensorflow.keras.callbacks``). What has to go together with something else is
    taken from where that is: the function that loads a model, from the package of its class.
    """
    function = function_around(call)
    found = refer_like(script, path, call.node, function, like)
    if found:
        return found.text
    modules = (each.module for each in imports_before(script, call.node, function))
    root = next(filter(None, map(KERAS_ROOT.match, modules)), None)
    return path if root is None else root.group() + path.removeprefix("keras")


def function_around(call: Call) -> cst.FunctionDef | None:
    """The function of the script that a call stands in."""
    function = call.context.function
    node = function.node if function is not None else None
    return node if isinstance(node, cst.FunctionDef) else None


def _package_of(script: Script, call: Call) -> str:
    """The package that the class in a call is imported from; "" where the text does not show it."""
    name = _root(call.node.func)
    imports = imports_before(script, call.node, function_around(call))
    return next((_package(each) for each in imports if each.name == name), "")


def _package(each: Import) -> str:
    """The package that an import has things of Keras from: ``tensorflow.keras`` of ``tf``."""
    root = KERAS_ROOT.match(each.module)
    return root.group() if root is not None else f"{each.module}.keras"


def _anchor(
    imports: Sequence[Import], fits: Callable[[Import], bool] = lambda each: True
) -> Import | None:
    """The import below which another one of its kind belongs: the last of the first block."""
    fitting = [each for each in imports if fits(each)]
    return next((each for each in reversed(fitting) if each.block == fitting[0].block), None)


def _of_keras(
    script: Script, imports: list[Import], home: str, name: str, free: bool
) -> Reference | None:
    """A thing of Keras: imported as the script imports others, or reached from a package."""
    part = home.removeprefix("keras")
    from_module = _anchor(imports, _is_from_part_of_keras) if free else None
    roots = [each for each in imports if each.path in ("keras", "tensorflow")]
    roots.sort(key=lambda each: each.path)
    if roots and (from_module is None or _writes_whole_names(script, roots, home)):
        between = "" if roots[0].path == "keras" else ".keras"
        return Reference(f"{roots[0].text}{between}{part}.{name}")
    found = from_module or _anchor(imports, lambda each: bool(KERAS_ROOT.match(each.module)))
    if not free or found is None:
        return None
    root = KERAS_ROOT.match(found.module)
    assert root is not None
    text = f"from {root.group()}{part} import {name}"
    return Reference(name, _imported(script, found.node, text))


def _is_from_part_of_keras(each: Import) -> bool:
    """Whether an import is like ``from keras.layers import Dense``."""
    root = KERAS_ROOT.match(each.module)
    if root is None or not isinstance(each.node, cst.ImportFrom):
        return False
    return each.path.startswith("keras.") and each.module != root.group()


def _writes_whole_names(script: Script, roots: Sequence[Import], home: str) -> bool:
    """Whether the script writes ``keras.layers.Dense`` more often than ``Dense``.

    What it writes of things from the same module counts alone, where it has any.
    """
    names = {each.text.partition(".")[0] for each in roots}
    for module in (f"{home}.", "keras."):
        functions = [
            call.node.func
            for call in script.calls
            if call.function is not None and call.function.startswith(module)
        ]
        bare = sum(isinstance(each, cst.Name) for each in functions)
        whole = sum(_root(each) in names for each in functions)
        if whole or bare:
            return whole > bare
    return False


def _root(node: cst.BaseExpression) -> str:
    """The name that a dotted name begins with."""
    return dotted(node).partition(".")[0]


def module_name(
    script: Script, path: str, usual: str, node: cst.CSTNode, function: cst.FunctionDef | None
) -> Reference | None:
    """How to write a whole library: as it is imported, or by its usual name with a new import."""
    imports = [each for each in imports_before(script, node, function) if _is_sole(script, each)]
    for each in imports:
        if each.path == path:
            return Reference(each.text)
    if script.bindings.count(usual) or not imports:
        return None
    written = path if path == usual else f"{path} as {usual}"
    found = _anchor(imports)
    assert found is not None
    return Reference(usual, _imported(script, found.node, f"import {written}"))


def _is_sole(script: Script, each: Import) -> bool:
    """Whether a name means what is imported, everywhere in the script."""
    if each.name == "*":
        return True
    bindings = script.bindings
    paths = bindings.imported.get(each.name, [])
    meant = each.path if each.text == each.name else canonical(each.name)
    only = all(canonical(path) == meant for path in paths)
    return only and bindings.count(each.name) == len(paths)


def _imported(script: Script, anchor: cst.CSTNode, text: str) -> Edits:
    """An import below the statement of another one."""
    statement = script.statement(anchor)
    span = span_of(script, statement) if statement is not None else None
    if span is None:
        return ()
    indent = line_of(script, span.line)[: span.column - 1]
    end = len(line_of(script, span.end_line)) + 1
    return (at(span.end_line, end, f"{newline_at(script, span.line)}{indent}{text}"),)


def _extended(script: Script, node: cst.ImportFrom, name: str, module: str) -> Edits:
    """One more name in an import; an import of its own where the line would become too long."""
    assert not isinstance(node.names, cst.ImportStar)
    last = node.names[-1]
    place = span_of(script, last)
    if place is None:
        return ()
    if node.lpar is not None:
        return behind(script, place, name)
    line = line_of(script, place.end_line)
    if len(line) + len(name) + 2 > LONGEST_LINE or place.line != script.line(node):
        return _imported(script, node, f"from {module} import {name}")
    return (at(place.end_line, place.end_column, f", {name}"),)
