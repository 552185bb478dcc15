"""OVF803: the best weights are saved, and the last ones are used."""

from collections.abc import Iterator

from overfitcheck.direction import Direction, direction_of
from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import Draft, rule
from overfitcheck.script.callbacks import watches_validation
from overfitcheck.script.checkpoint_paths import (
    ending,
    path_text,
    placeholders,
    surely_taken,
    usual_ending,
)
from overfitcheck.script.fit import Fit
from overfitcheck.script.heirs import loads_after, loads_another_file
from overfitcheck.script.imports import spelt
from overfitcheck.script.log_keys import logs, never_logged
from overfitcheck.script.values import Call, constant, flag, is_asked_for


@rule(
    "OVF803",
    "best-checkpoint-never-loaded",
    Level.WARNING,
    bad=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)  # <- OVF803
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[best])
print(model.evaluate(x_test, y_test))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
callbacks = [
    keras.callbacks.EarlyStopping(patience=5),
    keras.callbacks.ModelCheckpoint("w.weights.h5", save_best_only=True, save_weights_only=True),  # <- OVF803
]
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=callbacks)
labels = model.predict(x_test)
""",
        """
from keras.callbacks import ModelCheckpoint
from networks import Network
network = Network(words=1000)
network.get_model().compile("adam", "mse")
best = ModelCheckpoint("best.keras", save_best_only=True)  # <- OVF803
network.get_model().fit(x, y, epochs=50, validation_split=0.2, callbacks=[best])
print(network.get_model().evaluate(x_test, y_test))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)  # <- OVF803
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[best])
print(model.evaluate(x_test, y_test))
model.save("trained.keras")
model = keras.models.load_model("trained.keras")
print(model.predict(x_new))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
best = keras.callbacks.ModelCheckpoint(folder + "/best.keras", save_best_only=True)  # <- OVF803
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[best])
keras.models.save_model(model, folder + "/trained.keras")
model = keras.models.load_model("models/trained.keras")
print(model.evaluate(x_test, y_test))
""",
        """
import keras
from keras import layers
words = keras.Input((None,))
_, state = layers.GRU(64, return_state=True)(layers.Embedding(9000, 64)(words))
begun = keras.Input((None,))
states = layers.GRU(64, return_sequences=True)(
    layers.Embedding(8000, 64)(begun), initial_state=state
)
model = keras.Model([words, begun], layers.Dense(8000, activation="softmax")(states))
encoder = keras.Model(words, state)
model.compile("adam", "sparse_categorical_crossentropy")
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)  # <- OVF803
model.fit([x, y[:, :-1]], y[:, 1:], epochs=50, validation_split=0.2, callbacks=[best])
thought = encoder.predict(x_new)
""",
        """
import argparse
import keras
parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=1)
args = parser.parse_args()
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)  # <- OVF803
model.fit(x, y, epochs=args.epochs, validation_split=0.2, callbacks=[best])
model.predict(x_test)
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[best])
model = keras.models.load_model("best.keras")
print(model.evaluate(x_test, y_test))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
best = keras.callbacks.ModelCheckpoint("best.keras", monitor="val_loss", save_best_only=True)
model.fit(x, y, epochs=20, callbacks=[best])
model.save("model.keras")
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
best = keras.callbacks.ModelCheckpoint(path, save_best_only=True, save_weights_only=True)
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[best])
model.load_weights(path)
print(model.evaluate(x_test, y_test))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
callbacks = [
    keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True),
    keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True),
]
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=callbacks)
print(model.evaluate(x_test, y_test))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[best])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[best])
restore_best(model)
print(model.evaluate(x_test, y_test))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[best])
print("last:", model.evaluate(x_val, y_val))
best_model = keras.models.load_model("best.keras")
print("best:", best_model.evaluate(x_test, y_test))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
best = keras.callbacks.ModelCheckpoint("best-{epoch}.weights.h5", save_best_only=True)
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[best])
print("last:", model.evaluate(x_test, y_test))
model.load_weights("best-17.weights.h5")
print("best:", model.evaluate(x_test, y_test))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
best = keras.callbacks.ModelCheckpoint("best", monitor="val_accuracy", save_best_only=True)
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[best])
print(model.evaluate(x_test, y_test))
""",
        """
import keras
rows = keras.Input((20,))
code = keras.layers.Dense(8)(rows)
model = keras.Model(rows, keras.layers.Dense(1)(code))
encoder = keras.Model(rows, code)
model.compile("adam", "mse")
best = keras.callbacks.ModelCheckpoint("best.weights.h5", save_best_only=True, save_weights_only=True)
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[best])
model.load_weights("best.weights.h5")
codes = encoder.predict(x_new)
""",
        """
import keras
rows = keras.Input((20,))
code = keras.layers.Dense(8)(rows)
model = keras.Model(rows, keras.layers.Dense(1)(keras.layers.Dense(4)(code)))
encoder = keras.Model(rows, code)
encoder.trainable = False
model.compile("adam", "mse")
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[best])
codes = encoder.predict(x_new)
""",
        """
import keras
rows = keras.Input((20,))
model = keras.Model(rows, keras.layers.Dense(1)(rows))
other = keras.Model(rows, keras.layers.Dense(2)(rows))
model.compile("adam", "mse")
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[best])
answers = other.predict(x_new)
""",
        """
from keras.callbacks import ModelCheckpoint
from networks import Network
network = Network(words=1000)
best = ModelCheckpoint("best.keras", save_best_only=True)
network.get_model().fit(x, y, epochs=50, validation_split=0.2, callbacks=[best])
network.load_model_weights("best.keras")
print(network.get_model().evaluate(x_test, y_test))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
best = keras.callbacks.ModelCheckpoint("best.keras", monitor="loss", save_best_only=True)
model.fit(x, y, steps_per_epoch=300, epochs=1, callbacks=[best])
model.predict(x_test)
""",
    ),
)
def best_checkpoint_never_loaded(fit: Fit) -> Iterator[Draft]:
    """A checkpoint keeps the best weights, and the fitted model is used with the last ones.

    ## Why is this bad?
    ModelCheckpoint writes a file; it does not change the model. After the fit the model has the
    weights of the last epoch. Unless the file is loaded, the score and the predictions are those
    of a model that may be far past its best.

    ## Exceptions
    `EarlyStopping(restore_best_weights=True)` beside it, a metric that no version of Keras logs
    (OVF504), weights that are loaded after the fit from what may be this file, a model that is
    not used after the fit or is handed to code that the text does not show, and a single epoch.

    ## References
    https://github.com/keras-team/keras/issues/14124
    """
    uses = fit.uses
    if not uses or fit.is_handed_on or fit.is_unsupervised or _is_one_epoch(fit):
        return
    stoppers = fit.callbacks.of("EarlyStopping")
    if any(flag(each["restore_best_weights"], True) is not False for each in stoppers):
        return
    if not fit.callbacks.complete:
        return
    for checkpoint in fit.callbacks.of("ModelCheckpoint"):
        if flag(checkpoint["save_best_only"]) is not True or checkpoint.cls is not None:
            continue
        if watches_validation(checkpoint) and fit.has_validation is False:
            continue
        monitor = constant(checkpoint["monitor"])
        if isinstance(monitor, str) and never_logged(fit, monitor):
            continue
        if _may_be_loaded(fit, checkpoint):
            continue
        # What older versions log, and OVF504 tells newer ones of, is not surely written.
        holds = "is to hold" if logs(fit, str(monitor)) is False else "holds"
        files, unloaded = _files(fit, checkpoint)
        yield Draft(
            checkpoint.node,
            f"{files} {holds} {_which_weights(fit, checkpoint)}, but "
            f"{fit.script.text(uses[0].node.func)} in "
            f"{fit.script.place(uses[0].node)} uses the last "
            f"ones: {unloaded}",
            _advice(fit, checkpoint),
        )


def _is_one_epoch(fit: Fit) -> bool:
    """Whether the last epoch is the best one because there is no other, whoever runs the script."""
    return fit.epochs == (1, 1) and not is_asked_for(fit["epochs"]) and not fit.loops_around


def _may_be_loaded(fit: Fit, checkpoint: Call) -> bool:
    """Whether some call after the fit may load what the checkpoint has saved."""
    path = checkpoint["filepath"]
    return any(not loads_another_file(each, path) for each in loads_after(fit))


def _files(fit: Fit, checkpoint: Call) -> tuple[str, str]:
    """What holds the weights, and that it is not loaded.

    A path with placeholders names many files, each better than those before it.
    """
    file = path_text(fit.script, checkpoint) or "the checkpoint"
    if placeholders(checkpoint["filepath"]):
        return f"the newest file named by {file}", "it is never loaded"
    return file, "the file is never loaded"


def _which_weights(fit: Fit, checkpoint: Call) -> str:
    """What the file holds: what is best for the training rows may be far from the best weights."""
    monitor = constant(checkpoint["monitor"])
    if not isinstance(monitor, str) or monitor.startswith("val_"):
        return f"the best weights of {fit.model.name}"
    is_low = direction_of(monitor) is Direction.DOWN and constant(checkpoint["mode"]) != "max"
    better = "lowest" if is_low else "best"
    return f"the weights of {fit.model.name} with the {better} {monitor}"


def _advice(fit: Fit, checkpoint: Call) -> str:
    only_weights = flag(checkpoint["save_weights_only"]) is True
    file, path = path_text(fit.script, checkpoint) or "the checkpoint", checkpoint["filepath"]
    change = ""
    if placeholders(path):
        mine, usual = ending(path), usual_ending(only_weights)
        kept = surely_taken(fit.script.versions, mine, only_weights)
        file = f'"best{mine if kept else usual}"'
        change = (
            f"give the checkpoint a path without placeholders, such as {file}, which each better "
            "epoch overwrites; "
        )
    if only_weights:
        return f"{change}call {fit.model.name}.load_weights({file}) after the fit"
    load = spelt(fit.script, "keras.models.load_model", fit.call, fit.model.value)
    return f"{change}after the fit: {fit.model.name} = {load}({file})"


@best_checkpoint_never_loaded.observed
def weights_that_were_used(seen: ObservedFit) -> Outcome | None:
    """Whether the model ended with the weights that the checkpoint holds."""
    observation = seen.observation
    if observation is None or observation.kept_epoch is None:
        return None
    best_only = (
        each
        for each in observation.callbacks_of("ModelCheckpoint")
        if each.settings.get("save_best_only") is True and each.chosen_epoch is not None
    )
    checkpoint = next(best_only, None)
    if checkpoint is None:
        return None
    saved, kept = checkpoint.chosen_epoch, observation.kept_epoch
    if saved == kept:
        return Outcome(
            RunSays.REFUTED, f"the file and the model both have the weights of epoch {saved}"
        )
    if any(each.epochs_of("weights_restored") for each in observation.callbacks):
        return Outcome(RunSays.REFUTED, f"the best weights, of epoch {kept}, were restored")
    fit = seen.fit
    if fit is None or fit.first_load is not None or fit.is_handed_on or not fit.uses:
        return None
    monitor = str(checkpoint.settings.get("monitor"))
    return Outcome(
        RunSays.CONFIRMED,
        f"the file holds epoch {saved}{_value(seen, monitor, saved)}; the model that the script uses "
        f"has the weights of epoch {kept}{_value(seen, monitor, kept)}",
        cost=seen.waste,
        advice="load the file after the fit",
    )


def _value(seen: ObservedFit, monitor: str, epoch: int | None) -> str:
    """What was watched in an epoch: ``" (val_loss 0.51)"``; nothing where it was not logged."""
    frame = seen.diagnosis.history.epochs
    if monitor not in frame.columns or epoch is None or epoch not in frame.index:
        return ""
    return f" ({monitor} {float(frame[monitor].loc[epoch]):.4g})"
