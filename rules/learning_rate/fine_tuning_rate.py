"""OVF705: a rate that overwrites pretrained weights instead of tuning them."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.built import attributes_set, holds, model_of
from overfitcheck.script.fit import Fit
from overfitcheck.script.imports import spelt
from overfitcheck.script.learning_rate import first_rate
from overfitcheck.script.values import Call, Value, constant, options
from overfitcheck.script.walk import Assignment


@rule(
    "OVF705",
    "fine-tuning-rate",
    Level.INFO,
    bad=(
        """
import keras
base = keras.applications.ResNet50(include_top=False, pooling="avg")
base.trainable = False
model = keras.Sequential([base, keras.layers.Dense(5, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(train, epochs=5, validation_data=validation)
base.trainable = True
model.compile("adam", "sparse_categorical_crossentropy")  # <- OVF705
model.fit(train, epochs=20, validation_data=validation)
""",
        """
import tensorflow as tf
base = tf.keras.applications.VGG16(include_top=False, pooling="avg", weights="imagenet")
for layer in base.layers[-4:]:
    layer.trainable = True
model = tf.keras.Sequential([base, tf.keras.layers.Dense(1, activation="sigmoid")])
model.compile(tf.keras.optimizers.SGD(learning_rate=0.01), "binary_crossentropy")  # <- OVF705
model.fit(train, epochs=20, validation_data=validation)
""",
    ),
    good=(
        """
import keras
base = keras.applications.ResNet50(include_top=False, pooling="avg")
base.trainable = True
model = keras.Sequential([base, keras.layers.Dense(5, activation="softmax")])
model.compile(keras.optimizers.Adam(1e-5), "sparse_categorical_crossentropy")
model.fit(train, epochs=20, validation_data=validation)
""",
        """
import keras
base = keras.applications.ResNet50(include_top=False, pooling="avg", weights=None)
base.trainable = True
model = keras.Sequential([base, keras.layers.Dense(5, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(train, epochs=20, validation_data=validation)
""",
        """
import keras
base = keras.applications.ResNet50(include_top=False, pooling="avg")
base.trainable = False
model = keras.Sequential([base, keras.layers.Dense(5, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(train, epochs=20, validation_data=validation)
""",
        """
import keras
base = keras.applications.ResNet50(include_top=False, pooling="avg")
base.trainable = True
model = keras.Sequential([base, keras.layers.Dense(5, activation="softmax")])
rate = keras.optimizers.schedules.CosineDecay(0.0, 1000, warmup_target=1e-3, warmup_steps=500)
model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
model.fit(train, epochs=20, validation_data=validation)
""",
        """
import keras
base = keras.applications.ResNet50(include_top=False, pooling="avg")
base.trainable = True
for layer in base.layers:
    layer.trainable = False
model = keras.Sequential([base, keras.layers.Dense(5, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(train, epochs=20, validation_data=validation)
""",
    ),
)
def fine_tuning_rate(fit: Fit) -> Iterator[Draft]:
    """A pretrained network is made trainable and trained with the rate of a fresh one.

    ## Why is this bad?
    Pretrained weights hold what makes a small data set enough. With a rate of 1e-3 or more, which
    is the default of most optimizers, the first batches overwrite them, and what is left overfits
    like a network without pretraining.

    ## Exceptions
    Rates below 1e-3, schedules, `weights=None`, a base that is frozen again, and rates that the text
    does not tell.

    ## References
    https://keras.io/guides/transfer_learning/
    """
    compiled, rate = fit.compiled, first_rate(fit)
    if compiled is None or rate is None or fit.is_unsupervised:
        return
    if rate < fit.script.threshold("fine-tuning-rate"):
        return
    changes = [
        each
        for each in attributes_set(fit.script)
        if each.name == "trainable" and each.order < compiled.order and _tunes(fit, each)
    ]
    if not changes or constant(changes[-1].value) is not True:
        return
    given = compiled.argument("optimizer")
    base = model_of(changes[-1].of)
    name = (fit.script.name_of(base) if base is not None else None) or "the pretrained base"
    adam = spelt(fit.script, "keras.optimizers.Adam", compiled)
    yield Draft(
        (given.node if given is not None else None) or compiled.node,
        f"{name} is made trainable in {fit.script.place(changes[-1].node)} and trained in "
        f"{fit.model.name} with a rate of {rate:g}: its pretrained weights are likely to be lost",
        f"compile with a rate of 1e-5 to 1e-4, such as {adam}({rate / 100:g})",
    )


def _tunes(fit: Fit, change: Assignment) -> bool:
    """Whether a change of ``trainable`` is of a pretrained part of the model."""
    if change.context.excludes(fit.call.context):
        return False
    base = model_of(change.of)
    return (
        base is not None
        and _is_pretrained(base)
        and all(holds(model, base) for model in options(fit.model.value))
    )


def _is_pretrained(model: Value) -> bool:
    """Whether a model surely comes with the weights of an earlier training."""
    if not isinstance(model, Call) or not (model.function or "").startswith("keras.applications."):
        return False
    given = model.argument("weights")
    return not model.open if given is None else isinstance(constant(given.value), str)
