"""OVF302: dropout on what a model puts out."""

from collections.abc import Iterator, Sequence

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.connections import last_layers
from overfitcheck.script.custom_loops import CustomLoop
from overfitcheck.script.fit import Fit
from overfitcheck.script.models import is_layer, is_model
from overfitcheck.script.tapes import acts_as_in_training, ingredients_of
from overfitcheck.script.values import Call, Setting, Unknown, constant

DROPPING = ("Dropout", "GaussianDropout", "AlphaDropout")

PASSING = frozenset({"Activation", "Softmax", "Flatten", "Reshape"})

PARTS = ("output", "outputs", "layers", "get_layer")
"""Attributes by which a model becomes part of another."""


@rule(
    "OVF302",
    "dropout-on-output",
    Level.WARNING,
    bad=(
        """
from tensorflow.keras import layers, models
model = models.Sequential([
    layers.Dense(64, activation="relu"),
    layers.Dense(10, activation="softmax"),
    layers.Dropout(0.5),  # <- OVF302
])
model.compile("adam", "categorical_crossentropy")
model.fit(x, y, epochs=10)
""",
        """
from keras.models import Sequential
from keras.layers import Activation, Dense, Dropout
model = Sequential()
model.add(Dense(32))
model.add(Dense(3))
model.add(Dropout(0.2))  # <- OVF302
model.add(Activation("softmax"))
model.compile("adam", "categorical_crossentropy")
model.fit(x, y, epochs=10)
""",
        """
import keras
inputs = keras.Input((8,))
hidden = keras.layers.Dense(64)(inputs)
price = keras.layers.Dropout(rate=0.3)(keras.layers.Dense(1)(hidden))  # <- OVF302
model = keras.Model(inputs, price)
model.compile("adam", "mse")
model.fit(x, y, epochs=10)
""",
        """
import keras
from keras import layers
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(64, activation="relu")
        self.head = layers.Dense(3)
        self.dropout = layers.Dropout(0.4)  # <- OVF302
        self.softmax = layers.Softmax()
    def call(self, inputs):
        x = self.hidden(inputs)
        x = self.head(x)
        x = self.dropout(x)
        return self.softmax(x)
net = Net()
net.compile("adam", "sparse_categorical_crossentropy")
net.fit(x, y, epochs=10)
""",
        """
import keras
import tensorflow as tf
net = keras.Sequential([keras.layers.Dense(1), keras.layers.Dropout(0.4)])  # <- OVF302
optimizer = keras.optimizers.Adam()
for epoch in range(10):
    for x, y in batches:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((y - net(x, training=True)) ** 2)
        gradients = tape.gradient(loss, net.trainable_variables)
        optimizer.apply_gradients(zip(gradients, net.trainable_variables))
""",
    ),
    good=(
        """
from tensorflow.keras import layers, models
model = models.Sequential([
    layers.Dense(64, activation="relu"),
    layers.Dropout(0.5),
    layers.Dense(10, activation="softmax"),
])
model.compile("adam", "categorical_crossentropy")
model.fit(x, y, epochs=10)
""",
        """
import keras
features = keras.Sequential([keras.layers.Dense(64), keras.layers.Dropout(0.5)])
inputs = keras.Input((8,))
model = keras.Model(inputs, keras.layers.Dense(1)(features(inputs)))
model.compile("adam", "mse")
model.fit(x, y, epochs=10)
""",
        """
import keras
inputs = keras.Input((8,))
hidden = keras.layers.Dense(64)(inputs)
head = keras.layers.Dense(3)
samples = [head(keras.layers.Dropout(0.5)(hidden)) for _ in range(4)]
model = keras.Model(inputs, keras.layers.Average()(samples))
model.compile("adam", "mse")
model.fit(x, y, epochs=10)
""",
        """
import keras
autoencoder = keras.Sequential([keras.layers.Dense(8), keras.layers.Dropout(0.2)])
autoencoder.compile("adam", "mse")
autoencoder.fit(x, x, epochs=10)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(8), keras.layers.Dropout(0)])
model.compile("adam", "mse")
model.fit(x, y, epochs=10)
""",
        """
import keras
from keras import layers
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(64, activation="relu")
        self.dropout = layers.Dropout(0.4)
        self.head = layers.Dense(3)
    def call(self, inputs):
        x = self.dropout(self.hidden(inputs))
        return self.head(x)
net = Net()
net.compile("adam", "mse")
net.fit(x, y, epochs=10)
""",
        """
import keras
from keras import layers
class Features(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(64, activation="relu")
        self.dropout = layers.Dropout(0.4)
    def call(self, inputs):
        return self.dropout(self.hidden(inputs))
features = Features()
net = keras.Sequential([features, layers.Dense(3)])
net.compile("adam", "mse")
net.fit(x, y, epochs=10)
""",
        """
import keras
import tensorflow as tf
body = keras.Sequential([keras.layers.Dense(64), keras.layers.Dropout(0.4)])
head = keras.layers.Dense(1)
optimizer = keras.optimizers.Adam()
for epoch in range(10):
    for x, y in batches:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((y - head(body(x, training=True))) ** 2)
        weights = body.trainable_variables + head.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
""",
    ),
)
def dropout_on_output(fit: Fit) -> Iterator[Draft]:
    """A Dropout layer stands behind the last layer with weights.

    ## Why is this bad?
    In training it sets the answers of the model themselves to zero, at random: the loss measures
    the dice, and its gradient teaches the rest of the network little. Dropout belongs between
    hidden layers.

    ## Exceptions
    Models whose output feeds another model of the script, averages of several dropped copies,
    models whose `call` returns anything but the output of a layer, and unsupervised training with
    masked input.

    ## References
    https://keras.io/api/layers/regularization_layers/dropout/
    """
    model = fit.model.value
    if fit.is_unsupervised or not isinstance(model, Call) or _feeds_another(fit, model):
        return
    yield from _dropped_answers(fit, model)


@dropout_on_output.custom_loop
def loop_over_dropped_answers(loop: CustomLoop) -> Iterator[Draft]:
    """Whether a loop of the script's own trains a model that drops what it puts out."""
    model, trained = loop.model.value, loop.trained
    if not isinstance(model, Call) or _feeds_a_layer(loop, model):
        return
    if trained is None or acts_as_in_training(loop.script, trained) is not False:
        yield from _dropped_answers(loop, model)


def _dropped_answers(fit: Fit, model: Call) -> Iterator[Draft]:
    for behind in last_layers(model, PASSING):
        layer = _dropping(behind)
        if layer is not None:
            yield Draft(
                layer.node,
                f"{fit.script.text(layer.node)} drops what {fit.model.name} puts out: "
                f"{100 * constant(layer['rate']):g} % of its answers are zero in training, whatever "
                "it has learned",
                "put the layer in front of the last Dense, or delete it",
            )


def _feeds_a_layer(loop: CustomLoop, model: Call) -> bool:
    """Whether what the model puts out is, or may be, given to another layer."""
    if any(name in model.attributes for name in PARTS):
        return True
    answers = {id(each) for each in loop.script.calls_on(model) if each.method == "__call__"}
    for call in loop.script.calls:
        if call.method != "__call__" or call.receiver is model or call.receiver is None:
            continue
        unseen = isinstance(call.receiver, Unknown) and len(call.positional) == 1
        if unseen or is_model(call.receiver) or is_layer(call.receiver):
            if any(id(each) in answers for each in ingredients_of(call)):
                return True
    return False


def _feeds_another(fit: Fit, model: Call) -> bool:
    """Whether the model is, or may be, a part of another one."""
    if any(name in model.attributes for name in PARTS):
        return True
    return any(call.method == "__call__" for call in fit.script.calls_on(model))


def _dropping(behind: Sequence[Call]) -> Call | None:
    """The layer that surely drops values, among the layers behind an output."""
    for layer in behind:
        given = layer.argument("rate")
        rate = constant(given.value) if given is not None else None
        if layer.short_name in DROPPING and isinstance(rate, (int, float)) and 0 < rate < 1:
            return None if given is not None and isinstance(given.value, Setting) else layer
    return None
