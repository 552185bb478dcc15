"""What text is read at all: where nothing trains, nothing is parsed and nothing is said."""

from collections.abc import Iterator

import pytest

from overfitcheck.finding import Level
from overfitcheck.linter import lint_source
from overfitcheck.rule import Draft, load_rules, rule
from overfitcheck.script.script import Script
from overfitcheck.script.source import Source
from overfitcheck.script.subject import holds_training

NOTHING_TRAINS = {
    "a loss": "import keras.backend as K\n\ndef loss(y, p):\n    return K.mean(K.abs(y - p))\n",
    "words in a docstring": 'import keras\n\ndef f(x):\n    """Like Dense, before fit."""\n    return x\n',
    "words in a comment": "import keras\nx = 1  # model.predict(x)\n",
    "words in a string": "import keras\nlog('call fit first', r\"predict\")\n",
    "a layer of its own": "import keras\n\nclass Dropout(keras.layers.Layer):\n    rate = 0.5\n",
}

SOMETHING_TRAINS = {
    "a fit": "import keras\nmodel.fit(x, y)\n",
    "a loop of its own": "import tensorflow as tf\nwith tf.GradientTape() as tape:\n    pass\n",
    "a class behind another name": "from keras.layers import Dropout as D\nlayer = D(0.5)\n",
    "a class out of a module": "import keras\nlayer = getattr(keras.callbacks, name)\n"
    "stop = keras.callbacks.EarlyStopping\n",
    "an expression in a string": "import keras\nprint(f'{model.predict(x)}')\n",
    "an apostrophe in a comment": "import keras\n# don't\nmodel.predict(x)\n",
    "a quotation mark in a string": "import keras\na = '\"'\nmodel.predict(x)\nb = '\"'\n",
    "no Python": "import keras\nx = = 1\n",
    "a suppression": "import keras\nx = 1  # noqa: OVF101\n",
}


@pytest.mark.parametrize("text", NOTHING_TRAINS.values(), ids=NOTHING_TRAINS)
def test_nothing_trains(text: str) -> None:
    assert not holds_training(text)


@pytest.mark.parametrize("text", SOMETHING_TRAINS.values(), ids=SOMETHING_TRAINS)
def test_something_trains(text: str) -> None:
    assert holds_training(text)


def test_rules_of_other_packs_are_asked() -> None:
    asked: list[str] = []

    def check(script: Script) -> Iterator[Draft]:
        """Whether it is asked."""
        asked.append(script.path)
        yield from ()

    check.__module__ = "another_pack.rules"
    own = rule("XYZ001", "asked", Level.INFO, bad=("",), good=("",))(check)
    text = NOTHING_TRAINS["a loss"]
    assert not lint_source(Source("loss.py", text), tuple(load_rules().values())).findings
    assert lint_source(Source("loss.py", text), (*load_rules().values(), own)).findings == ()
    assert asked == ["loss.py"]
