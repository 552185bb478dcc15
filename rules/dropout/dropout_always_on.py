"""OVF306: dropout that stays on when the model is used."""

from collections.abc import Iterator

import libcst as cst

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.checklist import DROPOUT_LAYERS
from overfitcheck.script.connections import made_by
from overfitcheck.script.edits import remove_argument, set_value
from overfitcheck.script.flow import ingredients
from overfitcheck.script.models import is_model, layers_of
from overfitcheck.script.monte_carlo import is_meant
from overfitcheck.script.script import Script
from overfitcheck.script.unsupervised import UNSUPERVISED, words_in
from overfitcheck.script.values import Call, constant

CLASSES = ("keras.Model", "keras.layers.", "keras.Sequential")

SCORING = ("keras.losses.", "keras.metrics.", "sklearn.metrics.")


@rule(
    "OVF306",
    "dropout-always-on",
    Level.ERROR,
    bad=(
        """
import keras
class Classifier(keras.Model):
    def __init__(self):
        super().__init__()
        self.drop = keras.layers.Dropout(0.5)
        self.dense = keras.layers.Dense(3)
    def call(self, x):
        return self.dense(self.drop(x, training=True))  # <- OVF306
""",
        """
import keras
inputs = keras.Input((8,))
x = keras.layers.Dense(64)(inputs)
x = keras.layers.Dropout(0.5)(x, training=True)  # <- OVF306
model = keras.Model(inputs, keras.layers.Dense(3)(x))
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=10, validation_split=0.2)
""",
        """
import tensorflow as tf
net = tf.keras.Sequential([tf.keras.layers.Dropout(0.5), tf.keras.layers.Dense(10)])
optimizer = tf.keras.optimizers.Adam()
loss_of = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
def train_step(images, labels):
    with tf.GradientTape() as tape:
        loss = loss_of(labels, net(images, training=True))
    gradients = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(gradients, net.trainable_variables))
def test_step(images, labels):
    return loss_of(labels, net(images, training=True))  # <- OVF306
""",
    ),
    good=(
        """
import keras
class Classifier(keras.Model):
    def __init__(self):
        super().__init__()
        self.drop = keras.layers.Dropout(0.5)
        self.dense = keras.layers.Dense(3)
    def call(self, x, training=None):
        return self.dense(self.drop(x, training=training))
""",
        """
import keras
import numpy as np
inputs = keras.Input((8,))
x = keras.layers.Dropout(0.5)(keras.layers.Dense(64)(inputs), training=True)
model = keras.Model(inputs, keras.layers.Dense(3)(x))
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=10, validation_split=0.2)
print(np.std([model.predict(x_test) for _ in range(50)], axis=0))
""",
        """
import keras
class BayesianClassifier(keras.Model):
    def __init__(self):
        super().__init__()
        self.drop = keras.layers.Dropout(0.5)
    def call(self, x):
        return self.drop(x, training=True)
""",
        """
import keras
class Block(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.drop = keras.layers.Dropout(0.5)
    def call(self, x, training=None):
        if training:
            x = self.drop(x, training=True)
        return x
""",
        """
import keras
class Block(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.drop = keras.layers.Dropout(0.5)
    def call(self, x, training=True):
        return self.drop(x, training=training)
""",
        """
import keras
def decoder_block(layer):
    layer = keras.layers.Conv2DTranspose(8, 4)(layer)
    return keras.layers.Dropout(0.5)(layer, training=True)
inputs = keras.Input((8, 8, 3))
model = keras.Model(inputs, decoder_block(inputs))
""",
        """
import keras
drop = keras.layers.Dropout(0.5)
noisy = drop(x_valid, training=True)
show(noisy)
""",
        """
import keras
from keras import ops
inputs = keras.Input((8,))
x = keras.layers.Dropout(0.5)(inputs, training=True)
model = keras.Model(inputs, ops.relu(x))
""",
        """
import tensorflow as tf
net = tf.keras.Sequential([tf.keras.layers.Dropout(0.5), tf.keras.layers.Dense(10)])
optimizer = tf.keras.optimizers.Adam()
loss_of = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
def train_step(images, labels):
    with tf.GradientTape() as tape:
        predicted = net(images, training=True)
        loss = loss_of(labels, predicted)
    gradients = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(gradients, net.trainable_variables))
    accuracy.update_state(labels, predicted)
def test_step(images, labels):
    return loss_of(labels, net(images, training=False))
""",
        """
import keras
augment = keras.Sequential([keras.layers.RandomFlip("horizontal")])
images = images.map(lambda image, label: (augment(image, training=True), label))
""",
    ),
)
def dropout_always_on(script: Script) -> Iterator[Draft]:
    """A layer or model with dropout is called with `training=True` where it predicts or is scored.

    ## Why is this bad?
    Predictions are then random, and worse than the network can do: the same row gets another
    answer each time, and scores are taken of a network with holes. In a model built of calls
    (functional), Keras 2 keeps dropout on in `predict` and `evaluate`; Keras 3 overrides the flag
    there, so it does nothing. BatchNormalization called so uses the statistics of the batch.

    ## Exceptions
    Monte Carlo dropout (the same rows predicted many times, or names that say so), adversarial
    examples, GANs, and the training step itself.

    ## References
    https://keras.io/api/layers/regularization_layers/dropout/
    """
    if not any(_is_on(call) for call in script.calls):
        return
    told: set[object] = set()
    for call in script.calls:
        names = _names(call)
        if not _is_on(call) or call.node in told or is_meant(script, *names):
            continue
        if words_in(script.path, *names) & UNSUPERVISED:
            continue
        draft = _draft(script, call)
        if draft is not None:
            told.add(call.node)
            yield draft


def _draft(script: Script, call: Call) -> Draft | None:
    """What is wrong with one call with ``training=True``; None where it may be right."""
    layer = made_by(call)
    anchor = call.keywords["training"].node or call.node
    if layer is not None:
        name = script.text(call.node.func)
        if _stands_in_call(call):
            return Draft(
                anchor,
                f"{name}(…, training=True): {layer.short_name} stays on in predict and evaluate, so "
                "the same row gets another answer each time",
                "give call a parameter training=None and pass training=training on",
            )
        if not script.versions.may_be_before(3) or _in_class(call) or not _is_symbolic(call):
            return None
        sure = script.versions.surely_before(3)
        return Draft(
            anchor,
            f"{name}(…, training=True): {layer.short_name} stays on in predict and evaluate "
            f"{'' if sure else 'in Keras 2; Keras 3 overrides the flag there'}".rstrip(" "),
            "delete training=True: fit switches it on by itself",
            None if sure else Level.WARNING,
            remove_argument(script, call.node, call.keywords["training"]),
        )
    if _is_scored(script, call):
        return Draft(
            anchor,
            f"{script.text(call.node)} is scored with its dropout on: {script.text(call.node.func)} "
            "is not under a tape here, and its score is of a network with holes",
            "write training=False here",
            edits=set_value(script, call.keywords["training"], "False"),
        )
    return None


def _is_on(call: Call) -> bool:
    """Whether a call switches dropout or batch normalisation on, whatever it is called for."""
    given = call.keywords.get("training")
    if call.method != "__call__" or given is None or constant(given.value) is not True:
        return False
    layer, model = made_by(call), call.receiver
    layers: tuple[Call, ...] = (layer,) if layer is not None else ()
    if model is not None and is_model(model):
        layers = layers_of(model).every
    return any(each.short_name in (*DROPOUT_LAYERS, "BatchNormalization") for each in layers)


def _names(call: Call) -> list[str]:
    function = call.context.function
    if function is None:
        return []
    return [function.name, function.owner.name if function.owner else ""]


def _in_class(call: Call) -> bool:
    return call.context.function is not None and call.context.function.owner is not None


def _is_symbolic(call: Call) -> bool:
    """Whether a layer is applied to what comes from a ``keras.Input``, and not to rows."""
    return any(
        isinstance(each, Call) and each.function == "keras.Input"
        for argument in call.positional
        for each in ingredients(argument.value)
    )


def _stands_in_call(call: Call) -> bool:
    """Whether it stands in the ``call`` of a class of models or layers."""
    function = call.context.function
    if function is None or function.owner is None or function.name != "call":
        return False
    if words_in(function.owner.name) & UNSUPERVISED or call.context.branches:
        return False
    given = call.keywords["training"].node
    if given is not None and isinstance(given.value, cst.Name) and given.value.value != "True":
        return False  # a parameter of `call` that is True unless Keras says otherwise: it does
    return any(path.startswith(CLASSES) for path in function.owner.ancestors())


def _is_scored(script: Script, call: Call) -> bool:
    """Whether a model that the script trains with a tape is only scored by this call."""
    trained = {id(each.model) for each in script.trained_calls}
    if id(call.receiver) not in trained or id(call) in script.under_tapes:
        return False
    if words_in(*_names(call), script.text(call.node.func)) & UNSUPERVISED:
        return False
    for other in script.calls:
        maker = other.receiver if other.method == "__call__" else other
        scores = isinstance(maker, Call) and (maker.function or "").startswith(SCORING)
        if scores or other.method == "update_state":
            for argument in other.positional:
                if any(each is call for each in ingredients(argument.value)):
                    return True
    return False
