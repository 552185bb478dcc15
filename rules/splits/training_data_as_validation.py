"""OVF103: a fit validates on rows that it trains on."""

from collections.abc import Iterator

from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import Draft, rule
from overfitcheck.script.batches import flowing
from overfitcheck.script.data import JOINS, origin_of, part_of, parts, rows_of, same_rows
from overfitcheck.script.fit import Fit
from overfitcheck.script.slices import overlap
from overfitcheck.script.splits import taken_from
from overfitcheck.script.values import Call, Items, Value, constant

OF_FOLDERS = (
    "flow_from_directory",
    "image_dataset_from_directory",
    "text_dataset_from_directory",
    "audio_dataset_from_directory",
)


@rule(
    "OVF103",
    "training-data-as-validation",
    Level.ERROR,
    bad=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=30, validation_data=(x, y))  # <- OVF103
""",
        """
import keras
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_train = x_train / 255.0
x_val, y_val = x_train[:5000], y_train[:5000]
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=30, validation_data=(x_val, y_val))  # <- OVF103
""",
        """
import tensorflow as tf
data = tf.keras.utils.image_dataset_from_directory("photos")
model = tf.keras.Sequential([tf.keras.layers.Dense(10)])
model.compile("adam", "mse")
model.fit(data.prefetch(1), epochs=30, validation_data=data)  # <- OVF103
""",
        """
import keras
model = keras.Model([first, second], keras.layers.Dense(1)(joined))
model.compile("adam", "mse")
model.fit([left, right], y, epochs=30, validation_data=([left, right], y))  # <- OVF103
""",
        """
from tensorflow import keras
from tensorflow.keras.preprocessing.image import ImageDataGenerator
train = ImageDataGenerator(rescale=1 / 255, zoom_range=0.1).flow_from_directory("photos")
held_out = ImageDataGenerator(rescale=1 / 255).flow_from_directory("photos", shuffle=False)
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(3)])
model.compile("adam", "mse")
model.fit(train, epochs=30, validation_data=held_out)  # <- OVF103
""",
        """
import keras
import pandas as pd
reviews = pd.read_csv("reviews.csv")
held_out = reviews.iloc[:5000, :]
reviews = reviews.iloc[:10000, :]
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(reviews["stars"], reviews["price"], epochs=30,
    validation_data=(held_out["stars"], held_out["price"]))  # <- OVF103
""",
        """
import keras
from keras.preprocessing.image import ImageDataGenerator
turned, plain = ImageDataGenerator(rotation_range=30), ImageDataGenerator()
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(3)])
model.compile("adam", "mse")
model.fit(turned.flow(x, y), epochs=30, validation_data=plain.flow(x, y))  # <- OVF103
model.fit(turned.flow(x, y), epochs=30, validation_data=(x[-500:], y[-500:]))  # <- OVF103
""",
        """
import keras
from sklearn.model_selection import train_test_split
x_rest, x_test, y_rest, y_test = train_test_split(x, y)
x_train, x_val, y_train, y_val = train_test_split(x_rest / 255, y_rest)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_rest, y_rest, epochs=30, validation_data=(x_val, y_val))  # <- OVF103
""",
        """
import keras
import numpy as np
from sklearn.model_selection import KFold
rows, targets = np.concatenate((x_train, x_val)), np.concatenate((y_train, y_val))
for some, others in KFold(5).split(rows):
    held_out = rows[others]
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x_train, y_train, epochs=30, validation_data=(held_out, targets[others]))  # <- OVF103
""",
        """
import keras
from keras.preprocessing.image import ImageDataGenerator
def turned(x, y):
    images, masks = ImageDataGenerator(rotation_range=9), ImageDataGenerator(rotation_range=9)
    return zip(images.flow(x, seed=1), masks.flow(y, seed=1))
model = keras.Sequential([keras.layers.Conv2D(1, 3, padding="same")])
model.compile("adam", "binary_crossentropy")
model.fit(turned(x, y), steps_per_epoch=9, epochs=30, validation_data=(x, y))  # <- OVF103
""",
        """
import keras
from keras.preprocessing.image import ImageDataGenerator
changed = ImageDataGenerator(rotation_range=9, validation_split=0.2)
train = changed.flow_from_directory("photos", subset="training")
validation = ImageDataGenerator().flow_from_directory("photos")
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("adam", "binary_crossentropy")
model.fit(train, epochs=30, validation_data=validation)  # <- OVF103
""",
        """
import keras
train = keras.utils.image_dataset_from_directory("photos")
validation = keras.utils.image_dataset_from_directory(
    "photos", validation_split=0.2, subset="validation", seed=1
)
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("adam", "binary_crossentropy")
model.fit(train, epochs=30, validation_data=validation)  # <- OVF103
""",
    ),
    good=(
        """
import keras
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_val, y_val = x_train[:5000], y_train[:5000]
x_part, y_part = x_train[5000:], y_train[5000:]
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x_part, y_part, epochs=30, validation_data=(x_val, y_val))
""",
        """
import keras
autoencoder = keras.Sequential([keras.layers.Dense(10)])
autoencoder.compile("adam", "mse")
autoencoder.fit(x, x, epochs=30, validation_data=(x_test, x_test))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "mse")
sanity_check = data.take(1)
model.fit(sanity_check, epochs=30, validation_data=sanity_check)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "mse")
model.fit([left, right], y, epochs=30, validation_data=([left, other], y))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "mse")
model.fit(x[::2], y[::2], epochs=30, validation_data=(x[1::2], y[1::2]))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "mse")
model.fit(x[:-100], y[:-100], epochs=30, validation_data=(x[-100:], y[-100:]))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "mse")
model.fit(batches("train"), epochs=30, validation_data=batches("validation"))
""",
        """
from tensorflow import keras
from tensorflow.keras.preprocessing.image import ImageDataGenerator
images = ImageDataGenerator(rescale=1 / 255, validation_split=0.2)
train = images.flow_from_directory("photos", subset="training")
held_out = images.flow_from_directory("photos", subset="validation")
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(3)])
model.compile("adam", "mse")
model.fit(train, epochs=30, validation_data=held_out)
""",
        """
from sklearn.model_selection import train_test_split
import keras
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "mse")
x, x_val, y, y_val = train_test_split(x, y)
model.fit(x, y, epochs=30, validation_data=(x_val, y_val))
""",
        """
import keras
from sklearn.model_selection import KFold, train_test_split
x_rest, x_test, y_rest, y_test = train_test_split(x, y)
for some, others in KFold(5).split(x_rest):
    x_train, x_val, y_train, y_val = train_test_split(x_rest[some], y_rest[some])
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x_rest[some], y_rest[some], epochs=30, validation_data=(x_rest[others], y_rest[others]))
    model.fit(x_train, y_train, epochs=30, validation_data=(x_val, y_val))
""",
        """
import keras
from keras.preprocessing.image import ImageDataGenerator
images = ImageDataGenerator(rescale=1 / 255, validation_split=0.2)
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(3)])
model.compile("adam", "mse")
model.fit(images.flow(x, y, subset="training"), epochs=30, validation_data=images.flow(x, y, subset="validation"))
""",
        """
import keras
from keras.preprocessing.image import ImageDataGenerator
images = ImageDataGenerator(rotation_range=9, validation_split=0.2)
masks = ImageDataGenerator(rotation_range=9, validation_split=0.2)
train = zip(images.flow(x, subset="training", seed=1), masks.flow(y, subset="training", seed=1))
held = zip(images.flow(x, subset="validation", seed=1), masks.flow(y, subset="validation", seed=1))
model = keras.Sequential([keras.layers.Conv2D(1, 3, padding="same")])
model.compile("adam", "binary_crossentropy")
model.fit(train, steps_per_epoch=9, epochs=30, validation_data=held, validation_steps=2)
""",
        """
import keras
from keras.preprocessing.image import ImageDataGenerator
images = ImageDataGenerator(validation_split=0.2)
train = images.flow_from_directory("photos", subset="training")
validation = images.flow_from_directory("photos", subset="validation")
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("adam", "binary_crossentropy")
model.fit(train, epochs=30, validation_data=validation)
""",
    ),
)
def training_data_as_validation(fit: Fit) -> Iterator[Draft]:
    """The validation data of a fit are rows that the fit trains on, all of them or some.

    ## Why is this bad?
    Loss on rows that the network learns by heart falls for ever. Overfitting cannot be seen, and
    EarlyStopping and ModelCheckpoint choose the most overfitted epoch.

    ## Exceptions
    Autoencoders and other unsupervised training, and the well-known check that a network can
    overfit a single batch (`take(1)`, or a name that says so), and modules of tests.

    ## References
    https://keras.io/api/models/model_training_apis/
    """
    if not fit.validation or fit.is_unsupervised or fit.is_sanity_check or fit.script.is_test:
        return
    x, held_out = flowing(fit.x), flowing(fit.validation[0])
    in_folder = _shared_in_folder(held_out, x)
    if not in_folder and not _trained_on(held_out, x):
        return
    origin = rows_of(x).origin
    if isinstance(origin, Call) and origin.method == "take":
        return
    shown = fit.text_of("validation_data")
    rows = in_folder or _shared_rows(held_out, x)
    yield Draft(
        fit.anchor("validation_data"),
        f"{shown}: the validation rows are {rows} that {fit.model.name} trains on, so val_loss "
        "falls as long as training loss does and cannot show overfitting",
        "hold rows out before the fit (train_test_split, or two slices that do not meet) and "
        "train on the rest only",
    )


def _shared_rows(held_out: Value | None, x: Value | None) -> str:
    """Which rows of the validation data are trained on, in words."""
    if held_out is None or x is None or isinstance(x, Items) or same_rows(held_out, x):
        return "the rows"
    within = any(part_of(each, x) for each in taken_from(held_out))
    return "among the rows" if within else "partly rows"


def _shared_in_folder(held_out: Value | None, x: Value | None) -> str:
    """Which rows are trained on, in words, where both are of one folder and one is all of it."""
    if held_out is None or x is None or rows_of(held_out).cuts or rows_of(x).cuts:
        return ""
    tested, trained = _loader(held_out), _loader(x)
    if tested is None or trained is None or not _are_of_one_folder(tested, trained):
        return ""
    tests_part, trains_part = (each.argument("subset") is not None for each in (tested, trained))
    if trains_part:
        return "" if tests_part else "partly rows"
    return "among the rows" if tests_part else "the rows"


def _are_of_one_folder(first: Call, second: Call) -> bool:
    """Whether two loaders surely read the same folder."""
    folder, other = _folder(first), _folder(second)
    if folder is None or other is None:
        return False
    path = constant(folder)
    return folder is other or (isinstance(path, str) and path == constant(other))


def _loader(data: Value) -> Call | None:
    """What reads a folder, through whatever is done to its batches."""
    for _ in range(40):
        if not isinstance(data, Call):
            return None
        if data.short_name in OF_FOLDERS:
            return None if data.open else data
        if data.method not in ("map", "cache", "prefetch", "shuffle", "repeat"):
            return None
        data = data.receiver or origin_of(data)
    return None


def _folder(loader: Call) -> Value | None:
    given = loader.argument("directory") or next(iter(loader.positional), None)
    return given.value if given is not None else None


def _trained_on(held_out: Value | None, x: Value | None) -> bool:
    """Whether validation rows are training rows; of several inputs each must be the same."""
    if isinstance(x, Items) and isinstance(held_out, Items):
        pairs = list(zip(held_out.items, x.items, strict=False))
        return (
            len(held_out.items) == len(x.items) == len(pairs) > 0
            and x.complete
            and all(same_rows(a, b) for a, b in pairs)
        )
    if x is None or held_out is None:
        return False
    sources = [part for each in taken_from(held_out) for part in _stacked(each)]
    return any(part_of(each, x) for each in sources) or _has_rows_of(held_out, x)


def _stacked(rows: Value) -> Iterator[Value]:
    """The rows, and where they are several stacked on one another, each of these."""
    yield rows
    origin = rows_of(rows).origin
    if isinstance(origin, Call) and origin.function in JOINS and origin.positional:
        yield from parts(origin.positional[0].value)


def _has_rows_of(held_out: Value, x: Value) -> bool:
    """Whether two slices of the same rows surely overlap."""
    some, others = rows_of(held_out), rows_of(x)
    if some.origin is not others.origin or not some.cuts or not others.cuts:
        return False
    within_one = some.cuts[:-1] == others.cuts[:-1]
    return within_one and overlap(some.cuts[-1:], others.cuts[-1:])


@training_data_as_validation.observed
def same_rows_seen(seen: ObservedFit) -> Outcome | None:
    """Whether both hold the same rows, by content."""
    observation, fit = seen.observation, seen.fit
    if observation is None or (fit is not None and (fit.is_unsupervised or fit.is_sanity_check)):
        return None
    if observation.validation_is_training:
        return Outcome(
            RunSays.CONFIRMED,
            "the validation data are the training data, row for row: val_loss cannot show "
            "overfitting",
            advice="hold rows out before the fit and train on the rest only",
        )
    overlap = observation.overlap
    if overlap is not None and overlap.compared and not overlap.rows:
        return Outcome(
            RunSays.REFUTED, f"none of {overlap.compared:,} validation rows is trained on"
        )
    return None
