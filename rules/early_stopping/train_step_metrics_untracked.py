"""OVF511: a training step whose loss Keras 3 logs as 0."""

from collections.abc import Iterator

from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import Draft, rule
from overfitcheck.script.custom_steps import returned_keys
from overfitcheck.script.script import Script
from overfitcheck.script.values import Call, Function, constant

TRACKS = (
    "update_state",
    "get_metrics_result",
    "compute_metrics",
    "compiled_metrics",
    "def metrics",
)
"""What a class says that keeps its metrics itself."""

FEWEST_EPOCHS = 3
"""So many epochs with a loss of 0.0 are no accident."""


@rule(
    "OVF511",
    "train-step-metrics-untracked",
    Level.ERROR,
    bad=(
        """
import keras
import tensorflow as tf
from keras import ops
class Net(keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = ops.mean((self(x, training=True) - y) ** 2)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        return {"loss": loss}  # <- OVF511
net = Net()
net.compile(optimizer="adam")
net.fit(x, y, epochs=20)
""",
        """
import tensorflow as tf
class Net(tf.keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(y=y, y_pred=self(x, training=True))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        logs = {"loss": loss}  # <- OVF511
        return logs
inputs = tf.keras.Input((4,))
net = Net(inputs, tf.keras.layers.Dense(1)(inputs))
net.compile("adam", "mse")
net.fit(x, y, epochs=20)
""",
    ),
    good=(
        """
import keras
import tensorflow as tf
from keras import ops
class Net(keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = ops.mean((self(x, training=True) - y) ** 2)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}
net = Net()
net.compile(optimizer="adam")
""",
        """
import keras
from keras import ops
class Gan(keras.Model):
    def train_step(self, images):
        d_loss, g_loss = self.both(images)
        return {"d_loss": d_loss, "g_loss": g_loss}
gan = Gan()
gan.compile(optimizer="adam")
""",
        """
import tf_keras
class Net(tf_keras.Model):
    def train_step(self, data):
        return {"loss": self.step(data)}
net = Net()
net.compile(optimizer="adam")
""",
        """
import keras
from keras import ops
class Net(keras.Model):
    def train_step(self, data):
        logs = super().train_step(data)
        return logs
net = Net()
net.compile("adam", "mse")
""",
        """
import keras
from keras import ops
class Net(keras.Model):
    def train_step(self, data):
        return {"loss": self.step(data)}
    def step(self, data):
        self.total.update_state(1.0)
        return 1.0
net = Net()
net.compile(optimizer="adam")
""",
    ),
)
def train_step_metrics_untracked(script: Script) -> Iterator[Draft]:
    """A `train_step` of its own returns a loss that it does not give to any metric.

    ## Why is this bad?
    Where the keys that it returns are those of the model's own metrics, Keras 3 throws the values
    away and logs what the metrics say: a loss of 0.0 in every epoch, while training goes on.
    EarlyStopping on `loss` then stops after `patience` epochs. Keras 2 logs the returned value.

    ## Exceptions
    Steps that update a metric, models with a `metrics` property of their own, steps that return
    other keys, classes that the script does not compile, and scripts for Keras 2. Where the version
    is not known the finding is a warning.

    ## References
    https://github.com/keras-team/keras-core/issues/485
    https://github.com/keras-team/keras-io/issues/48
    """
    if script.versions.surely_before(3):
        return
    for call in script.calls:
        if call.cls is None or "keras.Model" not in set(call.cls.ancestors()):
            continue
        compiles = [each for each in call.calls if each.method == "compile"]
        if not compiles or any(_has_metrics(each) for each in compiles):
            continue
        if any(word in call.cls.text for word in TRACKS):
            continue
        for name in ("train_step", "test_step"):
            step = call.cls.member(name)
            found = returned_keys(step) if isinstance(step, Function) else None
            if found is not None and found[0] == {"loss"}:
                yield Draft(
                    found[1],
                    f"{call.cls.name}.{name} returns loss without giving it to a metric: Keras 3 "
                    "logs loss 0.0 in every epoch",
                    "keep a keras.metrics.Mean in the metrics of the model, call its update_state "
                    "in the step, and return its result()",
                    None if script.versions.surely_from(3) else Level.WARNING,
                )


def _has_metrics(compiled: Call) -> bool:
    """Whether a ``compile`` may give metrics of its own."""
    given = compiled.argument("metrics") or compiled.argument("weighted_metrics")
    return compiled.open or (given is not None and constant(given.value, ...) is not None)


@train_step_metrics_untracked.observed
def loss_of_zero(seen: ObservedFit) -> Outcome | None:
    """Whether the logged loss is 0 in every epoch."""
    frame = seen.diagnosis.history.epochs
    if "loss" not in frame.columns or seen.trained < FEWEST_EPOCHS:
        return None
    if not bool((frame["loss"] == 0.0).all()):
        return Outcome(
            RunSays.REFUTED,
            f"loss went from {frame['loss'].iloc[0]:.4g} to {frame['loss'].iloc[-1]:.4g}",
        )
    return Outcome(
        RunSays.CONFIRMED,
        f"loss is 0.0 in all {seen.trained} epochs: a metric that nothing updates, not a perfect fit",
        advice="give the loss to a keras.metrics.Mean in the metrics of the model (update_state), "
        "and return its result()",
    )
