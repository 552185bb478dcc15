"""OVF509: a dataset that ends before the epochs do."""

from collections.abc import Iterator

from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import Draft, rule
from overfitcheck.script.data import ends
from overfitcheck.script.fit import Fit
from overfitcheck.script.generators import ends_after_one_pass
from overfitcheck.script.values import Argument, Call, Operation, Setting, Value, constant

MANY_STEPS = 1000
"""Steps of a whole fit that a dataset may well have without repeating."""

ROUNDING = ("ceil", "floor", "int", "round")

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
        """
import keras
def batches(rows, labels, size):
    for start in range(0, len(rows), size):
        yield rows[start : start + size], labels[start : start + size]
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(batches(x, y, 32), steps_per_epoch=len(x) // 32, epochs=20)  # <- OVF509
""",
        """
import keras
def rows_of(table):
    for number, row in table.iterrows():
        yield row[:-1], row[-1]
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=20, validation_data=rows_of(held_out))  # <- OVF509
""",
    ),
    good=(
        """
import tensorflow as tf
train = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1000).repeat().batch(32)
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(train, epochs=20, steps_per_epoch=len(x) // 32)
""",
        """
import keras
import math
import numpy as np
def batches(rows, labels, size):
    while True:
        for start in range(0, len(rows), size):
            yield rows[start : start + size], labels[start : start + size]
def for_all_epochs(rows, epochs):
    for epoch in range(epochs):
        for start in range(0, len(rows), 32):
            yield rows[start : start + 32]
def some(images):
    for image in images:
        yield image
def of_two(left, right):
    for number in range(steps):
        yield next(left), next(right)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(batches(x, y, 32), steps_per_epoch=math.ceil(len(x) / 32), epochs=20)
model.fit(for_all_epochs(x, 20), steps_per_epoch=len(x) // 32, epochs=20)
model.fit(some(photos), steps_per_epoch=len(x) // 32, epochs=20)
model.fit(of_two(a, b), steps_per_epoch=len(x) // 32, epochs=20)
""",
        """
import keras
def batches(rows, labels, size):
    for start in range(0, len(rows), size):
        yield rows[start : start + size], labels[start : start + size]
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
for epoch in range(20):
    model.fit(batches(x, y, 32), steps_per_epoch=len(x) // 32)
model.fit(batches(x, y, 32), steps_per_epoch=4, epochs=5)
model.fit(batches(x, y, 32), steps_per_epoch=steps, epochs=5)
""",
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
    """A fit of several epochs asks its data for more batches than these have.

    ## Why is this bad?
    With `steps_per_epoch`, Keras reads on where the last epoch ended. A dataset without `repeat()`
    is read through once: unless the steps are all its batches, it ends within an epoch. Keras 2 says
    "Your input ran out of data" and stops the training there, Keras 3 goes on with an epoch of the
    few batches that are left. A generator can be read once only, with `steps_per_epoch` or without:
    behind its end Keras 3 trains each epoch on the two batches that it has kept, or on none. In Keras
    2 the same happens to validation data with too few batches: `val_loss` is missing from epoch 2 on.

    ## Exceptions
    Datasets with `repeat()`, iterators of ImageDataGenerator and PyDatasets, which never end,
    datasets made of a generator, steps that are counted from the dataset itself or rounded up, and
    fewer than 1,000 steps in all, which the data may well have. Generators with a `while`, with a
    loop inside a loop, or over something that the text does not show to end.

    ## References
    https://github.com/keras-team/keras-io/issues/285
    https://github.com/tensorflow/tensorflow/issues/62444
    https://github.com/tensorflow/tensorflow/issues/64035
    """
    if fit.epochs is None or fit.epochs[0] < 2:
        return
    yield from _validation_exhausted(fit)
    given = fit.argument("steps_per_epoch")
    if _is_read_once(fit, fit.x, "steps_per_epoch"):
        data = fit.text_of("generator" if fit.call.method == "fit_generator" else "x")
        yield Draft(
            fit.anchor("steps_per_epoch") if given is not None else fit.node,
            f"{data} goes over its rows once, and {fit.model.name} trains {fit.epochs[0]} epochs: "
            f"it has run out after the first. {_behind_the_end(fit)}",
            "put `while True:` around the loop of the generator and give steps_per_epoch, or make it "
            "a keras.utils.PyDataset or a tf.data.Dataset",
        )
        return
    if given is None or not _may_fall_short(given.value, fit.epochs[0]) or not ends(fit.x):
        return
    steps, data = fit.text_of("steps_per_epoch"), fit.text_of("x")
    yield Draft(
        fit.anchor("steps_per_epoch"),
        f"{data} has no repeat(): unless {steps} steps are all its batches, it ends before the "
        f"{fit.epochs[0]} epochs of {fit.model.name} do. {_consequence(fit)}",
        f"leave steps_per_epoch out, or give {data}.repeat()",
    )


def _is_read_once(fit: Fit, data: Value, steps: str) -> bool:
    """Whether data are a generator that surely has run out after the first of several epochs."""
    given = fit.argument(steps)
    if given is None:
        return fit.gives(steps) is False and ends_after_one_pass(data)
    return _may_be_a_pass(given) and ends_after_one_pass(data)


def _may_be_a_pass(steps: Argument) -> bool:
    """Whether steps are computed from a number of rows, and so are all that there are."""
    value = steps.value
    if isinstance(value, Call) and value.positional and value.short_name in ROUNDING:
        value = value.positional[0].value
    return isinstance(value, Operation) and value.operator in ("FloorDivide", "Divide", "Add")


def _behind_the_end(fit: Fit) -> str:
    stops = "Keras 2 stops the training there"
    few = "Keras 3 trains the later ones on two batches at most"
    versions = fit.script.versions
    if versions.surely_from(3):
        return few
    return stops if versions.surely_before(3) else f"{stops}, {few}"


def _validation_exhausted(fit: Fit) -> Iterator[Draft]:
    """Validation data that surely have fewer batches than all validations are to read."""
    if len(fit.validation) != 1:
        return
    held_out, later = fit.validation[0], fit.script.versions.surely_from(3)
    dead = "in Keras 2 only epoch 1 has a val_loss, and callbacks that watch it do nothing"
    few = "from epoch 2 on Keras 3 validates on two batches at most, or raises an error"
    if _is_read_once(fit, held_out, "validation_steps"):
        yield Draft(
            fit.anchor("validation_data"),
            f"{fit.text_of('validation_data')} goes over its rows once, and is to validate each "
            f"epoch of {fit.name}: {few if later else f'{dead}; {few}'}",
            "put `while True:` around the loop of the generator and give validation_steps, or hand "
            "arrays or a dataset over",
        )
        return
    given, most = fit.argument("validation_steps"), _taken(held_out)
    if given is None or most is None or isinstance(given.value, Setting):
        return
    steps = constant(given.value)
    if type(steps) is int and steps > most and not later:
        yield Draft(
            fit.anchor("validation_steps"),
            f"{fit.text_of('validation_data')} has {most} batches at most, not the {steps} of "
            f"validation_steps: {dead}",
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
    if observation.stopped_after is not None:
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
    empty = _epochs_without_batches(seen)
    if empty:
        return Outcome(
            RunSays.CONFIRMED,
            f"{empty} of {trained}: a loss of 0.0, because no batch was left",
            advice="leave steps_per_epoch out, or let the data begin anew with each epoch",
        )
    # Keras 3 counts epochs of few batches, too: then the number of epochs refutes nothing.
    kind = observation.training.kind if observation.training is not None else "unknown"
    whole = kind == "arrays" or observation.arguments.get("steps_per_epoch") is None
    if planned is not None and trained == planned and whole and kind != "generator":
        return Outcome(RunSays.REFUTED, f"all {planned} epochs were trained")
    return None


def _epochs_without_batches(seen: ObservedFit) -> str:
    """The epochs behind the first whose loss nothing has updated, in words; "" without any."""
    frame = seen.diagnosis.history.epochs
    losses = frame["loss"].tolist() if "loss" in frame.columns else []
    empty = [str(epoch) for epoch, loss in zip(frame.index, losses, strict=False) if loss == 0.0]
    if not empty or len(empty) == len(losses) or losses[0] == 0.0:
        return ""
    shown = ", ".join(empty[:3]) + (", …" if len(empty) > 3 else "")
    return f"epoch{'s' if len(empty) > 1 else ''} {shown}"
