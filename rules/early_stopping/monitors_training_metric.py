"""OVF503: a callback that watches the training data."""

import math
from collections.abc import Iterator

from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import Draft, rule
from overfitcheck.script.callbacks import MONITORING, kind_of
from overfitcheck.script.edits import Edits, give
from overfitcheck.script.fit import Fit
from overfitcheck.script.log_keys import is_of_training
from overfitcheck.script.plateaus import SHORTEST_LIMIT, stops_first
from overfitcheck.script.values import Call, constant, flag
from overfitcheck.script.written_strings import set_text

LITTLE = 0.005
"""A share by which a loss may stand above its best and be as good."""


@rule(
    "OVF503",
    "monitors-training-metric",
    Level.WARNING,
    bad=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(monitor="loss", patience=5, restore_best_weights=True)  # <- OVF503
model.fit(x, y, epochs=100, validation_split=0.2, callbacks=[stop])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
best = keras.callbacks.ModelCheckpoint("best.keras", monitor="accuracy", save_best_only=True)  # <- OVF503
model.fit(x, y, epochs=10, validation_data=(x_val, y_val), callbacks=[best])
""",
        """
import plaidml.keras
plaidml.keras.install_backend()
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping(monitor="acc", patience=3)  # <- OVF503
model.fit(x, y, epochs=10, validation_data=(x_val, y_val), callbacks=[stop])
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=5, restore_best_weights=True)
model.fit(x, y, epochs=100, validation_split=0.2, callbacks=[stop])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
best = keras.callbacks.ModelCheckpoint("best.keras", monitor="acc", save_best_only=True)
model.fit(x, y, epochs=10, validation_data=(x_val, y_val), callbacks=[best])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(monitor="loss", patience=5)
model.fit(x, y, epochs=100, callbacks=[stop])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=10, validation_split=0.2, callbacks=[keras.callbacks.EarlyStopping()])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
every = keras.callbacks.ModelCheckpoint("last.keras", monitor="loss")
model.fit(x, y, epochs=10, validation_split=0.2, callbacks=[every])
""",
        """
import keras
def train(model, validation=None):
    stop = keras.callbacks.EarlyStopping(monitor="loss")
    model.fit(x, y, epochs=10, validation_data=validation, callbacks=[stop])
""",
        """
import keras
class Scores(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        logs["gini_held_out"] = gini(y_val, self.model.predict(x_val))
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping("gini_held_out", mode="max", restore_best_weights=True)
model.fit(x, y, epochs=9, validation_data=(x_val, y_val), callbacks=[Scores(), stop])
""",
    ),
)
def monitors_training_metric(fit: Fit) -> Iterator[Draft]:
    """A callback watches a training metric although the fit has validation data.

    ## Why is this bad?
    Training loss falls while the network overfits. EarlyStopping on `loss` stops long after it
    should, ModelCheckpoint on `accuracy` keeps the most overfitted epoch.

    ## Exceptions
    Fits without validation data, unsupervised training, and checkpoints that save every epoch.
    ReduceLROnPlateau on `loss` is info: a plateau of the training loss is a reason to reduce.

    ## References
    https://keras.io/api/callbacks/early_stopping/
    """
    if fit.has_validation is not True or fit.is_unsupervised:
        return
    for callback in fit.callbacks:
        kind = kind_of(callback)
        monitor = constant(callback["monitor"]) if kind in MONITORING else None
        if not isinstance(monitor, str) or monitor.startswith("val_"):
            continue
        if monitor != "loss" and not is_of_training(fit, monitor):
            continue
        if kind == "ModelCheckpoint" and flag(callback["save_best_only"]) is not True:
            continue
        given = callback.argument("monitor")
        advice, edits = _mended(fit, callback, f"val_{monitor}")
        yield Draft(
            (given.node if given is not None else None) or callback.node,
            f"{kind} watches {monitor}, a training metric, although {fit.model.name} has validation "
            "data: training metrics improve while it overfits",
            advice,
            Level.INFO if kind == "ReduceLROnPlateau" else None,
            edits,
        )


def _mended(fit: Fit, callback: Call, monitor: str) -> tuple[str, Edits]:
    """What to watch instead, and how long to wait where OVF702 would have something to say then."""
    watch = f'monitor="{monitor}"'
    edits = set_text(fit.script, callback.argument("monitor"), monitor)
    found = _stops_first(fit, callback, monitor)
    if not found:
        return watch, edits
    limit, wait, plateau = min(found, key=lambda each: each[0])
    if limit <= SHORTEST_LIMIT:
        longer = f"EarlyStopping(patience={2 * max(wait, 1)})"
        return f"{watch}, and {longer}: else it stops before ReduceLROnPlateau acts", ()
    shorter = give(fit.script, plateau, "patience", f"{limit // 2}")
    return (
        f"{watch}, and ReduceLROnPlateau(patience={limit // 2}): with {wait} it would hardly ever act "
        "before EarlyStopping stops",
        (*edits, *shorter) if edits and shorter else (),
    )


def _stops_first(fit: Fit, callback: Call, monitor: str) -> list[tuple[int, int, Call]]:
    """The plateaus that EarlyStopping forestalls once a callback is mended, and how long both wait.

    One of the two is that callback, and the other watches the right metric already.
    """
    found = []
    for stop in fit.callbacks.of("EarlyStopping"):
        for plateau in fit.callbacks.of("ReduceLROnPlateau"):
            other = plateau if stop is callback else stop if plateau is callback else None
            if other is not None and constant(other["monitor"]) == monitor:
                waits = stops_first(fit, stop, plateau, monitor)
                found += [(*waits, plateau)] if waits is not None else []
    return found


@monitors_training_metric.observed
def chosen_by_training(seen: ObservedFit) -> Outcome | None:
    """How good the epoch is that a callback chose which watched a training metric."""
    observation, best = seen.observation, seen.diagnosis.best.get("val_loss")
    if observation is None or best is None or (seen.fit is not None and seen.fit.is_unsupervised):
        return None
    frame = seen.diagnosis.history.epochs
    for callback in observation.callbacks_of("EarlyStopping", "ModelCheckpoint"):
        stops = callback.name == "EarlyStopping"
        monitor = str(callback.settings.get("monitor"))
        epoch = observation.kept_epoch if stops else callback.chosen_epoch
        if monitor.startswith("val_") or monitor not in frame.columns or epoch is None:
            continue
        rise = float(frame["val_loss"].get(epoch, math.nan)) / best.value - 1 if best.value else 0
        did = "left the model with the weights of" if stops else "saved"
        seen_so = f"{callback.name} watched {monitor} and {did} epoch {epoch}"
        if not rise >= LITTLE:
            return Outcome(RunSays.REFUTED, f"{seen_so}, whose val_loss is near the best")
        return Outcome(
            RunSays.CONFIRMED,
            f"{seen_so}, whose val_loss is {rise:.1%} above the best ({best.value:.4g} in epoch "
            f"{best.epoch})",
            cost=seen.waste,
            advice=f'monitor="val_{monitor}"',
        )
    return None
