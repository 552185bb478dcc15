"""OVF905: epochs of a run that came after the best one, although something should stop it."""

from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import run_rule

FEW_EPOCHS = 5
"""So many epochs after the best one are never called wasted."""


@run_rule(
    "OVF905",
    "epochs-wasted",
    Level.WARNING,
    bad=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(256, activation="relu"), keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=60, restore_best_weights=True)
model.fit(x_few, y_few, epochs=100, validation_data=(x_val, y_val), callbacks=[stop])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(monitor="loss", patience=5)
model.fit(x_few, y_few, epochs=200, validation_data=(x_val, y_val), callbacks=[stop])
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
model.fit(x, y, epochs=100, validation_data=(x_val, y_val), callbacks=[stop])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=8, validation_data=(x_val, y_val))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=100)
""",
    ),
)
def epochs_wasted(seen: ObservedFit) -> Outcome | None:
    """A fit has a callback that could stop it, and trains long after its best epoch all the same.

    ## Why is this bad?
    A patience far longer than the swings of the validation loss, or a callback that watches the
    training data, stops when nothing is left to save: the epochs after the best one cost time, and
    without `restore_best_weights` they cost quality too.

    ## Exceptions
    Five epochs, or a third of the fit: some patience is needed to know which epoch was the best.
    Where nothing could have stopped the fit, OVF501 tells what it has cost.

    ## References
    https://keras.io/api/callbacks/early_stopping/
    """
    best = seen.diagnosis.best.get("val_loss")
    if best is None or seen.observation is None or not seen.observation.callbacks_known:
        return None
    stoppers = seen.observation.callbacks_of("EarlyStopping")
    if not stoppers:
        return None
    wasted = seen.diagnosis.waste.epochs
    if wasted <= max(FEW_EPOCHS, seen.trained / 3):
        return Outcome(
            RunSays.REFUTED,
            f"it trained {wasted} epochs after the best val_loss, in epoch {best.epoch}",
        )
    settings = stoppers[0].settings
    monitor, patience = settings.get("monitor"), settings.get("patience")
    why = f"EarlyStopping watches {monitor} with a patience of {patience}"
    return Outcome(
        RunSays.CONFIRMED,
        f"the best val_loss ({best.value:.4g}) came in epoch {best.epoch}, and the fit trained to "
        f"epoch {seen.trained}: {why}",
        cost=seen.waste,
        advice=f"watch val_loss with a patience of about {max(best.epoch // 5, 3)}, and "
        "restore_best_weights=True",
    )
