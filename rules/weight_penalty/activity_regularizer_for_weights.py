"""OVF601: a penalty on outputs where one on weights was meant."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.models import is_layer, is_model
from overfitcheck.script.script import Script
from overfitcheck.script.unsupervised import UNSUPERVISED, words_in
from overfitcheck.script.values import constant

WEIGHT_PENALTIES = ("kernel_regularizer", "recurrent_regularizer", "depthwise_regularizer")

SPARSE = frozenset({"sparse", "sparsity"})


@rule(
    "OVF601",
    "activity-regularizer-for-weights",
    Level.WARNING,
    bad=(
        """
from tensorflow.keras import layers, models, regularizers
model = models.Sequential()
model.add(layers.Dense(64, activation="relu", activity_regularizer=regularizers.l2(0.01)))  # <- OVF601
model.add(layers.Dense(10, activation="softmax"))
""",
        """
import keras
conv = keras.layers.Conv2D(32, 3, activity_regularizer="l1")  # <- OVF601
model = keras.Sequential([conv, keras.layers.Flatten(), keras.layers.Dense(1)])
""",
    ),
    good=(
        """
from tensorflow.keras import layers, models, regularizers
model = models.Sequential()
model.add(layers.Dense(64, activation="relu", kernel_regularizer=regularizers.l2(0.01)))
model.add(layers.Dense(10, activation="softmax"))
""",
        """
import keras
layer = keras.layers.Dense(64, kernel_regularizer="l2", activity_regularizer="l1")
""",
        """
import keras
encoded = keras.layers.Dense(32, activity_regularizer=keras.regularizers.l1(1e-5))(pixels)
autoencoder = keras.Model(pixels, keras.layers.Dense(784)(encoded))
""",
        """
import keras
sparse_code = keras.layers.Dense(32, activity_regularizer=keras.regularizers.l1(1e-5))
""",
        """
import keras
layer = keras.layers.Dense(64, activity_regularizer=None)
""",
    ),
)
def activity_regularizer_for_weights(script: Script) -> Iterator[Draft]:
    """A layer has an `activity_regularizer` and no `kernel_regularizer`.

    ## Why is this bad?
    `activity_regularizer` penalises what the layer puts out, not its weights: no weight becomes
    smaller by it, and large weights, by which a network memorises rows, cost nothing. L2 against
    overfitting is `kernel_regularizer=l2(…)`.

    ## Exceptions
    A layer that has a weight penalty too, sparse codes and autoencoders, where penalising the
    output is what is wanted.

    ## References
    https://keras.io/api/layers/regularizers/
    """
    names = (script.names_around(model) for model in script.calls if is_model(model))
    if words_in(script.path).union(*names) & UNSUPERVISED:
        return
    for call in script.calls:
        given = call.argument("activity_regularizer") if is_layer(call) else None
        if given is None or constant(given.value, ...) is None or call.open:
            continue
        if any(call.argument(name) is not None for name in WEIGHT_PENALTIES):
            continue
        if script.names_around(call) & (UNSUPERVISED | SPARSE):
            continue
        shown = script.text(given.node.value) if given.node is not None else "it"
        yield Draft(
            given.node or call.node,
            f"activity_regularizer={shown} of {call.short_name} penalises the layer's output; its "
            "weights are not penalised and can grow as they like",
            f"write kernel_regularizer={shown}",
        )
