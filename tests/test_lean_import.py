"""libcst is the same however it was imported; only what it drops is not made."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from dataclasses import dataclass, fields

import pytest

from overfitcheck.lean_import import lean_dataclasses

DESCRIBED = """
import dataclasses, inspect, sys
before = dataclasses.dataclass
if sys.argv[1] == "lean":
    from overfitcheck.lean_import import import_libcst
    assert "libcst" not in sys.modules
    import_libcst()
import libcst
assert dataclasses.dataclass is before
nodes = [each for each in vars(libcst).values() if isinstance(each, type)]
assert len([each for each in nodes if dataclasses.is_dataclass(each)]) > 150
for node in sorted(nodes, key=lambda each: each.__qualname__):
    print(node.__module__, node.__qualname__, node.__doc__, node.__bases__)
    print(sorted(vars(node)), getattr(node, "__match_args__", None))
    for name in ("__eq__", "__ne__", "__hash__", "__repr__", "__setattr__", "__lt__", "__init__"):
        made = getattr(node, name)
        print(name, made.__module__ if inspect.isfunction(made) else "", made.__qualname__)
    if dataclasses.is_dataclass(node):
        for each in dataclasses.fields(node):
            print(each.name, each.type, each.init, each.repr, each.compare, each.kw_only)
tree = libcst.parse_module("model.fit(x, y, epochs=2)")
print(repr(tree), tree == tree.deep_clone(), tree.deep_equals(tree.deep_clone()))
try:
    tree.header = ()
except dataclasses.FrozenInstanceError as error:
    print(error)
"""


def described(how: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", DESCRIBED, how], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_the_classes_of_libcst_are_the_same() -> None:
    assert described("lean") == described("plain")


def test_linting_begins_with_it(tmp_path) -> None:
    (tmp_path / "train.py").write_text("import keras\nmodel.fit(x, y, epochs=3)\n")
    text = """
import dataclasses, sys
asked = []
whole = dataclasses.dataclass
def dataclass(cls=None, /, **given):
    asked.append(given)
    return whole(cls, **given)
dataclasses.dataclass = dataclass
import overfitcheck
overfitcheck.lint(sys.argv[1])
assert sum(each.get("repr") is False and each.get("eq") is False for each in asked) > 150
"""
    subprocess.run([sys.executable, "-c", text, str(tmp_path / "train.py")], check=True)


@pytest.mark.parametrize("asked", [{}, {"frozen": True}, {"order": True}, {"eq": False}])
def test_other_classes_made_meanwhile_are_whole(asked) -> None:
    def plain() -> type:
        class Plain:
            x: int = 0

        return Plain

    def comparing() -> type:
        class Comparing:
            x: int = 0

            def __eq__(self, other: object) -> bool:
                return True

        return Comparing

    def printing() -> type:
        class Printing:
            x: int = 0

            def __repr__(self) -> str:
                return "mine"

            def __hash__(self) -> int:
                return 7

        return Printing

    for make in (plain, comparing, printing):
        whole = dataclass(**asked)(make())
        with lean_dataclasses():
            lean = dataclasses.dataclass(**asked)(make())
        assert sorted(vars(lean)) == sorted(vars(whole))
        assert [each.name for each in fields(lean)] == [each.name for each in fields(whole)]
        assert (repr(lean(1)).rpartition(".")[2], lean(1) == lean(2)) == (
            repr(whole(1)).rpartition(".")[2],
            whole(1) == whole(2),
        )
        assert (lean.__hash__ is None) == (whole.__hash__ is None)
