"""OVF302: dropout on what a model puts out."""

from collections.abc import Iterator, Sequence

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.connections import last_layers
from overfitcheck.script.fit import Fit
from overfitcheck.script.values import Call, Setting, constant

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
    and unsupervised training with masked input.

    ## References
    https://keras.io/api/layers/regularization_layers/dropout/
    """
    model = fit.model.value
    if fit.is_unsupervised or not isinstance(model, Call) or _feeds_another(fit, model):
        return
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
