"""Whatever the text, the walk ends and raises nothing but a syntax error."""

import sys
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overfitcheck.linter import lint_source
from overfitcheck.rule import load_rules
from overfitcheck.script.script import ScriptSyntaxError, read_script
from overfitcheck.script.source import Source

LINES = st.sampled_from(
    """import keras
from keras.layers import *
x = y
x += [x]
x, *y = y, x
x.y.z = x[0]
x[1:2] = y()
def f(a, b=1, *c, d=2, **e): return f(a, *c, **e)
f(x, y=f)
class A(A): x = 1
class B(keras.Model):\n    def fit(self, *a, **k): return super().fit(*a, **k)
B().fit(x, epochs=2)
model = keras.Sequential([x, f])
model.add(model)
model.fit(x, y, epochs=-1, callbacks=[keras.callbacks.EarlyStopping()])
m = keras.Model(x, m)
for i in range(3): model.fit(x)
while x: y = x; break
if x:\n    y = [1]\nelif y:\n    y = {}\nelse:\n    raise x
try:\n    x = 1\nexcept* E as e:\n    y = e\nfinally:\n    z = x
with open(x) as f, g: x = f
lambda q: (yield)
x = [i for i in x if i for j in i]
x = {**x, 'a': 1}
global x
del x, y[0]
x = y if x else lambda: x
x = 10 ** 10 ** 10
x = f'{x!r:>{y}}' 'a' b'b'
async def g(): await x
match x:\n    case [a, *b]: y = a\n    case _: pass
@f\ndef h(): nonlocal x
assert (z := x) is not None
x: int = 3
from .. import *""".split("\n")
)


@settings(max_examples=300)
@given(st.lists(LINES, max_size=25))
def test_shuffled_statements(lines: list[str]) -> None:
    text = "\n".join(line.replace("\\n", "\n") for line in lines)
    try:
        script = read_script(text, "t.py")
    except ScriptSyntaxError:
        return
    for fit in script.fits:
        script.checklist(fit)
        script.position(fit.node)


@settings(max_examples=200)
@given(st.text())
def test_any_text(text: str) -> None:
    try:
        read_script(text, "t.py")
    except ScriptSyntaxError as error:
        assert error.line >= 1
        assert error.column >= 1
        assert "\n" not in error.message


@pytest.mark.parametrize("depth", [50, 500, 10_000])
@pytest.mark.parametrize("brackets", ["()", "[]", "{}"])
def test_deep_brackets(depth: int, brackets: str) -> None:
    try:
        read_script(f"x = {brackets[0] * depth}1{brackets[1] * depth}\n", "t.py")
    except ScriptSyntaxError as error:
        assert "\n" not in error.message


@pytest.mark.parametrize(
    "text",
    [
        "x = " + " + ".join(["1"] * 3000),
        "def f():\n    return f()\nf()",
        "def f():\n    return g()\ndef g():\n    return f()\nf()",
        "x = []\nx.append(x)\nimport keras\nkeras.Model(x, x).fit(x, callbacks=x)",
        "\n".join(f"def f{n}():\n    f{n + 1}(); f{n + 1}()" for n in range(60)) + "\nf0()",
        "class A:\n    def __init__(self):\n        self.a = A()\nA().a.a.a",
        "while True:\n    while True:\n        for i in i: pass",
        "x = (" + "not\n" * 30_000 + "y)",
    ],
    ids="sum recursion mutual own_item doubling own_instance loops negations".split(),
)
def test_what_could_run_away(text: str) -> None:
    limit = sys.getrecursionlimit()
    try:
        read_script(text, "t.py")
    except ScriptSyntaxError:
        pass
    assert sys.getrecursionlimit() == limit


NEWER = 'x = f"{"a"}"\n'
"""What Python 3.12 reads, and no earlier one."""


@pytest.mark.parametrize(
    "deep",
    [
        "y = " + " + ".join(["1"] * 30_000),
        "if x: pass\n" + "elif x: pass\n" * 30_000,
        "y = x" + "\\\n.lower()" * 30_000,
        "y = " + "not " * 30_000 + "x",
        "y = (" + "not\n" * 30_000 + "x)",
        "y = " + "x if x else " * 30_000 + "x",
        "y = " + "lambda: " * 30_000 + "x",
    ],
    ids=["sum", "branches", "calls", "negations", "lines", "conditions", "functions"],
)
def test_newer_texts_that_are_too_deep_are_told(deep: str) -> None:
    with pytest.raises(ScriptSyntaxError):
        read_script(f"{NEWER}{deep}\n", "t.py")


def test_newer_texts_may_be_long() -> None:
    many = "print(\n    1 + x,\n    [-1, -2],\n    ('a' or\n     'b'),\n)\nif x:\n    pass\nelif y:\n    z(\n    )\n"
    script = read_script(NEWER + many * 200, "t.py")
    assert sum(call.function == "builtins.print" for call in script.calls) == 200


def test_loops_within_loops_are_followed_so_far() -> None:
    lines = [f"{'    ' * depth}for i{depth} in range(16):" for depth in range(5)]
    text = "\n".join(["import keras", *lines, f"{'    ' * 5}f(i0, i1, i2, i3, i4)"])
    assert read_script(text, "train.py").walk.steps < 10_000


def test_loops_over_long_functions_are_followed_once() -> None:
    """What each of ten rounds does in hundreds of lines takes long, and says little."""
    loop = "for depth in range(1, 11):\n    build(depth)\n"

    def layers(lines: int) -> int:
        body = "    keras.layers.Dense(depth)\n" + "    depth += 1\n" * lines
        text = f"import keras\ndef build(depth):\n{body}{loop}model.fit(x, y)\n"
        return sum(call.function == "keras.layers.Dense" for call in read_script(text, "a").calls)

    assert layers(20) == 10
    assert layers(200) == 1


def test_where_nothing_trains_repetitions_are_soon_left_out() -> None:
    """A library of models builds each of them out of the same few parts."""
    blocks = "".join(f"def block_{n}(x):\n    return unit(unit(x))\n" for n in range(30))
    many = "".join(f"x = block_{n}(x)\n" for n in range(30))
    unit = "def unit(x):\n    for rate in (1, 2, 3, 4):\n        x = Dense(rate)(x)\n    return x\n"
    library = f"import keras\nfrom keras.layers import Dense, Input\n{unit}{blocks}x = Input((9,))\n{many}"

    def layers(text: str) -> int:
        return sum(call.function == "keras.layers.Dense" for call in read_script(text, "a").calls)

    assert layers(library + "keras.Model(i, x)\n") < layers(
        library + "keras.Model(i, x).fit(x, y)\n"
    )
    assert layers(library) >= 4


def _looked_through(monkeypatch: pytest.MonkeyPatch, module: str, code: str, text: str) -> int:
    """How many values a rule looks through in a module, for what they were computed from."""
    looking = import_module(module)
    counted, ingredients = [0], looking.ingredients

    def counting(*args: Any, **kwargs: Any) -> Any:
        counted[0] += 1
        return ingredients(*args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(looking, "ingredients", counting)
        lint_source(Source("train.py", text), [load_rules()[code]])
    return counted[0]


MODEL = """import keras
import numpy as np
from sklearn.preprocessing import StandardScaler
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
"""


def test_averaged_predictions_are_looked_for_once_for_all_fits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    summed = "print(np.mean([model.predict(a), model.predict(b)]))\n"

    def looked(fits: int) -> int:
        text = MODEL + "model.fit(x, y, epochs=9, validation_data=(v, w))\n" * fits + summed * 5
        return _looked_through(
            monkeypatch, "overfitcheck.script.monte_carlo", "OVF403", f"{text}# {fits}\n"
        )

    assert looked(20) == looked(2) > 0


def test_data_are_looked_through_once_for_all_scalers(monkeypatch: pytest.MonkeyPatch) -> None:
    def looked(scalers: int) -> int:
        fitted = "".join(f"x{n} = StandardScaler().fit_transform(x)\n" for n in range(scalers))
        scores = "model.fit(a, b, epochs=9)\nprint(model.evaluate(c, d))\n" * 5
        return _looked_through(
            monkeypatch,
            "overfitcheck.rules.splits.scaler_fitted_on_held_out_data",
            "OVF113",
            MODEL + fitted + scores,
        )

    judged = 10
    assert 0 < looked(10) - judged <= 50
    assert looked(20) - judged <= 100


def test_long_functions_are_entered_a_few_times() -> None:
    calls = "".join(f"build({depth})\n" for depth in range(10))

    def layers(lines: int) -> int:
        body = "    keras.layers.Dense(depth)\n" + "    depth += 1\n" * lines
        text = f"import keras\ndef build(depth):\n{body}{calls}model.fit(x, y)\n"
        return sum(call.function == "keras.layers.Dense" for call in read_script(text, "a").calls)

    assert layers(20) == 10
    assert layers(900) == 4
