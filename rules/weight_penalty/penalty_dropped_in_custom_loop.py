"""OVF604: weight penalties that a training loop of its own leaves out of the loss."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.custom_steps import ADDED_PENALTIES, TapeStep, tape_steps
from overfitcheck.script.models import is_layer, layers_of
from overfitcheck.script.script import Script
from overfitcheck.script.values import Call, constant

INCLUDES = (
    "compute_loss",
    "get_regularization",
    "l2_loss",
    "l1_loss",
    "nn.l2",
    "weight_decay",
    "reg_loss",
    "regularization_loss",
    "super().train_step",
)
"""What the text of a step says that adds a penalty to its loss."""


@rule(
    "OVF604",
    "penalty-dropped-in-custom-loop",
    Level.ERROR,
    bad=(
        """
import keras
import tensorflow as tf
model = keras.Sequential([
    keras.layers.Dense(64, kernel_regularizer="l2"),
    keras.layers.Dense(1),
])
optimizer = keras.optimizers.Adam()
@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:  # <- OVF604
        loss = tf.reduce_mean(tf.square(model(x, training=True) - y))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
for x, y in batches:
    train_step(x, y)
""",
        """
import tensorflow as tf
class Net(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = tf.keras.layers.Dense(64, kernel_regularizer=tf.keras.regularizers.l2(1e-4))
        self.out = tf.keras.layers.Dense(1)
    def call(self, x):
        return self.out(self.hidden(x))
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:  # <- OVF604
            loss = tf.reduce_mean(tf.square(self(x, training=True) - y))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        return {"squared_error": loss}
net = Net()
net.compile("adam")
""",
        """
import keras
import tensorflow as tf
def build(pads):
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.Conv2D(8, 3, kernel_regularizer=keras.regularizers.l2(5e-4))(inputs)
    if pads:
        x = tf.pad(x[:, ::2, ::2, :], [[0, 0], [1, 1], [1, 1], [0, 0]])
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(x))
model = build(pads)
optimizer = keras.optimizers.SGD(0.1)
loss_fn = keras.losses.CategoricalCrossentropy()
def train_step(x, y):
    with tf.GradientTape() as tape:  # <- OVF604
        loss = loss_fn(y, model(x, training=True))
    gradients = tape.gradient(loss, model.trainable_weights)
    optimizer.apply_gradients(zip(gradients, model.trainable_weights))
for epoch in range(30):
    for x, y in batches:
        train_step(x, y)
""",
    ),
    good=(
        """
import keras
import tensorflow as tf
model = keras.Sequential([keras.layers.Dense(64, kernel_regularizer="l2"), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()
def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(x, training=True) - y)) + sum(model.losses)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
""",
        """
import keras
import tensorflow as tf
model = keras.Sequential([keras.layers.Dense(64), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()
def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(x, training=True) - y))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
""",
        """
import keras
import tensorflow as tf
model = keras.Sequential([keras.layers.Dense(64, kernel_regularizer="l2"), keras.layers.Dense(1)])
def saliency(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        score = model(x)
    return tape.gradient(score, x)
""",
        """
import keras
import tensorflow as tf
model = keras.Sequential([keras.layers.Dense(64, kernel_regularizer="l2"), keras.layers.Dense(1)])
optimizer = keras.optimizers.AdamW()
def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(x, training=True) - y))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
""",
        """
import keras
import tensorflow as tf
penalised = keras.Sequential([keras.layers.Dense(64, kernel_regularizer="l2"), keras.layers.Dense(1)])
def train_step(model, optimizer, x, y):
    with tf.GradientTape() as tape:
        loss = total_loss(model, x, y)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
""",
        """
import keras
import tensorflow as tf
from keras import ops
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.out = keras.layers.Dense(1, kernel_regularizer="l2")
    def call(self, x):
        return self.out(x)
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(y=y, y_pred=self(x, training=True))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        return {"loss": loss}
net = Net()
net.compile("adam", "mse")
""",
    ),
)
def penalty_dropped_in_custom_loop(script: Script) -> Iterator[Draft]:
    """A training step with a GradientTape leaves the penalties of its layers out of the loss.

    ## Why is this bad?
    `kernel_regularizer` adds a term to `model.losses`; only `fit` adds these to the loss by itself.
    In a loss that is computed by hand they are missing: no weight is penalised, and the
    regularizers in the text do nothing.

    ## Exceptions
    Steps that use `model.losses`, `compute_loss` or a sum of their own, gradients by which nothing
    is trained, optimizers with weight decay, `compiled_loss` where Keras may be 3 (it adds the
    penalties there), and models that the step is given from elsewhere.

    ## References
    https://github.com/hunglc007/tensorflow-yolov4-tflite/issues/369
    https://github.com/tensorflow/tensorflow/issues/33556
    """
    for step in tape_steps(script):
        if ADDED_PENALTIES.search(step.text) or any(word in step.text for word in INCLUDES):
            continue
        if _decays(script):
            continue
        if "compiled_loss" in step.text and not script.versions.surely_before(3):
            continue
        penalised = _penalised(script, step)
        if penalised is not None:
            name = next(n for n in penalised.arguments if n.endswith("_regularizer"))
            yield Draft(
                step.tape,
                f"{step.name} computes its loss without model.losses: the {name} of "
                f"{penalised.short_name} in {script.place(penalised.node)} penalises nothing",
                f"add sum({step.model}.losses) to the loss inside the tape",
            )


def _penalised(script: Script, step: TapeStep) -> Call | None:
    """A layer with a weight penalty of a model that the step surely trains."""
    for model in step.models:
        layers = list(layers_of(model).every) if isinstance(model, Call) else []
        if isinstance(model, Call) and model.cls is not None:
            made = (each for each in script.calls if is_layer(each))
            layers += [
                each
                for each in made
                if each.context.function is not None and each.context.function.owner is model.cls
            ]
        for layer in layers:
            if any(
                name.endswith("_regularizer") and constant(given.value, ...) is not None
                for name, given in layer.arguments.items()
            ):
                return layer
    return None


def _decays(script: Script) -> bool:
    """Whether an optimizer of the script decays weights instead."""
    return any(
        call.short_name in ("AdamW", "SGDW") or call.argument("weight_decay") is not None
        for call in script.calls_to("keras.optimizers.", "tensorflow_addons.optimizers.")
    )
