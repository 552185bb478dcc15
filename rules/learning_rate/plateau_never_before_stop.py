"""OVF702: training stops before the learning rate can be reduced."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.fit import Fit
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
stop = EarlyStopping(patience=5, min_delta=0.01)
model.fit(x, y, epochs=90, validation_split=0.2, callbacks=[stop, ReduceLROnPlateau(patience=5, min_delta=0.1)])
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
    Different monitors, a `start_from_epoch`, a plateau that asks for a larger improvement than the
    stop does on purpose, and a patience that the text does not tell.

    ## References
    https://keras.io/api/callbacks/reduce_lr_on_plateau/
    """
    for stop in fit.callbacks.of("EarlyStopping"):
        for plateau in fit.callbacks.of("ReduceLROnPlateau"):
            waits = [constant(each["patience"]) for each in (plateau, stop)]
            if not all(isinstance(wait, int) for wait in waits) or waits[0] < waits[1]:
                continue
            monitors = [constant(each["monitor"]) for each in (plateau, stop)]
            if monitors[0] is None or monitors[0] != monitors[1] or plateau.cls or stop.cls:
                continue
            if constant(stop["start_from_epoch"]) != 0 or plateau.argument("min_delta") is not None:
                continue
            given = plateau.argument("patience")
            yield Draft(
                (given.node if given is not None else None) or plateau.node,
                f"ReduceLROnPlateau waits {waits[0]} epochs for {monitors[0]}, EarlyStopping only "
                f"{waits[1]}: {fit.model.name} stops before its learning rate is hardly ever reduced",
                f"give ReduceLROnPlateau a patience well below {waits[1]}, "
                f"or EarlyStopping one of at least {2 * max(waits[0], 1)}",
            )
