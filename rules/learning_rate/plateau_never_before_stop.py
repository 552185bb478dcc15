"""OVF702: training stops before the learning rate can be reduced."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.fit import Fit
from overfitcheck.script.plateaus import SHORTEST_LIMIT, stops_first
from overfitcheck.script.values import constant


@rule(
    "OVF702",
    "plateau-never-before-stop",
    Level.WARNING,
    bad=(
        """
import keras
from keras.callbacks import EarlyStopping, ReduceLROnPlateau
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = EarlyStopping(monitor="val_loss", patience=5, restore_best_weights=True)
reduce = ReduceLROnPlateau(monitor="val_loss", factor=0.2, patience=5)  # <- OVF702
model.fit(x, y, epochs=90, validation_split=0.2, callbacks=[stop, reduce])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
callbacks = [keras.callbacks.EarlyStopping(patience=7), keras.callbacks.ReduceLROnPlateau()]  # <- OVF702
model.fit(x, y, epochs=90, validation_split=0.2, callbacks=callbacks)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(monitor="val_loss", min_delta=0, patience=3)
reduce = keras.callbacks.ReduceLROnPlateau(
    monitor="val_loss", factor=0.2, patience=3, min_delta=0.0001  # <- OVF702
)
model.fit(x, y, epochs=40, validation_split=0.2, callbacks=[stop, reduce])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
reduce = keras.callbacks.ReduceLROnPlateau(monitor="val_loss", patience=10, factor=0.4)  # <- OVF702
stop = keras.callbacks.EarlyStopping(monitor="val_loss", mode="min", patience=10)
model.fit(x, y, epochs=300, validation_split=0.2, callbacks=[stop, reduce])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(4, activation="softmax")])
model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping("val_accuracy", patience=6)
reduce = keras.callbacks.ReduceLROnPlateau("val_accuracy", patience=8, mode="max")  # <- OVF702
model.fit(x, y, epochs=90, validation_split=0.2, callbacks=[stop, reduce])
""",
    ),
    good=(
        """
import keras
from keras.callbacks import EarlyStopping, ReduceLROnPlateau
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = EarlyStopping(monitor="val_loss", patience=12, restore_best_weights=True)
reduce = ReduceLROnPlateau(monitor="val_loss", factor=0.2, patience=5)
model.fit(x, y, epochs=90, validation_split=0.2, callbacks=[stop, reduce])
""",
        """
import keras
from keras.callbacks import EarlyStopping, ReduceLROnPlateau
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["mae"])
stop = EarlyStopping(monitor="val_mae", patience=5)
reduce = ReduceLROnPlateau(monitor="val_loss", patience=5)
model.fit(x, y, epochs=90, validation_split=0.2, callbacks=[stop, reduce])
""",
        """
import keras
from keras.callbacks import EarlyStopping, ReduceLROnPlateau
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = EarlyStopping(patience=5, start_from_epoch=30)
model.fit(x, y, epochs=90, validation_split=0.2, callbacks=[stop, ReduceLROnPlateau(patience=5)])
""",
        """
import keras
from keras.callbacks import EarlyStopping, ReduceLROnPlateau
def train(model, patience):
    callbacks = [EarlyStopping(patience=patience), ReduceLROnPlateau(patience=5)]
    model.fit(x, y, epochs=90, validation_split=0.2, callbacks=callbacks)
""",
        """
import keras
from keras.callbacks import EarlyStopping, ReduceLROnPlateau
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = EarlyStopping(patience=10)
model.fit(x, y, epochs=8, validation_split=0.2, callbacks=[stop, ReduceLROnPlateau(patience=10)])
""",
        """
import keras
from keras.callbacks import EarlyStopping, ReduceLROnPlateau
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = EarlyStopping(patience=5, min_delta=0.01)
model.fit(x, y, epochs=90, validation_split=0.2, callbacks=[stop, ReduceLROnPlateau(patience=5, min_delta=0.1)])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=[keras.metrics.AUC(name="auc")])
stop = keras.callbacks.EarlyStopping("val_auc", mode="max", patience=6)
reduce = keras.callbacks.ReduceLROnPlateau("val_auc", patience=8)
model.fit(x, y, epochs=90, validation_split=0.2, callbacks=[stop, reduce])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping("val_loss", mode="max", patience=6)
reduce = keras.callbacks.ReduceLROnPlateau("val_loss", patience=8)
model.fit(x, y, epochs=90, validation_split=0.2, callbacks=[stop, reduce])
""",
    ),
)
def plateau_never_before_stop(fit: Fit) -> Iterator[Draft]:
    """EarlyStopping ends the fit before ReduceLROnPlateau has waited long enough to reduce.

    ## Why is this bad?
    Both count epochs without improvement of the same metric. Where the reduction is no less patient
    than the stop, the fit is over when its turn comes. It hardly ever acts: only an improvement
    smaller than its own `min_delta` (1e-4; EarlyStopping's is 0) restarts one count and not
    the other.

    ## Exceptions
    Different monitors or modes, a `start_from_epoch`, a stop that cannot come within the epochs, a
    plateau that asks for a larger improvement than the stop does on purpose, and a patience that
    the text does not tell.

    ## References
    https://keras.io/api/callbacks/reduce_lr_on_plateau/
    """
    for stop in fit.callbacks.of("EarlyStopping"):
        for plateau in fit.callbacks.of("ReduceLROnPlateau"):
            monitor = constant(stop["monitor"])
            if monitor is None or monitor != constant(plateau["monitor"]):
                continue
            waits = stops_first(fit, stop, plateau, str(monitor))
            if waits is None:
                continue
            limit, wait = waits
            given = plateau.argument("patience")
            yield Draft(
                (given.node if given is not None else None) or plateau.node,
                f"ReduceLROnPlateau waits {wait} epochs for {monitor}, "
                f"EarlyStopping {'as many' if wait == limit else f'only {limit}'}: "
                f"{fit.model.name} stops first, and its learning rate is hardly ever reduced",
                _advice(wait, limit),
            )


def _advice(wait: int, limit: int) -> str:
    longer = f"give EarlyStopping a patience of at least {2 * max(wait, 1)}"
    shorter = f", or ReduceLROnPlateau one well below {limit}"
    return longer + (shorter if limit > SHORTEST_LIMIT else "")
