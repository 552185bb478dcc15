"""OVF601: a penalty on outputs where one on weights was meant."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.edits import rename
from overfitcheck.script.models import is_layer, is_model
from overfitcheck.script.reach import taken
from overfitcheck.script.scoring import EVALUATIONS, PREDICTIONS
from overfitcheck.script.script import Script
from overfitcheck.script.signatures import signature_of
from overfitcheck.script.unsupervised import UNSUPERVISED, words_in
from overfitcheck.script.values import Call, constant

WEIGHT_PENALTIES = (
    "kernel_regularizer",
    "pointwise_regularizer",
    "depthwise_regularizer",
    "embeddings_regularizer",
    "recurrent_regularizer",
    "W_regularizer",
    "U_regularizer",
)
"""Arguments that penalise weights, the last two of them in Keras 1; first what is advised first."""

SPARSE = frozenset({"sparse", "sparsity"})

APPLYING = frozenset({*PREDICTIONS, *EVALUATIONS}) - {"__call__"}
"""Methods of a model by which the script learns something, and the model nothing."""

PREPARING = frozenset("add build compile get_weights load_weights set_weights summary".split())
"""Methods of a model that train nothing either, and by which no other code gets it."""


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
        """
import keras
words = keras.layers.Embedding(5000, 16, activity_regularizer=keras.regularizers.l2(1e-3))  # <- OVF601
model = keras.Sequential([words, keras.layers.LSTM(8), keras.layers.Dense(1)])
""",
        """
import keras
from mine import train
shared = keras.layers.Dense(64, activity_regularizer="l1")  # <- OVF601
inner, model = keras.Sequential([shared]), keras.Sequential([shared, keras.layers.Dense(1)])
train(model, x, y)
seen = inner.predict(x_test)
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
        """
from keras.layers import Dense
from keras.models import Sequential
inner = Sequential([Dense(64, weights=model.layers[0].get_weights(), activity_regularizer="l1")])
activations = inner.predict(x_test)
""",
        """
from keras.layers import Dense
from keras.models import Sequential
model = Sequential()
model.add(Dense(64, activation="relu", activity_regularizer="l1"))
model.add(Dense(10, activation="softmax"))
model.load_weights("trained.weights.h5")
model.compile(loss="categorical_crossentropy", metrics=["accuracy"])
print(model.evaluate(x_test, y_test))
""",
    ),
)
def activity_regularizer_for_weights(script: Script) -> Iterator[Draft]:
    """A layer has an `activity_regularizer` and no penalty of its weights.

    ## Why is this bad?
    `activity_regularizer` penalises what the layer puts out, not its weights: no weight becomes
    smaller by it, and large weights, by which a network memorises rows, cost nothing. L2 against
    overfitting is `kernel_regularizer=l2(…)`.

    ## Exceptions
    A layer that has a weight penalty too or no weights at all, one that is given the weights of
    another, models that the script only predicts with or scores, sparse codes and autoencoders,
    where penalising the output is what is wanted, and modules of tests.

    ## References
    https://keras.io/api/layers/regularizers/
    """
    if script.is_test:
        return
    names = (script.names_around(model) for model in script.calls if is_model(model))
    if words_in(script.path).union(*names) & UNSUPERVISED:
        return
    for call in script.calls:
        given = call.argument("activity_regularizer")
        penalty = _penalty_of(call) if given is not None else None
        if given is None or penalty is None or constant(given.value, ...) is None or call.open:
            continue
        if any(call.argument(name) is not None for name in (*WEIGHT_PENALTIES, "weights")):
            continue
        if script.names_around(call) & (UNSUPERVISED | SPARSE) or _is_only_applied(script, call):
            continue
        shown = script.text(given.node.value) if given.node is not None else "it"
        yield Draft(
            given.node or call.node,
            f"activity_regularizer={shown} of {call.short_name} penalises the layer's output; its "
            "weights are not penalised and can grow as they like",
            f"write {penalty}={shown}",
            edits=rename(script, given, penalty),
        )


def _is_only_applied(script: Script, layer: Call) -> bool:
    """Whether the script predicts with, or scores, every model that has the layer, and trains none."""
    holders = [each.value for each in script.models if layer in each.layers.every]
    methods = [{each.method for each in script.calls_on(model)} for model in holders]
    if not methods or not all(each & APPLYING and each <= APPLYING | PREPARING for each in methods):
        return False
    elsewhere = taken(script, receivers=False)
    return not any(id(model) in elsewhere for model in holders)


def _penalty_of(call: Call) -> str | None:
    """The argument by which a layer's weights are penalised, in every Keras that has the layer."""
    signature = signature_of(call.function or "") if is_layer(call) else None
    versions = list(signature.names.values()) if signature is not None else []
    return next(
        (name for name in WEIGHT_PENALTIES if versions and all(name in each for each in versions)),
        None,
    )
