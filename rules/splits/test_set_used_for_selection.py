"""OVF102: the data that scores the model also chose it."""

from collections.abc import Iterator, Sequence

from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import Draft, rule
from overfitcheck.script.acting import acts
from overfitcheck.script.callbacks import watches_validation
from overfitcheck.script.custom_checklist import keeps_best_by_hand
from overfitcheck.script.custom_loops import CustomLoop
from overfitcheck.script.data import same_rows
from overfitcheck.script.fit import Fit
from overfitcheck.script.fit_loops import FitLoop
from overfitcheck.script.histories import FIT_METHODS
from overfitcheck.script.log_keys import AS_WRITTEN
from overfitcheck.script.loop_scoring import scores_what_watched
from overfitcheck.script.rounds import rounds_around
from overfitcheck.script.scoring import (
    EVALUATIONS,
    Scoring,
    scores_other_data,
    scorings_on_validation,
)
from overfitcheck.script.single_fold import validates_on_fold
from overfitcheck.script.splits import holds_out_more
from overfitcheck.script.trained_rows import rows_also_trained_on
from overfitcheck.script.versions import written


@rule(
    "OVF102",
    "test-set-used-for-selection",
    Level.WARNING,
    bad=(
        """
import keras
(x_train, y_train), (x_test, y_test) = keras.datasets.cifar10.load_data()
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=10, validation_data=(x_test, y_test))  # <- OVF102
print(model.evaluate(x_test, y_test))
""",
        """
import keras
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
x_train, x_test, y_train, y_test = train_test_split(x, y)
x_test = x_test / 255.0
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
model.fit(x_train, y_train, epochs=90, validation_data=(x_test, y_test), callbacks=[stop])  # <- OVF102
labels = model.predict(x_test) > 0.5
print(f1_score(y_test, labels))
""",
        """
import keras
import numpy as np
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=10, validation_data=(x_test, y_test))  # <- OVF102
labels = np.argmax(model.predict(x_test), axis=1)
print("right:", np.mean(labels == y_test))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "sparse_categorical_crossentropy")
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
model.fit(x_train, y_train, epochs=10, validation_data=(x_test, y_test), callbacks=[best])  # <- OVF102
kept = keras.models.load_model("best.keras")
print(kept.evaluate(x_test, y_test))
""",
        """
import keras
import numpy as np
from sklearn.metrics import mean_squared_error
def windows(rows, length):
    x = []
    for start in range(len(rows) - length):
        window = rows[start : start + length]
        x.append(window)
    return np.array(x)
past, future = series[:900], series[900:]
x_train, x_test = windows(past, 9), windows(future, 9)
model = keras.Sequential([keras.layers.LSTM(8), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, past[9:], epochs=10, validation_data=(x_test, future[9:]))  # <- OVF102
print(mean_squared_error(future[9:], model.predict(x_test)))
""",
        """
import keras
first, some = rows[:3], rows[200:210]
print("such rows:", first, some)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(rows[:900], y[:900], epochs=10, validation_data=(rows[900:], y[900:]))  # <- OVF102
print(model.evaluate(rows[900:], y[900:]))
""",
        """
import keras
from sklearn.model_selection import StratifiedKFold
(x, y), (x_test, y_test) = keras.datasets.mnist.load_data()
for some, others in StratifiedKFold(5).split(x, y):
    model = keras.Sequential([keras.layers.Dense(10)])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x[some], y[some], epochs=10, validation_data=(x_test, y_test))  # <- OVF102
    print(model.evaluate(x_test, y_test))
""",
        """
import keras
from sklearn.metrics import accuracy_score
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=10, validation_data=(x_test, y_test))  # <- OVF102
likely = model.predict(x_test)
likely = [1 if each > 0.5 else 0 for each in likely]
print(accuracy_score(y_test, likely))
""",
        """
import keras
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=10, validation_data=(x_test, y_test), callbacks=[best])  # <- OVF102
model = keras.models.load_model("./best.keras")
print(model.evaluate(x_test, y_test))
""",
        """
import keras
from sklearn.metrics import f1_score
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=10, validation_data=(x_test, y_test))  # <- OVF102
keras.models.save_model(model, "trained.keras")
trained = keras.models.load_model("trained.keras")
answers = []
for likely in trained.predict(x_test):
    if likely > 0.5:
        answers.append(1)
    else:
        answers.append(0)
print(f1_score(y_test, answers))
""",
        """
import keras
from sklearn.metrics import classification_report
from tensorflow.keras.preprocessing.image import ImageDataGenerator
images, folder = ImageDataGenerator(rescale=1 / 255), "photos/test"
train, held_out = images.flow_from_directory("photos/train"), images.flow_from_directory(folder)
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(5, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(train, epochs=10, validation_data=held_out)  # <- OVF102
test = images.flow_from_directory(folder, shuffle=False)
print(classification_report(test.classes, model.predict(test).argmax(axis=1)))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=10, validation_data=(x_test[:1000], y_test[:1000]))  # <- OVF102
print(model.evaluate(x_test, y_test))
""",
        """
import keras
import tensorflow as tf
(x_train, y_train), (x_test, y_test) = keras.datasets.cifar10.load_data()
train = tf.data.Dataset.from_tensor_slices((x_train, y_train)).batch(32)
test = tf.data.Dataset.from_tensor_slices((x_test, y_test)).batch(32)
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
for epoch in range(10):  # <- OVF102
    for x, y in train:
        model.train_on_batch(x, y)
    print(epoch, model.evaluate(test))
print("at last:", model.evaluate(test))
""",
        """
import keras
from sklearn.metrics import classification_report
from keras.preprocessing.image import ImageDataGenerator
turned, plain = ImageDataGenerator(rotation_range=30), ImageDataGenerator()
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(5, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(turned.flow(x, y), epochs=10, validation_data=plain.flow(x_test, y_test))  # <- OVF102
print(classification_report(y_test.argmax(axis=1), model.predict(x_test).argmax(axis=1)))
""",
        """
import keras
from scores import *
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=10, validation_data=(x_test, y_test))  # <- OVF102
likely, labels = evaluate_performance(model, x_test, y_test)
""",
        """
import keras
for units in [8, 16, 32]:
    model = keras.Sequential([keras.layers.Dense(units), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, y, epochs=9, validation_data=(x_test, y_test))  # <- OVF102
    print(units, model.evaluate(x_test, y_test))
best = keras.Sequential([keras.layers.Dense(16), keras.layers.Dense(1)])
best.compile("adam", "mse")
best.fit(x, y, epochs=5, validation_data=(x_test, y_test))  # <- OVF102
print(best.evaluate(x_test, y_test))
""",
        """
import keras
from keras.datasets import cifar10
from sklearn.model_selection import train_test_split
(x_train, y_train), (x_test, y_test) = cifar10.load_data()
_, x, _, y = train_test_split(x_train, y_train, test_size=0.1)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25)
x_train, x_test = x_train.astype("float32") / 255.0, x_test.astype("float32") / 255.0
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=9, validation_data=(x_test, y_test))  # <- OVF102
print(model.evaluate(x_test, y_test))
""",
        """
import keras
import numpy as np
from keras.metrics import MeanIoU
from sklearn.model_selection import train_test_split
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25)
model = keras.Sequential([keras.layers.Conv2D(4, 3, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(x_train, y_train, epochs=9, validation_data=(x_test, y_test))  # <- OVF102
guessed = np.argmax(model.predict(x_test), axis=3)
iou = MeanIoU(num_classes=4)
iou.update_state(y_test[:, :, :, 0], guessed)
print(iou.result().numpy())
""",
        """
import keras
import numpy as np
from sklearn.model_selection import train_test_split
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25)
model = keras.Sequential([keras.layers.Conv2D(1, 3, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x_train, y_train, epochs=9, validation_data=(x_test, y_test))  # <- OVF102
guessed = model.predict(x_test) > 0.5
both = np.logical_and(y_test, guessed)
either = np.logical_or(y_test, guessed)
print(np.sum(both) / np.sum(either))
""",
        """
import keras
import pandas as pd
from sklearn.model_selection import train_test_split
x_train, x_test, y_train, y_test = train_test_split(x, y)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x_train, y_train, epochs=9, validation_data=(x_test, y_test))  # <- OVF102
print(pd.crosstab(y_test, (model.predict(x_test) > 0.5).ravel()))
""",
        """
import keras
import numpy as np
from sklearn.model_selection import train_test_split
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25)
model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=9, validation_data=(x_test, y_test))  # <- OVF102
guessed = np.argmax(model.predict(x_test), axis=1)
wrong = np.where(guessed != y_test)[0]
print(f"{len(wrong)} of {len(y_test)} are wrong")
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
validation = (x[int(0.8 * len(x)) :], y[int(0.8 * len(x)) :])
x_train, y_train = x[: int(0.8 * len(x))], y[: int(0.8 * len(x))]
model.fit(x_train, y_train, epochs=9, validation_data=validation)  # <- OVF102
print(model.evaluate(x[int(0.8 * len(x)) :], y[int(0.8 * len(x)) :]))
""",
        """
import keras
import tensorflow as tf
from keras.utils import image_dataset_from_directory as photos
train = photos("a", validation_split=0.2, subset="training", seed=1)
held_out = photos("a", validation_split=0.2, subset="validation", seed=1)
count = tf.data.experimental.cardinality(held_out)
test, validation = held_out.take(count // 5), held_out.take(count // 5)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(train, epochs=9, validation_data=validation)  # <- OVF102
print(model.evaluate(validation), model.evaluate(test))
""",
        """
import keras
from sklearn.model_selection import KFold
for some, others in KFold(5).split(x):
    x_train, x_test, y_train, y_test = x[some], x[others], y[some], y[others]
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=9, validation_data=(x_test, y_test))  # <- OVF102
print(model.evaluate(x_test, y_test))
""",
        """
import keras
from sklearn.model_selection import GroupShuffleSplit
some, others = next(GroupShuffleSplit(test_size=0.2).split(x, y, patients))
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
x_test, y_test = x[others], y[others]
model.fit(x[some], y[some], epochs=9, validation_data=(x_test, y_test))  # <- OVF102
print(model.evaluate(x_test, y_test))
""",
    ),
    good=(
        """
import keras
from sklearn.model_selection import train_test_split
(x, y), (x_test, y_test) = keras.datasets.cifar10.load_data()
x_train, x_val, y_train, y_val = train_test_split(x, y, test_size=0.2, stratify=y)
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=10, validation_data=(x_val, y_val))
print(model.evaluate(x_test, y_test))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "mse")
model.fit(train, epochs=10, validation_data=validation)
print(model.evaluate(validation))
print(model.evaluate(test))
""",
        """
import keras
x_train, y_train = series[:7000, :50], series[:7000, -1]
x_valid, y_valid = series[7000:9000, :50], series[7000:9000, -1]
x_test, y_test = series[9000:, :50], series[9000:, -1]
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=10, validation_data=(x_valid, y_valid))
print("so far:", model.evaluate(x_valid, y_valid))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "mse")
model.fit(train, epochs=10, validation_data=validation)
model.save("mine.keras")
other = keras.models.load_model("theirs.keras")
print(other.evaluate(validation))
""",
        """
import keras
(x_all, y_all), (x_test, y_test) = keras.datasets.fashion_mnist.load_data()
x_train, y_train = x_all[:-5000] / 255.0, y_all[:-5000]
x_valid, y_valid = x_all[-5000:] / 255.0, y_all[-5000:]
x_test = x_test / 255.0
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=10, validation_data=(x_valid, y_valid))
print("so far:", model.evaluate(x_valid, y_valid))
""",
        """
import keras
from sklearn.model_selection import train_test_split
x_rest, x_test, y_rest, y_test = train_test_split(x, y)
x_train, x_val, y_train, y_val = train_test_split(x_rest, y_rest)
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=10, validation_data=(x_val, y_val))
print("so far:", model.evaluate(x_val, y_val))
""",
        """
import keras
from sklearn.model_selection import KFold
scores = []
for train, test in KFold(5).split(x):
    model = keras.Sequential([keras.layers.Dense(10)])
    model.compile("adam", "mse")
    model.fit(x[train], y[train], epochs=10, validation_data=(x[test], y[test]))
    scores.append(model.evaluate(x[test], y[test]))
""",
        """
import keras
import numpy as np
from sklearn.cross_validation import KFold
def rows_of(patients):
    return np.array([image for image, patient in scans if patient in patients])
for some, others in KFold(len(patients), n_folds=5):
    x_train, x_valid = rows_of(patients[some]), rows_of(patients[others])
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x_train, y_train, epochs=10, validation_data=(x_valid, y_valid))
    print(model.evaluate(x_valid, y_valid))
""",
        """
import keras
import numpy as np
def drawn(count):
    images = []
    for _ in range(count):
        images.append(draw_dots())
    return np.array(images)
x, x_val, x_test = drawn(1500), drawn(300), drawn(100)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, x.sum((1, 2)), epochs=10, validation_data=(x_val, x_val.sum((1, 2))))
print(model.evaluate(x_test, x_test.sum((1, 2))))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "mse")
print("before training:", model.evaluate(validation))
model.fit(train, epochs=10, validation_data=validation)
""",
        """
import keras
import matplotlib.pyplot as plt
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "mse")
model.fit(x, y, epochs=10, validation_data=(x_test, y_test))
plt.imshow(model.predict(x_test)[0])
""",
        """
import keras
import numpy as np
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=10, validation_data=(x_val, y_val))
print(model.evaluate(x_val, y_val))
labels = np.argmax(model.predict(x_test), axis=1)
print("right:", (labels == y_test).mean())
""",
        """
import keras
import numpy as np
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=10, validation_data=(x_val, y_val))
wrong = np.flatnonzero(np.argmax(model.predict(x_val), axis=1) != y_val)
print("look at these rows:", wrong[:10])
""",
        """
import keras
from tensorflow.keras.preprocessing.image import ImageDataGenerator
images = ImageDataGenerator(rescale=1 / 255, validation_split=0.2)
train = images.flow_from_directory("photos/train", subset="training")
validation = images.flow_from_directory("photos/train", subset="validation")
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(5, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(train, epochs=10, validation_data=validation)
print(model.evaluate(images.flow_from_directory("photos/test")))
print(model.evaluate(images.flow_from_directory("photos/train")))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "mse")
for epoch in range(10):
    for x, y in train:
        model.train_on_batch(x, y)
    print(epoch, model.evaluate(validation))
print("so far:", model.evaluate(validation))
print("at last:", model.evaluate(test))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "mse")
for epoch in range(10):
    for x, y in train:
        model.train_on_batch(x, y)
    print(epoch, model.evaluate(validation))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "mse")
for epoch in range(10):
    for x, y in train:
        model.train_on_batch(x, y)
    print(epoch, model.evaluate(x_train[:100], y_train[:100]))
print("at last:", model.evaluate(test))
""",
        """
import keras
from keras.preprocessing.image import ImageDataGenerator
images = ImageDataGenerator(rescale=1 / 255, validation_split=0.2)
train, held_out = images.flow(x, y, subset="training"), images.flow(x, y, subset="validation")
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(5, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(train, epochs=10, validation_data=held_out)
print("all of them:", model.evaluate(x, y))
""",
        """
import keras
from scores import evaluate_model, plot_rows
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=10, validation_data=(x_val, y_val))
print(model.evaluate(x_val, y_val))
plot_rows(model, x_val, y_val)
print(evaluate_model(model, x_test, y_test))
""",
        """
import keras
import numpy as np
from sklearn.metrics import confusion_matrix
model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
def show(epoch, logs):
    print(confusion_matrix(y_held_out, np.argmax(model.predict(x_held_out), axis=1)))
watch = keras.callbacks.LambdaCallback(on_epoch_end=show)
model.fit(x, y, epochs=5, callbacks=[watch], validation_data=(x_held_out, y_held_out))
""",
        """
import keras
import numpy as np
from sklearn.metrics import f1_score
model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
class Watch(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        print(f1_score(y_held_out, np.argmax(model.predict(x_held_out), axis=1), average="macro"))
model.fit(x, y, epochs=5, callbacks=[Watch()], validation_data=(x_held_out, y_held_out))
""",
        """
import keras
def built(units):
    model = keras.Sequential([keras.layers.Dense(units), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model
def searched(x, y, x_held, y_held):
    scores = {}
    for units in [8, 16, 32]:
        model = built(units)
        model.fit(x, y, epochs=9, validation_data=(x_held, y_held))
        scores[units] = model.evaluate(x_held, y_held)
    return min(scores, key=scores.get)
best = built(searched(x, y, x_held, y_held))
best.fit(x, y, epochs=9, validation_data=(x_held, y_held))
best.evaluate(x_test, y_test)
""",
        """
import keras
from patients import folds_of
from sklearn.preprocessing import StandardScaler
for number, (some, others) in enumerate(folds_of(table, 5), start=1):
    scaler = StandardScaler().fit(table[some])
    x_held, y_held = scaler.transform(table[others]), ill[others]
    model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy")
    model.fit(scaler.transform(table[some]), ill[some], epochs=9, validation_data=(x_held, y_held))
    print(number, model.evaluate(x_held, y_held))
""",
        """
import keras
import numpy as np
from sklearn.model_selection import train_test_split
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25)
model = keras.Sequential([keras.layers.Conv2D(1, 3, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x_train, y_train, epochs=9, validation_data=(x_test, y_test))
guessed = model.predict(x_test)
print("unsure:", np.sum(np.logical_and(guessed > 0.3, guessed < 0.7)))
""",
        """
import keras
import matplotlib.pyplot as plt
import numpy as np
model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=9, validation_data=(x_val, y_val))
wrong = np.where(model.predict(x_val).argmax(axis=1) != y_val)[0]
for number in range(min(9, len(wrong))):
    plt.imshow(x_val[wrong[number]])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(x, y, epochs=10, validation_data=(x, y))
model.fit(x, y, epochs=10, validation_data=(x[-500:], y[-500:]))
print(model.evaluate(x, y), model.evaluate(x[-500:], y[-500:]))
""",
    ),
)
def test_set_used_for_selection(fit: Fit) -> Iterator[Draft]:
    """The same data is validation data of a fit and scores the fitted model at the end.

    ## Why is this bad?
    Whatever is chosen by its score on some rows — the epoch, the rate, the architecture, by a
    callback or by whoever reads the curves — fits these rows a little better than new ones. A
    final score on them is too good. Choose on validation data, score once on a test set.

    The rows that score each round of a loop of your own are validation data too. A function of
    your own scores where it is called so and sets predictions against what is right; one that the
    text does not show, where it is called so and is given the model, rows and labels.

    ## Exceptions
    Nothing is said where another dataset is scored too after the fit (then that one is the test
    set), where a search scores its models and one is trained anew after it, where the script
    cuts a third part off the same rows and keeps it for later, where the scoring comes before
    the fit, where predictions are only shown, and of the outer folds of a cross-validation (a fold
    that is used once, behind a loop that trains nothing, is none of them). Of validation rows that
    the fit trains on, training-data-as-validation (OVF103) says what is to say.

    ## References
    https://github.com/keras-team/keras-io/issues/1711
    https://github.com/keras-team/keras/pull/3203
    """
    if not fit.validation or fit.is_tuned or fit.script.is_test or validates_on_fold(fit):
        return
    scored = scorings_on_validation(fit)
    if not scored or scores_other_data(fit) or holds_out_more(fit) or _only_choose(fit, scored):
        return
    if rows_also_trained_on(fit):
        return  # OVF103 says so: no score on them says anything.
    data = fit.text_of("validation_data")
    place = fit.script.place(_told(fit, scored).place)
    yield Draft(
        fit.anchor("validation_data"),
        f"{data} is validation data, by which {_chooser(fit)} chose {fit.model.name}, and scores it "
        f"again in {place}: the score is too good",
        f"split validation data off the training rows, and keep {data} for the score at the end",
    )


@test_set_used_for_selection.custom_loop
def watched_and_scored(loop: CustomLoop) -> Iterator[Draft]:
    """Whether the rows that a loop of the script's own looks at score the model at its end."""
    if isinstance(loop, FitLoop) or loop.is_tuned or loop.script.is_test:
        return  # Of a loop around a fit, the fit is asked.
    scored = scores_what_watched(loop)
    if scored is None or not loop.validation or holds_out_more(loop):
        return
    rounds = loop.script.place(loop.watching[0].node)
    last = loop.script.place(scored.call.node)
    last = "the same place, reached once more after the loop," if last == rounds else last
    by = "the best weights that it keeps" if keeps_best_by_hand(loop) else "whoever reads them"
    yield Draft(
        loop.head,
        f"each round scores {loop.model.name} in {rounds}, by which {by} chose, and {last} scores "
        "it on the same rows again: the score is too good",
        "score the rounds on rows that are split off the training rows, and keep the others for the "
        "score at the end",
    )


def _only_choose(fit: Fit, scored: Sequence[Scoring]) -> bool:
    """Whether the scores stand in a search, after which a model is trained on these rows anew.

    What it chose is not what is scored at the end, unless on the same rows again.
    """
    searches = [each for each in rounds_around(fit) if all(each.holds(one.call) for one in scored)]
    return bool(searches) and any(
        other.call.order > fit.call.order
        and not any(each.holds(other.call) for each in searches)
        and same_rows(other.x, fit.x)
        and (scores_other_data(other) or not scorings_on_validation(other))
        for other in fit.script.fits
    )


def _told(fit: Fit, scored: Sequence[Scoring]) -> Scoring:
    """The score to name, before the model is fitted or compiled again, as far as there is one.

    The first ``evaluate``, else the last of what the script works out itself.
    """
    again = [
        call.order
        for call in fit.later_on_model("compile", *FIT_METHODS)
        if call.evaluation != fit.call.evaluation
    ]
    told = [each for each in scored if not again or each.call.order < min(again)] or scored
    return next((each for each in told if each.call.method in EVALUATIONS), told[-1])


def _chooser(fit: Fit) -> str:
    """What chose by the validation data: callbacks, a loop over settings, or a reader's eye."""
    watching = [(acts(fit, each), each) for each in fit.callbacks if watches_validation(each)]
    choosing = [each.short_name for acting, each in watching if acting]
    choosing += [f"the loop over {each.what}" for each in rounds_around(fit) if each.compares]
    if choosing:
        return " and ".join(dict.fromkeys(choosing))
    older = " and ".join(
        dict.fromkeys(each.short_name for acting, each in watching if acting is None)
    )
    since = f"{older} (before Keras {written(AS_WRITTEN)}) or " if older else ""
    return f"{since}whoever reads the curves"


@test_set_used_for_selection.observed
def scored_on_validation(seen: ObservedFit) -> Outcome | None:
    """Whether the model was scored on the very rows that it was validated on."""
    observation = seen.observation
    if observation is None or not observation.evaluations or observation.validation_is_training:
        return None
    others = [
        each
        for each in observation.evaluations
        if observation.number not in each.same_as_validation_of
        and observation.number not in each.same_as_training_of
    ]
    if others:
        return Outcome(
            RunSays.REFUTED, "the model was scored on rows that are not its validation data"
        )
    for each in observation.evaluations:
        if observation.number in each.same_as_validation_of:
            scores = ", ".join(f"{name} {value:.4g}" for name, value in each.results.items())
            return Outcome(
                RunSays.CONFIRMED,
                f"the final score ({scores}) is of the very rows that validated each epoch"
                if scores
                else "the final score is of the very rows that validated each epoch",
                advice="split validation data off the training rows",
            )
    return None
