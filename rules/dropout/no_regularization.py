"""OVF301: a model that nothing keeps from learning its rows by heart."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.checklist import augments, uses_dropout, uses_penalty
from overfitcheck.script.fit import Fit


@rule(
    "OVF301",
    "no-regularization",
    Level.INFO,
    opt_in=True,
    bad=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(512, activation="relu"), keras.layers.Dense(10)])
model.compile("adam", "mse")
model.fit(x, y, epochs=50, validation_split=0.2)  # <- OVF301
""",
        """
import keras
inputs = keras.Input((28, 28, 1))
x = keras.layers.Flatten()(keras.layers.Conv2D(64, 3)(inputs))
net = keras.Model(inputs, keras.layers.Dense(10)(x))
net.compile("adam", "mse")
net.fit(x_train, y_train, epochs=50, validation_data=(x_val, y_val))  # <- OVF301
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([
    keras.layers.Dense(512, activation="relu"), keras.layers.Dropout(0.5), keras.layers.Dense(10)])
model.compile("adam", "mse")
model.fit(x, y, epochs=50, validation_split=0.2)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(512, kernel_regularizer="l2"), keras.layers.Dense(10)])
model.compile("adam", "mse")
model.fit(x, y, epochs=50, validation_split=0.2)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(512), keras.layers.Dense(10)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True)
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop])
""",
        """
import keras
base = keras.applications.VGG16(include_top=False)
base.trainable = False
model = keras.Sequential([base, keras.layers.Flatten(), keras.layers.Dense(10)])
model.compile("adam", "mse")
model.fit(x, y, epochs=50, validation_split=0.2)
""",
        """
import keras
vae = keras.Sequential([keras.layers.Dense(512), keras.layers.Dense(10)])
vae.compile("adam", "mse")
vae.fit(x, x, epochs=50, validation_split=0.2)
""",
    ),
)
def no_regularization(fit: Fit) -> Iterator[Draft]:
    """A model has no dropout, noise, weight penalty, augmentation or early stopping.

    ## Why is this bad?
    It matters where the network is large for its rows, which the text does not show; a run does.
    So the technique checklist under each fit says it, and the rule has to be asked for
    (`--select OVF301`).

    ## Exceptions
    Short, unsupervised and tuned training, models of which the text does not show all layers, and
    pretrained bases.

    ## References
    https://keras.io/api/layers/regularization_layers/
    """
    if fit.is_exempt or fit.callbacks.has("EarlyStopping") is not False:
        return
    if any(each(fit) is not False for each in (uses_dropout, uses_penalty, augments)):
        return
    yield Draft(
        fit.node,
        f"{fit.model.name} has no dropout, no weight penalty and no augmentation, and nothing stops "
        "its training early: it may learn its rows by heart",
        "start with keras.layers.Dropout(0.3) between the last hidden layers, and EarlyStopping",
    )
