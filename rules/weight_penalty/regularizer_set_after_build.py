"""OVF603: a regularizer that is put on a layer when it is too late."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.built import attributes_set, is_built, model_of
from overfitcheck.script.script import Script
from overfitcheck.script.values import constant

REBUILDS = frozenset({"model_from_json", "model_from_config", "from_config", "clone_model"})
"""What makes a model anew from its description, regularizers included."""


@rule(
    "OVF603",
    "regularizer-set-after-build",
    Level.ERROR,
    bad=(
        """
import keras
base = keras.applications.VGG16(include_top=False, weights="imagenet", pooling="avg")
for layer in base.layers:
    if hasattr(layer, "kernel_regularizer"):
        layer.kernel_regularizer = keras.regularizers.l2(1e-4)  # <- OVF603
model = keras.Sequential([base, keras.layers.Dense(5, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
""",
        """
import keras
model = keras.models.load_model("model.keras")
for layer in model.layers:
    for name in ["kernel_regularizer", "bias_regularizer"]:
        setattr(layer, name, keras.regularizers.l2(1e-4))  # <- OVF603
model.compile("adam", "mse")
""",
        """
import keras
inputs = keras.Input((4,))
hidden = keras.layers.Dense(64)
model = keras.Model(inputs, keras.layers.Dense(1)(hidden(inputs)))
hidden.kernel_regularizer = keras.regularizers.l2(1e-4)  # <- OVF603
model.compile("adam", "mse")
""",
    ),
    good=(
        """
import keras
base = keras.applications.VGG16(include_top=False, weights="imagenet", pooling="avg")
for layer in base.layers:
    if hasattr(layer, "kernel_regularizer"):
        layer.kernel_regularizer = keras.regularizers.l2(1e-4)
weights = base.get_weights()
base = keras.models.model_from_json(base.to_json())
base.set_weights(weights)
""",
        """
import keras
hidden = keras.layers.Dense(64)
hidden.kernel_regularizer = keras.regularizers.l2(1e-4)
model = keras.Sequential([keras.Input((4,)), hidden, keras.layers.Dense(1)])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(64), keras.layers.Dense(1)])
model.layers[0].kernel_regularizer = keras.regularizers.l2(1e-4)
model.compile("adam", "mse")
model.fit(x, y, epochs=9)
""",
        """
import keras
class Penalised(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.kernel_regularizer = keras.regularizers.l2(1e-4)
layer = Penalised()
""",
        """
import keras
model = keras.models.load_model("model.keras")
for layer in model.layers:
    layer.kernel_regularizer = None
    layer.trainable = False
""",
        """
import keras
def penalise(model):
    for layer in model.layers:
        layer.kernel_regularizer = keras.regularizers.l2(1e-4)
    return keras.models.clone_model(model)
model = penalise(keras.models.load_model("model.keras"))
""",
    ),
)
def regularizer_set_after_build(script: Script) -> Iterator[Draft]:
    """A regularizer is assigned to a layer of a model that is already built.

    ## Why is this bad?
    A layer asks for its regularizer once, when its weights are made. Assigned later it stands in the
    layer and does nothing: `model.losses` stays empty, also after `compile`, and the weights are
    not penalised.

    ## Exceptions
    Layers whose weights are not made yet, and models that are made again from their description
    (`model_from_json`, `from_config`, `clone_model`) afterwards.

    ## References
    https://github.com/tensorflow/tensorflow/issues/33635
    https://github.com/keras-team/keras/issues/8721
    """
    if any(call.short_name in REBUILDS for call in script.calls):
        return
    for each in attributes_set(script):
        penalty = each.name.endswith("_regularizer") and each.name != "activity_regularizer"
        if penalty and constant(each.value, ...) is not None and is_built(each.of, each.order):
            model = model_of(each.of)
            whose = (script.name_of(model) if model is not None else None) or script.name_of(
                each.of
            )
            yield Draft(
                each.node,
                f"{each.name} is set on {whose or 'a layer'} after its weights are made: nothing is "
                "penalised, not after compile either",
                "give it to the layer when it is made, or make the model again "
                "(keras.models.clone_model) and set its weights",
            )
