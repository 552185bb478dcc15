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
        """
import keras
import numpy as np
model = keras.Sequential([keras.layers.Dense(8), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=20, validation_split=0.2)
answers = np.zeros((100, len(x_test)))
for number in range(100):
    answers[number] = model.predict(x_test)[:, 0]  # <- OVF308
print(answers.mean(axis=0), answers.std(axis=0))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(8), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=20, validation_split=0.2)
total, passes = 0, 0
for _ in range(100):
    total += model.predict(x_test)  # <- OVF308
    passes = passes + 1
print(total / passes)
mean = sum(model.predict(x_test) for _ in range(100)) / 100  # <- OVF308
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
        """
import keras
import numpy as np
from sklearn.model_selection import KFold
def build():
    return keras.Sequential([keras.layers.Dropout(0.5), keras.layers.Dense(1)])
answers = []
for train, held_out in KFold(5).split(x):
    model = build()
    model.compile("adam", "mse")
    model.fit(x[train], y[train], epochs=20)
    answers.append(model.predict(x_test))
print(np.mean(answers, axis=0))
going_on = build()
going_on.compile("adam", "mse")
later = np.zeros((9, 50))
for number in range(9):
    going_on.fit(x, y, epochs=5)
    later[number] = going_on.predict(x_test)[:, 0]
print(later.std(axis=0))
rows = np.vstack([np.hstack(row) for row in going_on.predict(x_test)])
seconds = []
for number in range(9):
    going_on.predict(x_test)
    seconds.append(clock())
print(np.mean(seconds))
window, forecast, single = x_test[:1], [], []
for number in range(30):
    forecast.append(going_on.predict(window))
    single.append(going_on.predict(x_test[number : number + 1]))
    window = np.append(window[:, 1:], forecast[-1], axis=1)
print(np.array(forecast), np.vstack(single))
made_up = [going_on.predict(np.random.normal(size=(9, 100))) for _ in range(number_of_batches)]
print(np.concatenate(made_up))
pairs = going_on.predict(x_pairs)
print(np.mean([pairs[row] - y_pairs[row] for row in range(len(y_pairs))]))
table["first"], table["second"] = pairs[:, 0], pairs[:, 1]
print(np.stack([pairs[:, 0], pairs[:, 1]]), np.hstack([table["first"], table["second"]]))
""",
        """
import keras
import numpy as np
inputs = keras.Input((8,))
mean = keras.layers.Dense(2)(keras.layers.Dropout(0.5)(inputs))
model = keras.Model(inputs, keras.layers.Lambda(draw_around)(mean))
samples = np.stack([model.predict(x_test) for _ in range(100)])
""",
        """
import keras
members, total, moving = [], 0, 0
for seed in range(5):
    member = keras.Sequential([keras.layers.Dropout(0.5), keras.layers.Dense(1)])
    member.compile("adam", "mse")
    member.fit(x, y, epochs=20)
    members.append(member)
    total += member.predict(x_test)
for member in members:
    moving += member.predict(x_test)
for number in range(30):
    moving += members[-1].predict(x_test[number : number + 1])
model = keras.Sequential([keras.layers.Dropout(0.5), keras.layers.Dense(1)])
model.compile("adam", "mse")
for number in range(9):
    model.fit(x, y, epochs=5)
    total += model.predict(x_test)
once = 0
once += model.predict(x_test)
""",
        """
import keras
import numpy as np
from sklearn.metrics import roc_auc_score
model = keras.Sequential([keras.layers.Dense(8), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=20, validation_split=0.2)
def score(rows, labels):
    return roc_auc_score(labels, model.predict(rows).ravel())
whole = score(x_test, y_test)
for column in range(8):
    falls = []
    for _ in range(20):
        shuffled = x_test.copy()
        shuffled[:, column] = np.random.permutation(shuffled[:, column])
        falls.append(whole - score(shuffled, y_test))
    print(column, np.mean(falls), np.std(falls))
for rows, labels in parts:
    part, falls, answers = model.predict(rows), [], np.zeros((20, 9))
    for number in range(20):
        falls.append(part - score(np.random.permutation(rows), labels))
        answers[number] = part[:, 0] - model.predict(np.random.permutation(rows))[:, 0]
    print(np.mean(falls), np.std(answers))
""",
        """
import os
import keras
import numpy as np
if os.path.exists("net.keras"):
    net = keras.models.load_model("net.keras")
else:
    inputs = keras.Input((8,))
    hidden = keras.layers.Dropout(0.5)(keras.layers.Dense(32)(inputs))
    net = keras.Model(inputs, keras.layers.Dense(1)(hidden))
guesses = net.predict(x_test).flatten()
table = np.stack((y_test, guesses), axis=1)
""",
    ),
)
def mc_dropout_inactive(script: Script) -> Iterator[Draft]:
    """The same rows are predicted many times, by dropout that is off in `predict`.

    ## Why is this bad?
    Dropout is off in `predict`: all predictions are the same, and the uncertainty that is read off
    them is 0. In Keras 2 `Dropout(0.5)(x, training=True)` keeps it on in a model built of calls;
    since Keras 3 `predict` passes its own flag to every layer and overrides it.

    ## Exceptions
    Models that are called directly (`model(x, training=True)`, which acts on BatchNormalization
    too), subclasses of Dropout whose `call` forces `training=True`, forced dropout in Keras 2, models
    that are made or trained between the predictions, and models that the text does not show.

    ## References
    https://github.com/keras-team/keras/issues/9412
    https://github.com/keras-team/keras/issues/16000
    """
    if not any(call.method == "predict" for call in script.calls):
        return
    for prediction in repeated_predictions(script):
        model = prediction.receiver
        if prediction.method != "predict" or not isinstance(model, Call) or model.cls is not None:
            continue
        reason = _why_inactive(script, model)
        if reason:
            owner = script.text(prediction.node.func).rpartition(".")[0]
            yield Draft(
                prediction.node,
                f"{script.text(prediction.node)} gives the same answer each time{reason}, and the "
                "uncertainty is 0",
                f"call {owner}(…, training=True) instead of predict, "
                "or write a Dropout subclass whose call passes training=True",
            )


def _why_inactive(script: Script, model: Call) -> str:
    """Why the dropout of a model surely is off in ``predict``; "" where it may be on."""
    layers = layers_of(model)
    dropouts = [each for each in layers.members if each.short_name in DROPOUT_LAYERS]
    forced = [each for each in dropouts if _is_forced(script, each)]
    if forced and model.function == "keras.Model" and script.versions.may_be(3):
        since = "" if script.versions.surely_from(3) else " since Keras 3"
        shown, place = script.text(forced[0].node), script.place(forced[0].node)
        return f"{since}: predict overrides training=True of {shown} in {place}"
    own = any(each.cls is not None or each.short_name == "Lambda" for each in layers.every)
    if forced or own or not dropouts or not layers.is_whole:
        return ""
    return (
        f": {script.text(dropouts[0].node)} in {script.place(dropouts[0].node)} is off in predict"
    )


def _is_forced(script: Script, layer: Call) -> bool:
    """Whether a dropout layer of the model was called with ``training=True``."""
    for call in script.calls_on(layer):
        given = call.keywords.get("training") if made_by(call) is layer else None
        around = call.context.function
        if around is not None and around.owner is not None and around.name == "call":
            continue  # A subclass, in which predict overrides nothing.
        if given is not None and constant(given.value) is True:
            return True
    return False
