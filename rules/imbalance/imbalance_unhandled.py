"""OVF201: a classifier that nothing protects against class imbalance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import SEVERE, UNEVEN, ObservedFit, Outcome
from overfitcheck.rule import Draft, rule
from overfitcheck.script.batches import source_of
from overfitcheck.script.checklist import weighs_classes
from overfitcheck.script.connections import answers_each_pixel, answers_words
from overfitcheck.script.custom_checklist import loss_of_loop, weighs_classes_by_hand
from overfitcheck.script.custom_loops import CustomLoop
from overfitcheck.script.even_classes import UNEVEN_FROM, is_even
from overfitcheck.script.fit import Fit
from overfitcheck.script.keras_names import activation_name, loss_name, snake_case
from overfitcheck.script.models import CLASSIFICATION
from overfitcheck.script.remedies import class_weights
from overfitcheck.script.steps import may_have_steps
from overfitcheck.script.values import constant, is_given

if TYPE_CHECKING:
    from overfitcheck.script.counted import Counted


@rule(
    "OVF201",
    "imbalance-unhandled",
    Level.INFO,
    bad=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=20, validation_data=(x_val, y_val))  # <- OVF201
""",
        """
import keras
(x, y), (x_test, y_test) = keras.datasets.reuters.load_data()
model = keras.Sequential([keras.layers.Dense(46, activation="softmax")])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy())
model.fit(x, y, epochs=20, validation_split=0.2)  # <- OVF201
""",
        """
import tensorflow as tf
net = tf.keras.Sequential([tf.keras.layers.Dense(10)])
optimizer = tf.keras.optimizers.Adam()
loss_of = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
def step(images, labels):
    with tf.GradientTape() as tape:
        loss = loss_of(labels, net(images, training=True))
    gradients = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(gradients, net.trainable_variables))
for epoch in range(20):  # <- OVF201
    for images, labels in batches:
        step(images, labels)
""",
        """
import keras
from sklearn.datasets import make_classification, make_moons
from sklearn.model_selection import train_test_split
x, y = make_classification(n_samples=1000, weights=[0.9])
x_moons, y_moons = make_moons((900, 100))
x_train, x_test, y_train, y_test = train_test_split(x, y)
x_some, x_rest, y_some, y_rest = train_test_split(x_moons, y_moons)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x_train, y_train, epochs=20, validation_data=(x_test, y_test))  # <- OVF201
model.fit(x_some, y_some, epochs=20, validation_data=(x_rest, y_rest))  # <- OVF201
""",
        """
import keras
if long:
    (x, y), _ = keras.datasets.mnist.load_data()
else:
    (x, y), _ = keras.datasets.reuters.load_data()
model = keras.Sequential([keras.layers.Dense(46, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=20, validation_split=0.1)  # <- OVF201
""",
        """
import keras
import numpy as np
import pandas as pd
from sklearn.utils import resample
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
table = resample(pd.read_csv("patients.csv"), n_samples=1000)
model.fit(table.drop("ill", axis=1), table["ill"], epochs=20, validation_split=0.1)  # <- OVF201
rest = pd.read_csv("others.csv").sample(frac=1)
all_rows = pd.concat([rest[rest["ill"] == 0], rest[rest["ill"] == 1]])
model.fit(all_rows.drop("ill", axis=1), all_rows["ill"], epochs=20, validation_split=0.1)  # <- OVF201
more = np.concatenate([x_train[:500], x_more])
model.fit(more, np.concatenate([y_train[:500], y_more]), epochs=20, validation_split=0.1)  # <- OVF201
""",
    ),
    good=(
        """
import keras
from sklearn.utils.class_weight import compute_class_weight
shares = compute_class_weight("balanced", classes=[0, 1], y=y_train)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=20, class_weight=dict(enumerate(shares)))
""",
        """
import keras
(x, y), (x_test, y_test) = keras.datasets.cifar10.load_data()
model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=20, validation_split=0.2)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, prices, epochs=20, validation_split=0.2)
""",
        """
import keras
from imblearn.over_sampling import SMOTE
x, y = SMOTE().fit_resample(x_train, y_train)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=20, validation_data=(x_val, y_val))
""",
        """
import keras
def train(model, **options):
    model.compile("adam", "binary_crossentropy")
    model.fit(x, y, epochs=20, **options)
""",
        """
import keras
import tensorflow as tf
even = tf.data.Dataset.sample_from_datasets([ill, healthy], weights=[0.5, 0.5]).batch(32)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(even, epochs=20, steps_per_epoch=100, validation_data=rest)
""",
        """
import keras
from keras.datasets import cifar10
from keras.preprocessing.image import ImageDataGenerator
(x_train, y_train), (x_test, y_test) = cifar10.load_data()
batches = ImageDataGenerator(horizontal_flip=True).flow(x_train, y_train)
def cropped(photos):
    while True:
        x, y = next(photos)
        yield crop(x), y
model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(batches, epochs=20, steps_per_epoch=100)
model.fit(cropped(batches), epochs=20, steps_per_epoch=100)
""",
        """
import keras
import tensorflow_datasets as tfds
reviews, told = tfds.load("imdb_reviews/plain_text", as_supervised=True, with_info=True)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(reviews["train"].batch(32).map(coded).prefetch(1), epochs=20)
""",
        """
import keras
plain = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
plain.compile("adam", "binary_crossentropy")
plain.fit(x, y, epochs=20, validation_split=0.2)
weighed = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
weighed.compile("adam", "binary_crossentropy")
weighed.fit(x, y, epochs=20, validation_split=0.2, class_weight={0: 1, 1: 9})
""",
        """
import keras
tags = keras.Sequential([keras.layers.Dense(12, activation="sigmoid")])
tags.compile("adam", "binary_crossentropy")
tags.fit(x, several_a_row, epochs=20, validation_split=0.2)
segments = keras.Sequential([keras.layers.Conv2D(1, 1, activation="sigmoid")])
segments.compile("adam", "binary_crossentropy")
segments.fit(x, masks, epochs=20, validation_split=0.2)
words = keras.Sequential()
words.add(keras.layers.Embedding(9000, 64))
words.add(keras.layers.LSTM(64, return_sequences=True))
words.add(keras.layers.Dense(9000, activation="softmax"))
words.compile("adam", "sparse_categorical_crossentropy")
words.fit(x, following, epochs=20, validation_split=0.2)
""",
        """
import keras
from keras.datasets import fashion_mnist
from keras.preprocessing.image import ImageDataGenerator
from sklearn.model_selection import train_test_split
from sklearn.utils import shuffle
(x, y), _ = fashion_mnist.load_data()
x_train, x_val, y_train, y_val = train_test_split(x / 255, y, stratify=y)
_, x_few, _, y_few = train_test_split(x_train, y_train, test_size=0.1)
x_mixed, y_mixed = shuffle(x, y)
model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=20, validation_data=(x_val, y_val))
model.fit(x_few, y_few, epochs=20, validation_data=(x_val, y_val))
model.fit(x_mixed, y_mixed, epochs=20, validation_split=0.2)
model.fit(ImageDataGenerator().flow(x_few, y_few), epochs=20, steps_per_epoch=100)
""",
        """
import keras
from sklearn.model_selection import train_test_split
(x, y), _ = keras.datasets.mnist.load_data()
x_train, x_val, y_train, y_val = train_test_split(x, y)
model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
for epoch in range(50):
    for i in range(0, 45000, 64):
        model.train_on_batch(x_train[i:i + 64], y_train[i:i + 64])
""",
        """
import keras
import tensorflow as tf
from sklearn.utils import shuffle
(x, y), _ = keras.datasets.mnist.load_data()
rows = x.reshape(-1, 784).astype("float32") / 255
model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
loss_of = keras.losses.SparseCategoricalCrossentropy()
optimizer = keras.optimizers.SGD(0.1)
for epoch in range(100):
    x_mixed, y_mixed = shuffle(rows, y)
    for i in range(0, 48000, 64):
        with tf.GradientTape() as tape:
            loss = loss_of(y_mixed[i:i + 64], model(x_mixed[i:i + 64]))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
""",
        """
import keras
from sklearn.datasets import make_moons
from sklearn.model_selection import train_test_split
x, y = make_moons(n_samples=1000, noise=0.2)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.5)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x_train, y_train, epochs=20, validation_data=(x_test, y_test))
""",
        """
import keras
from keras.utils import to_categorical
from settings import MOST_WORDS
total = len(tokenizer.word_index) + 1
labels = to_categorical(following, num_classes=total)
words = keras.Sequential()
words.add(keras.layers.Embedding(total, 64))
words.add(keras.layers.LSTM(64))
words.add(keras.layers.Dense(total))
words.add(keras.layers.Activation("softmax"))
words.compile("adam", "categorical_crossentropy")
words.fit(x, labels, epochs=20, validation_split=0.2)
inputs = keras.Input((5,))
read = keras.layers.GRU(64)(keras.layers.Embedding(MOST_WORDS, 64)(inputs))
other = keras.Model(inputs, keras.layers.Dense(MOST_WORDS, activation="softmax")(read))
other.compile("adam", "sparse_categorical_crossentropy")
other.fit(x, following, epochs=20, validation_split=0.2)
""",
        """
import keras
import numpy as np
half = int(len(names) / 2)
sides = np.array([0] * half + [1] * half)
ends = np.concatenate([np.zeros((500, 1)), np.ones((500, 1))])
liked = np.array([1, 1, 1, 0, 0, 1, 0])
species = keras.utils.to_categorical(np.repeat(np.arange(0, 3), 40), 3)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, sides, epochs=20, validation_split=0.2)
model.fit(x, ends, epochs=20, validation_split=0.2)
model.fit(x, liked, epochs=20, validation_split=0.2)
flowers = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
flowers.compile("adam", "categorical_crossentropy")
flowers.fit(x, species, epochs=20, validation_split=0.2)
""",
        """
import keras
import numpy as np
sides = np.array([0] * 500 + [1] * 500)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
for epoch in range(50):
    for i in range(0, 1000, 50):
        model.train_on_batch(x[i:i + 50], sides[i:i + 50])
""",
        """
import keras
def load(name):
    if name == "mnist":
        (x, y), (x_test, y_test) = keras.datasets.mnist.load_data()
    elif name == "cifar10":
        (x, y), (x_test, y_test) = keras.datasets.cifar10.load_data()
    else:
        raise ValueError(name)
    return x / 255, y
x, y = load(chosen)
model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=20, validation_split=0.1)
if letters:
    (x, y), _ = keras.datasets.imdb.load_data()
else:
    (x, y), _ = keras.datasets.fashion_mnist.load_data()
model.fit(x, y, epochs=20, validation_split=0.1)
""",
        """
import keras
import numpy as np
import pandas as pd
from sklearn.utils import resample
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
table = pd.read_csv("patients.csv")
healthy, ill = table[table["ill"] == 0], table[table["ill"] == 1]
more = pd.concat([healthy, resample(ill, replace=True, n_samples=len(healthy))])
model.fit(more.drop("ill", axis=1), more["ill"], epochs=20, validation_split=0.1)
few = pd.concat([ill, healthy.sample(n=len(ill))]).sample(frac=1)
model.fit(few.drop("ill", axis=1), few["ill"], epochs=20, validation_split=0.1)
some = pd.concat([ill, healthy.sample(frac=1)[: len(ill)]])
model.fit(some.drop("ill", axis=1), some["ill"], epochs=20, validation_split=0.1)
each = table.groupby("ill").sample(n=500)
model.fit(each.drop("ill", axis=1), each["ill"], epochs=20, validation_split=0.1)
rare, common = np.where(y == 1)[0], np.where(y == 0)[0]
chosen = np.concatenate([rare, np.random.choice(common, len(rare), replace=False)])
model.fit(x[chosen], y[chosen], epochs=20, validation_split=0.1)
x_more, y_more = resample(x[y == 1], y[y == 1], n_samples=1000)
labels = np.concatenate([y[y == 0], y_more])
model.fit(np.concatenate([x[y == 0], x_more]), labels, epochs=20, validation_split=0.1)
""",
        """
import keras
import pandas as pd
import tensorflow as tf
table = pd.read_csv("patients.csv")
healthy, ill = table[table["ill"] == 0], table[table["ill"] == 1]
table = pd.concat([ill, healthy.sample(n=len(ill))])
x, y = table.drop("ill", axis=1).values, table["ill"].values
net = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
loss_of = keras.losses.BinaryCrossentropy()
optimizer = keras.optimizers.Adam()
for epoch in range(20):
    for i in range(0, len(x), 32):
        with tf.GradientTape() as tape:
            loss = loss_of(y[i:i + 32], net(x[i:i + 32], training=True))
        gradients = tape.gradient(loss, net.trainable_variables)
        optimizer.apply_gradients(zip(gradients, net.trainable_variables))
""",
    ),
)
def imbalance_unhandled(fit: Fit) -> Iterator[Draft]:
    """A classifier is trained without class weights, sample weights or resampling.

    ## Why is this bad?
    Where one class has many more rows than another, a network gains most by always answering the
    frequent one; accuracy looks fine and the rare class is never found. The text does not show
    how many rows each class has, so this is worth a look, no more; a run that counts them says.

    ## Exceptions
    Data known to be balanced (CIFAR, Fashion-MNIST, IMDB, MNIST, digits, iris, what the `make_`
    functions of scikit-learn make, `[0] * n + [1] * n`), labels that the saved output of a
    notebook's own cell shows to be so (`y.value_counts()`), regression, unsupervised training,
    several labels a row, masks of images, answers for each word or step, the next word (as many
    outputs as the Embedding has words), and fits that weigh or resample in any way the text shows,
    or are compared with one that does.

    ## References
    https://www.tensorflow.org/tutorials/structured_data/imbalanced_data
    """
    if fit.is_exempt or weighs_classes(fit) is not False or fit.compiled is None:
        return
    if any(map(_is_weighed, fit.script.fits)):
        return
    loss = loss_name(fit.compiled["loss"])
    if loss not in CLASSIFICATION or _has_many_labels_a_row(fit, loss):
        return
    if any(is_even(value) for value in (fit.x, fit.y) if value is not None):
        return
    counted = _counted(fit)
    if counted is not None and counted.ratio < UNEVEN:
        return
    seen = f" ({counted})" if counted is not None else ""
    yield Draft(
        fit.node,
        f"{fit.model.name} is trained with {loss}, and nothing weighs or resamples the classes of "
        f"{fit.text_of('y') if fit.y is not None else fit.text_of('x')}{seen}: a rare class may "
        "never be learned",
        f"count the rows of each class; where they differ by more than about {UNEVEN_FROM} to 1, pass "
        "class_weight=…",
        edits=class_weights(fit),
    )


def _is_weighed(fit: Fit) -> bool:
    """Whether a fit surely gets class weights: one that does not is there to be compared with it."""
    given = fit.argument("class_weight")
    return given is not None and is_given(given.value) is True


@imbalance_unhandled.custom_loop
def loop_without_weights(loop: CustomLoop) -> Iterator[Draft]:
    """Whether a loop of the script's own trains a classifier and weighs no class."""
    loss = loss_of_loop(loop)
    if loop.is_exempt or loss not in CLASSIFICATION or weighs_classes_by_hand(loop) is not False:
        return
    if is_even(source_of(loop.x)[0]) or (loop.y is not None and is_even(loop.y)):
        return
    if answers_words(loop.model.layers):
        return
    yield Draft(
        loop.head,
        f"this loop trains {loop.model.name} with {loss}, and nothing weighs or resamples the "
        "classes: a rare class may never be learned",
        f"count the rows of each class; where they differ by more than about {UNEVEN_FROM} to 1, "
        "give the loss a sample_weight",
    )


def _has_many_labels_a_row(fit: Fit, loss: str) -> bool:
    """Whether a row has several labels, or a word for one, or one for each pixel or, perhaps, step."""
    if answers_each_pixel(fit.model.layers) or answers_words(fit.model.layers):
        return True
    if loss != "binary_crossentropy" and may_have_steps(fit.model.layers):
        return True
    outputs = fit.model.layers.outputs
    if outputs is None or len(outputs) != 1 or loss != "binary_crossentropy":
        return False
    units = constant(outputs[0]["units"])
    several = isinstance(units, int) and units > 2  # Two may be the two classes of each row.
    return several and activation_name(outputs[0]["activation"]) == "sigmoid"


def _counted(fit: Fit) -> Counted | None:
    """The classes that a notebook shows to have counted."""
    if fit.script.notebook is None:
        return None
    from overfitcheck.script.counted import counted_classes

    return counted_classes(fit)


@imbalance_unhandled.observed
def imbalance_seen(seen: ObservedFit) -> Outcome | None:
    """The ratio of the classes that the run counted."""
    observation = seen.observation
    if observation is None or observation.training is None or observation.weighs_classes is None:
        return None
    ratio = observation.training.ratio
    if ratio is None or loss_name_seen(observation.compiled.get("loss")) not in CLASSIFICATION:
        return None
    counted, (most, many) = observation.training.counted, observation.training.most_frequent
    if ratio < UNEVEN:
        return Outcome(RunSays.REFUTED, f"the classes are about equally frequent: {counted}")
    if observation.weighs_classes:
        return Outcome(RunSays.REFUTED, f"{counted}, and the fit was given weights")
    return Outcome(
        RunSays.CONFIRMED,
        f"{counted}, and nothing weighs them: always answering {most} is right "
        f"{many / sum(observation.training.classes.values()):.1%} of the time",
        advice='pass class_weight=…, for example from sklearn.utils.class_weight with "balanced", '
        "and look at the recall of each class",
        level=Level.WARNING if ratio >= SEVERE else Level.INFO,
    )


def loss_name_seen(loss: object) -> str | None:
    """The canonical name of a loss as a run saw it: ``BinaryCrossentropy`` or its text."""
    return snake_case(loss) if isinstance(loss, str) else None
