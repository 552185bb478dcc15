"""OVF104: `validation_split` on data that Keras cannot split."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.data import is_dataset
from overfitcheck.script.edits import remove_argument
from overfitcheck.script.fit import Fit
from overfitcheck.script.made_up import is_number_list
from overfitcheck.script.values import constant


@rule(
    "OVF104",
    "validation-split-unsupported",
    Level.ERROR,
    bad=(
        """
import tensorflow as tf
train = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1000).batch(32)
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(train, epochs=10, validation_split=0.2)  # <- OVF104
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
def batches():
    while True:
        yield x, y
model.fit(batches(), epochs=10, steps_per_epoch=5, validation_split=0.2)  # <- OVF104
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit([1, 2, 3, 4], [2, 4, 6, 8], epochs=10, validation_split=0.5)  # <- OVF104
""",
        """
import keras
import numpy as np
kinds, y = {"cat": 0, "dog": 1}, []
for name in names:
    y.append(kinds[name])
x = np.load("photos.npy")
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x[:800], y[:800], epochs=10, validation_split=0.2)  # <- OVF104
""",
        """
import keras
def read(kind):
    return [1] * 12500 + [0] * len(files_of(kind)), texts_of(kind)
y_train, train = read("train")
x_train = keras.preprocessing.sequence.pad_sequences(train, maxlen=80)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x_train, y_train, epochs=9, validation_split=0.2)  # <- OVF104
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, validation_split=0.2, validation_data=(x_val, y_val), epochs=5)  # <- OVF104
""",
        """
import keras
import numpy as np
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(np.load("x.npy"), np.load("y.npy"), epochs=10, validation_split=20)  # <- OVF104
""",
    ),
    good=(
        """
import tensorflow as tf
rows = tf.data.Dataset.from_tensor_slices((x, y))
validation = rows.take(200).batch(32)
train = rows.skip(200).shuffle(1000).batch(32)
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(train, epochs=10, validation_data=validation)
""",
        """
import keras
import numpy as np
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(np.load("x.npy"), np.load("y.npy"), epochs=10, validation_split=0.2)
""",
        """
import keras
import pandas as pd
table = pd.read_csv("rows.csv")
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(table[["a", "b"]], table["c"], epochs=10, validation_split=0.2)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(load_somehow(), epochs=10, validation_split=0.2)
""",
        """
import keras
import numpy as np
kinds, y = {"cat": 0, "dog": 1}, []
for name in names:
    y.append(kinds[name])
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(np.load("photos.npy"), np.array(y), epochs=10, validation_split=0.2)
""",
        """
import keras
data = keras.utils.image_dataset_from_directory("photos", validation_split=0.2, subset="training", seed=1)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(data, epochs=10, validation_split=0.0)
""",
    ),
)
def validation_split_unsupported(fit: Fit) -> Iterator[Draft]:
    """`validation_split` is set for training data that Keras cannot split.

    ## Why is this bad?
    Keras splits NumPy arrays, tensors and pandas tables. For a `tf.data.Dataset`, a generator, a
    `PyDataset`, an `ImageDataGenerator` iterator or plain lists of numbers, fit raises
    "`validation_split` is only supported for tensors or NumPy arrays". Where `validation_data` is
    given too, `validation_split` is ignored without a word (info). A share of 1 or more leaves no
    rows to train on, one below 0 none to validate on.

    ## Exceptions
    Data of a kind that the text does not tell.

    ## References
    https://keras.io/api/models/model_training_apis/
    """
    share = constant(fit["validation_split"])
    if type(share) not in (int, float) or not share or fit.argument("validation_split") is None:
        return
    anchor = fit.anchor("validation_split")
    if fit.validation:
        yield Draft(
            anchor,
            f"validation_split={share} is ignored: validation_data="
            f"{fit.text_of('validation_data')} is given too",
            "delete validation_split",
            Level.INFO,
            remove_argument(fit.script, fit.node, fit.argument("validation_split")),
            safe=True,
        )
        return
    kind = _kind(fit)
    if not kind and not 0 < share < 1:
        none_to = "train on" if share >= 1 else "validate on"
        yield Draft(
            anchor,
            f"validation_split={share:g} leaves {fit.model.name} no rows to {none_to}: it is a share "
            "of the rows, between 0 and 1",
            f"write validation_split={share / 100:g}" if 1 < share < 100 else "write 0.2",
        )
    if kind:
        yield Draft(
            anchor,
            f"validation_split={share} raises in {fit.model.name}.fit: {kind}, "
            "which Keras cannot split",
            _advice(fit),
        )


def _advice(fit: Fit) -> str:
    if not is_dataset(fit.x) and not fit.feeds_generator:
        return "make it an array with np.array"
    split = "split it before the fit and pass the rest as validation_data"
    return split + (" (Dataset.take and .skip, before shuffle)" if is_dataset(fit.x) else "")


def _kind(fit: Fit) -> str:
    """What Keras cannot split, and what it is; "" where it surely can."""
    if is_dataset(fit.x):
        return f"{fit.text_of('x')} is a tf.data.Dataset"
    if fit.feeds_generator:
        return f"{fit.text_of('x')} is a generator"
    for name in ("x", "y"):
        given = fit[name]
        if is_number_list(given):
            return f"{fit.text_of(name)} is a plain list of numbers"
    return ""
