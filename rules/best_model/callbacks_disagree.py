"""OVF805: two callbacks that do not mean the same by "best"."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.acting import acts
from overfitcheck.script.fit import Fit
from overfitcheck.script.values import Call, constant, flag


@rule(
    "OVF805",
    "callbacks-disagree",
    Level.INFO,
    bad=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=5, restore_best_weights=True)
best = keras.callbacks.ModelCheckpoint("best.keras", monitor="val_accuracy", save_best_only=True)  # <- OVF805
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop, best])
""",
        """
from tensorflow import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["mae"])
callbacks = [
    keras.callbacks.EarlyStopping("val_mae", patience=5),
    keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True),  # <- OVF805
]
model.fit(x, y, epochs=50, validation_data=(x_val, y_val), callbacks=callbacks)
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=5, restore_best_weights=True)
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop, best])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["mae"])
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=5, restore_best_weights=True)
every = keras.callbacks.ModelCheckpoint("model-{epoch}.keras", monitor="val_mae")
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop, every])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["mae"])
stop = keras.callbacks.EarlyStopping(monitor=watched, patience=5, restore_best_weights=True)
best = keras.callbacks.ModelCheckpoint("best.keras", monitor="val_mae", save_best_only=True)
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop, best])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["mae"])
callbacks = [
    keras.callbacks.EarlyStopping("val_mae", patience=5),
    keras.callbacks.ModelCheckpoint("least_loss.keras", save_best_only=True),
    keras.callbacks.ModelCheckpoint("least_mae.keras", "val_mae", save_best_only=True),
]
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=callbacks)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["mae"])
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=5, restore_best_weights=True)
none = keras.callbacks.ModelCheckpoint("best.keras", monitor="val_mse", save_best_only=True)
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop, none])
""",
    ),
)
def callbacks_disagree(fit: Fit) -> Iterator[Draft]:
    """EarlyStopping and a best-only ModelCheckpoint of one fit watch different metrics.

    ## Why is this bad?
    The epoch with the least loss is seldom the one with the best accuracy. The model in memory and
    the file then hold different epochs, and which one is reported depends on the line that uses it.

    ## Exceptions
    Checkpoints of every epoch, a further checkpoint on the metric of EarlyStopping, metrics that the
    text does not tell, and those that no version of Keras logs (OVF504).

    ## References
    https://keras.io/api/callbacks/model_checkpoint/
    """
    stoppers = [each for each in fit.callbacks.of("EarlyStopping") if each.cls is None]
    kept = [
        each
        for each in fit.callbacks.of("ModelCheckpoint")
        if each.cls is None
        and flag(each["save_best_only"]) is True
        and acts(fit, each) is not False
    ]
    watched = [_monitor(each) for each in kept]
    if len(stoppers) != 1 or None in watched:
        return
    stop = _monitor(stoppers[0])
    if stop is None or stop in watched:
        return
    for checkpoint, monitor in zip(kept, watched, strict=True):
        yield Draft(
            checkpoint.node,
            f"the checkpoint keeps the epoch with the best {monitor}, EarlyStopping "
            f"{_what(stoppers[0])} {stop}: {fit.model.name} and the file hold different epochs",
            f'watch one metric in both, such as monitor="{stop}"',
        )


def _monitor(callback: Call) -> str | None:
    monitor = constant(callback["monitor"])
    return monitor if isinstance(monitor, str) else None


def _what(stopper: Call) -> str:
    restores = flag(stopper["restore_best_weights"]) is True
    return "restores the one with the best" if restores else "stops by"
