"""OVF904: a run shows that the network overfits."""

from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import run_rule


@run_rule(
    "OVF904",
    "overfitting",
    Level.WARNING,
    bad=(
        """
import keras
from sklearn.datasets import load_digits
x, y = load_digits(return_X_y=True)
model = keras.Sequential(
    [keras.layers.Dense(1024, activation="relu"), keras.layers.Dense(10, activation="softmax")]
)
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x[:300], y[:300], epochs=200, validation_data=(x[300:600], y[300:600]))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(4096, activation="relu"), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_few, y_few, epochs=500, validation_data=(x_val, y_val))
""",
    ),
    good=(
        """
import keras
from sklearn.datasets import load_digits
x, y = load_digits(return_X_y=True)
model = keras.Sequential(
    [
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dropout(0.4),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy")
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=10, restore_best_weights=True)
model.fit(x[:1200], y[:1200], epochs=200, validation_data=(x[1200:], y[1200:]), callbacks=[stop])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=5, validation_data=(x_val, y_val))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=200)
""",
    ),
)
def overfitting(seen: ObservedFit) -> Outcome | None:
    """A fit goes on although validation loss rises while training loss falls.

    ## Why is this bad?
    From the onset on the network learns its training rows and not the task: each further epoch
    makes it worse on rows that it has not seen.

    ## Exceptions
    A fit that restores the weights of its best epoch pays with time only; the finding says so.

    ## References
    https://developers.google.com/machine-learning/crash-course/overfitting/overfitting
    """
    diagnosis = seen.diagnosis
    if diagnosis.verdict.value == "not_overfitting":
        return Outcome(RunSays.REFUTED, diagnosis.reason)
    if diagnosis.verdict.value != "overfitting" or diagnosis.onset is None:
        return None
    onset = diagnosis.onset
    rise = f", {seen.rise:.0%} above its best" if seen.rise >= 0.005 else ""
    kept = seen.observation.kept_epoch if seen.observation is not None else None
    saved = kept is not None and kept <= onset.high
    ending = f"; the weights of epoch {kept} were restored, so only time was lost" if saved else ""
    return Outcome(
        RunSays.CONFIRMED,
        f"val_loss rises from epoch {onset.epoch} ({onset.low} to {onset.high}) to epoch "
        f"{seen.trained}{rise}, while loss still falls{ending}",
        cost=seen.waste,
        advice="stop at the best epoch (OVF501) or keep its weights (OVF801); to go lower, train on "
        "more or augmented rows, or a smaller network, dropout or a weight penalty",
        level=Level.INFO if saved else Level.WARNING,
    )
