"""OVF502: EarlyStopping that leaves the model with its last weights."""

from collections.abc import Iterator

from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import Draft, rule
from overfitcheck.script.checklist import keeps_best
from overfitcheck.script.custom_checklist import keeps_best_by_hand, patient_end
from overfitcheck.script.custom_loops import CustomLoop
from overfitcheck.script.edits import give
from overfitcheck.script.epochs import shortest_patience
from overfitcheck.script.fit import Fit
from overfitcheck.script.log_keys import AS_WRITTEN, logs, never_logged, since_when
from overfitcheck.script.values import Call, constant
from overfitcheck.script.versions import written


@rule(
    "OVF502",
    "early-stopping-keeps-last-weights",
    Level.WARNING,
    bad=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=10)  # <- OVF502
model.fit(x, y, epochs=100, validation_split=0.2, callbacks=[stop])
print(model.evaluate(x_test, y_test))
""",
        """
from tensorflow.keras import Sequential, layers
from tensorflow.keras.callbacks import EarlyStopping
model = Sequential([layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=100, validation_split=0.2,
          callbacks=[EarlyStopping(patience=5, restore_best_weights=False)])  # <- OVF502
model.save("model.keras")
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=10)  # <- OVF502
model.fit(x, y, epochs=100, validation_split=0.2, callbacks=[stop])
print(model.evaluate(x_test, y_test))
other = keras.models.load_model("other.keras")
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
lowest, waited = 1e9, 0
for epoch in range(100):
    for x, y in batches:
        model.train_on_batch(x, y)
    val_loss = model.evaluate(x_val, y_val)
    if val_loss < lowest:
        lowest, waited = val_loss, 0
    else:
        waited += 1
    if waited > 10:  # <- OVF502
        break
print(model.evaluate(x_test, y_test))
""",
        """
import keras
rows = keras.Input((20,))
code = keras.layers.Dense(8)(rows)
model = keras.Model(rows, keras.layers.Dense(1)(code))
encoder = keras.Model(rows, code)
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=10)  # <- OVF502
model.fit(x, y, epochs=100, validation_split=0.2, callbacks=[stop])
codes = encoder.predict(x_new)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping("val_acc", patience=10)  # <- OVF502
model.fit(x, y, epochs=100, validation_split=0.2, callbacks=[stop])
print(model.evaluate(x_test, y_test))
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=10, restore_best_weights=True)
model.fit(x, y, epochs=100, validation_split=0.2, callbacks=[stop])
print(model.evaluate(x_test, y_test))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
lowest, waited = 1e9, 0
for epoch in range(100):
    for x, y in batches:
        model.train_on_batch(x, y)
    val_loss = model.evaluate(x_val, y_val)
    if val_loss < lowest:
        lowest, waited = val_loss, 0
        best_weights = model.get_weights()
    else:
        waited += 1
    if waited > 10:
        break
print(model.evaluate(x_test, y_test))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
lowest, waited = 1e9, 0
for epoch in range(100):
    for x, y in batches:
        model.train_on_batch(x, y)
    val_loss = model.evaluate(x_val, y_val)
    if val_loss < lowest:
        lowest, waited = val_loss, 0
    else:
        waited += 1
    if waited > 10:
        break
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["mae"])
stop = keras.callbacks.EarlyStopping("val_rmse", mode="min", patience=10)
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop])
print(model.evaluate(x_test, y_test))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=10)
model.fit(x, y, epochs=5, validation_split=0.2, callbacks=[stop])
print(model.evaluate(x_test, y_test))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
callbacks = [
    keras.callbacks.EarlyStopping(patience=10),
    keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True),
]
model.fit(x, y, epochs=100, validation_split=0.2, callbacks=callbacks)
model = keras.models.load_model("best.keras")
print(model.evaluate(x_test, y_test))
""",
        """
import keras
import tensorflow as tf
class Network(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)
    def call(self, rows):
        return self.dense(rows)
    def train_step(self, batch):
        rows, targets = batch
        with tf.GradientTape() as tape:
            loss = self.compute_loss(y=targets, y_pred=self(rows, training=True))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        return self.compute_metrics(rows, targets, self(rows))
class Deeper(Network):
    pass
network = Deeper()
network.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=10)
network.fit(x, y, epochs=100, validation_split=0.2, callbacks=[stop])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=10)
history = model.fit(x, y, epochs=100, validation_split=0.2, callbacks=[stop])
print(min(history.history["val_loss"]))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=1)
model.fit(x, y, epochs=100, validation_split=0.2, callbacks=[stop])
model.save("model.keras")
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=10)
model.fit(x, y, epochs=100, validation_split=0.2, callbacks=[stop])
model.load_weights("best_of_many_runs.weights.h5")
print(model.evaluate(x_test, y_test))
""",
        """
import keras
from project import more_callbacks
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=10)
model.fit(x, y, epochs=100, validation_split=0.2, callbacks=[stop, *more_callbacks])
model.save("model.keras")
""",
        """
import keras
def train(x, y, validation_data=None):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=5)
    model.fit(x, y, epochs=100, validation_data=validation_data, callbacks=[stop])
    return model
train(x, y).predict(x_test)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["acc"])
stop = keras.callbacks.EarlyStopping("val_accuracy", patience=10)
model.fit(x, y, epochs=100, validation_split=0.2, callbacks=[stop])
print(model.evaluate(x_test, y_test))
""",
        """
import keras
import keras.ops
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping("val_acc", patience=10)
model.fit(x, y, epochs=100, validation_split=0.2, callbacks=[stop])
print(model.evaluate(x_test, y_test))
""",
    ),
)
def early_stopping_keeps_last_weights(fit: Fit) -> Iterator[Draft]:
    """EarlyStopping without `restore_best_weights`, and the model is used after the fit.

    ## Why is this bad?
    EarlyStopping waits `patience` epochs without improvement before it stops. By default the model
    then has the weights of the last epoch, `patience` epochs after the best ones.

    ## Exceptions
    A `save_best_only` checkpoint beside it (OVF803 asks whether it is loaded), a patience of 0 or
    1, one that cannot run out in a short fit (OVF506), a model that is not used after the fit,
    weights that are loaded before they are used, modules of tests, and a metric that is logged in
    no version of Keras that the script may run on (OVF504), such as one of validation where there
    is none: it never stops. In a loop of your own, a `break` without patience, or anything that may
    keep the best weights.

    ## References
    https://keras.io/api/callbacks/early_stopping/
    https://github.com/keras-team/keras/issues/2611
    """
    loaded = fit.first_load.order if fit.first_load is not None else None
    used = [call for call in fit.uses if loaded is None or call.order < loaded]
    if (
        keeps_best(fit.callbacks) is not False
        or not used
        or fit.epochs == (1, 1)
        or fit.script.is_test
    ):
        return  # A fit of one epoch never stops early.
    for stopper in fit.callbacks.of("EarlyStopping"):
        patience = constant(stopper["patience"])
        if not isinstance(patience, int) or patience <= 1 or stopper.cls is not None:
            continue
        if _never_stops(fit, stopper):
            continue
        told = _what_it_leaves(fit, stopper)
        if told is None:
            continue
        given = stopper.argument("restore_best_weights")
        yield Draft(
            (given.node if given is not None else None) or stopper.node,
            told,
            "add restore_best_weights=True to EarlyStopping",
            edits=give(fit.script, stopper, "restore_best_weights", "True"),
        )


def _never_stops(fit: Fit, stopper: Call) -> bool:
    """Whether no version that the script may run on logs what is watched (OVF504)."""
    monitor = constant(stopper["monitor"])
    if not isinstance(monitor, str) or logs(fit, monitor) is not False:
        return False
    return never_logged(fit, monitor) or not since_when(fit, monitor)


def _what_it_leaves(fit: Fit, stopper: Call) -> str | None:
    """Which weights a fit leaves; None where it is short and never stopped (OVF506)."""
    best = constant(stopper["monitor"], "one")
    if fit.epochs is None or shortest_patience(stopper, fit.epochs[1]) is None:
        # What newer versions do not log, OVF504 tells: there it never stops.
        is_old = logs(fit, str(best)) is False
        when = f"where it stops, before Keras {written(AS_WRITTEN)}" if is_old else "when it stops"
        return (
            f"{when}, {fit.model.name} keeps the weights of its last epoch, "
            f"{constant(stopper['patience'])} epochs after the best {best}"
        )
    if not fit.trains_long:
        return None
    return (
        f"it does not stop {fit.name} before its {fit.epochs[1]} epochs are over, and "
        f"leaves the weights of the last one, not of the best {best}"
    )


@early_stopping_keeps_last_weights.custom_loop
def loop_that_stops_too_late(loop: CustomLoop) -> Iterator[Draft]:
    """Whether a loop of the script's own waits before it stops, and keeps its last weights."""
    test = patient_end(loop)
    if loop.has_validation is not True or loop.script.is_test or test is None:
        return
    inside = {id(call) for call in loop.inside}
    used = [call for call in loop.uses if id(call) not in inside]
    if not used or keeps_best_by_hand(loop) is not False or loop.first_load is not None:
        return
    yield Draft(
        test,
        f"when this loop stops, {loop.model.name} has the weights of its last epoch, some epochs "
        "after the best one: nothing keeps those",
        f"keep the weights of {loop.model.name} where the validation loss is the lowest so far, and "
        "put them back after the loop",
    )


@early_stopping_keeps_last_weights.observed
def weights_after_the_stop(seen: ObservedFit) -> Outcome | None:
    """Which weights the model had when EarlyStopping had stopped the fit."""
    observation = seen.observation
    best = seen.diagnosis.best.get("val_loss")
    if observation is None or best is None or observation.kept_epoch is None:
        return None
    stoppers = observation.callbacks_of("EarlyStopping")
    if not stoppers or stoppers[0].settings.get("monitor") != "val_loss":
        return None
    kept = observation.kept_epoch
    if kept == best.epoch or seen.rise < 0.005:
        return Outcome(
            RunSays.REFUTED,
            f"the model had the weights of epoch {kept}, whose val_loss is no worse than the best",
        )
    if not stoppers[0].epochs_of("early_stop") or kept != seen.trained:
        return None
    return Outcome(
        RunSays.CONFIRMED,
        f"EarlyStopping stopped after epoch {kept} and left its weights, {seen.rise:.1%} above the "
        f"best val_loss ({best.value:.4g} in epoch {best.epoch})",
        cost=seen.waste,
        advice="add restore_best_weights=True to EarlyStopping",
    )
