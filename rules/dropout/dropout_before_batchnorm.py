"""OVF304: dropout right before batch normalisation."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.connections import layers_before
from overfitcheck.script.script import Script

DROPPING = ("Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D")


@rule(
    "OVF304",
    "dropout-before-batchnorm",
    Level.INFO,
    opt_in=True,
    bad=(
        """
from tensorflow.keras import layers, models
model = models.Sequential([
    layers.Dense(64, activation="relu"),
    layers.Dropout(0.3),
    layers.BatchNormalization(),  # <- OVF304
    layers.Dense(10, activation="softmax"),
])
""",
        """
import keras
from keras.layers import Activation, BatchNormalization, Dense, Dropout
inputs = keras.Input((8,))
x = Dropout(0.5)(Dense(64)(inputs))
x = Activation("relu")(x)
x = BatchNormalization()(x)  # <- OVF304
model = keras.Model(inputs, Dense(1)(x))
""",
    ),
    good=(
        """
from tensorflow.keras import layers, models
model = models.Sequential([
    layers.Dense(64),
    layers.BatchNormalization(),
    layers.Activation("relu"),
    layers.Dropout(0.3),
    layers.Dense(10, activation="softmax"),
])
""",
        """
from tensorflow.keras import layers, models
model = models.Sequential([
    layers.Dropout(0.3),
    layers.Dense(64, activation="relu"),
    layers.BatchNormalization(),
])
""",
        """
import keras
from keras.layers import BatchNormalization, Dense, Dropout
inputs = keras.Input((8,))
x = Dense(64)(inputs)
model = keras.Model(inputs, [Dropout(0.5)(x), BatchNormalization()(x)])
""",
    ),
)
def dropout_before_batchnorm(script: Script) -> Iterator[Draft]:
    """A Dropout layer feeds a BatchNormalization with no weights in between.

    ## Why is this bad?
    Dropout changes the variance of what it puts out, in training only. Batch normalisation right
    behind it learns the variance of training and uses it in prediction, where it is another. Li
    and others describe this; in practice the question is disputed, so the rule has to be asked
    for (`--select OVF304`).

    ## Exceptions
    Dropout in front of a layer with weights, which mixes what is left.

    ## References
    https://arxiv.org/abs/1801.05134
    https://stackoverflow.com/questions/39691902
    """
    for norm, before in layers_before(script, "BatchNormalization"):
        for layer in before:
            if layer.short_name in DROPPING:
                yield Draft(
                    norm.node,
                    f"{script.text(layer.node)} in {script.place(layer.node)} feeds this "
                    "BatchNormalization, whose variance in training is then not that of prediction",
                    "put the dropout behind the normalisation, or before the next layer with "
                    "weights",
                )
