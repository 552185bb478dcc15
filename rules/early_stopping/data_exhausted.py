"""OVF509: a dataset that ends before the epochs do."""

from collections.abc import Iterator

from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import Draft, rule
from overfitcheck.script.data import ends
from overfitcheck.script.fit import Fit
from overfitcheck.script.values import Call, Operation, Setting, Value, constant

MANY_STEPS = 1000
"""Steps of a whole fit that a dataset may well have without repeating."""

NEVER_STOP = (
    "ModelCheckpoint",
    "ReduceLROnPlateau",
    "LearningRateScheduler",
    "CSVLogger",
    "TensorBoard",
    "History",
    "ProgbarLogger",
    "BackupAndRestore",
)
"""Callbacks of Keras that never stop a fit."""


@rule(
    "OVF509",
    "data-exhausted",
    Level.WARNING,
    bad=(
        """
import tensorflow as tf
train = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1000).batch(32)
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(train, epochs=20, steps_per_epoch=len(x) // 32)  # <- OVF509
""",
        """
import keras
train = keras.utils.image_dataset_from_directory("train", batch_size=16)
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("adam", "binary_crossentropy")
model.fit(
    train.prefetch(4),
    epochs=20,
    steps_per_epoch=100,  # <- OVF509
)
""",
        """
import tf_keras
import tensorflow as tf
rows = tf.data.Dataset.from_tensor_slices((x, y)).batch(32)
model = tf_keras.Sequential([tf_keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(
    rows.skip(10),
    epochs=20,
    validation_data=rows.take(10).prefetch(2),
    validation_steps=25,  # <- OVF509
)
""",
    ),
    good=(
        """
import tf_keras
import tensorflow as tf
rows = tf.data.Dataset.from_tensor_slices((x, y)).batch(32)
model = tf_keras.Sequential([tf_keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(rows.skip(10), epochs=20, validation_data=rows.take(10), validation_steps=10)
model.fit(rows.skip(10), epochs=20, validation_data=rows.take(10).repeat(), validation_steps=25)
""",
        """
import tensorflow as tf
train = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1000).repeat().batch(32)
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(train, epochs=20, steps_per_epoch=len(x) // 32)
""",
        """
import tensorflow as tf
train = tf.data.Dataset.from_tensor_slices((x, y)).batch(32)
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(train, epochs=20)
""",
        """
import tensorflow as tf
train = tf.data.Dataset.from_tensor_slices((x, y)).batch(32)
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(train, epochs=20, steps_per_epoch=len(train))
""",
        """
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from tensorflow import keras
train = ImageDataGenerator(rescale=1 / 255).flow_from_directory("train", batch_size=32)
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("adam", "binary_crossentropy")
model.fit(train, epochs=20, steps_per_epoch=100)
""",
        """
import tensorflow as tf
train = tf.data.Dataset.from_generator(endless, output_types=tf.float32).batch(32)
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(train, epochs=20, steps_per_epoch=100)
""",
        """
import math
import tensorflow as tf
train = tf.data.Dataset.from_tensor_slices((x, y)).batch(32)
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(train, epochs=20, steps_per_epoch=math.ceil(len(x) / 32))
model.fit(train, epochs=1, steps_per_epoch=2000)
model.fit(train, epochs=3, steps_per_epoch=100)
""",
    ),
)
def data_exhausted(fit: Fit) -> Iterator[Draft]:
    """A fit asks a dataset that does not repeat for a number of steps in each of several epochs.

    ## Why is this bad?
    With `steps_per_epoch`, Keras reads on where the last epoch ended. A dataset without `repeat()`
    is read through once: unless the steps are all its batches, it ends within an epoch. Keras 2 says
    "Your input ran out of data" and stops the training there, Keras 3 goes on with an epoch of the
    few batches that are left. In Keras 2 the same happens to a validation dataset with fewer batches
    than `validation_steps`: `val_loss` is missing from epoch 2 on.

    ## Exceptions
    Datasets with `repeat()`, iterators of ImageDataGenerator and PyDatasets, which never end,
    datasets made of a generator, steps that are counted from the dataset itself or rounded up, and
    fewer than 1,000 steps in all, which the dataset may well have.

    ## References
    https://github.com/keras-team/keras-io/issues/285
    https://github.com/tensorflow/tensorflow/issues/62444
    https://github.com/tensorflow/tensorflow/issues/64035
    """
    yield from _validation_exhausted(fit)
    given = fit.argument("steps_per_epoch")
    if given is None or fit.epochs is None or fit.epochs[0] < 2:
        return
    if not _may_fall_short(given.value, fit.epochs[0]) or not ends(fit.x):
        return
    steps, data = fit.text_of("steps_per_epoch"), fit.text_of("x")
    yield Draft(
        fit.anchor("steps_per_epoch"),
        f"{data} has no repeat(): unless {steps} steps are all its batches, it ends before the "
        f"{fit.epochs[0]} epochs of {fit.model.name} do. {_consequence(fit)}",
        f"leave steps_per_epoch out, or give {data}.repeat()",
    )


def _validation_exhausted(fit: Fit) -> Iterator[Draft]:
    """A validation dataset that cannot have as many batches as each validation is to read."""
    given = fit.argument("validation_steps")
    most = _taken(fit.validation[0]) if len(fit.validation) == 1 else None
    if given is None or most is None or isinstance(given.value, Setting):
        return
    steps = constant(given.value)
    several = fit.epochs is not None and fit.epochs[0] > 1
    if type(steps) is not int or steps <= most or not several or fit.script.versions.surely_from(3):
        return
    yield Draft(
        fit.anchor("validation_steps"),
        f"{fit.text_of('validation_data')} has {most} batches at most, not the {steps} of "
        "validation_steps: in Keras 2 only epoch 1 has a val_loss, and callbacks that watch it do "
        "nothing",
        "leave validation_steps out",
    )


def _taken(data: Value) -> int | None:
    """How many batches ``batches.take(n)`` has at most; None for any other dataset."""
    for _ in range(9):
        if not isinstance(data, Call) or data.receiver is None:
            return None
        if data.method == "take":
            count = constant(data.positional[0].value) if data.positional else None
            return count if type(count) is int and count >= 0 else None
        if data.method not in ("prefetch", "cache", "map", "batch"):
            return None
        data = data.receiver
    return None


def _may_fall_short(steps: Value, epochs: int) -> bool:
    """Whether steps are a number of the text, or rows divided by the batch size, not rounded up."""
    number = constant(steps)
    if isinstance(number, (int, float)):
        return number * epochs >= MANY_STEPS and not isinstance(steps, Setting)
    if isinstance(steps, Call) and steps.function == "builtins.int" and len(steps.positional) == 1:
        steps = steps.positional[0].value
    return isinstance(steps, Operation) and steps.operator in ("FloorDivide", "Divide")


def _consequence(fit: Fit) -> str:
    stops, short = "Keras 2 stops the training there", "Keras 3 trains an epoch of what is left"
    versions = fit.script.versions
    if versions.surely_from(3):
        return short
    return stops if versions.surely_before(3) else f"{stops}, {short}"


@data_exhausted.observed
def ended_early(seen: ObservedFit) -> Outcome | None:
    """Whether the fit, or its validation, ended before its epochs without a callback's doing."""
    observation, history = seen.observation, seen.diagnosis.history
    if observation is None or not observation.callbacks_known or observation.kept_epoch is None:
        return None
    planned, trained = history.planned_epochs, seen.trained
    stopping = [each.name for each in observation.callbacks if each.name not in NEVER_STOP]
    if planned is not None and trained < planned and not stopping:
        return Outcome(
            RunSays.CONFIRMED,
            f"the fit trained {trained} of {planned} epochs, and no callback could have stopped it: "
            "its data had run out",
            advice="leave steps_per_epoch out, or let the dataset repeat()",
        )
    frame = history.epochs
    every = observation.arguments.get("validation_freq") in (None, 1)
    if every and "val_loss" in frame.columns and trained > 1:
        validated = frame["val_loss"].notna()
        if bool(validated.iloc[0]) and not bool(validated.iloc[1:].any()):
            return Outcome(
                RunSays.CONFIRMED,
                f"only epoch 1 of {trained} has a val_loss: the validation data had run out",
                advice="leave validation_steps out, or let the validation dataset repeat()",
            )
    if planned is not None and trained == planned:
        return Outcome(RunSays.REFUTED, f"all {planned} epochs were trained")
    return None
