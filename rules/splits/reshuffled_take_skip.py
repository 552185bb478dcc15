"""OVF107: a dataset that is shuffled anew each epoch, and split by take and skip."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.data import reshuffling_step, rows_of
from overfitcheck.script.fit import Fit


@rule(
    "OVF107",
    "reshuffled-take-skip",
    Level.ERROR,
    bad=(
        """
import tensorflow as tf
data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1000, seed=1)
validation = data.take(100).batch(32)
train = data.skip(100).batch(32)
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(train, epochs=5, validation_data=validation)  # <- OVF107
""",
        """
import tensorflow as tf
rows = tf.data.Dataset.from_tensor_slices((x, y))
rows = rows.shuffle(1000).map(prepare)
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(rows.skip(50).batch(8), epochs=5, validation_data=rows.take(50).batch(8))  # <- OVF107
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
    ),
)
def reshuffled_take_skip(fit: Fit) -> Iterator[Draft]:
    """Training and validation rows are taken and skipped from a dataset that shuffles each epoch.

    ## Why is this bad?
    `shuffle` puts the rows in another order each time the dataset is read. `take(n)` and `skip(n)`
    then cut other rows each epoch: validation rows of one epoch are training rows of the next. A
    `seed` does not help.

    ## Exceptions
    `reshuffle_each_iteration=False`, a `cache` between the shuffle and the cuts, and shuffling after
    the cuts.

    ## References
    https://github.com/tensorflow/tensorflow/issues/59279
    """
    if len(fit.validation) != 1:
        return
    steps = [reshuffling_step(value) for value in (fit.x, fit.validation[0])]
    if steps[0] is None or steps[0] is not steps[1]:
        return
    if rows_of(fit.x).cuts == rows_of(fit.validation[0]).cuts:
        return
    yield Draft(
        fit.node,
        f"{fit.text_of('x')} and {fit.text_of('validation_data')} are cut out of a dataset that "
        f"{fit.script.text(steps[0].node.func)[-40:]} puts in a new order each epoch: validation "
        "rows are trained on",
        "take and skip first and shuffle only the training part, or pass "
        "reshuffle_each_iteration=False",
    )
