"""OVF507: a callback that is made and never passed to a fit."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.callbacks import kind_of
from overfitcheck.script.reach import is_returned, made_in_vain
from overfitcheck.script.remedies import pass_callback
from overfitcheck.script.script import Script
from overfitcheck.script.values import Call, constant


@rule(
    "OVF507",
    "callback-never-passed",
    Level.ERROR,
    bad=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
early_stopping = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)  # <- OVF507
model.fit(x, y, epochs=100, validation_split=0.2)
""",
        """
from keras.callbacks import EarlyStopping, ModelCheckpoint
from keras.models import Sequential
def train():
    model = Sequential()
    model.compile("adam", "mse")
    stop = EarlyStopping(patience=5)
    best = ModelCheckpoint("best.keras", save_best_only=True)  # <- OVF507
    model.fit(x, y, epochs=100, validation_split=0.2, callbacks=[stop])
train()
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
callbacks = [keras.callbacks.EarlyStopping(patience=5)]  # <- OVF507
model.fit(x, y, epochs=100, validation_split=0.2)
""",
        """
import keras
def callbacks_of(folder):
    return [
        keras.callbacks.EarlyStopping(patience=5),  # <- OVF507
        keras.callbacks.TensorBoard(folder),  # <- OVF507
    ]
def train(model):
    callbacks = callbacks_of("logs")
    model.fit(x, y, epochs=100, validation_split=0.2)
model = keras.Sequential([keras.layers.Dense(1)])
train(model)
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
early_stopping = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
model.fit(x, y, epochs=100, validation_split=0.2, callbacks=[early_stopping])
""",
        """
import keras
import keras_tuner
tuner = keras_tuner.RandomSearch(build, "val_loss")
stop = keras.callbacks.EarlyStopping(patience=5)
tuner.search(x, y, epochs=10, validation_split=0.2, callbacks=[stop])
model = tuner.get_best_models()[0]
model.fit(x, y, epochs=10)
""",
        """
import keras
def callbacks():
    stop = keras.callbacks.EarlyStopping(patience=5)
    return [stop]
""",
        """
import keras
def callbacks():
    stop = keras.callbacks.EarlyStopping(patience=5)
    return [stop]
def train(model):
    model.fit(x, y, epochs=100, validation_split=0.2)
""",
        """
import keras
def build():
    stop = keras.callbacks.EarlyStopping(patience=5)
    return keras.Sequential([keras.layers.Dense(1)]), {"callbacks": [stop]}
model, options = build()
model.fit(x, y, epochs=100, validation_split=0.2, **options)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
stop = keras.callbacks.EarlyStopping(patience=5)
register(stop)
model.fit(x, y, epochs=100, validation_split=0.2)
""",
        """
import keras
stop = keras.callbacks.EarlyStopping(patience=5)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
stop = keras.callbacks.EarlyStopping(patience=5)
stop = keras.callbacks.EarlyStopping(patience=15, restore_best_weights=True)
model.fit(x, y, epochs=100, validation_split=0.2, callbacks=[stop])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
stop = keras.callbacks.EarlyStopping(patience=5)
options = {"callbacks": [stop], "epochs": 10}
model.fit(x, y, **options)
""",
        """
import keras
class Trainer:
    def __init__(self):
        self.stop = keras.callbacks.EarlyStopping(patience=5)
    def train(self, model):
        model.fit(x, y, epochs=10)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
stop = keras.callbacks.EarlyStopping(patience=5)
chosen = [stop] if careful else []
model.fit(x, y, epochs=10, callbacks=chosen)
""",
    ),
)
def callback_never_passed(script: Script) -> Iterator[Draft]:
    """A callback is made and bound to a name, and never reaches a fit.

    ## Why is this bad?
    A callback acts only in the fit whose `callbacks` it stands in. EarlyStopping that is made and
    forgotten stops nothing, and nobody notices, because nothing is printed.

    ## Exceptions
    Callbacks that are returned to callers elsewhere, exported from a module without fits, kept in
    attributes, handed to anything the text does not show, or to a tuner, and one whose name is given
    to another of its kind that is passed.

    ## References
    https://keras.io/guides/writing_your_own_callbacks/
    """
    for callback in made_in_vain(script):
        fits = [fit.name for fit in script.fits]
        name = script.name_of(callback)
        what, it = (name, callback.short_name) if name else (f"this {callback.short_name}", "it")
        function = callback.context.function
        by = f" by {function.name}()" if function and is_returned(script, callback) else ""
        yield Draft(
            callback.node,
            f"{what} is made{by} and never passed to {' or '.join(dict.fromkeys(fits))}: "
            f"{it} does nothing",
            f"pass what {function.name}() returns: {fits[-1]}(…, callbacks=…)"
            if function and by
            else _how_to_pass(script, callback),
            edits=pass_callback(script, callback),
        )


ONE_IS_ENOUGH = frozenset({"EarlyStopping", "ReduceLROnPlateau"})
"""Kinds of callbacks of which a fit needs no second one."""


def _how_to_pass(script: Script, callback: Call) -> str:
    """How to give a callback to the last fit that it may be meant for, beside those it is given."""
    near = [each for each in script.fits if not each.call.context.excludes(callback.context)]
    fit = near[-1]
    name, given = script.name_of(callback), fit.argument("callbacks")
    if given is None or constant(given.value, ...) is None:
        return f"pass it: {fit.name}(…, callbacks={f'[{name}]' if name else '…'})"
    kind = kind_of(callback) or ""
    if kind in ONE_IS_ENOUGH and fit.callbacks.of(kind):
        return (
            f"{fit.name} is given another {kind}: pass {name or 'this one'} instead, or delete it"
        )
    others = fit.text_of("callbacks")
    if isinstance(given.value, Call):
        return f"pass it too: {fit.name}(…, callbacks=[{others}, {name or '…'}])"
    if others.isidentifier():
        return f"add it to {others}, the callbacks of {fit.name}"
    return f"add it to the list: {fit.name}(…, callbacks=[…, {name or '…'}])"
