"""OVF406: training rows that keep their order in every epoch."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.data import is_dataset
from overfitcheck.script.fit import Fit
from overfitcheck.script.order import may_be_series, was_shuffled
from overfitcheck.script.values import Call, Choice, Unknown, Value, constant

LOADERS = (
    "flow_from_directory",
    "flow_from_dataframe",
    "flow",
    "image_dataset_from_directory",
    "text_dataset_from_directory",
    "audio_dataset_from_directory",
)


@rule(
    "OVF406",
    "training-not-shuffled",
    Level.WARNING,
    bad=(
        """
import keras
import numpy as np
x, y = np.load("x.npy"), np.load("y.npy")
model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(x, y, epochs=20, validation_split=0.2, shuffle=False)  # <- OVF406
""",
        """
from keras.models import Sequential
from keras.layers import Conv2D, Dense, Flatten
(x, y), (x_test, y_test) = load()
model = Sequential([Conv2D(8, 3), Flatten(), Dense(2, activation="softmax")])
model.compile("sgd", "categorical_crossentropy")
model.fit(x, y, 32, 10, shuffle=False)  # <- OVF406
""",
        """
from tensorflow.keras import layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator
photos = ImageDataGenerator(rescale=1 / 255)
train = photos.flow_from_directory("photos/train", (64, 64), batch_size=8, shuffle=False)  # <- OVF406
model = models.Sequential([layers.Flatten(), layers.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(train, epochs=20)
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(x_train, y_train, epochs=20, validation_split=0.2)
""",
        """
import keras
model = keras.Sequential([keras.layers.LSTM(10), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=20, shuffle=False)
""",
        """
import keras
import numpy as np
order = np.random.permutation(len(x))
x, y = x[order], y[order]
model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(x, y, epochs=20, shuffle=False)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(windows, targets, epochs=20, shuffle=False)
""",
        """
import tensorflow as tf
data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1000).batch(8)
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(data, epochs=20, shuffle=False)
""",
        """
import tensorflow as tf
rows = tf.keras.utils.image_dataset_from_directory("photos", shuffle=False).shuffle(1000)
model = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(rows, epochs=20)
""",
        """
import tensorflow as tf
train = tf.keras.utils.image_dataset_from_directory("photos/train")
test = tf.keras.utils.image_dataset_from_directory("photos/test", shuffle=False)
model = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(train, epochs=20, validation_data=test)
""",
    ),
)
def training_not_shuffled(fit: Fit) -> Iterator[Draft]:
    """A fit is told not to shuffle its rows, or its loader is.

    ## Why is this bad?
    With `shuffle=False` every epoch sees the same batches in the same order. Rows that stand sorted
    by class give batches of one class each, and the network follows the last ones. The loaders of
    folders read them class by class.

    ## Exceptions
    Recurrent networks and time series, where the order is the point; rows that were shuffled
    before; datasets and generators for the argument of fit, which does not concern them.

    ## References
    https://keras.io/api/models/model_training_apis/
    """
    if fit.is_exempt or may_be_series(fit) or was_shuffled(fit.script):
        return
    loader = _unshuffled_loader(fit.x)
    rows = f"every epoch of {fit.name} sees the rows of {fit.text_of('x')}"
    if loader is not None:
        argument = loader.argument("shuffle")
        yield Draft(
            argument.node if argument is not None and argument.node else loader.node,
            f"{loader.short_name}(shuffle=False): {rows} in the same order, class after class",
            "delete shuffle=False (shuffling is the default)",
        )
    elif constant(fit["shuffle"]) is False and fit.gives("shuffle") and _is_array(fit):
        yield Draft(
            fit.anchor("shuffle"),
            f"shuffle=False: {rows} in the same order; sorted by class, the last class wins",
            "delete shuffle=False (shuffling is the default)",
        )


def _unshuffled_loader(value: Value) -> Call | None:
    """The loader that training data come from, where it is told not to shuffle."""
    for _ in range(40):
        if not isinstance(value, Call) or value.short_name == "shuffle":
            return None
        if value.short_name in LOADERS:
            by_class = value.short_name != "flow" and constant(value["class_mode"], "") is not None
            return value if by_class and constant(value["shuffle"]) is False else None
        if value.receiver is None:
            return None
        value = value.receiver
    return None


def _is_array(fit: Fit) -> bool:
    """Whether the fit has arrays of some rows, of which the text does not show how they came."""
    if is_dataset(fit.x) or fit.feeds_generator or fit.y is None or isinstance(fit.x, Choice):
        return False
    return not isinstance(fit.x, Unknown) or bool(fit.x.name)
