"""OVF501: a long fit that nothing stops."""

from collections.abc import Iterator

from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import Draft, rule
from overfitcheck.script.acting import acts
from overfitcheck.script.custom_checklist import schedule_of_loop, stops_early
from overfitcheck.script.custom_loops import CustomLoop
from overfitcheck.script.fit import Fit
from overfitcheck.script.imports import spelt
from overfitcheck.script.learning_rate import schedule_of
from overfitcheck.script.remedies import early_stopping, stopping_arguments, usual_patience
from overfitcheck.script.values import constant

FEW_EPOCHS = 5
"""Epochs after the best one that any patience would have waited."""

PLANNED_TO_THE_END = ("CosineDecay", "PolynomialDecay")
"""Schedules that reach their lowest rate in the last epoch: to stop before it is no gain."""


@rule(
    "OVF501",
    "no-early-stopping",
    Level.WARNING,
    bad=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=100, validation_split=0.2)  # <- OVF501
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
model.fit(x, y, epochs=20, validation_data=(x_val, y_val), callbacks=[best])  # <- OVF501
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
callbacks = []
if log_folder:
    callbacks.append(keras.callbacks.TensorBoard(log_folder))
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=callbacks)  # <- OVF501
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
for epoch in range(100):  # <- OVF501
    for x, y in batches:
        model.train_on_batch(x, y)
    val_loss = model.evaluate(x_val, y_val)
    print(epoch, val_loss)
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=10, restore_best_weights=True)
model.fit(x, y, epochs=100, validation_split=0.2, callbacks=[stop])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=19, validation_split=0.2)
""",
        """
import keras
from project import callbacks
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=100, validation_split=0.2, callbacks=callbacks)
""",
        """
import keras
class StopWhenGoodEnough(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if logs["val_loss"] < 0.1:
            self.model.stop_training = True
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=100, validation_split=0.2, callbacks=[StopWhenGoodEnough()])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=30, initial_epoch=20, validation_split=0.2)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.01, 9000)), "mse")
model.fit(x, y, epochs=90, validation_split=0.2)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 9000)), "mse")
for epoch in range(100):
    for x, y in batches:
        model.train_on_batch(x, y)
    print(model.evaluate(x_val, y_val))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
for epoch in range(100):
    for x, y in batches:
        model.train_on_batch(x, y)
    val_loss = model.evaluate(x_val, y_val)
    if val_loss < best:
        best, waited = val_loss, 0
        model.save_weights("best.weights.h5")
    else:
        waited += 1
    if waited > 10:
        break
""",
        """
import keras
import numpy as np
model = keras.Sequential([keras.layers.LSTM(64), keras.layers.Dense(signs, activation="softmax")])
model.compile("rmsprop", "categorical_crossentropy")
for round in range(50):
    model.fit(x, y, batch_size=128, epochs=1)
    written = start_of(text)
    for place in range(400):
        seen = np.zeros((1, length, signs))
        for number, sign in enumerate(written):
            seen[0, number, places[sign]] = 1
        chances = model.predict(seen)[0]
        written += letters[np.random.choice(signs, p=chances)]
    print(written)
""",
    ),
)
def no_early_stopping(fit: Fit) -> Iterator[Draft]:
    """A fit of 20 or more epochs has validation data, and nothing stops it when it overfits.

    ## Why is this bad?
    From some epoch on validation loss rises again. All further epochs cost time and make the model
    worse. EarlyStopping ends the fit some epochs after the best one and can restore its weights.

    ## Exceptions
    Shorter fits, fits without validation data (OVF101), callbacks that the text does not show,
    own callbacks that set `stop_training`, unsupervised training, tuned models, a warm-up before a
    longer fit, and a cosine or polynomial schedule that is planned to the last epoch. A loop of your
    own is ended by any `break` that depends on how well it goes.

    ## References
    https://keras.io/api/callbacks/early_stopping/
    """
    if fit.has_validation is not True or not fit.trains_long or fit.is_exempt:
        return
    if fit.callbacks.has("EarlyStopping") is not False or fit.epochs is None:
        return
    schedule = schedule_of(fit)
    if schedule is not None and schedule.short_name in PLANNED_TO_THE_END:
        return
    kept = any(acts(fit, each) for each in fit.callbacks.of("ModelCheckpoint"))
    cost = (
        "the epochs after the best one are wasted"
        if kept
        else "it goes on after it has begun to overfit"
    )
    given = stopping_arguments(fit, '"{}"'.format)
    stopper = spelt(fit.script, "keras.callbacks.EarlyStopping", fit.call, fit.model.value)
    yield Draft(
        fit.node,
        f"{fit.model.name} trains for {fit.epochs[0]} epochs with validation data, but nothing "
        f"stops it: {cost}",
        _advice(fit, f"{stopper}({given})"),
        edits=early_stopping(fit),
    )


def _advice(fit: Fit, stopper: str) -> str:
    """To pass a stopper, beside the callbacks that the fit is given already."""
    passed = fit.argument("callbacks")
    if passed is None or constant(passed.value, ...) is None:
        return f"pass callbacks=[{stopper}]"
    others = fit.text_of("callbacks")
    named = f"{others}, the callbacks" if others.isidentifier() else "the callbacks"
    return f"add {stopper} to {named} of {fit.name}"


@no_early_stopping.custom_loop
def loop_without_stop(loop: CustomLoop) -> Iterator[Draft]:
    """Whether a long loop of the script's own validates and is ended by nothing."""
    if loop.has_validation is not True or not loop.trains_long or loop.is_exempt:
        return
    schedule = schedule_of_loop(loop)
    if schedule is not None and schedule.short_name in PLANNED_TO_THE_END:
        return
    if loop.text_words & {"cosine", "polynomial"}:
        return
    if stops_early(loop) is False and loop.epochs is not None:
        yield Draft(
            loop.head,
            f"this loop trains {loop.model.name} for {loop.epochs[0]} epochs and validates it, but "
            "nothing stops it: it goes on after it has begun to overfit",
            "keep the weights of the best validation loss, and break when it has not become lower "
            f"for {usual_patience(loop)} epochs",
        )


@no_early_stopping.observed
def epochs_after_the_best(seen: ObservedFit) -> Outcome | None:
    """How many epochs came after the best one, where nothing could have stopped the fit."""
    best = seen.diagnosis.best.get("val_loss")
    if best is None or seen.observation is None or not seen.observation.callbacks_known:
        return None
    stoppers = seen.observation.callbacks_of("EarlyStopping")
    if stoppers:
        patience = stoppers[0].settings.get("patience")
        return Outcome(RunSays.REFUTED, f"an EarlyStopping was passed (patience {patience})")
    wasted = seen.diagnosis.waste.epochs
    if wasted <= max(FEW_EPOCHS, seen.trained / 3):
        return Outcome(
            RunSays.REFUTED,
            f"the best val_loss came in epoch {best.epoch} of {seen.trained}: nothing to stop yet",
        )
    stopped = seen.observation.stopped_after is not None
    nothing = "nothing but overfitcheck" if stopped else "nothing"
    return Outcome(
        RunSays.CONFIRMED,
        f"the best val_loss ({best.value:.4g}) came in epoch {best.epoch}, and {nothing} stopped "
        f"the fit before epoch {seen.trained}",
        cost=seen.waste,
        advice='pass callbacks=[keras.callbacks.EarlyStopping(monitor="val_loss", patience='
        f"{max(seen.trained // 10, 3)}, restore_best_weights=True)]",
    )
