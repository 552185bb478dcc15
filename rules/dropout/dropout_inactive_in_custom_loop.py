"""OVF305: dropout that a hand-written training step leaves off."""

from collections.abc import Iterable, Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.checklist import DROPOUT_LAYERS
from overfitcheck.script.edits import add_argument
from overfitcheck.script.models import is_layer, layers_of
from overfitcheck.script.script import Script
from overfitcheck.script.tapes import TrainedCall, trains_by_default
from overfitcheck.script.unsupervised import RECONSTRUCTING, UNSUPERVISED, words_in
from overfitcheck.script.values import Call, constant


@rule(
    "OVF305",
    "dropout-inactive-in-custom-loop",
    Level.ERROR,
    bad=(
        """
import tensorflow as tf
class Reader(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.steps = [tf.keras.layers.LSTM(64, dropout=0.25), tf.keras.layers.Dense(10)]
    def call(self, words):
        for step in self.steps:
            words = step(words)
        return words
reader = Reader()
optimizer = tf.keras.optimizers.Adam()
def step(words, labels):
    with tf.GradientTape() as tape:
        loss = loss_of(labels, reader(words))  # <- OVF305
    gradients = tape.gradient(loss, reader.trainable_variables)
    optimizer.apply_gradients(zip(gradients, reader.trainable_variables))
""",
        """
import tensorflow as tf
net = tf.keras.Sequential([
    tf.keras.layers.Dense(64, activation="relu"),
    tf.keras.layers.Dropout(0.5),
    tf.keras.layers.Dense(10),
])
optimizer = tf.keras.optimizers.Adam()
loss_of = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
@tf.function
def step(images, labels):
    with tf.GradientTape() as tape:
        loss = loss_of(labels, net(images))  # <- OVF305
    gradients = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(gradients, net.trainable_variables))
for images, labels in batches:
    step(images, labels)
""",
        """
import keras
import tensorflow as tf
class Classifier(keras.Model):
    def __init__(self):
        super().__init__()
        self.norm = keras.layers.BatchNormalization()
        self.dense = keras.layers.Dense(3)
    def call(self, x, training=None):
        return self.dense(self.norm(x, training=training))
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            predicted = self(x)  # <- OVF305
            loss = self.compute_loss(x, y, predicted)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        return {"loss": loss}
""",
        """
import tensorflow as tf
class Block(tf.keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.drop = tf.keras.layers.Dropout(0.5)
    def call(self, x, training=None):
        return self.drop(x, training=training)
class Net(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.blocks = [Block(), tf.keras.layers.Dense(3)]
    def call(self, x, training=None):
        for block in self.blocks:
            x = block(x)
        return x
net = Net()
optimizer = tf.keras.optimizers.Adam()
for x, y in batches:
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((net(x) - y) ** 2)  # <- OVF305
    optimizer.apply_gradients(zip(tape.gradient(loss, net.trainable_weights), net.trainable_weights))
""",
        """
import os
import tensorflow as tf
class Restorer:
    def run(self, batches):
        if os.path.exists("net.keras"):
            self.net = tf.keras.models.load_model("net.keras")
        else:
            self.net = tf.keras.Sequential([tf.keras.layers.Dropout(0.2), tf.keras.layers.Dense(3)])
        optimizer = tf.keras.optimizers.Adam()
        for x, y in batches:
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((self.net(x) - y) ** 2)  # <- OVF305
            gradients = tape.gradient(loss, self.net.trainable_weights)
            optimizer.apply_gradients(zip(gradients, self.net.trainable_weights))
""",
        """
import tensorflow as tf
autoencoder = tf.keras.Sequential([
    tf.keras.layers.Dense(16, activation="relu"),
    tf.keras.layers.Dropout(0.2),
    tf.keras.layers.Dense(784),
])
optimizer = tf.keras.optimizers.Adam()
for x in batches:
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((autoencoder(x) - x) ** 2)  # <- OVF305
    gradients = tape.gradient(loss, autoencoder.trainable_weights)
    optimizer.apply_gradients(zip(gradients, autoencoder.trainable_weights))
""",
    ),
    good=(
        """
import tensorflow as tf
net = tf.keras.Sequential([tf.keras.layers.LSTM(8, dropout=0), tf.keras.layers.Dense(10)])
optimizer = tf.keras.optimizers.Adam()
def step(words, labels):
    with tf.GradientTape() as tape:
        loss = loss_of(labels, net(words))
    gradients = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(gradients, net.trainable_variables))
""",
        """
import tensorflow as tf
net = tf.keras.Sequential([tf.keras.layers.Dropout(0.5), tf.keras.layers.Dense(10)])
optimizer = tf.keras.optimizers.Adam()
def step(images, labels):
    with tf.GradientTape() as tape:
        loss = loss_of(labels, net(images, training=True))
    gradients = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(gradients, net.trainable_variables))
""",
        """
import tensorflow as tf
net = tf.keras.Sequential([tf.keras.layers.Dropout(0.5), tf.keras.layers.Dense(10)])
def saliency(image):
    with tf.GradientTape() as tape:
        tape.watch(image)
        score = tf.reduce_max(net(image))
    return tape.gradient(score, image)
""",
        """
import tensorflow as tf
discriminator = tf.keras.Sequential([tf.keras.layers.Dropout(0.3), tf.keras.layers.Dense(1)])
optimizer = tf.keras.optimizers.Adam()
def step(images):
    with tf.GradientTape() as tape:
        loss = judge(discriminator(images))
    gradients = tape.gradient(loss, discriminator.trainable_variables)
    optimizer.apply_gradients(zip(gradients, discriminator.trainable_variables))
""",
        """
import tensorflow as tf
net = tf.keras.Sequential([tf.keras.layers.Dense(10)])
optimizer = tf.keras.optimizers.Adam()
def step(images, labels):
    with tf.GradientTape() as tape:
        loss = loss_of(labels, net(images))
    gradients = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(gradients, net.trainable_variables))
""",
        """
import keras
import tensorflow as tf
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.drop = keras.layers.Dropout(0.4)
    def call(self, x, training=True):
        return self.drop(x, training=training)
net = Net()
optimizer = keras.optimizers.Adam()
def step(x, y):
    with tf.GradientTape() as tape:
        loss = loss_of(y, net(x))
    optimizer.apply_gradients(zip(tape.gradient(loss, net.trainable_variables), net.trainable_variables))
""",
        """
import keras
import tensorflow as tf
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.drop = keras.layers.Dropout(0.4)
    def call(self, x, is_training=False):
        return self.drop(x, training=is_training)
net = Net()
optimizer = keras.optimizers.Adam()
def step(x, y):
    with tf.GradientTape() as tape:
        loss = loss_of(y, net(x, is_training=True))
    optimizer.apply_gradients(zip(tape.gradient(loss, net.trainable_variables), net.trainable_variables))
""",
    ),
)
def dropout_inactive_in_custom_loop(script: Script) -> Iterator[Draft]:
    """A training step with a GradientTape calls its model without `training=True`.

    ## Why is this bad?
    `model(x)` is a call for prediction: Dropout, GaussianNoise and the `dropout=` of recurrent
    layers hand their input on unchanged, and BatchNormalization uses statistics that are never learned. Only `fit` says by itself that
    it trains. (Random* layers for augmentation do act without the argument.)

    ## Exceptions
    Gradients of the input (saliency, adversarial examples), steps of a GAN and other scripts that
    train several models by tapes, models without such layers, and models whose `call` has
    `training=True` as its default.

    ## References
    https://keras.io/guides/writing_a_custom_training_loop_in_tensorflow/
    """
    if any(call.short_name == "set_learning_phase" for call in script.calls):
        return
    told: set[object] = set()
    steps = script.trained_calls
    if _are_of_several_models(steps):
        return  # They may train against each other.
    for trained in steps:
        call, model = trained.call, trained.model
        if (
            call.node in told
            or set(call.keywords) - {"mask"}  # a flag of its own may say that it trains
            or call.open
            or _is_of_gan(script, call)
        ):
            continue
        if len(call.positional) != 1 or trains_by_default(model):
            continue
        idle = [each for each in layers_of(model).every if _acts_in_training(each)]
        if not idle:
            continue
        told.add(call.node)
        names = " and ".join(dict.fromkeys(map(_shown, idle)))
        name = script.text(call.node.func)
        yield Draft(
            call.node,
            f"{script.text(call.node)} trains {name} without training=True: its {names} "
            f"({script.place(idle[0].node)}) {'act' if ' and ' in names else 'acts'} as in prediction "
            "while it is trained",
            f"write {name}({script.text(call.node.args[0])}, training=True)",
            edits=add_argument(script, call.node, "training=True"),
            safe=True,
        )


def _acts_in_training(layer: Call) -> bool:
    named = layer.short_name in DROPOUT_LAYERS or layer.short_name == "BatchNormalization"
    return named or bool(_own_dropout(layer))


def _own_dropout(layer: Call) -> str:
    """The argument by which a layer drops values itself: ``LSTM(64, dropout=0.2)``."""
    for name in ("dropout", "recurrent_dropout"):
        given = layer.argument(name) if is_layer(layer) else None
        rate = constant(given.value) if given is not None else None
        if isinstance(rate, float) and rate > 0:
            return f"{name}={rate}"
    return ""


def _shown(layer: Call) -> str:
    own = _own_dropout(layer)
    return f"{layer.short_name}({own})" if own else layer.short_name


def _are_of_several_models(steps: Iterable[TrainedCall]) -> bool:
    """Whether steps train several models; what one call may be of counts as one."""
    trained: dict[int, set[int]] = {}
    for step in steps:
        trained.setdefault(step.call.evaluation, set()).add(id(step.model))
    return len({frozenset(each) for each in trained.values()}) > 1


def _is_of_gan(script: Script, call: Call) -> bool:
    """Whether the step is one of a GAN or the like."""
    function = call.context.function
    names = [script.text(call.node.func), script.path]
    if function is not None:
        names += [function.name, function.owner.name if function.owner else ""]
    made = call.receiver
    if isinstance(made, Call) and made.cls is not None:
        names.append(made.cls.name)
    return bool(words_in(*names) & (UNSUPERVISED - RECONSTRUCTING))
