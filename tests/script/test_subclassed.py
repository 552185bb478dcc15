"""Layers of models whose class the script writes itself."""

from textwrap import dedent, indent

import pytest

from overfitcheck.finding import Answer
from overfitcheck.script.models import Layers
from overfitcheck.script.script import read_script

HEAD = """
import keras
import tensorflow as tf
from keras import layers
"""


def layers_in(body: str, model: str = "Net()") -> Layers:
    use = f"\nnet = {model}\nnet.compile('adam', 'mse')\nnet.fit(x, y, epochs=9)\n"
    return read_script(HEAD + dedent(body) + use, "t.py").fits[0].model.layers


def a_class(made: str, called: str, base: str = "keras.Model") -> str:
    return (
        f"class Net({base}):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        f"{indent(dedent(made), ' ' * 8)}\n"
        "    def call(self, x, training=None):\n"
        f"{indent(dedent(called), ' ' * 8)}\n"
    )


@pytest.mark.parametrize(
    ("made", "called", "expected"),
    [
        (
            "self.d1 = layers.Dense(3)\nself.drop = layers.Dropout(.5)",
            "x = self.drop(self.d1(x), training=training)\nreturn tf.nn.softmax(x)",
            ["Dense", "Dropout"],
        ),
        (
            "self.blocks = [layers.Dense(3), layers.Dropout(.5)]",
            "for block in self.blocks:\n    x = block(x)\nreturn x",
            ["Dense", "Dropout"],
        ),
        (
            "self.blocks = []\nfor units in (8, 4):\n    self.blocks.append(layers.Dense(units))",
            "for number, block in enumerate(self.blocks):\n    x = block(x)\nreturn x",
            ["Dense", "Dense"],
        ),
        (
            "self.body = keras.Sequential([layers.Conv2D(8, 3), layers.Flatten()])\n"
            "self.head = layers.Dense(1)",
            "return self.head(self.body(x))",
            ["Conv2D", "Flatten", "Dense"],
        ),
        (
            "self.one = {'a': layers.Dense(1), 'b': layers.Dense(2)}",
            "return self.one['a'](x) + self.one['b'](x)",
            ["Dense", "Dense"],
        ),
        (
            "self.d1 = layers.Dense(3)\nself.act = keras.activations.relu\nself.rate = 0.5",
            "x = self.act(self.d1(x))\nreturn tf.concat([x, tf.reshape(x, (-1, 3))], axis=0)",
            ["Dense"],
        ),
    ],
)
def test_layers_in_attributes(made: str, called: str, expected: list[str]) -> None:
    found = layers_in(a_class(made, called))
    assert [each.short_name for each in found.members] == expected
    assert found.is_whole


@pytest.mark.parametrize(
    ("made", "called"),
    [
        ("self.base = make_base()", "return self.base(x)"),
        ("self.base = layers.Dense(3)", "return tf.nn.dropout(self.base(x), 0.5)"),
        ("self.base = layers.Dense(3)", "return layers.Dropout(0.5)(self.base(x))"),
        ("self.base = layers.Dense(3)", "return augment(self.base(x))"),
        ("self.base = layers.Dense(3)", "return self.other(self.base(x))"),
        (
            "self.base = layers.Dense(3)\nif wide:\n    self.more = layers.Dense(9)",
            "return self.more(self.base(x)) if self.wide else self.base(x)",
        ),
        ("self.base = [layers.Dense(3)]\nself.base += more", "for b in self.base:\n    x = b(x)"),
        ("self.base = layers.Dense(3)", "self.add_loss(tf.reduce_sum(x))\nreturn self.base(x)"),
        ("for n in names:\n    setattr(self, n, layers.Dense(3))", "return getattr(self, 'a')(x)"),
    ],
)
def test_layers_that_cannot_all_be_known(made: str, called: str) -> None:
    assert not layers_in(a_class(made, called)).is_whole


def test_a_parent_that_the_text_does_not_show() -> None:
    made = a_class("self.base = layers.Dense(3)", "return self.base(x)", "Shared, keras.Model")
    assert not layers_in(made).is_whole


def test_a_parent_of_the_script() -> None:
    parent = a_class("self.base = layers.Dense(3)", "return self.base(x)").replace("Net", "Parent")
    child = (
        "class Net(Parent):\n    def __init__(self):\n        super().__init__()\n"
        "        self.drop = layers.Dropout(0.5)\n"
        "    def call(self, x):\n        return self.drop(super().call(x))\n"
    )
    found = layers_in(parent + child)
    assert sorted(each.short_name for each in found.every) == ["Dense", "Dropout"]


def test_layers_made_when_the_shape_is_known() -> None:
    body = """
class Net(keras.Model):
    def build(self, shape):
        self.dense = layers.Dense(3)
        self.drop = layers.Dropout(0.5)
    def call(self, x):
        return self.drop(self.dense(x))
"""
    found = layers_in(body)
    assert [each.short_name for each in found.members] == ["Dense", "Dropout"]
    assert found.is_whole


def test_layers_inside_layers() -> None:
    body = """
class Block(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.dense = layers.Dense(units)
        self.drop = layers.Dropout(0.5)
    def call(self, x):
        return self.drop(self.dense(x))
"""
    stacked = "keras.Sequential([Block(8), layers.Bidirectional(layers.LSTM(4)), layers.Dense(1)])"
    found = layers_in(body, stacked)
    assert [each.short_name for each in found.members] == ["Layer", "Bidirectional", "Dense"]
    assert [each.short_name for each in found.inside] == ["LSTM", "Dense", "Dropout"]
    assert found.is_whole


def test_a_layer_that_nothing_applies_is_not_in_the_model() -> None:
    made = "self.base = layers.Dense(3)\nself.drop = layers.Dropout(.5)"
    found = layers_in(a_class(made, "return self.base(x)"))
    assert [each.short_name for each in found.members] == ["Dense"]


@pytest.mark.parametrize(
    ("called", "known"),
    [
        ("return self.out(self.base(x))", True),
        ("x = self.base(x)\nx = self.out(x)\nreturn x", True),
        ("y = self.out(self.base(x))\nprint('done')\nreturn y", True),
        ("x = self.out(x)\nif training:\n    x = x * 2\nreturn x", False),
        ("x = self.out(x)\nx = tf.nn.softmax(x)\nreturn x", False),
        ("x = self.out(x)\nx *= 2\nreturn x", False),
        ("if training:\n    return self.base(x)\nreturn self.out(x)", False),
        ("return self.out(x), self.base(x)", False),
        ("return tf.nn.softmax(self.out(x))", False),
        ("return self.drop(self.out(x))", False),
    ],
)
def test_the_layer_whose_output_is_returned(called: str, known: bool) -> None:
    made = "self.base = layers.Dense(3)\nself.out = layers.Dense(1)\nself.drop = layers.Dropout(.1)"
    outputs = layers_in(a_class(made, called)).outputs
    assert (outputs is not None) is known
    assert not known or outputs[0]["units"].value == 1


def test_models_that_hold_each_other_are_looked_into_once() -> None:
    body = a_class("self.base = layers.Dense(3)", "return self.base(self.other(x))")
    body += "one, two = Net(), Net()\none.other = two\ntwo.other = one\n"
    assert not layers_in(body, "one").is_whole


def answers(body: str) -> dict[str, Answer]:
    use = "\nnet = Net()\nnet.compile('adam', 'mse')\nnet.fit(x, y, epochs=9)\n"
    script = read_script(HEAD + body + use, "t.py")
    return dict(script.checklist(script.fits[0]))


def test_the_checklist_sees_the_layers() -> None:
    penalised = "self.base = layers.Dense(3, kernel_regularizer='l2')\nself.drop = {drop}"
    call = "return self.drop(self.base(x))"
    found = answers(a_class(penalised.format(drop="layers.Dropout(.5)"), call))
    assert (found["dropout"], found["weight penalty"]) == (Answer.YES, Answer.YES)
    plain = answers(a_class("self.base = layers.Dense(3)", "return self.base(x)"))
    assert (plain["dropout"], plain["weight penalty"]) == (Answer.NO, Answer.NO)
    unseen = answers(a_class("self.base = make_base()", "return self.base(x)"))
    assert (unseen["dropout"], unseen["weight penalty"]) == (Answer.UNKNOWN, Answer.UNKNOWN)


def test_log_keys_of_a_subclassed_model() -> None:
    body = a_class("self.out = layers.Dense(1)", "return self.out(x)")
    use = "net = Net()\nnet.compile('adam', 'mse', metrics=['mae'])\nnet.fit(x, y, epochs=9)\n"
    keys = read_script(HEAD + body + use, "t.py").fits[0].log_keys
    assert keys is not None
    assert (keys.has("mae"), keys.has("accuracy")) == (True, False)
    more = body + "    @property\n    def metrics(self):\n        return [self.own]\n"
    assert read_script(HEAD + more + use, "t.py").fits[0].log_keys is None
    unseen = body.replace("self.out = layers.Dense(1)", "self.out = make()")
    assert read_script(HEAD + unseen + use, "t.py").fits[0].log_keys is None


OWN_STEP = """
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((self(x{training}) - y) ** 2){penalties}
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        return {{"loss": loss}}
"""


@pytest.mark.parametrize(
    ("training", "penalties", "expected"),
    [
        (", training=True", " + sum(self.losses)", (Answer.YES, Answer.YES)),
        ("", " + sum(self.losses)", (Answer.NO, Answer.YES)),
        (", training=True", "", (Answer.YES, Answer.UNKNOWN)),
        (", training=flag", "", (Answer.UNKNOWN, Answer.UNKNOWN)),
    ],
)
def test_a_training_step_of_its_own(
    training: str, penalties: str, expected: tuple[Answer, Answer]
) -> None:
    made = "self.base = layers.Dense(3, kernel_regularizer='l2')\nself.drop = layers.Dropout(.5)"
    body = a_class(made, "return self.drop(self.base(x))")
    found = answers(body + OWN_STEP.format(training=training, penalties=penalties))
    assert (found["dropout"], found["weight penalty"]) == expected
