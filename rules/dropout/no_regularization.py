"""OVF301: a model that nothing keeps from learning its rows by heart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import Draft, rule
from overfitcheck.script.checklist import DROPOUT_LAYERS, augments, uses_dropout, uses_penalty
from overfitcheck.script.fit import Fit

if TYPE_CHECKING:
    from overfitcheck.history.observation import LayerSeen


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


@no_regularization.observed
def overfitted_unprotected(seen: ObservedFit) -> Outcome | None:
    """Whether a model that overfitted had anything against it."""
    observation = seen.observation
    if observation is None or not observation.layers or not observation.callbacks_known:
        return None
    if seen.diagnosis.verdict.value != "overfitting" or seen.diagnosis.onset is None:
        return None
    if observation.callbacks_of("EarlyStopping") or observation.layers_of(*DROPOUT_LAYERS):
        return None
    if any(_restrains(layer) for layer in observation.layers) or _decays(observation.compiled):
        return None
    if seen.fit is not None and (augments(seen.fit) or uses_dropout(seen.fit)):
        return None
    return Outcome(
        RunSays.CONFIRMED,
        f"it overfits from epoch {seen.diagnosis.onset.epoch}, and its {len(observation.layers)} "
        "layers have neither dropout nor a weight penalty",
        cost=seen.waste,
        advice="start with keras.layers.Dropout(0.3) between the last hidden layers, and "
        "EarlyStopping",
        level=Level.WARNING,
    )


def _restrains(layer: LayerSeen) -> bool:
    """Whether a layer is frozen, changes images at random, or has a penalty."""
    if not layer.trainable and layer.kind not in ("InputLayer", "Normalization"):
        return True
    if layer.kind.startswith("Random"):
        return True
    return any(
        value not in (None, 0, 0.0, False)
        for name, value in layer.settings.items()
        if name.endswith("_regularizer")
    )


def _decays(compiled: Mapping[str, Any]) -> bool:
    """Whether the optimizer shrinks the weights."""
    return "AdamW" in str(compiled.get("optimizer")) or bool(compiled.get("weight_decay"))
