"""OVF601: a penalty on outputs where one on weights was meant."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.edits import rename
from overfitcheck.script.models import is_layer, is_model
from overfitcheck.script.script import Script
from overfitcheck.script.signatures import signature_of
from overfitcheck.script.unsupervised import UNSUPERVISED, words_in
from overfitcheck.script.values import Call, constant

WEIGHT_PENALTIES = (
    "kernel_regularizer",
    "recurrent_regularizer",
    "depthwise_regularizer",
    "pointwise_regularizer",
    "W_regularizer",
    "U_regularizer",
)
"""Arguments that penalise weights, the last two of them in Keras 1."""

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
        """
import keras
steps = [keras.layers.Dense(8), keras.layers.Activation("relu", activity_regularizer="l1")]
""",
        """
from keras.layers import Dense
from keras.regularizers import activity_l1, l2
layer = Dense(64, W_regularizer=l2(0.01), activity_regularizer=activity_l1(0.01))
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
    A layer that has a weight penalty too or no kernel at all, sparse codes and autoencoders, where
    penalising the output is what is wanted, and modules of tests.

    ## References
    https://keras.io/api/layers/regularizers/
    """
    if script.is_test:
        return
    names = (script.names_around(model) for model in script.calls if is_model(model))
    if words_in(script.path).union(*names) & UNSUPERVISED:
        return
    for call in script.calls:
        given = call.argument("activity_regularizer") if _has_kernel(call) else None
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
            edits=rename(script, given, "kernel_regularizer"),
        )


def _has_kernel(call: Call) -> bool:
    """Whether a call makes a layer whose weights could be penalised instead."""
    signature = signature_of(call.function or "") if is_layer(call) else None
    return signature is not None and any(
        names & set(WEIGHT_PENALTIES) for names in signature.names.values()
    )
