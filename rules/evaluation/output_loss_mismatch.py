"""OVF909: an output layer and a loss that do not fit together."""

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.imports import spelt
from overfitcheck.script.keras_names import activation_name, loss_name
from overfitcheck.script.models import Model, is_model
from overfitcheck.script.script import Script
from overfitcheck.script.tapes import TrainedCall
from overfitcheck.script.values import Call, Items, Setting, Value, constant, options

FOCAL = frozenset({"binary_focal_crossentropy", "categorical_focal_crossentropy"})

CROSS_ENTROPIES = FOCAL | {
    "binary_crossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
}

CONVOLUTIONS = frozenset(
    "Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose SeparableConv1D "
    "SeparableConv2D".split()
)
"""Layers whose filters are the output for each pixel or step."""

SEVERAL = "use a sigmoid with binary_crossentropy, or as many units as classes"

TOLD = "is told from_logits=True"


@rule(
    "OVF909",
    "output-loss-mismatch",
    Level.ERROR,
    bad=(
        """
import keras
model = keras.Sequential([
    keras.layers.Dense(16, activation="relu"),
    keras.layers.Dense(1, activation="softmax"),  # <- OVF909
])
model.compile("adam", "binary_crossentropy")
""",
        """
from keras.models import Sequential
from keras.layers import Activation, Dense
model = Sequential()
model.add(Dense(16, activation="relu"))
model.add(Dense(1))  # <- OVF909
model.add(Activation("softmax"))
model.compile(loss="binary_crossentropy", optimizer="adam")
""",
        """
import keras
inputs = keras.Input((8,))
outputs = keras.layers.Dense(10)(inputs)
model = keras.Model(inputs, outputs)
model.compile("adam", "sparse_categorical_crossentropy")  # <- OVF909
""",
        """
import keras
inputs = keras.Input((8,))
model = keras.Model(inputs, keras.layers.Dense(10)(inputs))
model.compile("adam", ["categorical_crossentropy"])  # <- OVF909
""",
        """
import keras
model = keras.Sequential([
    keras.layers.Dense(1, activation="sigmoid"),  # <- OVF909
])
model.compile("adam", loss=keras.losses.CategoricalCrossentropy())
""",
        """
import keras
base = keras.applications.MobileNetV2(include_top=False, pooling="avg")
model = keras.Sequential([base, keras.layers.Dense(1)])
model.compile("adam", loss="binary_crossentropy")  # <- OVF909
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(10, activation=keras.activations.softmax)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))  # <- OVF909
""",
        """
import tensorflow as tf
net = tf.keras.Sequential([tf.keras.layers.Dense(32), tf.keras.layers.Dense(10)])
optimizer = tf.keras.optimizers.Adam()
loss_of = tf.keras.losses.SparseCategoricalCrossentropy()  # <- OVF909
for images, labels in batches:
    with tf.GradientTape() as tape:
        loss = loss_of(labels, net(images, training=True))
    gradients = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(gradients, net.trainable_variables))
""",
        """
import keras
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = keras.layers.Dense(64, activation="relu")
        self.out = keras.layers.Dense(10)
    def call(self, x):
        x = self.hidden(x)
        return self.out(x)
net = Net()
net.compile("adam", loss="sparse_categorical_crossentropy")  # <- OVF909
""",
        """
import os
import keras
if os.path.exists("model.keras"):
    model = keras.models.load_model("model.keras")
else:
    model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "sparse_categorical_crossentropy")  # <- OVF909
""",
        """
import keras
from keras import layers
masks = keras.Sequential([layers.Conv2D(8, 3, activation="relu"), layers.Conv2D(1, 1)])
masks.compile("adam", "binary_crossentropy")  # <- OVF909
flat = keras.Sequential([layers.Dense(1), layers.Softmax()])  # <- OVF909
flat.compile("adam", "mse")
pair = keras.Sequential([layers.Dense(1, activation="sigmoid")])  # <- OVF909
pair.compile("adam", "sparse_categorical_crossentropy")
rare = keras.Sequential([layers.Dense(1, activation="sigmoid")])
rare.compile("adam", keras.losses.BinaryFocalCrossentropy(from_logits=True))  # <- OVF909
pets = keras.Sequential([layers.Dense(2, activation="tanh")])  # <- OVF909
pets.compile("adam", "categorical_crossentropy")
free = keras.Sequential([layers.Dense(1, activation="relu")])  # <- OVF909
free.compile("adam", "binary_crossentropy")
""",
        """
import keras
from keras import layers
tags = keras.Sequential([layers.LSTM(8, return_sequences=True)])
tags.add(layers.TimeDistributed(layers.Dense(5)))
tags.compile("adam", "categorical_crossentropy")  # <- OVF909
lone = keras.Sequential([layers.TimeDistributed(layers.Dense(1, activation="softmax"))])  # <- OVF909
lone.compile("adam", "binary_crossentropy")
steps = keras.Sequential([
    layers.TimeDistributed(layers.Dense(1)),  # <- OVF909
    layers.TimeDistributed(layers.Activation("softmax")),
])
steps.compile("adam", "binary_crossentropy")
""",
        """
import keras
import tensorflow as tf
net = tf.keras.Sequential([tf.keras.layers.Dense(10)])
if resumed:
    net = tf.keras.models.load_model(resumed)
optimizer = tf.keras.optimizers.Adam()
loss_of = tf.keras.losses.SparseCategoricalCrossentropy()  # <- OVF909
for images, labels in batches:
    with tf.GradientTape() as tape:
        loss = loss_of(labels, net(images, training=True))
    gradients = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(gradients, net.trainable_variables))
""",
        """
from keras import Sequential, layers
def network():
    model = Sequential([layers.Dense(8, activation="relu"), layers.Dense(5)])
    model.load_weights("first.h5")
    model.compile(loss="categorical_crossentropy", optimizer="adam")  # <- OVF909
    return model
""",
        """
from keras import Sequential, layers
again = Sequential([layers.Dense(8, activation="relu"), layers.Dense(5)])
again.compile(loss="categorical_crossentropy", optimizer="adam")  # <- OVF909
again.load_weights("first.h5")
again.fit(x, y, epochs=5)
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([
    keras.layers.Dense(16, activation="relu"),
    keras.layers.Dense(1, activation="sigmoid"),
])
model.compile("adam", "binary_crossentropy")
""",
        """
import keras
from keras import ops
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.out = keras.layers.Dense(10)
    def call(self, x):
        x = self.out(x)
        return ops.softmax(x)
net = Net()
net.compile("adam", loss="sparse_categorical_crossentropy")
""",
        """
import tensorflow as tf
net = tf.keras.Sequential([tf.keras.layers.Dense(32), tf.keras.layers.Dense(10)])
optimizer = tf.keras.optimizers.Adam()
loss_of = tf.keras.losses.SparseCategoricalCrossentropy()
for images, labels in batches:
    with tf.GradientTape() as tape:
        loss = loss_of(labels, tf.nn.softmax(net(images, training=True)))
    gradients = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(gradients, net.trainable_variables))
""",
        """
import tensorflow as tf
class Net(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.out = tf.keras.layers.Dense(10)
    def call(self, x):
        return self.out(x)
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x, y, tf.nn.softmax(self(x, training=True)))
        self.optimizer.apply(tape.gradient(loss, self.trainable_weights), self.trainable_weights)
        return {"loss": loss, "rows": tf.shape(y)[0]}
net = Net()
net.compile("adam", "sparse_categorical_crossentropy")
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(10), keras.layers.Lambda(to_shares)])
model.compile("adam", "categorical_crossentropy")
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
""",
        """
import argparse
import keras
parser = argparse.ArgumentParser()
parser.add_argument("--classes", type=int, default=1)
model = keras.Sequential([keras.layers.Dense(parser.parse_args().classes, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
""",
        """
import keras
from keras import layers
masks = keras.Sequential([layers.Conv2D(1, 1), layers.Activation("sigmoid")])
masks.compile("adam", "binary_crossentropy")
critic = keras.Sequential([layers.Conv2D(64, 4), layers.Conv2D(1, 4)])
critic.compile("adam", "mse")
flat = keras.Sequential([layers.Conv2D(1, 1), layers.Flatten(), layers.Lambda(to_shares)])
flat.compile("adam", "binary_crossentropy")
first = keras.Sequential([layers.Conv2D(1, 1, activation="softmax", data_format="channels_first")])
first.compile("adam", "binary_crossentropy")
steps = keras.Sequential([layers.Dense(1), layers.Softmax(axis=1)])
steps.compile("adam", "mse")
rare = keras.Sequential([layers.Dense(1, activation="sigmoid")])
rare.compile("adam", keras.losses.BinaryFocalCrossentropy())
shares = keras.Sequential([layers.Dense(4, activation="relu")])
shares.compile("adam", "categorical_crossentropy")
painter = keras.Sequential([layers.Conv2D(3, 1, activation="tanh")])
painter.compile("adam", "mse")
words = keras.Sequential([layers.TimeDistributed(layers.Dense(9)), layers.Activation("softmax")])
words.compile("adam", "categorical_crossentropy")
frames = keras.Sequential([layers.TimeDistributed(painter), layers.TimeDistributed(own_layer(9))])
frames.compile("adam", "categorical_crossentropy")
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(10, activation=my_softmax)])
model.compile("adam", "categorical_crossentropy")
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(10), keras.layers.Softmax()])
model.compile("adam", "categorical_crossentropy")
""",
        """
import keras
if binary:
    model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
else:
    model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
if binary:
    model.compile("adam", "binary_crossentropy")
else:
    model.compile("adam", "categorical_crossentropy")
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(10)])
if old:
    model = keras.models.load_model("old.keras")
if old:
    model.compile("adam", "sparse_categorical_crossentropy")
else:
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
""",
        """
import keras
from keras import layers
maker = keras.Sequential([layers.Dense(49), layers.Reshape((7, 7, 1)), layers.Conv2D(1, 5)])
maker.add(layers.Activation("tanh"))
judge = keras.Sequential([layers.Flatten(), layers.Dense(1, activation="sigmoid")])
both = keras.Sequential([maker, judge])
maker.compile("sgd", "binary_crossentropy")
judge.compile("sgd", "binary_crossentropy")
both.compile("sgd", "binary_crossentropy")
for batch in batches:
    judge.train_on_batch(batch, real)
    both.train_on_batch(noise, real)
""",
        """
from keras import Sequential, layers
def generator():
    return Sequential([layers.Dense(49), layers.Reshape((7, 7, 1)), layers.Conv2D(1, 5, activation="tanh")])
def load_model():
    model = generator()
    model.compile(loss="binary_crossentropy", optimizer="adam")
    model.load_weights("generator.h5")
    return model
def nearest(model, image):
    return model.fit(noise, image, epochs=500)
""",
    ),
)
def output_loss_mismatch(script: Script) -> Iterator[Draft]:
    """The last layer of a model does not put out what its loss expects.

    ## Why is this bad?
    Softmax over a single unit is always 1: nothing can be learned. Categorical crossentropy of a
    single unit is always 0, and its sparse form knows class 0 alone there. A crossentropy without
    `from_logits=True` takes the output for probabilities: on a linear layer, or one that ends in
    tanh, it is wrong, and nothing says so. With it, a softmax or sigmoid in the last layer is one
    too many (a warning). With TensorFlow Keras warns and takes the values before it: a categorical
    loss then trains a softmax where the model predicts by a sigmoid. With JAX and PyTorch, in a
    focal loss and in TimeDistributed it counts twice.

    ## Exceptions
    Own losses, own activations, outputs that a Lambda or another layer changes afterwards, and
    models that are compiled, but then get the weights of a file and are not trained.

    ## References
    https://keras.io/api/losses/probabilistic_losses/
    """
    for value in script.calls:
        if value.function not in ("keras.Sequential", "keras.Model"):
            continue
        model = Model(value, script.name_of(value) or "the model")
        if model.overrides_training:
            continue
        layers = model.layers
        if layers.outputs is None or len(layers.outputs) != 1 or not layers.members:
            continue
        dense, activation = _last(list(layers.members), layers.outputs[0])
        if dense is None:
            continue
        judges: list[Judge | None] = [*_judges(script, value)]
        for judge in judges or [None]:
            said = _mismatch(script, dense, activation, judge, layers.outputs[0])
            if said is None:
                continue
            message, advice, of_loss = said
            level = Level.WARNING if TOLD in message else None
            anchor = judge.node if of_loss and judge is not None else None
            yield Draft(anchor or dense.node, f"{model.name}: {message}", advice, level)


@dataclass(frozen=True, eq=False, repr=False)
class Judge:
    """A loss of a model, where it stands, and the call of ``compile`` that it is given to, if any."""

    loss: Value
    node: cst.CSTNode | None
    compiling: Call | None = None


def _judges(script: Script, model: Call) -> Iterator[Judge]:
    """The losses that a model is compiled with, or trained by under a tape."""
    for each in model.calls if not _is_only_compiled(script, model) else ():
        if each.method == "compile" and not _is_apart(script, model, each):
            given = each.argument("loss")
            whole = _same_for_all(each["loss"])
            yield Judge(whole, given.node if given is not None else None, each)
    for trained in script.trained_calls:
        if trained.model is model:
            loss = _judging(trained)
            if loss is not None:
                yield Judge(loss, loss.node)


def _same_for_all(loss: Value) -> Value:
    """The loss in a list that says the same of every output; else what was given."""
    if not isinstance(loss, Items) or not loss.complete or not loss.items:
        return loss
    names = {constant(each) for each in loss.items}
    same = len(loss.items) == 1 or (len(names) == 1 and None not in names)
    return loss.items[0] if same else loss


LEARNING = frozenset("fit fit_generator train_on_batch evaluate evaluate_generator".split())
"""Methods for which a model needs the loss that it is compiled with."""


def _is_only_compiled(script: Script, model: Call) -> bool:
    """Whether the script surely trains other models alone: a generator within a larger one.

    One that is compiled, and then given the weights of a file, is as it was when they were saved.
    """
    others = [each.receiver for each in script.calls if each.method in LEARNING]
    if any(each is model for each in others):
        return False
    compiled = max((each.order for each in model.calls if each.method == "compile"), default=0)
    if any(each.method == "load_weights" and each.order > compiled for each in model.calls):
        return True
    return bool(others) and all(isinstance(each, Call) and is_model(each) for each in others)


def _is_apart(script: Script, model: Call, compiling: Call) -> bool:
    """Whether a branch compiles one of several models: this one may be made where it is not taken.

    Both may hang on one condition, as for two and for many classes.
    """
    if set(compiling.context.branches) <= set(model.context.branches):
        return False
    return any(
        each is not compiling and each.evaluation == compiling.evaluation
        for each in script.calls
        if each.method == "compile"
    )


def _judging(trained: TrainedCall) -> Call | None:
    """The loss of Keras, or its function, that takes the very output of a model under a tape."""
    for each in trained.behind():
        if isinstance(each, Call):
            given = each.keywords.get("y_pred") or next(iter(each.positional[1:2]), None)
            if given is not None and trained.call in options(given.value):
                made = each.receiver if each.method == "__call__" else each
                return made if isinstance(made, Call) else None
    return None


def _last(members: list[Call], output: Call) -> tuple[Call | None, object]:
    """The layer whose units are the output, and its activation (Ellipsis: not known)."""
    last = _of_each_step(output)
    if _has_width(last):
        return last, activation_name(last["activation"])
    if last.short_name in ("Activation", "Softmax") and members[-1] is output:
        before = _of_each_step(members[-2]) if len(members) > 1 else last
        if _has_width(before) and constant(before["activation"], ...) is None:
            if last.short_name == "Activation":
                return before, activation_name(last["activation"])
            return before, "softmax" if constant(last["axis"]) == -1 else ...
    return None, ...


def _of_each_step(layer: Call) -> Call:
    """The layer that ``TimeDistributed`` applies to each step; the layer itself elsewhere."""
    inner = layer["layer"] if layer.short_name == "TimeDistributed" else layer
    return inner if isinstance(inner, Call) else layer


def _has_width(layer: Call) -> bool:
    """Whether the last axis of what a layer puts out are its units or filters."""
    if layer.short_name in CONVOLUTIONS:
        return layer.gives("data_format") is False
    return layer.short_name == "Dense"


def _mismatch(
    script: Script, dense: Call, activation: object, judge: Judge | None, output: Call
) -> tuple[str, str, bool] | None:
    """What is wrong, how to mend it, and whether the loss is to blame rather than the layer.

    None where nothing is wrong, or the text does not tell.
    """
    width = dense["units" if dense.short_name == "Dense" else "filters"]
    units = None if isinstance(width, Setting) else constant(width)
    place = "" if script.holds(dense.node) else f" in {script.place(dense.node)}"
    layer = f"{dense.short_name}({units if units else '…'}){place}"
    loss = judge.loss if judge is not None else None
    name = loss_name(loss) if loss is not None else None
    if units == 1:
        said = _of_single_unit(layer, activation, name)
        if said is not None:
            return said, SEVERAL, False
    if judge is None or loss is None or name not in CROSS_ENTROPIES:
        return None
    logits = constant(loss["from_logits"], ...) if isinstance(loss, Call) else False
    if logits is False:
        return _taken_for_probabilities(script, name, layer, activation, judge)
    if activation in ("softmax", "sigmoid") and logits is True:
        suited = _suited(name)
        taken = _before_activation(script, name, str(activation), judge, output)
        return (
            f"{name} {TOLD}, and {layer} puts out probabilities: {taken}",
            f'leave from_logits out, or activation="{activation}"'
            if activation == suited or suited == "sigmoid"
            else f'use activation="{suited}" and leave from_logits out, or leave out '
            f'activation="{activation}"',
            True,
        )
    return None


def _suited(loss: str) -> str:
    """The activation whose probabilities a loss expects."""
    return "sigmoid" if loss.startswith("binary") else "softmax"


def _before_activation(
    script: Script, loss: str, activation: str, judge: Judge, output: Call
) -> str:
    """What a loss makes of probabilities that it is told are none.

    TensorFlow remembers on a tensor what it is the softmax or sigmoid of; what puts it together
    with others, as ``TimeDistributed`` does, loses that.
    """
    versions = script.versions
    once_before = loss == "categorical_focal_crossentropy" and versions.may_be_before(3)
    if output.short_name == "TimeDistributed" or (loss in FOCAL and not once_before):
        return f"its {activation} counts twice"
    if once_before and not versions.surely_before(3):
        return f"since Keras 3 its {activation} counts twice"
    taken = (
        f"takes the values before its {activation}"
        if activation == _suited(loss)
        else f"trains a {_suited(loss)} in place of its {activation}"
    )
    if judge.compiling is None or versions.surely_before(3):
        return f"Keras warns, and {taken}"
    return f"with TensorFlow Keras warns and {taken}, with JAX or PyTorch the {activation} counts twice"


def _taken_for_probabilities(
    script: Script, loss: str, layer: str, activation: object, judge: Judge
) -> tuple[str, str, bool] | None:
    """What is wrong with an output that a loss takes for probabilities, if it can be anything."""
    suited = f'activation="{_suited(loss)}"'
    if activation in (None, "linear"):
        return (
            f"{loss} takes the output of the linear {layer} for probabilities, which it is not",
            f"add {suited} to the last layer, or {_told_of_logits(script, loss, judge)}",
            True,
        )
    outside = _outside(activation, loss)
    if outside is None:
        return None
    return (
        f"{loss} takes the output of {layer} for probabilities, and its {activation} {outside}",
        f"use {suited}",
        False,
    )


def _told_of_logits(script: Script, name: str, judge: Judge) -> str:
    """How to tell a loss that its outputs are logits; a string or a function has to become a class."""
    if isinstance(judge.loss, Call) or judge.compiling is None:
        return "from_logits=True to the loss"
    path = f"keras.losses.{name.title().replace('_', '')}"
    return f"compile with loss={spelt(script, path, judge.compiling)}(from_logits=True)"


def _outside(activation: object, loss: str) -> str | None:
    """How an activation leaves the range of probabilities.

    Categorical losses divide by the sum of the outputs, so they take any that are not negative.
    """
    if activation == "tanh":
        return "goes from -1 to 1"
    return "has no upper limit" if activation == "relu" and loss.startswith("binary") else None


def _of_single_unit(layer: str, activation: object, loss: str | None) -> str | None:
    """What is wrong with a softmax over a single unit, or a loss that needs several."""
    if activation == "softmax":
        return f"softmax over the single unit of {layer} is always 1, so nothing can be learned"
    if loss == "categorical_crossentropy":
        return f"{loss} of the single unit of {layer} is always 0, so nothing can be learned"
    if loss == "sparse_categorical_crossentropy":
        return f"{loss} of the single unit of {layer} knows class 0 alone: 1 is out of its range"
    return None
