"""OVF403: validation or test images that are changed at random."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import libcst as cst

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.batches import flowing, source_of
from overfitcheck.script.data import same_rows
from overfitcheck.script.fit import Fit
from overfitcheck.script.monte_carlo import averaged_predictions
from overfitcheck.script.randomness import (
    FLOWS,
    changed_in,
    changes_of,
    generator_of,
    is_augmenting,
    preprocessed_at_random,
    random_image_step,
    steps_of,
)
from overfitcheck.script.scoring import EVALUATIONS, first_argument
from overfitcheck.script.values import Call, Choice, Item, Operation, Value, options

PREDICTING = ("predict", "predict_generator")


@rule(
    "OVF403",
    "augmented-validation",
    Level.WARNING,
    bad=(
        """
from tensorflow.keras import layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator
photos = ImageDataGenerator(rescale=1 / 255, rotation_range=40, validation_split=0.2)
train = photos.flow_from_directory("photos", subset="training")
validation = photos.flow_from_directory("photos", subset="validation")  # <- OVF403
model = models.Sequential([layers.Flatten(), layers.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(train, epochs=20, validation_data=validation)
""",
        """
from tensorflow.keras import layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator
if from_scratch:
    photos = ImageDataGenerator(rescale=1 / 255, rotation_range=40, validation_split=0.2)
else:
    photos = ImageDataGenerator(rescale=1 / 255, validation_split=0.2)
train = photos.flow(x, y, subset="training")
validation = photos.flow(x, y, subset="validation")  # <- OVF403
model = models.Sequential([layers.Flatten(), layers.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(train, epochs=20, validation_data=validation)
""",
        """
import tensorflow as tf
def change(image, label):
    return tf.image.random_flip_left_right(image), label
train = tf.keras.utils.image_dataset_from_directory("photos/train").map(change)
held_out = tf.keras.utils.image_dataset_from_directory("photos/held_out")
held_out = held_out.map(change).prefetch(2)  # <- OVF403
model = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(2)])
model.compile("adam", "mse")
model.fit(train, epochs=20, validation_data=held_out)
""",
        """
from tensorflow.keras import layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator
generator = ImageDataGenerator(horizontal_flip=True, zoom_range=0.2)
test = generator.flow(x_test, y_test, batch_size=8)  # <- OVF403
model = models.Sequential([layers.Flatten(), layers.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(generator.flow(x, y), epochs=20, validation_data=(x_val, y_val))
print(model.evaluate(test))
""",
        """
from tensorflow.keras import layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator
turning = ImageDataGenerator(rotation_range=20, horizontal_flip=True)
def with_numbers(images, numbers, labels):
    for batch, kinds in turning.flow(images, labels, batch_size=32):
        yield [batch, numbers], kinds
model = models.Model([image, number], layers.Dense(2, activation="softmax")(both))
model.compile("adam", "categorical_crossentropy")
model.fit(
    with_numbers(x, n, y), steps_per_epoch=90, epochs=20, validation_steps=9,
    validation_data=with_numbers(x_val, n_val, y_val))  # <- OVF403
""",
        """
from tensorflow.keras import layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator
turn = dict(rotation_range=20, zoom_range=0.1)
photos, masks = ImageDataGenerator(**turn), ImageDataGenerator(**turn)
train = zip(photos.flow(x, seed=1), masks.flow(m, seed=1))
held_out = zip(photos.flow(x_val, seed=1), masks.flow(m_val, seed=1))  # <- OVF403
model = models.Sequential([layers.Conv2D(1, 3, padding="same", activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(train, steps_per_epoch=90, epochs=20, validation_data=held_out, validation_steps=9)
""",
        """
import keras
import numpy as np
import tensorflow as tf
class Photos(keras.utils.PyDataset):
    def __init__(self, files, labels, size=32):
        super().__init__()
        self.files, self.labels, self.size = files, labels, size
    def __len__(self):
        return len(self.files) // self.size
    def __getitem__(self, number):
        rows = slice(number * self.size, (number + 1) * self.size)
        images = []
        for name in self.files[rows]:
            image = tf.image.random_flip_left_right(keras.utils.load_img(name))
            images.append(image)
        return np.array(images), self.labels[rows]
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(2, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
held_out = Photos(files_val, y_val)
model.fit(Photos(files, y), epochs=19, validation_data=held_out)  # <- OVF403
""",
        """
import keras
class Images(object):
    def __init__(self, size):
        self.size = size
    def read(self, folder):
        turned = keras.Sequential([keras.layers.RandomFlip("horizontal")])
        images = keras.utils.image_dataset_from_directory(folder, image_size=self.size)
        return images.map(lambda image, kind: (turned(image), kind))  # <- OVF403
    def __call__(self, folder):
        return self.read(folder)
images = Images((32, 32))
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(images("train"), epochs=9, validation_data=images("held_out"))
""",
        """
import random
import keras
import numpy as np
def batches(images, labels):
    while True:
        for start in range(0, len(images), 32):
            some = images[start : start + 32]
            if random.random() < 0.5:
                some = np.fliplr(some)
            yield some, labels[start : start + 32]
model = keras.Sequential([keras.layers.Conv2D(8, 3), keras.layers.Dense(9)])
model.compile("adam", "mse")
held_out = batches(x_val, y_val)
model.fit(batches(x, y), epochs=9, steps_per_epoch=9, validation_data=held_out)  # <- OVF403
""",
        """
import cv2
import keras
import numpy as np
def moved(image):
    by = np.float32([[1, 0, 9 * np.random.rand()], [0, 1, 9 * np.random.rand()]])
    return cv2.warpAffine(image, by, (64, 64))
def batches(files, labels):
    while True:
        picked = np.random.choice(len(files), 32)
        yield np.array([moved(cv2.imread(files[each])) for each in picked]), labels[picked]
model = keras.Sequential([keras.layers.Conv2D(8, 3), keras.layers.Dense(9)])
model.compile("adam", "mse")
held_out = batches(x_val, y_val)
model.fit(batches(x, y), epochs=9, steps_per_epoch=9, validation_data=held_out)  # <- OVF403
""",
        """
import numpy as np
from tensorflow.keras import layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator
def noisy(image):
    return image + drawn(image.shape)
def drawn(shape):
    return np.random.normal(0, 9, shape)
photos = ImageDataGenerator(preprocessing_function=noisy)
train = ImageDataGenerator(zoom_range=0.2, preprocessing_function=noisy)
held_out = photos.flow_from_directory("photos/held_out")  # <- OVF403
model = models.Sequential([layers.Flatten(), layers.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(train.flow_from_directory("photos/train"), epochs=20, validation_data=held_out)
""",
        """
import argparse
from tensorflow.keras import layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator
parser = argparse.ArgumentParser()
parser.add_argument("--zoom", type=float, default=0.2)
options = parser.parse_args()
photos = ImageDataGenerator(zoom_range=options.zoom, validation_split=0.2)
held_out = photos.flow_from_directory("photos", subset="validation")  # <- OVF403
model = models.Sequential([layers.Flatten(), layers.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(
    photos.flow_from_directory("photos", subset="training"), epochs=20, validation_data=held_out)
""",
        """
from tensorflow.keras import layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator
photos = ImageDataGenerator(horizontal_flip=True)
model = models.Sequential([layers.Flatten(), layers.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(photos.flow(x, y), epochs=19, validation_data=(x_val, y_val))
for images, labels in photos.flow(x_test, y_test, batch_size=9000):  # <- OVF403
    break
print(model.evaluate(images, labels))
more, marks = next(photos.flow(x_more, y_more, batch_size=9000, seed=1))  # <- OVF403
print(model.evaluate(more / 255, marks))
""",
    ),
    good=(
        """
from tensorflow.keras import layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator
changing = ImageDataGenerator(rescale=1 / 255, rotation_range=40, validation_split=0.2)
plain = ImageDataGenerator(rescale=1 / 255, validation_split=0.2)
train = changing.flow_from_directory("photos", subset="training")
validation = plain.flow_from_directory("photos", subset="validation")
model = models.Sequential([layers.Flatten(), layers.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(train, epochs=20, validation_data=validation)
""",
        """
from tensorflow.keras import layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator
def photos(part):
    if part in changed_parts():
        images = ImageDataGenerator(rescale=1 / 255, rotation_range=40)
    else:
        images = ImageDataGenerator(rescale=1 / 255)
    return images.flow_from_directory(part)
model = models.Sequential([layers.Flatten(), layers.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(photos("train"), epochs=20, validation_data=photos("validation"))
""",
        """
import numpy as np
from tensorflow.keras import applications, layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator
def grainy(image):
    return image + np.random.RandomState(0).normal(0, 9, image.shape)
def scaled(image, erase=False):
    if erase:
        image[: np.random.randint(64)] = 0
    return image / 255
train = ImageDataGenerator(preprocessing_function=lambda image: scaled(image, erase=True))
held_out = ImageDataGenerator(preprocessing_function=scaled).flow_from_directory("held-out")
test = ImageDataGenerator(preprocessing_function=applications.vgg16.preprocess_input)
grain = ImageDataGenerator(preprocessing_function=grainy).flow_from_directory("photos/test")
model = models.Sequential([layers.Flatten(), layers.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(train.flow_from_directory("photos/train"), epochs=20, validation_data=held_out)
print(model.evaluate(test.flow_from_directory("photos/test")), model.evaluate(grain))
""",
        """
import keras
from tensorflow.keras.preprocessing.image import ImageDataGenerator
train = ImageDataGenerator(zoom_range=0.5, horizontal_flip=True).flow_from_directory("train")
held_out = ImageDataGenerator(zoom_range=(0.875, 0.875)).flow_from_directory("held-out")
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(train, epochs=10, validation_data=held_out)
""",
        """
import argparse
import keras
from tensorflow.keras.preprocessing.image import ImageDataGenerator
parser = argparse.ArgumentParser()
parser.add_argument("--turn", type=int, default=0)
parser.add_argument("--mirror", action="store_true")
parser.add_argument("--shift", default="none")
told = parser.parse_args()
photos = ImageDataGenerator(
    rotation_range=told.turn, horizontal_flip=told.mirror, width_shift_range=told.shift)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(photos.flow(x, y), epochs=10, validation_data=photos.flow(x_val, y_val))
""",
        """
import tensorflow as tf
train = tf.keras.utils.image_dataset_from_directory("photos/train")
held_out = tf.keras.utils.image_dataset_from_directory("photos/held_out")
model = tf.keras.Sequential([
    tf.keras.layers.RandomFlip("horizontal"), tf.keras.layers.Flatten(), tf.keras.layers.Dense(2)])
model.compile("adam", "mse")
model.fit(train, epochs=20, validation_data=held_out)
""",
        """
from tensorflow.keras import layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator
photos = ImageDataGenerator(rescale=1 / 255, samplewise_center=True)
train = photos.flow_from_directory("photos/train")
validation = photos.flow_from_directory("photos/validation")
model = models.Sequential([layers.Flatten(), layers.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(train, epochs=20, validation_data=validation)
""",
        """
import tensorflow as tf
change = tf.keras.Sequential([tf.keras.layers.RandomFlip(), tf.keras.layers.RandomRotation(0.1)])
def prepare(rows, augment=False):
    if augment:
        rows = rows.map(lambda image, label: (change(image, training=True), label))
    return rows.batch(32)
train = prepare(tf.data.Dataset.from_tensor_slices((x, y)), augment=True)
held_out = prepare(tf.data.Dataset.from_tensor_slices((x_val, y_val)))
model = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(2)])
model.compile("adam", "mse")
model.fit(train, epochs=20, validation_data=held_out)
""",
        """
import tensorflow as tf
def prepare(image, label, mode):
    if mode == "train":
        image = tf.image.random_flip_left_right(image)
    return image, label
train = tf.data.Dataset.from_tensor_slices((x, y)).map(lambda i, l: prepare(i, l, "train"))
held_out = tf.data.Dataset.from_tensor_slices((u, v)).map(lambda i, l: prepare(i, l, "test"))
model = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(2)])
model.compile("adam", "mse")
model.fit(train, epochs=20, validation_data=held_out)
""",
        """
from tensorflow.keras import layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator
generator = ImageDataGenerator(horizontal_flip=True)
train = generator.flow_from_directory("photos/train")
model = models.Sequential([layers.Flatten(), layers.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(train, epochs=20)
print("on the training photos:", model.evaluate(train))
""",
        """
import numpy as np
from tensorflow.keras import layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator
generator = ImageDataGenerator(horizontal_flip=True)
model = models.Sequential([layers.Flatten(), layers.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(generator.flow(x, y), epochs=20, validation_data=(x_val, y_val))
views = [model.predict(generator.flow(x_test, shuffle=False)) for _ in range(8)]
print(np.mean(views, axis=0))
""",
        """
import random
import tensorflow as tf
def batches(images, labels, augment):
    while True:
        order = list(range(len(images)))
        random.shuffle(order)
        for number in order:
            image = images[number]
            if augment:
                image = tf.image.random_flip_left_right(image)
            yield image[None], labels[number]
def sometimes(images, labels):
    while True:
        for image, label in zip(images, labels):
            if label in flipped:
                image = tf.image.random_flip_left_right(image)
            yield image[None], label
model = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(2)])
model.compile("adam", "mse")
model.fit(
    batches(x, y, True), steps_per_epoch=90, epochs=20,
    validation_data=batches(x_val, y_val, False), validation_steps=9)
print(model.evaluate(sometimes(x_test, y_test), steps=9))
""",
        """
import numpy as np
import tensorflow as tf
class Photos(tf.keras.utils.Sequence):
    def __init__(self, files, labels, augment):
        self.files, self.labels, self.augment = files, labels, augment
    def __len__(self):
        return len(self.files)
    def __getitem__(self, number):
        image = tf.image.decode_png(tf.io.read_file(self.files[number]))
        if self.augment:
            image = tf.image.random_flip_left_right(image)
        return image[None], self.labels[number]
model = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(2)])
model.compile("adam", "mse")
model.fit(Photos(files, y, True), epochs=19, validation_data=Photos(files_val, y_val, False))
print(model.evaluate(Photos(files_test, y_test, augment=option)))
""",
        """
import random
import keras
import numpy as np
def batches(images, labels, training):
    while True:
        picked = np.random.choice(len(images), 32)
        some = np.flip(images[picked], axis=-1)
        if training and random.random() < 0.5:
            some = np.fliplr(some)
        if wide(some) and random.random() < 0.5:
            some = np.rot90(some)
        yield some, labels[picked]
model = keras.Sequential([keras.layers.Conv2D(8, 3), keras.layers.Dense(9)])
model.compile("adam", "mse")
held_out = batches(x_val, y_val, False)
model.fit(batches(x, y, True), epochs=9, steps_per_epoch=9, validation_data=held_out)
""",
        """
from tensorflow.keras import layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator
photos = ImageDataGenerator(horizontal_flip=True)
model = models.Sequential([layers.Flatten(), layers.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
flow = photos.flow(x, y)
model.fit(flow, epochs=19, validation_data=(x_val, y_val))
for images, labels in photos.flow(x_test, y_test):
    break
show(images, model.predict(images))
seen, labels = next(flow)
print("on some training photos:", model.evaluate(seen, labels))
again, labels = photos.flow(x, y).next()
print("on some training photos:", model.evaluate(again, labels))
plain, labels = next(ImageDataGenerator(rescale=1 / 255).flow(x_test, y_test))
print(model.evaluate(plain, labels))
""",
        """
from tensorflow.keras import layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator
photos = ImageDataGenerator(horizontal_flip=True).flow_from_directory("photos", batch_size=9000)
images, labels = next(photos)
model = models.Sequential([layers.Flatten(), layers.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(images[:8000], labels[:8000], epochs=19, validation_split=0.1)
print(model.evaluate(images[8000:], labels[8000:]))
""",
    ),
)
def augmented_validation(fit: Fit) -> Iterator[Draft]:
    """Validation or test images are turned, flipped or zoomed at random.

    ## Why is this bad?
    The score then depends on the dice, is mostly too low, and is of images that nobody will ask
    the model about: EarlyStopping and ModelCheckpoint choose by noise. One ImageDataGenerator with
    `validation_split` augments its validation subset too.

    ## Exceptions
    Generators that only scale or normalise, also by a `preprocessing_function`, augmentation layers
    inside the model (they are off in evaluation), predictions that are averaged over several
    changed copies, scores on the training images themselves, a batch that is only looked at or
    predicted.

    ## References
    https://github.com/keras-team/keras/issues/10458
    https://github.com/keras-team/keras-preprocessing/issues/218
    https://github.com/tensorflow/tensorflow/issues/44587
    """
    if fit.is_unsupervised:
        return
    told: set[object] = set()
    for rows, anchor, use_of, so in _judged(fit):
        maker, change = _random_maker(fit, rows)
        if maker is None:
            maker, change = changed_in(rows)
        if maker is None or same_rows(rows, fit.x):
            continue
        place = anchor if _serves_training(fit, maker) else maker.node
        if place in told:
            continue
        told.add(place)
        yield Draft(
            anchor if maker.foreign else place,
            f"{use_of()} are changed at random ({change}): the score is {so}",
            _advice(maker),
        )


def _serves_training(fit: Fit, maker: Call) -> bool:
    """Whether a call stands in a function that gives the training images too."""
    trained, _ = changed_in(fit.x)
    return trained is not None and trained.node is maker.node


def _advice(maker: Call) -> str:
    if maker.method in FLOWS:
        return (
            "make a second ImageDataGenerator that only scales, and let the held-out images flow "
            "from it"
        )
    what = "map" if maker.method == "map" else "change"
    return f"leave this {what} to the training images"


class Judged(NamedTuple):
    """Data that the model is judged by, where, what they are for, and of what the score then is."""

    rows: Value
    anchor: cst.CSTNode
    use_of: Callable[[], str]
    so: str = "of other images each time"


def _judged(fit: Fit) -> Iterator[Judged]:
    """The data that the model is validated, scored or used on."""
    if len(fit.validation) == 1:
        yield Judged(fit.validation[0], fit.anchor("validation_data"), partial(_validating, fit))
    averaged = {id(each) for each in averaged_predictions(fit.script)}
    rounds = set(fit.call.context.loops)
    for call in fit.later_on_model(*EVALUATIONS, *PREDICTING):
        data = first_argument(call)
        if data is None or id(call) in averaged or set(call.context.loops) - rounds:
            continue
        use_of = partial(_given, fit, call)
        yield Judged(data, call.node, use_of)
        flow = _drawn_from(fit, data) if call.method in EVALUATIONS else None
        if flow is not None:
            yield Judged(flow, call.node, use_of, "not of the images themselves")


def _drawn_from(fit: Fit, data: Value) -> Call | None:
    """The generator that data are a batch of, which the model is not trained on."""
    if not isinstance(data, (Item, Call, Operation)):
        return None
    flow, _ = source_of(data)
    if flow is data or not isinstance(flow, Call) or generator_of(flow) is None:
        return None
    trained = (fit.x, source_of(fit.x)[0])
    is_trained_on = any(same_rows(flowing(flow), flowing(each)) for each in trained)
    return None if is_trained_on else flow


def _validating(fit: Fit) -> str:
    name, place = fit.text_of("validation_data"), fit.script.place(fit.node)
    return f"the images of {name}, by which {place} validates {fit.model.name},"


def _given(fit: Fit, call: Call) -> str:
    node = call.node.args[0].value if call.node.args else call.node
    place = fit.script.place(call.node)
    return f"the images of {fit.script.text(node)} that {call.method} in {place} is given"


def _random_maker(fit: Fit, rows: Value) -> tuple[Call | None, str]:
    """The call that makes images at random out of those on the disk, and what it changes."""
    generator = generator_of(rows)
    if generator is not None and isinstance(rows, Call):
        arguments = ", ".join(changes_of(generator)[:2])
        change = arguments or preprocessed_at_random(fit.script, generator)
        return (rows, change) if change else (None, "")
    for step in steps_of(rows):
        change = random_image_step(fit.script, step)
        if change:
            return step, change
    return _maker_on_a_branch(fit, rows) if isinstance(rows, Choice) else (None, "")


def _maker_on_a_branch(fit: Fit, rows: Choice) -> tuple[Call | None, str]:
    """What changes rows where all images of the fit flow, on each branch, from one generator."""
    mine, trained = ([generator_of(each) for each in options(of)] for of in (rows, fit.x))
    if len(mine) != len(trained) or any(
        generator is None or generator is not other
        for generator, other in zip(mine, trained, strict=True)
    ):
        return None, ""
    for each, generator in zip(options(rows), mine, strict=True):
        if isinstance(each, Call) and generator is not None and is_augmenting(generator):
            where = fit.script.place(generator.node)
            return each, f"{', '.join(changes_of(generator)[:2])} in {where}"
    return None, ""
