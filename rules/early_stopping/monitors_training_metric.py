"""OVF503: a callback that watches the training data."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.callbacks import MONITORING, kind_of
from overfitcheck.script.edits import set_text
from overfitcheck.script.fit import Fit
from overfitcheck.script.values import constant


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
        keys = fit.log_keys
        if monitor != "loss" and (keys is None or keys.has(monitor) is not True):
            continue
        if kind == "ModelCheckpoint" and constant(callback["save_best_only"]) is not True:
            continue
        given = callback.argument("monitor")
        yield Draft(
            (given.node if given is not None else None) or callback.node,
            f"{kind} watches {monitor}, a training metric, although {fit.model.name} has validation "
            "data: training metrics improve while it overfits",
            f'monitor="val_{monitor}"',
            Level.INFO if kind == "ReduceLROnPlateau" else None,
            set_text(fit.script, given, f"val_{monitor}"),
        )
