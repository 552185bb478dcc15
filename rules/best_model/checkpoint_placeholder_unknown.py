"""OVF806: a placeholder in a checkpoint path that no epoch fills."""

import re
from collections.abc import Iterator

from overfitcheck.finding import Edit, Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.checkpoint_paths import PLACES, placeholders
from overfitcheck.script.fit import Fit
from overfitcheck.script.log_keys import logs, other_spelling, since_when
from overfitcheck.script.values import Argument
from overfitcheck.script.written_strings import raw_text, respell, strings_in


@rule(
    "OVF806",
    "checkpoint-placeholder-unknown",
    Level.ERROR,
    bad=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
save = keras.callbacks.ModelCheckpoint("model-{epoch:02d}-{val_acc:.2f}.keras")  # <- OVF806
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[save])
""",
        """
import os
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
path = os.path.join(folder, "{epoch}-{val_loss:.3f}.keras")
save = keras.callbacks.ModelCheckpoint(path)  # <- OVF806
model.fit(x, y, epochs=50, callbacks=[save])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
name = "model-{epoch:02d}-{val_acc:.2f}"
save = keras.callbacks.ModelCheckpoint("{}/{}.keras".format("models", name))  # <- OVF806
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[save])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
save = keras.callbacks.ModelCheckpoint(f"{folder}/model-{{epoch}}-{{val_acc:.2f}}.keras")  # <- OVF806
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[save])
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
save = keras.callbacks.ModelCheckpoint("model-{epoch:02d}-{val_accuracy:.2f}-{loss:.2f}.keras")
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[save])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
save = keras.callbacks.ModelCheckpoint(f"{folder}/{val_acc}.keras")
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[save])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=metrics)
save = keras.callbacks.ModelCheckpoint("model-{epoch}-{val_acc:.2f}.keras")
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[save])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
save = keras.callbacks.ModelCheckpoint(f"{acc}-{{epoch:02d}}-{{val_accuracy:.2f}}.keras")
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[save])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
save = keras.callbacks.ModelCheckpoint("{run}-{{epoch}}.keras".format(run=run))
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[save])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
save = keras.callbacks.ModelCheckpoint("run{{3}}-{epoch}.keras")
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[save])
""",
    ),
)
def checkpoint_placeholder_unknown(fit: Fit) -> Iterator[Draft]:
    """The path of a ModelCheckpoint has a placeholder that is neither `epoch` nor a logged metric.

    ## Why is this bad?
    Keras fills the placeholders with the logs of the epoch. One that is not among them raises a
    KeyError at the end of the first epoch, when the first model should be saved.

    ## Exceptions
    Metrics that the text does not all show, and strings that Python has formatted before (f-strings).

    ## References
    https://keras.io/api/callbacks/model_checkpoint/
    """
    for checkpoint in fit.callbacks.of("ModelCheckpoint"):
        given = checkpoint.argument("filepath")
        if given is None or checkpoint.cls is not None:
            continue
        for name in placeholders(given.value):
            if name in PLACES or logs(fit, name) is not False:
                continue
            yield Draft(
                given.node or checkpoint.node,
                f"{{{name}}} in the path of the checkpoint is not in the logs of "
                f"{fit.name}{_logged(fit, name)}: a KeyError at the end of the first epoch",
                _advice(fit, name),
                edits=_respelt(fit, given, name),
                safe=True,
            )
            break


def _respelt(fit: Fit, given: Argument, name: str) -> tuple[Edit, ...]:
    """The path with the other spelling of accuracy, where that is what the fit logs."""
    other = other_spelling(name)
    keys = fit.log_keys
    if other is None or given.node is None or keys is None or keys.has(other) is not True:
        return ()
    place = re.compile(rf"{{{name}(?=[:!}}])")
    found = [
        respell(fit.script, each, place.sub(f"{{{other}", raw_text(each)))
        for each in strings_in(fit.script, given.node.value)
        if place.search(raw_text(each))
    ]
    return tuple(edit for edits in found for edit in edits) if all(found) else ()


def _logged(fit: Fit, name: str) -> str:
    keys = fit.log_keys
    if keys is None or (name.startswith("val_") and keys.validation is False):
        return ", which has no validation data"
    return f"{since_when(fit, name)} (it logs {keys.like(name)})"


def _advice(fit: Fit, name: str) -> str:
    prefix = "val_" if name.startswith("val_") else ""
    if prefix and fit.has_validation is False:
        return "give the fit validation data, or leave the placeholder out"
    other = other_spelling(name)
    keys = fit.log_keys
    if other is not None and keys is not None and keys.has(other) is True:
        return f"write {{{other}}}, as compile(metrics=…) spells it"
    return "add the metric to compile(metrics=…), or leave the placeholder out"
