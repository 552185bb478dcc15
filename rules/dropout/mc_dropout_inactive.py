"""OVF308: Monte Carlo dropout that predicts the same thing each time."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.checklist import DROPOUT_LAYERS
from overfitcheck.script.connections import made_by
from overfitcheck.script.models import layers_of
from overfitcheck.script.monte_carlo import repeated_predictions
from overfitcheck.script.script import Script
from overfitcheck.script.values import Call, constant


@rule(
    "OVF308",
    "mc-dropout-inactive",
    Level.WARNING,
    bad=(
        """
import keras
import numpy as np
inputs = keras.Input((8,))
x = keras.layers.Dense(64, activation="relu")(inputs)
x = keras.layers.Dropout(0.5)(x, training=True)
model = keras.Model(inputs, keras.layers.Dense(1)(x))
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=20, validation_split=0.2)
samples = np.stack([model.predict(x_test) for _ in range(100)])  # <- OVF308
print(samples.std(axis=0))
""",
        """
import keras
import numpy as np
inputs = keras.Input((8,))
hidden = keras.layers.Dropout(0.3)(keras.layers.Dense(64)(inputs), training=True)
net = keras.Model(inputs, keras.layers.Dense(1)(hidden))
answers = []
for _ in range(50):
    answers.append(net.predict(x_new, verbose=0))  # <- OVF308
print(np.mean(answers, axis=0), np.std(answers, axis=0))
""",
    ),
    good=(
        """
import keras
import numpy as np
inputs = keras.Input((8,))
x = keras.layers.Dropout(0.5)(keras.layers.Dense(64)(inputs))
model = keras.Model(inputs, keras.layers.Dense(1)(x))
samples = np.stack([model(x_test, training=True) for _ in range(100)])
""",
        """
import tf_keras as keras
import numpy as np
inputs = keras.Input((8,))
x = keras.layers.Dropout(0.5)(keras.layers.Dense(64)(inputs), training=True)
model = keras.Model(inputs, keras.layers.Dense(1)(x))
samples = np.stack([model.predict(x_test) for _ in range(100)])
""",
        """
import keras
import numpy as np
inputs = keras.Input((8,))
x = keras.layers.Dropout(0.5)(keras.layers.Dense(64)(inputs), training=True)
model = keras.Model(inputs, keras.layers.Dense(1)(x))
answers = np.stack([model.predict(batch) for batch in batches])
""",
        """
import keras
import numpy as np
class MonteCarloDropout(keras.layers.Dropout):
    def call(self, inputs, training=None):
        return super().call(inputs, training=True)
model = keras.Sequential([keras.layers.Dense(8), MonteCarloDropout(0.5), keras.layers.Dense(1)])
samples = np.stack([model.predict(x_test) for _ in range(100)])
""",
    ),
)
def mc_dropout_inactive(script: Script) -> Iterator[Draft]:
    """The same rows are predicted many times, by dropout that Keras 3 switches off.

    ## Why is this bad?
    Since Keras 3 `predict` passes its own flag to every layer of a model built of calls and so
    overrides `Dropout(0.5)(x, training=True)`: all predictions are the same, and the uncertainty
    that is read off them is 0.

    ## Exceptions
    Models that are called directly (`model(x, training=True)`, which acts on BatchNormalization
    too), subclasses of Dropout whose `call` forces `training=True`, and Keras 2.

    ## References
    https://github.com/keras-team/keras/issues/9412
    https://github.com/keras-team/keras/issues/16000
    """
    if not script.versions.may_be(3):
        return
    for prediction in repeated_predictions(script):
        model = prediction.receiver
        if prediction.method != "predict" or not isinstance(model, Call) or model.cls is not None:
            continue
        layer = next((each for each in layers_of(model).members if _is_forced(script, each)), None)
        if layer is not None and model.function == "keras.Model":
            since = "" if script.versions.surely_from(3) else " since Keras 3"
            owner = script.text(prediction.node.func).rpartition(".")[0]
            yield Draft(
                prediction.node,
                f"{script.text(prediction.node)} gives the same answer each time{since}: predict "
                f"overrides training=True of {script.text(layer.node)} in "
                f"{script.place(layer.node)}, and the uncertainty is 0",
                f"call {owner}(…, training=True) instead of predict, "
                " or write a Dropout subclass whose call passes training=True",
            )


def _is_forced(script: Script, layer: Call) -> bool:
    """Whether a dropout layer of the model was called with ``training=True``."""
    if layer.short_name not in DROPOUT_LAYERS:
        return False
    for call in script.calls_on(layer):
        given = call.keywords.get("training") if made_by(call) is layer else None
        around = call.context.function
        if around is not None and around.owner is not None and around.name == "call":
            continue  # A subclass, in which predict overrides nothing.
        if given is not None and constant(given.value) is True:
            return True
    return False
