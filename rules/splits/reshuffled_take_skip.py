"""OVF107: a dataset that is shuffled anew each epoch, and split by take and skip."""

from collections.abc import Iterator
from itertools import combinations

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.data import LISTING_FILES
from overfitcheck.script.edits import give
from overfitcheck.script.flow import ingredients
from overfitcheck.script.script import Script
from overfitcheck.script.shuffling import shuffled_anew
from overfitcheck.script.splits import judgements
from overfitcheck.script.values import Call


@rule(
    "OVF107",
    "reshuffled-take-skip",
    Level.ERROR,
    bad=(
        """
import tensorflow as tf
data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1000, seed=1)
validation = data.take(100).batch(32)  # <- OVF107
train = data.skip(100).batch(32)
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(train, epochs=5, validation_data=validation)
""",
        """
import tensorflow as tf
rows = tf.data.Dataset.from_tensor_slices((x, y))
rows = rows.shuffle(1000).map(prepare)
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(rows.skip(50).batch(8), epochs=5, validation_data=rows.take(50).batch(8))  # <- OVF107
""",
        """
import tensorflow as tf
train = tf.keras.utils.image_dataset_from_directory("photos/train")
validation = tf.keras.utils.image_dataset_from_directory("photos/validation")
test = validation.take(6)  # <- OVF107
validation = validation.skip(6)
model = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(train, epochs=5, validation_data=validation.prefetch(1))
print(model.evaluate(test))
""",
        """
import tensorflow as tf
data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1000)
test = data.take(100).batch(8)
validation = data.skip(100).take(50).batch(8)  # <- OVF107
train = data.skip(150).batch(8)
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(train, epochs=5, validation_data=validation)
for inputs, labels in test:
    print(model.predict_on_batch(inputs), labels)
""",
        """
import tensorflow as tf
photos = tf.data.Dataset.list_files("photos/*/*.jpg", seed=1)
photos = photos.shuffle(900, reshuffle_each_iteration=False)
train, validation = photos.skip(90).map(load), photos.take(90).map(load)  # <- OVF107
model = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(train.batch(8), epochs=5, validation_data=validation.batch(8))
""",
    ),
    good=(
        """
import tensorflow as tf
data = tf.data.Dataset.from_tensor_slices((x, y))
validation = data.take(100).batch(32)
train = data.skip(100).shuffle(1000).batch(32)
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(train, epochs=5, validation_data=validation)
""",
        """
import tensorflow as tf
data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1000, reshuffle_each_iteration=False)
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(data.skip(9).batch(8), epochs=5, validation_data=data.take(9).batch(8))
""",
        """
import tensorflow as tf
data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1000).cache()
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(data.skip(9).batch(8), epochs=5, validation_data=data.take(9).batch(8))
""",
        """
import tensorflow as tf
data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1000)
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(data.take(900).batch(8), epochs=5, validation_data=other)
""",
        """
import tensorflow as tf
photos = tf.keras.utils.image_dataset_from_directory("photos", shuffle=False)
model = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(photos.skip(9).shuffle(100), epochs=5, validation_data=photos.take(9))
""",
        """
import tensorflow as tf
data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1000).batch(8)
for images, labels in data.take(1):
    print(images.shape)
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(data.skip(1), epochs=5, validation_data=other)
""",
        """
import tensorflow as tf
data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1000)
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(data.skip(9).batch(8), epochs=5, validation_data=other)
print(model.evaluate(data.skip(9).take(90).batch(8)))
""",
        """
import tensorflow as tf
photos = tf.data.Dataset.list_files("photos/*/*.jpg", shuffle=False)
photos = photos.shuffle(900, reshuffle_each_iteration=False)
train, validation = photos.skip(90).map(load), photos.take(90).map(load)
model = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(train.batch(8), epochs=5, validation_data=validation.batch(8))
""",
    ),
)
def reshuffled_take_skip(script: Script) -> Iterator[Draft]:
    """Parts of a dataset are taken and skipped although it is shuffled anew each time it is read.

    ## Why is this bad?
    `shuffle` puts the rows in another order each time the dataset is read, and so do
    `image_dataset_from_directory` and `tf.data.Dataset.list_files`. `take(n)` and `skip(n)`
    then cut other rows each epoch: validation rows of one epoch are training rows of the next,
    and a test part cut off validation data holds other rows at each score. A `seed` does not
    help.

    ## Exceptions
    `reshuffle_each_iteration=False`, a `cache` between the shuffle and the cuts, shuffling after
    the cuts, and cuts of which only one is used for training or scoring.

    ## References
    https://github.com/tensorflow/tensorflow/issues/59279
    https://github.com/tensorflow/tensorflow/pull/62782
    """
    cuts: dict[int, list[Call]] = {}
    for call in script.calls:
        if call.method in ("take", "skip") and call.receiver is not None:
            cuts.setdefault(id(call.receiver), []).append(call)
    for parts in cuts.values():
        assert parts[0].receiver is not None
        source = shuffled_anew(parts[0].receiver) if len(parts) > 1 else None
        pairs = (pair for pair in combinations(parts, 2) if _are_two_parts(script, *pair))
        first, other = next(pairs, (None, None)) if source is not None else (None, None)
        if source is None or first is None or other is None:
            continue
        yield Draft(
            first.node,
            f"{script.text(first.node)[-60:]} and {script.text(other.node)[-60:]} in "
            f"{script.place(other.node)} cut a dataset that {source.short_name} in "
            f"{script.place(source.node)} puts in a new order each time it is read: rows of one "
            "part stand in the other too",
            _advice(source),
            edits=give(script, source, "reshuffle_each_iteration", "False")
            if source.method == "shuffle"
            else (),
        )


def _advice(source: Call) -> str:
    """How the parts stay apart, by what puts the rows in a new order."""
    if source.method == "shuffle":
        return (
            "take and skip first and shuffle only the training part, or pass "
            "reshuffle_each_iteration=False"
        )
    if source.function == LISTING_FILES:
        return (
            "list them with shuffle=False, put them in one order by "
            ".shuffle(…, reshuffle_each_iteration=False), and then take and skip"
        )
    return "let the loader part them itself, by validation_split, subset and seed"


def _are_two_parts(script: Script, first: Call, second: Call) -> bool:
    """Whether two cuts of one dataset are meant to hold different rows, and both are used."""
    if first.context.excludes(second.context):
        return False
    if first.method == second.method and not _is_cut_between(script, first, second):
        return False
    return _both_used(script, first, second)


def _is_cut_between(script: Script, first: Call, second: Call) -> bool:
    """Whether one of two parts ends where the other begins: ``skip(9).take(5)`` and ``skip(14)``."""
    if [script.text(each) for each in first.node.args] == [
        script.text(each) for each in second.node.args
    ]:
        return False
    other = "take" if first.method == "skip" else "skip"
    return any(call.method == other for part in (first, second) for call in script.calls_on(part))


def _both_used(script: Script, first: Call, second: Call) -> bool:
    """Whether both parts are used for training or scoring, and not for the same."""
    uses = [(fit, fit.x) for fit in script.fits]
    data = [rows for _, rows in (*uses, *judgements(script))]
    made = [{id(each) for each in ingredients(rows)} for rows in data]
    for_first = {number for number, each in enumerate(made) if id(first) in each}
    for_second = {number for number, each in enumerate(made) if id(second) in each}
    return bool(for_first - for_second) and bool(for_second - for_first)
