"""OVF701: a plateau in a run that no smaller learning rate followed."""

from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import run_rule

FEW_EPOCHS = 8
"""A plateau of fewer epochs is none."""

PROGRESS = 0.01
"""A plateau is where a loss falls by less than this share."""

CHANGES_RATE = ("ReduceLROnPlateau", "LearningRateScheduler")


@run_rule(
    "OVF701",
    "no-lr-schedule",
    Level.WARNING,
    bad=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(64, activation="relu"), keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(0.1), "mse")
model.fit(x, y, epochs=100, validation_data=(x_val, y_val))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(0.05), "mse")
stop = keras.callbacks.EarlyStopping(patience=40, restore_best_weights=True)
model.fit(x, y, epochs=100, validation_data=(x_val, y_val), callbacks=[stop])
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(0.1), "mse")
reduce = keras.callbacks.ReduceLROnPlateau(factor=0.2, patience=5)
model.fit(x, y, epochs=100, validation_data=(x_val, y_val), callbacks=[reduce])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.01, 5000)), "mse")
model.fit(x, y, epochs=100, validation_data=(x_val, y_val))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=10, validation_data=(x_val, y_val))
""",
    ),
)
def no_lr_schedule(seen: ObservedFit) -> Outcome | None:
    """Training and validation loss stand still, and the learning rate stays as it is.

    ## Why is this bad?
    A network that no longer gains with large steps often gains with smaller ones: the loss falls
    once more when the rate is reduced. Without a reduction the epochs on the plateau are wasted.

    ## Exceptions
    From the text alone this is no finding: Adam with a constant rate is normal, and the technique
    checklist shows it. A fit that overfits needs something else than a smaller rate.

    ## References
    https://keras.io/api/callbacks/reduce_lr_on_plateau/
    """
    diagnosis, observation = seen.diagnosis, seen.observation
    frame = diagnosis.history.epochs
    if not {"loss", "val_loss"} <= set(frame.columns) or seen.trained < 3 * FEW_EPOCHS:
        return None
    if observation is None or not observation.callbacks_known:
        return None
    if diagnosis.verdict.value in ("overfitting", "diverged"):
        return None
    changing = observation.callbacks_of(*CHANGES_RATE)
    schedule = diagnosis.schedule.kind.value if diagnosis.schedule is not None else None
    if changing or diagnosis.drops or schedule not in (None, "constant"):
        reduced = changing[0].name if changing else "a schedule"
        return Outcome(RunSays.REFUTED, f"the learning rate is set by {reduced}")
    third = max(seen.trained // 3, FEW_EPOCHS)
    if not all(_stands_still(list(frame[name]), third) for name in ("loss", "val_loss")):
        return Outcome(RunSays.REFUTED, f"the loss still falls in the last {third} epochs")
    return Outcome(
        RunSays.CONFIRMED,
        f"loss and val_loss stand still in the last {third} of {seen.trained} epochs, and the "
        "learning rate was never reduced",
        cost=seen.waste,
        advice="pass keras.callbacks.ReduceLROnPlateau(factor=0.2, patience=5), or stop there",
    )


def _stands_still(values: list[float], last: int) -> bool:
    """Whether a loss gains next to nothing in its last epochs."""
    before, after = min(values[:-last]), min(values[-last:])
    return before > 0 and after > (1 - PROGRESS) * before
