"""OVF801: a long fit that keeps only its last weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import Draft, rule
from overfitcheck.script.checklist import keeps_best
from overfitcheck.script.checkpoint_paths import keeps_every_epoch, path_text
from overfitcheck.script.custom_checklist import keeps_best_by_hand, stops_early
from overfitcheck.script.custom_loops import CustomLoop
from overfitcheck.script.fit import Fit
from overfitcheck.script.remedies import best_checkpoint, early_stopping

if TYPE_CHECKING:
    from overfitcheck.history.observation import FitObservation


@rule(
    "OVF801",
    "best-model-not-kept",
    Level.WARNING,
    bad=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=100, validation_split=0.2)  # <- OVF801
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
every = keras.callbacks.ModelCheckpoint("model-{epoch}.keras")
model.fit(x, y, epochs=40, validation_data=(x_val, y_val), callbacks=[every])  # <- OVF801
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
for epoch in range(100):  # <- OVF801
    for x, y in batches:
        model.train_on_batch(x, y)
    val_loss = model.evaluate(x_val, y_val)
    print(epoch, val_loss)
    if epoch % 10 == 0:
        model.save_weights(f"epoch-{epoch}.weights.h5")
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
model.fit(x, y, epochs=100, validation_split=0.2, callbacks=[best])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)
model.fit(x, y, epochs=100, validation_split=0.2, callbacks=[stop])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=10)
model.fit(x, y, epochs=100, validation_split=0.2, callbacks=[stop])
model.save("model.keras")
""",
        """
import keras
class KeepBest(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if logs["val_loss"] < self.best:
            self.model.save("best.keras")
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=100, validation_split=0.2, callbacks=[KeepBest()])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=10, validation_split=0.2)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
for epoch in range(100):
    for x, y in batches:
        model.train_on_batch(x, y)
    val_loss = model.evaluate(x_val, y_val)
    if val_loss < lowest:
        lowest = val_loss
        model.save_weights("lowest.weights.h5")
""",
    ),
)
def best_model_not_kept(fit: Fit) -> Iterator[Draft]:
    """A fit of 20 or more epochs with validation data keeps the weights of its last epoch only.

    ## Why is this bad?
    The best epoch is seldom the last one. Neither `restore_best_weights=True` nor a
    `save_best_only` checkpoint keeps its weights, so whatever comes after the fit uses worse ones.

    ## Exceptions
    Shorter fits, fits without validation data (OVF101), EarlyStopping without
    `restore_best_weights` (OVF502), callbacks that the text does not show or that save weights
    themselves, unsupervised training and tuned models. A loop of your own keeps the best weights
    where it saves them under an `if` that compares.

    ## References
    https://keras.io/api/callbacks/model_checkpoint/
    """
    if fit.has_validation is not True or not fit.trains_long or fit.is_exempt:
        return
    if (
        keeps_best(fit.callbacks) is not False
        or fit.callbacks.of("EarlyStopping")
        or fit.epochs is None
    ):
        return
    what, advice = _what_becomes_of_them(fit)
    yield Draft(
        fit.node,
        f"after {fit.epochs[0]} epochs {fit.model.name} has the weights of the last one, not of "
        f"the best: {what}",
        advice,
        edits=early_stopping(fit)
        if fit.callbacks.has("EarlyStopping") is False
        else best_checkpoint(fit),
    )


def _what_becomes_of_them(fit: Fit) -> tuple[str, str]:
    """Where the weights of the best epoch are after the fit, and how to get at them."""
    restore = "add EarlyStopping(…, restore_best_weights=True)"
    checkpoints = fit.callbacks.of("ModelCheckpoint")
    every = {keeps_every_epoch(each): each for each in reversed(checkpoints)}
    if True in every:
        files = path_text(fit.script, every[True]) or "the checkpoint"
        return (
            f"those are in one of the files named by {files}, which has to be found and loaded",
            "look for the file of the best epoch and load it after the fit (with "
            f"save_best_only=True it is the newest one), or {restore}",
        )
    what = "the checkpoint saves every epoch alike" if None in every else "nothing keeps those"
    return (
        what,
        f'{restore}, or ModelCheckpoint("best.keras", save_best_only=True) and load it after the '
        "fit",
    )


def _where_seen(observation: FitObservation) -> str:
    """Where a run has left the weights of its best epoch, if it has saved no best ones."""
    every = any(
        each.settings.get("save_freq") == "epoch" and "{epoch" in str(each.settings.get("filepath"))
        for each in observation.callbacks_of("ModelCheckpoint")
    )
    return "in the file of that epoch alone" if every else "lost"


@best_model_not_kept.custom_loop
def loop_that_keeps_the_last(loop: CustomLoop) -> Iterator[Draft]:
    """Whether a long loop of the script's own validates and keeps no best weights."""
    if loop.has_validation is not True or not loop.trains_long or loop.is_exempt:
        return
    if keeps_best_by_hand(loop) is not False or stops_early(loop) is not False:
        return
    if loop.epochs is not None:
        yield Draft(
            loop.head,
            f"after {loop.epochs[0]} epochs of this loop {loop.model.name} has the weights of the "
            "last one, not of the best: nothing keeps those",
            f"save the weights of {loop.model.name} wherever the validation loss is the lowest so "
            "far, and load them after the loop",
        )


@best_model_not_kept.observed
def weights_at_the_end(seen: ObservedFit) -> Outcome | None:
    """Which weights the model had when the fit returned."""
    observation = seen.observation
    best = seen.diagnosis.best.get("val_loss")
    if observation is None or best is None or observation.kept_epoch is None:
        return None
    kept = observation.kept_epoch
    if kept != seen.trained or seen.rise < 0.005:
        return Outcome(
            RunSays.REFUTED,
            f"the model ended with the weights of epoch {kept}; the best val_loss was in epoch "
            f"{best.epoch}",
        )
    saved = [
        each
        for each in observation.callbacks_of("ModelCheckpoint")
        if each.settings.get("save_best_only") is True
    ]
    if saved or not observation.callbacks_known or observation.callbacks_of("EarlyStopping"):
        return None
    return Outcome(
        RunSays.CONFIRMED,
        f"the model ended with the weights of epoch {kept}, {seen.rise:.1%} above the best val_loss "
        f"({best.value:.4g} in epoch {best.epoch}), and those are {_where_seen(observation)}",
        cost=seen.waste,
        advice="add EarlyStopping(…, restore_best_weights=True), or ModelCheckpoint("
        '"best.keras", save_best_only=True) and load it after the fit',
    )
