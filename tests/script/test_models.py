"""Layers of models, however they are put together."""

from textwrap import dedent

import pytest

from overfitcheck.script.script import read_script

HEAD = """
import keras
from keras import layers
from keras.models import Sequential, Model
from keras.layers import Dense, Dropout, Input
"""


def layers_in(body: str) -> tuple[list[str], bool, list[str] | None]:
    fit = read_script(HEAD + dedent(body) + "\nmodel.fit(x, y, epochs=9)", "t.py").fits[0]
    found = fit.model.layers
    outputs = None if found.outputs is None else [each.short_name for each in found.outputs]
    return [layer.short_name for layer in found.members], found.complete, outputs


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("model = Sequential([Dense(3), Dropout(.1), Dense(1)])", ["Dense", "Dropout", "Dense"]),
        ("model = Sequential()\nmodel.add(Dense(3))\nmodel.add(Dropout(.1))", ["Dense", "Dropout"]),
        ("l = [Dense(3)]\nl.append(Dropout(.1))\nmodel = Sequential(l)", ["Dense", "Dropout"]),
        (
            "def build():\n    m = Sequential()\n    m.add(Dense(3))\n    return m\nmodel = build()",
            ["Dense"],
        ),
        (
            "i = Input((3,))\nh = Dense(3)(i)\nh = Dropout(.1)(h)\nmodel = Model(i, Dense(1)(h))",
            ["Dense", "Dropout", "Dense"],
        ),
        (
            "i = Input((3,))\na = Dense(3)(i)\nb = Dense(4)(i)\n"
            "model = Model(inputs=i, outputs=layers.concatenate([a, b]))",
            ["Dense", "Dense", "Concatenate"],
        ),
        (
            "from keras.layers import merge\ni = Input((3,))\na = Dense(3)(i)\n"
            "b = Dropout(.1)(i)\nmodel = Model(i, Dense(1)(merge([a, b], mode='concat')))",
            ["Dense", "Dropout", "Merge", "Dense"],
        ),
        (
            "from keras.layers.merge import add\ni = Input((3,))\n"
            "a = add(inputs=[Dense(3)(i), Dropout(.1)(i)], name='both')\nmodel = Model(i, a)",
            ["Dense", "Dropout", "Add"],
        ),
        (
            "i = Input((3,))\na = Dense(3)(i)\nmodel = Model(i, layers.dot([a, i, each], 1))",
            None,
        ),
        (
            "i = Input((3,))\na = Dense(3)(i)\nb = Dropout(.1)(i)\n"
            "model = Model(inputs=i, outputs=layers.Concatenate()([a, b]))",
            ["Dense", "Dropout", "Concatenate"],
        ),
        (
            "i = Input((None, 8))\na, state = layers.GRU(3, return_state=True)(Dropout(.1)(i))\n"
            "b = layers.LSTM(3)(Dense(4)(i), initial_state=[state, a])\nmodel = Model(i, b)",
            ["Dropout", "GRU", "Dense", "LSTM"],
        ),
        (
            "inner = Sequential([Dense(3), Dropout(.1)])\nmodel = Sequential([inner, Dense(1)])",
            ["Dense", "Dropout", "Dense"],
        ),
    ],
)
def test_layers_in_order(body: str, expected: list[str] | None) -> None:
    members, complete, _ = layers_in(body)
    if expected is None:
        assert not complete
    else:
        assert (members, complete) == (expected, True)


@pytest.mark.parametrize(
    "body",
    [
        "model = Sequential()\nfor n in sizes:\n    model.add(Dense(n))",
        "model = Sequential()\nif deep:\n    model.add(Dense(3))",
        "model = Sequential([Dense(3), their_layer()])",
        "model = Sequential(their_layers)",
        "model = keras.applications.VGG16()",
        "model = keras.models.load_model('a.keras')",
        "class M(keras.Model):\n    pass\nmodel = M()",
    ],
)
def test_layers_that_cannot_all_be_known(body: str) -> None:
    assert layers_in(body)[1] is False


def test_output_layers() -> None:
    assert layers_in("model = Sequential([Dense(3), Dropout(.1)])")[2] == ["Dropout"]
    assert layers_in("i = Input((3,))\nmodel = Model(i, [Dense(1)(i), Dropout(.1)(i)])")[2] == [
        "Dense",
        "Dropout",
    ]
