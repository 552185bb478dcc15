"""OVF907: a run whose training went wrong, or was not over."""

import math

from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import run_rule


@run_rule(
    "OVF907",
    "underfitting-diverged-nan",
    Level.WARNING,
    bad=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(64, activation="relu"), keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(10.0), "mse")
model.fit(x, y, epochs=20, validation_data=(x_val, y_val))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(1e-6), "mse")
model.fit(x, y, epochs=20, validation_data=(x_val, y_val))
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(64, activation="relu"), keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
model.fit(x, y, epochs=200, validation_data=(x_val, y_val), callbacks=[stop])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(0.01, clipnorm=1.0), "mse")
guard = keras.callbacks.TerminateOnNaN()
model.fit(x, y, epochs=200, validation_data=(x_val, y_val), callbacks=[guard])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=2)
""",
    ),
)
def underfitting_diverged_nan(seen: ObservedFit) -> Outcome | None:
    """A fit ended in NaN, diverged, or stopped while validation loss was still falling.

    ## Why is this bad?
    A loss that is NaN stays NaN, and the weights with it; EarlyStopping is no protection: it stops
    some epochs later, and `restore_best_weights` may restore NaN. A fit that is still improving at
    its last epoch underfits: the network has more to give.

    ## Exceptions
    A fit that still improves is info: its budget may be meant. Too few epochs tell nothing.

    ## References
    https://keras.io/api/callbacks/terminate_on_nan/
    """
    diagnosis = seen.diagnosis
    verdict = diagnosis.verdict.value
    if verdict == "diverged":
        return Outcome(
            RunSays.CONFIRMED, diagnosis.reason + _stopped_by_nothing(seen), advice=_mend(seen)
        )
    if verdict == "improving":
        return Outcome(
            RunSays.CONFIRMED,
            f"the network still learns when the fit ends: {diagnosis.reason}",
            advice=f"train for more than {seen.trained} epochs, with EarlyStopping to end the fit",
            level=Level.INFO,
        )
    if verdict in ("overfitting", "not_overfitting"):
        return Outcome(RunSays.REFUTED, diagnosis.reason)
    return None


def _is_nan(seen: ObservedFit) -> bool:
    frame = seen.diagnosis.history.epochs
    return "loss" in frame.columns and not math.isfinite(float(frame["loss"].iloc[-1]))


def _stopped_by_nothing(seen: ObservedFit) -> str:
    """What EarlyStopping did about NaN: nothing, or too late."""
    observation = seen.observation
    if observation is None or not _is_nan(seen) or not observation.callbacks_of("EarlyStopping"):
        return ""
    return "; EarlyStopping is no protection against NaN"


def _mend(seen: ObservedFit) -> str:
    smaller = "a smaller learning rate or clipnorm=1.0 in the optimizer"
    return f"{smaller}, and keras.callbacks.TerminateOnNaN()" if _is_nan(seen) else smaller
