"""OVF510: epochs without validation under callbacks that watch the validation data."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.callbacks import kind_of, watches_validation
from overfitcheck.script.fit import Fit
from overfitcheck.script.values import Call, Items, Setting, constant


@rule(
    "OVF510",
    "validation-freq-gaps",
    Level.ERROR,
    bad=(
        """
import keras
from keras import ops
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
model.fit(x, y, epochs=50, validation_split=0.2, validation_freq=2, callbacks=[best])  # <- OVF510
""",
        """
from tensorflow import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
model.fit(x, y, epochs=50, validation_data=(x_val, y_val), validation_freq=[1, 10, 20], callbacks=[stop])  # <- OVF510
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
model.fit(x, y, epochs=50, validation_split=0.2, validation_freq=1, callbacks=[best])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(monitor="loss", patience=5)
model.fit(x, y, epochs=50, validation_split=0.2, validation_freq=5, callbacks=[stop])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
every = keras.callbacks.ModelCheckpoint("model-{epoch}.keras")
model.fit(x, y, epochs=50, validation_split=0.2, validation_freq=5, callbacks=[every])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=5)
model.fit(x, y, epochs=50, validation_split=0.2, validation_freq=how_often, callbacks=[stop])
""",
    ),
)
def validation_freq_gaps(fit: Fit) -> Iterator[Draft]:
    """A fit validates only every few epochs, and a callback decides by a validation metric.

    ## Why is this bad?
    In the epochs between, the metric is not in the logs. EarlyStopping and ReduceLROnPlateau skip
    them with a warning, so their patience counts validations and not epochs. A best-only
    ModelCheckpoint saves each of these epochs since Keras 3.10: the file that should hold the best
    model is overwritten by epochs that nobody has validated.

    ## Exceptions
    Callbacks that watch a training metric, and a `validation_freq` that the text does not tell.
    Where the version is not known, or before Keras 3.10, the finding is a warning.

    ## References
    https://keras.io/api/models/model_training_apis/
    """
    if fit.has_validation is not True or _gaps(fit) is None:
        return
    watching = [each for each in fit.callbacks if watches_validation(each) and each.cls is None]
    if not watching:
        return
    versions = fit.script.versions
    saved = any(kind_of(each) == "ModelCheckpoint" for each in watching)
    certain = saved and versions.surely_from(3, 10)
    parts = [_consequence(fit, each) for each in watching]
    yield Draft(
        fit.anchor("validation_freq"),
        f"{fit.model.name} is validated {_gaps(fit)}: {'; '.join(dict.fromkeys(parts))}",
        "validate every epoch (leave out validation_freq)",
        None if certain else Level.WARNING,
    )


def _gaps(fit: Fit) -> str | None:
    """How often a fit validates, in words; None where it is every epoch or not known."""
    given = fit.argument("validation_freq")
    if given is None or isinstance(given.value, Setting):
        return None
    number = constant(given.value)
    if isinstance(number, int) and number > 1:
        return f"every {number} epochs"
    if isinstance(given.value, Items) and given.value.complete and given.value.items:
        return f"in {len(given.value.items)} epochs only"
    return None


def _consequence(fit: Fit, callback: Call) -> str:
    kind, monitor = kind_of(callback), constant(callback["monitor"])
    if kind == "ModelCheckpoint" and not fit.script.versions.surely_before(3, 10):
        return "ModelCheckpoint saves the epochs between as the best ones (since Keras 3.10)"
    if kind == "ModelCheckpoint":
        return f"ModelCheckpoint finds no {monitor} in the epochs between"
    return f"the patience of {kind} counts validations, not epochs"
