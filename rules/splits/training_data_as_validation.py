"""OVF103: a fit validates on rows that it trains on."""

from collections.abc import Iterator

from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import Draft, rule
from overfitcheck.script.batches import flowing
from overfitcheck.script.data import rows_of
from overfitcheck.script.fit import Fit
from overfitcheck.script.trained_rows import rows_also_trained_on
from overfitcheck.script.values import Call


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
    rows = rows_also_trained_on(fit)
    origin = rows_of(flowing(fit.x)).origin
    if not rows or (isinstance(origin, Call) and origin.method == "take"):
        return
    shown = fit.text_of("validation_data")
    yield Draft(
        fit.anchor("validation_data"),
        f"{shown}: the validation rows are {rows} that {fit.model.name} trains on, so val_loss "
        "falls as long as training loss does and cannot show overfitting",
        "hold rows out before the fit (train_test_split, or two slices that do not meet) and "
        "train on the rest only",
    )


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
