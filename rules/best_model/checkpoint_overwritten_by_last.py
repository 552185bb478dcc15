"""OVF802: a checkpoint that every epoch overwrites."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.edits import give
from overfitcheck.script.fit import Fit
from overfitcheck.script.unsupervised import words_in
from overfitcheck.script.values import constant, flag

MEANT_AS_LAST = frozenset({"last", "latest", "final", "resume", "backup"})


@rule(
    "OVF802",
    "checkpoint-overwritten-by-last",
    Level.WARNING,
    bad=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
save = keras.callbacks.ModelCheckpoint("model.keras")  # <- OVF802
model.fit(x, y, epochs=10, validation_split=0.2, callbacks=[save])
""",
        """
from tensorflow.keras import Sequential, layers
from tensorflow.keras.callbacks import ModelCheckpoint
model = Sequential([layers.Dense(1)])
model.compile("adam", "mse")
save = ModelCheckpoint("run/cp.weights.h5", save_weights_only=True, save_best_only=False)  # <- OVF802
model.fit(x, y, epochs=10, validation_data=(x_val, y_val), callbacks=[save])
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
save = keras.callbacks.ModelCheckpoint("model.keras", save_best_only=True)
model.fit(x, y, epochs=10, validation_split=0.2, callbacks=[save])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
save = keras.callbacks.ModelCheckpoint("model-{epoch:02d}.keras")
model.fit(x, y, epochs=10, validation_split=0.2, callbacks=[save])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
save = keras.callbacks.ModelCheckpoint("last.keras")
model.fit(x, y, epochs=10, validation_split=0.2, callbacks=[save])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.load_weights("model.weights.h5")
model.compile("adam", "mse")
save = keras.callbacks.ModelCheckpoint("model.weights.h5", save_weights_only=True)
model.fit(x, y, epochs=10, validation_split=0.2, callbacks=[save])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
callbacks = [
    keras.callbacks.ModelCheckpoint("checkpoint.keras", save_best_only=False),
    keras.callbacks.ModelCheckpoint("checkpoint_best.keras", save_best_only=True),
]
model.fit(x, y, epochs=10, validation_split=0.2, callbacks=callbacks)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
save = keras.callbacks.ModelCheckpoint(f"{folder}/{name}")
model.fit(x, y, epochs=10, validation_split=0.2, callbacks=[save])
""",
    ),
)
def checkpoint_overwritten_by_last(fit: Fit) -> Iterator[Draft]:
    """A ModelCheckpoint writes every epoch to the same file, so the last one stays.

    ## Why is this bad?
    Without `save_best_only=True` and without `{epoch}` in the path, each epoch overwrites the one
    before. In the end the file holds the last weights, which the model has anyway.

    ## Exceptions
    Fits without validation data, a single epoch, paths with a placeholder or that the text does not
    tell, files named for what they are (last, latest), a second checkpoint that keeps the best
    epoch, and scripts that load weights before the fit in order to go on.

    ## References
    https://keras.io/api/callbacks/model_checkpoint/
    """
    if fit.has_validation is not True or fit.epochs is None or fit.epochs[0] < 2:
        return
    if fit.is_unsupervised or fit.resumes:
        return
    checkpoints = fit.callbacks.of("ModelCheckpoint")
    if any(flag(each["save_best_only"]) is not False for each in checkpoints):
        return
    for checkpoint in checkpoints:
        given = checkpoint.argument("filepath")
        path = constant(given.value) if given is not None else None
        if not isinstance(path, str) or "{" in path or checkpoint.cls is not None:
            continue
        if words_in(path) & MEANT_AS_LAST:
            continue
        if constant(checkpoint["save_freq"]) != "epoch":
            continue
        yield Draft(
            checkpoint.node,
            f"each save during {fit.name} overwrites {path!r}: in the end it holds the "
            "last weights, not the best",
            "add save_best_only=True, or {epoch} to the path",
            edits=give(fit.script, checkpoint, "save_best_only", "True"),
        )
