"""OVF404: random changes that are made once and then kept."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.edits import move_before
from overfitcheck.script.models import is_model
from overfitcheck.script.randomness import random_step, steps_of
from overfitcheck.script.scoring import first_argument
from overfitcheck.script.script import Script
from overfitcheck.script.values import Call, Value


@rule(
    "OVF404",
    "augmentation-cached",
    Level.ERROR,
    bad=(
        """
import tensorflow as tf
def change(image, label):
    return tf.image.random_flip_left_right(image), label
rows = tf.keras.utils.image_dataset_from_directory("photos")
rows = rows.map(change).cache().prefetch(2)  # <- OVF404
""",
        """
import tensorflow as tf
turn = tf.keras.Sequential([tf.keras.layers.RandomRotation(0.2)])
rows = tf.data.Dataset.from_tensor_slices((x, y))
rows = rows.map(lambda image, label: (turn(image, training=True), label))
rows = rows.cache("photos.cache")  # <- OVF404
""",
        """
import tensorflow as tf
rows = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1000).cache().batch(8)  # <- OVF404
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(rows, epochs=20)
""",
        """
import tensorflow as tf
from ranking import Model
class Ranking(Model):
    def compute_loss(self, rows, training=False):
        return self.task(self(rows))
rows = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1000).batch(8).cache()  # <- OVF404
model = Ranking()
model.compile(optimizer="adam")
model.fit(rows, epochs=20)
""",
    ),
    good=(
        """
import tensorflow as tf
def change(image, label):
    return tf.image.random_flip_left_right(image), label
rows = tf.keras.utils.image_dataset_from_directory("photos")
rows = rows.cache().map(change).prefetch(2)
""",
        """
import tensorflow as tf
def scale(image, label):
    return tf.image.resize(image, (64, 64)) / 255.0, label
rows = tf.data.Dataset.from_tensor_slices((x, y)).map(scale).cache()
""",
        """
import tensorflow as tf
def change(image, label):
    return tf.image.random_flip_up_down(image), label
rows = tf.data.Dataset.from_tensor_slices((x, y)).repeat(10).map(change).cache()
""",
        """
import tensorflow as tf
rows = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1000).cache().shuffle(1000).batch(8)
""",
        """
import tensorflow as tf
rows = tf.data.Dataset.from_tensor_slices((x, y)).cache().shuffle(1000)
words = tf.data.TextLineDataset("text").map(tokenize).cache()
""",
        """
import tensorflow as tf
from ranking import Model
class Ranking(Model):
    def fit(self, rows, epochs):
        for _ in range(epochs):
            self.step(rows.shuffle(1000))
rows = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1000).batch(8).cache()
model = Ranking()
model.compile(optimizer="adam")
model.fit(rows, epochs=20)
""",
    ),
)
def augmentation_cached(script: Script) -> Iterator[Draft]:
    """A dataset is cached after a `map` that changes its rows at random.

    ## Why is this bad?
    `cache` keeps what the first epoch made. Every later epoch gets the same changed images: the
    augmentation adds nothing, and the first images are never seen as they are. `cache` after
    `shuffle` freezes the order in the same way (info).

    ## Exceptions
    A cache in front of the random `map`, and `repeat(n)` before it, which makes a larger set of
    changed copies on purpose.

    ## References
    https://bobondemon.github.io/2020/06/26/TF-Notes-some-TF2-x-eager-mode-practices/tf_dataset_api_cache_and_map.ipynb
    """
    told: set[object] = set()
    for call in script.calls:
        if call.method != "cache" or call.receiver is None or call.node in told:
            continue
        before = list(steps_of(call.receiver))
        if any(step.method in ("repeat", "cache") for step in before):
            continue
        for step in before:
            change = random_step(script, step)
            if change:
                told.add(call.node)
                yield Draft(
                    call.node,
                    f"cache keeps what the map in {script.place(step.node)} made of the rows with "
                    f"{change} in the first epoch: every later epoch gets the same ones",
                    "call cache first and map after it",
                    edits=move_before(script, call, step),
                )
                break
        else:
            shuffle = next((step for step in before if step.method == "shuffle"), None)
            if shuffle is not None and _is_trained_on(script, call):
                told.add(call.node)
                yield Draft(
                    call.node,
                    f"cache keeps the order of the first epoch: {_as_written(script, shuffle)} "
                    "shuffles once",
                    "call cache first and shuffle after it",
                    Level.INFO,
                    move_before(script, call, shuffle),
                )


def _as_written(script: Script, step: Call) -> str:
    """A step of a chain without what it is a step of: ``shuffle(1000)``."""
    return f"{step.method}({', '.join(script.text(each) for each in step.node.args)})"


def _is_trained_on(script: Script, cached: Call) -> bool:
    """Whether a fit trains on what was cached, without shuffling it again."""
    for rows in _trained_rows(script):
        steps = list(steps_of(rows))
        behind = steps[: steps.index(cached)] if cached in steps else None
        if behind is not None and not any(step.method == "shuffle" for step in behind):
            return True
    return False


def _trained_rows(script: Script) -> Iterator[Value]:
    """What fits train on, also those of a model whose class has a base that is not known."""
    yield from (fit.x for fit in script.fits)
    compiled = {id(call.receiver) for call in script.calls if call.method == "compile"}
    for call in script.calls:
        receiver = call.receiver
        if call.method != "fit" or id(receiver) not in compiled or call.foreign:
            continue
        cls = receiver.cls if isinstance(receiver, Call) and not is_model(receiver) else None
        rows = first_argument(call)
        if cls is not None and rows is not None and cls.member("fit") is None:
            yield rows
