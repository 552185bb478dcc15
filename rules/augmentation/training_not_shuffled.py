"""OVF406: training rows that keep their order in every epoch."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.data import is_dataset, maker_of
from overfitcheck.script.fit import Fit
from overfitcheck.script.unsupervised import words_in
from overfitcheck.script.values import Choice, Unknown, constant

RECURRENT = ("LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "Bidirectional")

ORDERED = frozenset(
    "time series timeseries window windows sequence sequences forecast stock price prices seq "
    "temporal lag lags lookback stateful".split()
)

SHUFFLERS = ("shuffle", "permutation", "train_test_split", "sample")


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
    ),
)
def training_not_shuffled(fit: Fit) -> Iterator[Draft]:
    """A fit on arrays is told not to shuffle.

    ## Why is this bad?
    With `shuffle=False` every epoch sees the same batches in the same order. Rows that stand sorted
    by class give batches of one class each, and the network follows the last ones.

    ## Exceptions
    Recurrent networks and time series, where the order is the point; rows that were shuffled
    before; datasets and generators, which the argument does not concern.

    ## References
    https://keras.io/api/models/model_training_apis/
    """
    if constant(fit["shuffle"]) is not False or fit.argument("shuffle") is None:
        return
    layers = fit.model.layers
    if not layers.complete or layers.of(*RECURRENT) or fit.is_exempt:
        return
    if is_dataset(fit.x) or fit.feeds_generator or fit.y is None or isinstance(fit.x, Choice):
        return
    if isinstance(fit.x, Unknown) and not fit.x.name:
        return
    names = fit.words | words_in(fit.text_of("x"), fit.text_of("y"), maker_of(fit.x))
    if names & ORDERED or any(call.short_name in SHUFFLERS for call in fit.script.calls):
        return
    yield Draft(
        fit.anchor("shuffle"),
        f"shuffle=False: every epoch of {fit.model.name}.fit sees the rows of "
        f"{fit.text_of('x')} in the same order; sorted by class, the last class wins",
        "delete shuffle=False (shuffling is the default)",
    )
