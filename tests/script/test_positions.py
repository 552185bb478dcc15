"""Positions are those that libcst finds by writing the whole module again."""

import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider

from overfitcheck.script.script import read_script

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
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_expression(text: str) -> None:
    script = read_script(text, "t.py")
    wrapper = MetadataWrapper(script.module, unsafe_skip_copy=True)
    for node, place in wrapper.resolve(PositionProvider).items():
        if isinstance(node, (cst.BaseExpression, cst.Arg, cst.BaseCompoundStatement)):
            start, end = place.start, place.end
            expected = (start.line, start.column + 1, end.line, end.column + 1)
            assert script.position(node) == expected, script.text(node)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_line(text: str) -> None:
    script = read_script(text, "t.py")
    wrapper = MetadataWrapper(script.module, unsafe_skip_copy=True)
    for node, place in wrapper.resolve(PositionProvider).items():
        if isinstance(node, (cst.BaseExpression, cst.Arg, cst.BaseCompoundStatement)):
            assert script.line(node) == place.start.line, script.text(node)
