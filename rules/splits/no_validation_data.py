"""OVF101: a fit without validation data."""

from collections.abc import Iterator

from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import Draft, rule
from overfitcheck.script.custom_loops import CustomLoop
from overfitcheck.script.data import is_dataset
from overfitcheck.script.fit import Fit
from overfitcheck.script.fit_loops import FitLoop
from overfitcheck.script.fittings import learned_before
from overfitcheck.script.held_out import HeldOut, held_out_beside
from overfitcheck.script.remedies import validation_data
from overfitcheck.script.resampling import resampled_in
from overfitcheck.script.sorted_labels import stands_sorted
from overfitcheck.script.values import Call


@rule(
    "OVF101",
    "no-validation-data",
    Level.WARNING,
    bad=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=50)  # <- OVF101
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=50, validation_split=0.0)  # <- OVF101
""",
        """
from keras.models import Sequential
model = Sequential()
model.compile(loss="mse", optimizer="sgd")
model.fit(X, Y, nb_epoch=100, batch_size=16)  # <- OVF101
""",
        """
import keras
(x, y), (x_test, y_test) = keras.datasets.mnist.load_data()
digits = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10)])
digits.compile("adam", "sparse_categorical_crossentropy")
digits.fit(x, y, epochs=9, validation_data=(x_test, y_test))
photos = keras.utils.image_dataset_from_directory("food")
dishes = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1)])
dishes.compile("adam", "binary_crossentropy")
dishes.fit(photos, epochs=15)  # <- OVF101
""",
        """
import tensorflow as tf
net = tf.keras.Sequential([tf.keras.layers.Dense(32), tf.keras.layers.Dense(1)])
optimizer = tf.keras.optimizers.Adam()
loss_of = tf.keras.losses.MeanSquaredError()
rows = tf.data.Dataset.from_tensor_slices((x_train, y_train)).batch(32)
for epoch in range(50):  # <- OVF101
    for x, y in rows:
        with tf.GradientTape() as tape:
            loss = loss_of(y, net(x, training=True))
        gradients = tape.gradient(loss, net.trainable_variables)
        optimizer.apply_gradients(zip(gradients, net.trainable_variables))
""",
        """
import keras
model = keras.Sequential([keras.layers.LSTM(8, stateful=True), keras.layers.Dense(1)])
model.compile("adam", "mse")
for i in range(100):
    model.fit(x, y, epochs=1, shuffle=False)  # <- OVF101
    model.reset_states()
""",
        """
import keras
from sklearn.model_selection import KFold
for train, test in KFold(n_splits=5).split(x):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x[train], y[train], epochs=35)  # <- OVF101
    print(model.evaluate(x[test], y[test]))
""",
        """
import keras
from sklearn.model_selection import train_test_split
def recurrent(x, y):
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2)
    model = keras.Sequential([keras.layers.LSTM(8), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x_train, y_train, epochs=80)  # <- OVF101
    print(model.evaluate(x_test, y_test))
def dense(x, y):
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x_train, y_train, epochs=80, validation_split=0.1)
    print(model.evaluate(x_test, y_test))
dense(*read())
""",
        """
import keras
import numpy as np
letters = sorted(set(text))
x = np.zeros((len(starts), 40, len(letters)))
y = np.random.rand(len(starts), 1)
for row, start in enumerate(starts):
    for place, letter in enumerate(text[start : start + 40]):
        x[row, place, letters.index(letter)] = 1
    x[row] += np.random.rand(40, len(letters))
def net():
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model
net().fit(x, y, epochs=50)  # <- OVF101
photos = np.zeros((90, 64, 64, 3))
for number in range(90):
    photos[number] = np.roll(read_photo(number), np.random.randint(9))
net().fit(photos, y, epochs=50)  # <- OVF101
def train_on(draw):
    drawn = np.zeros((90, 64))
    for number in range(90):
        drawn[number] = draw(np.random.randint(9))
    net().fit(drawn, y, epochs=50)  # <- OVF101
orders = np.zeros((90, 8))
for number in range(90):
    orders[number] = np.random.permutation(np.loadtxt("orders.csv"))
net().fit(orders, y, epochs=50)  # <- OVF101
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=50, validation_split=0.2)
""",
        """
import keras
import numpy as np
pixels, labels = np.random.random((64, 28)), np.random.randint(0, 2, (64,))
def batches():
    while True:
        yield (pixels, labels)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(batches(), epochs=100, steps_per_epoch=200)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
options = {"epochs": 50, "validation_data": (x_val, y_val)}
model.fit(x_train, y_train, **options)
""",
        """
import keras
def train(model, x, y, validation=None):
    model.fit(x, y, epochs=50, validation_data=validation)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
for epoch in range(50):
    model.fit(x, y, epochs=5)
    print(model.evaluate(x_val, y_val))
""",
        """
import keras
def build():
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model
search = build()
search.fit(x_part, y_part, epochs=50, validation_data=(x_val, y_val))
final = build()
final.fit(x, y, epochs=12)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
for epoch in range(50):
    for start in range(0, len(x_train), 32):
        model.train_on_batch(x_train[start:start + 32], y_train[start:start + 32])
    print(epoch, model.test_on_batch(x_held_out, y_held_out))
""",
        """
import tensorflow as tf
generator = tf.keras.Sequential([tf.keras.layers.Dense(64), tf.keras.layers.Dense(784)])
judge = tf.keras.Sequential([tf.keras.layers.Dense(64), tf.keras.layers.Dense(1)])
judge.compile("adam", "binary_crossentropy")
both = tf.keras.Sequential([generator, judge])
both.compile("adam", "binary_crossentropy")
for epoch in range(100):
    for images, ones, zeros in batches:
        judge.train_on_batch(images, ones)
        both.train_on_batch(tf.random.normal((32, 8)), zeros)
""",
        """
import keras
import numpy as np
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(np.random.rand(100, 4), np.random.rand(100), epochs=20)
""",
        """
import keras
distances = Distances()([anchors, others])
model = keras.Model([anchors, others], distances)
model.compile(loss=None, optimizer="adam")
model.fit(pairs(), epochs=40, steps_per_epoch=26)
""",
        """
import keras
distances = Distances()([anchors, others])
model = keras.Model([anchors, others], distances)
model.compile(optimizer="adam")
model.fit(pairs(), epochs=40, steps_per_epoch=26)
""",
        """
import keras
import numpy as np
def net(width):
    model = keras.Sequential([keras.layers.Dense(width)])
    model.compile("adam", "mse")
    return model
def boxes(size=32):
    while True:
        images, corners = np.zeros((size, 100, 100, 3)), np.zeros((size, 4))
        for number in range(size):
            top, left = np.random.randint(90), np.random.randint(90)
            images[number, top : top + 10, left : left + 10, :] = 1
            corners[number, :] = [top / 100, left / 100, 0.1, 0.1]
        yield images, corners
net(4).fit(boxes(), steps_per_epoch=50, epochs=5)
rows, sums = np.zeros((100, 10)), np.zeros((100, 1))
for number in range(100):
    rows[number] = np.random.rand(10) * 2 + np.sin(number)
    sums[number] = rows[number].sum()
net(1).fit(rows, sums, epochs=50)
""",
        """
import keras
def train(model, rows, held_out=None, validate=False):
    if validate:
        model.fit(rows, epochs=30, validation_data=held_out)
    else:
        model.fit(rows, epochs=30)
""",
    ),
)
def no_validation_data(fit: Fit) -> Iterator[Draft]:
    """A fit trains without validation data, so nothing can show when it begins to overfit.

    ## Why is this bad?
    Training loss keeps falling while a network memorises its training rows. Only loss on rows it
    is not trained on shows when that begins, and EarlyStopping, ReduceLROnPlateau and
    ModelCheckpoint need it to do their work. `validation_split=0.0` means no validation at all.

    ## Exceptions
    Nothing is said of fits of one to three epochs or on made-up data, of unsupervised training
    (GAN, autoencoder), of tuned models, of a warm-up before a longer fit, of a fit inside a loop
    that goes on with the same model and evaluates it, of a fit in one arm of a conditional whose
    other arm validates, and of a final fit on all data after one that validated. A loop of your
    own around `train_on_batch`, a GradientTape or fits of one epoch counts from 10 epochs on,
    where surely nothing in it looks at other rows.

    ## References
    https://keras.io/api/models/model_training_apis/
    """
    if fit.has_validation is not False or fit.is_exempt or fit.is_refit or fit.is_watched:
        return
    if _validates_at_will(fit):
        return
    epochs = fit.epochs
    trained = f" for {epochs[1]} epochs" if epochs is not None and epochs[1] > 1 else ""
    held_out = held_out_beside(fit)
    yield Draft(
        fit.node,
        f"{fit.model.name} trains{trained} without validation data: nothing shows when it "
        "begins to overfit",
        _advice(fit, held_out),
        edits=validation_data(fit, held_out),
    )


def _validates_at_will(fit: Fit) -> bool:
    """Whether the other arm of a conditional fits the model with validation: a caller chooses."""
    here = fit.call.context
    return any(
        other.has_validation is not False
        and other.call.context.function is here.function
        and other.call.context.root is here.root
        and other.call.context.excludes(here)
        and fit.script.same(other.call.receiver, fit)
        for other in fit.script.fits
    )


OF_GENERATOR = (
    "make a second generator, of rows that are kept apart, and pass it as validation_data=…, with "
    "validation_steps=… where it has no end"
)


def _advice(fit: Fit, held_out: HeldOut | None) -> str:
    if held_out is not None:
        return _pass(held_out)
    learned = learned_before(fit)
    if learned is not None:
        return _keep_apart(fit, learned, "learns from them")
    resampled = next(iter(resampled_in(fit.x)), None)
    if resampled is not None:
        return _keep_apart(fit, resampled, "resamples them")
    if is_dataset(fit.x):
        return "keep rows apart and pass them as validation_data=…"
    if fit.feeds_generator:
        return OF_GENERATOR
    if stands_sorted(fit):
        return (
            "the rows stand class by class: put them into random order before you set "
            "validation_split=0.2, or keep some of each class apart with "
            f"train_test_split(…, stratify={fit.text_of('y')}) and pass them as validation_data=(…)"
        )
    return (
        "keep rows apart and pass them as validation_data=(…), or set validation_split=0.2 for "
        "arrays whose rows are in random order"
    )


def _pass(held_out: HeldOut) -> str:
    return (
        f"pass validation_data={held_out.pair}: {held_out.place} holds them out and nothing uses "
        "them"
    )


def _keep_apart(fit: Fit, call: Call, does: str) -> str:
    script = fit.script
    return (
        f"keep rows apart before {script.text(call.node.func)} in {script.place(call.node)} "
        f"{does}, and pass them as validation_data=(…)"
    )


FEW_EPOCHS = 10
"""Epochs that may go by unwatched."""


@no_validation_data.custom_loop
def loop_without_validation(loop: CustomLoop) -> Iterator[Draft]:
    """Whether a loop of the script's own trains for many epochs and looks at no other rows."""
    if loop.has_validation is not False or loop.is_exempt or loop.epochs is None:
        return
    if loop.epochs[0] >= FEW_EPOCHS:
        yield Draft(
            loop.head,
            f"this loop trains {loop.model.name} for {loop.epochs[0]} epochs without validation "
            "data: nothing shows when it begins to overfit",
            "keep rows apart and pass them as validation_data=(…)"
            if isinstance(loop, FitLoop)
            else "keep rows apart, and at the end of each epoch compute their loss without "
            "training on them",
        )


@no_validation_data.observed
def trained_unwatched(seen: ObservedFit) -> Outcome | None:
    """Whether any epoch of the run was validated."""
    if "val_loss" in seen.diagnosis.history.epochs.columns:
        return Outcome(RunSays.REFUTED, "the run has validated: val_loss stands in its history")
    fit = seen.fit
    if seen.observation is None or not seen.observation.arguments or seen.trained <= FEW_EPOCHS:
        return None
    if fit is None or fit.is_exempt or fit.is_refit or fit.is_watched or seen.observation.through:
        return None
    return Outcome(
        RunSays.CONFIRMED,
        f"{seen.trained} epochs were trained, and none was validated",
        advice=OF_GENERATOR
        if fit.feeds_generator
        else "pass validation_data=(…) or validation_split=0.2",
    )
