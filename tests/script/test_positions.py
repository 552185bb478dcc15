"""Trees and positions are those that libcst finds by parsing and writing the whole module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider

import overfitcheck
from overfitcheck.script.convert_expressions import ConversionError
from overfitcheck.script.nodes import inner_nodes
from overfitcheck.script.parsing import parse, parse_in_parts
from overfitcheck.script.script import Script, read_script

TEXTS = {
    "one line": "f(1); g(2)\n",
    "lines above": "# a\n\n\nf(1)  # b\n\n# c\ng(2)\n",
    "indented": "if a:\n    if f(1):\n        g(\n            2,\n            h(3)\n        )\n",
    "tabs": "def a():\n\tif f(1):\n\t\treturn g(\n\t\t\t2)\n",
    "elif": "if a(1):\n    pass\nelif b(\n    2\n):\n    c(3)\nelse:\n    if d(4): e(5)\n",
    "try": "try:\n    a(1)\n    b(2)\nexcept c(3) as d:\n    e(4)\nelse:\n    f(5)\nfinally:\n    g(6)\n",
    "match": "match a(1):\n    case b() if c(2):\n        d(3)\n    case _:\n        e(4)\n",
    "loops": "for i in a(1):\n    b(2)\nelse:\n    c(3)\nwhile d(4):\n    e(5)\nelse:\n    f(6)\n",
    "with": "with a(1) as b, c(\n        2) as d:\n    e(3)\n",
    "decorated": "# x\n@a(1)\n# y\n@b(2)\n# z\ndef c(d=e(3)) -> f(4):\n    '''g'''\n    h(5)\n",
    "class": "@a(1)\nclass B(c(2), metaclass=d(3)):\n\n    e = f(4)\n\n    async def g(self):\n        await h(5)\n",
    "crlf": "a(1)\r\nif b(2):\r\n    c(3)\r\n",
    "form feed": "a(1)\n\x0c\nb(2)\n",
    "wide letters": "é = f('ü', g(1)); h(é)\n",
    "continued": "x = f(1) + \\\n    g(2)\ny = h(3)\n",
    "text over lines": "x = '''a\n  b''' + f(1)\ny = g(2)\n",
    "suite": "if a(1): b(2); c(3)\n",
    "lambda": "f = lambda x: g(x)\nf(1)\nf(2)\n",
    "parentheses": "x = (f(1)\n     + (g(2)))\n",
    "nothing that Python 3.10 reads": "type A = f(1)\ng(2)\n",
    "tuples": "a = b, (c, d), ((e), f), (g,)\nh[i, j] = k[(l, m)], n[(o), p:q]\ndel a, b\n",
    "generators": "f(a for a in b(1))\nf(\n    (a) for a in b(1)\n    for c in (d) if (e)\n)\ng((c for c in d(2)), 3)\nh((e for e in i(4)))\n",
    "strings": "a = 'b' 'c' f(1)\n".replace(" f(1)", "") + "d = f'{e(1)} {f(2)!r:>{g(3)}}'; h(i)\n",
    "strings over lines": "a = ('b'\n     f'{c(1)}'  # d\n     'e')\nf = f'''g\n{h(2)}'''\n",
    "wide letters in strings": "é = f'ü{f(1)}' + g('ß', h(2))\n",
    "chains": "a = b(1) and (c(2)) and d(3) or e < f(4) <= g(5)\nh = -i(6) if not j(7) else (yield)\n",
    "arguments": "f(*a, b=(c), **d)\ng(b, *c, d=1, *e)\nclass H(i, *j, k=l(1), **m): pass\n",
    "parameters": "def f(a, /, b: c(1) = d(2), *e, g=h(3), **i): pass\nj = lambda *, k=l(4), **m: n\n",
    "several statements": "a(1); b(2)\nif c: d(3); e(4)\nelse: f(5)\n",
    "imports": "from . import (a as b,)\nfrom ..c.d import *\nimport e.f as g, h\ni(1)\n",
    "comprehensions": "a = [b(1) for c in d(2) if e(3) for f in g]\nh = {i: j for i, j in k(4)}\n",
    "awaiting": "async def a():\n    async with b(1) as c:\n        async for d in e(2):\n            await f(3)\n",
    "numbers": "a = 0x1F + 1_000 + 2.5e-3 + 3j + True + ...\n",
    "nothing that Python 3.10 reads, and no last line end": "type A = f(1)\nif g(2):\n    h(3)",
    "long chain": "a = " + " + ".join(["f(1)"] * 60) + "\n",
    "long elif": "if a(0): pass\n" + "".join(f"elif a({n}): pass\n" for n in range(60)),
}

WRITTEN_WITH_BRACKETS = (cst.Tuple, cst.GeneratorExp)
"""What libcst places without the brackets that belong to it, as Python does not."""


def pairs(text: str) -> Iterator[tuple[Script, Any, Any, Any]]:
    """Each node of a script beside the one that libcst's parser has made, and its place."""
    script = read_script(text, "t.py")
    wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
    places = wrapper.resolve(PositionProvider)
    waiting: list[tuple[Any, Any]] = list(zip(script.module.body, wrapper.module.body, strict=True))
    while waiting:
        mine, theirs = waiting.pop()
        assert type(mine) is type(theirs)
        waiting.extend(zip(inner_nodes(mine), inner_nodes(theirs), strict=True))
        yield script, mine, theirs, places.get(theirs)


def assert_same(mine: Any, theirs: Any) -> None:
    """Whether two trees say the same, but for whitespace, comments and punctuation."""
    waiting = [(mine, theirs)]
    while waiting:
        one, other = waiting.pop()
        assert type(one) is type(other)
        for name in ("value", "star"):
            if isinstance(getattr(other, name, None), str):
                assert getattr(one, name) == getattr(other, name)
        assert type(getattr(one, "operator", None)) is type(getattr(other, "operator", None))
        if isinstance(other, WRITTEN_WITH_BRACKETS):
            assert bool(one.lpar) is bool(other.lpar)
        waiting.extend(zip(inner_nodes(one), inner_nodes(other), strict=True))


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_same_tree(text: str) -> None:
    assert_same(read_script(text, "t.py").module, cst.parse_module(text))


@pytest.mark.parametrize("folder", ["script", "history", "recorder", "report"])
def test_same_tree_of_every_module_of_this_package(folder: str) -> None:
    files = sorted(Path(overfitcheck.__file__).with_name(folder).glob("*.py"))
    assert files
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert_same(parse(text).module, cst.parse_module(text))


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_expression(text: str) -> None:
    asked = 0
    for script, mine, theirs, place in pairs(text):
        if not isinstance(mine, (cst.BaseExpression, cst.Arg, cst.BaseCompoundStatement)):
            continue
        if isinstance(mine, WRITTEN_WITH_BRACKETS) and theirs.lpar:
            continue
        asked += 1
        start, end = place.start, place.end
        expected = (start.line, start.column + 1, end.line, end.column + 1)
        assert script.position(mine) == expected, script.text(mine)
        assert script.line(mine) == start.line, script.text(mine)
    assert asked


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_text_of_every_expression(text: str) -> None:
    for script, mine, theirs, _ in pairs(text):
        if isinstance(mine, (cst.BaseExpression, cst.Arg, cst.BaseElement)):
            expected = " ".join(cst.Module([]).code_for_node(theirs).split()).rstrip(", ")
            assert script.text(mine) == expected


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_statement_around_every_expression(text: str) -> None:
    for script, mine, _, place in pairs(text):
        if isinstance(mine, (cst.BaseExpression, cst.Arg)):
            statement = script.statement(mine)
            assert statement is not None
            line, _, end_line, _ = script.position(statement)
            decorators = getattr(statement, "decorators", ())
            first = min([line, *(script.line(each.decorator) for each in decorators)])
            assert first <= place.start.line <= place.end.line <= end_line


def test_a_tuple_has_its_brackets() -> None:
    script = read_script("a = (b, c)\n", "t.py")
    node = script.module.body[0].body[0].value
    assert script.position(node) == (1, 5, 1, 11)


def test_only_nodes_that_are_kept_have_places() -> None:
    text = "".join(f"f(a for a in b{n})\ng = f'{{h({n})}}'\n" for n in range(50))
    tree = parse_in_parts(text + "def i():\n    j(k)\n    match l:\n        case _: m(n)\n")
    for part in tree.parts[:-1]:
        tree.part(part)
    known = len(tree._places)
    with pytest.raises(ConversionError):
        tree.part(tree.parts[-1])
    assert len(tree._places) == known
    nodes = [tree.part(part) for part in tree.parts[:-1]]
    held = {id(node) for node in nodes}
    waiting = list(nodes)
    while waiting:
        inside = [inner for node in waiting for inner in inner_nodes(node)]
        held |= {id(node) for node in inside}
        waiting = inside
    assert set(tree._places) <= held
    others = [cst.Name("other") for _ in range(10_000)]
    assert not any(other in tree for other in others)
