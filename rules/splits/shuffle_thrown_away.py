"""OVF114: rows are shuffled, and the shuffled rows are thrown away."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.data import is_dataset
from overfitcheck.script.script import Script
from overfitcheck.script.values import Call, constant

RETURNING = {
    "sklearn.utils.shuffle": "the arrays it was given",
    "numpy.random.permutation": "the array it was given",
    "tensorflow.random.shuffle": "the tensor it was given",
    "keras.random.shuffle": "the tensor it was given",
}
"""Functions that return shuffled rows and leave what they were given as it is."""


@rule(
    "OVF114",
    "shuffle-thrown-away",
    Level.WARNING,
    bad=(
        """
import keras
import pandas as pd
table = pd.read_csv("flowers.csv")
table.sample(frac=1).reset_index(drop=True)  # <- OVF114
model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(table[["a", "b"]], table["kind"], epochs=20, validation_split=0.2)
""",
        """
import keras
from sklearn.utils import shuffle
shuffle(x, y, random_state=1)  # <- OVF114
""",
        """
import tensorflow as tf
rows = tf.data.Dataset.from_tensor_slices((x, y))
rows.shuffle(1000)  # <- OVF114
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(rows.batch(8), epochs=20)
""",
        """
import keras
import numpy as np
np.random.permutation(x)  # <- OVF114
""",
    ),
    good=(
        """
import keras
import pandas as pd
table = pd.read_csv("flowers.csv")
table = table.sample(frac=1).reset_index(drop=True)
""",
        """
import keras
import numpy as np
import random
np.random.shuffle(x)
random.shuffle(names)
""",
        """
import keras
import pandas as pd
table = pd.read_csv("flowers.csv")
table.sample(5)
print(table.sample(frac=1).head())
""",
        """
import keras
from sklearn.utils import shuffle
x, y = shuffle(x, y)
""",
        """
import keras
from cards import Deck
deck = Deck()
deck.shuffle(3)
""",
        """
import tensorflow as tf
rows = tf.data.Dataset.from_tensor_slices((x, y))
rows = rows.shuffle(1000).batch(8)
""",
        """
import keras
import pandas as pd
table = pd.read_csv("flowers.csv")
table = table.sample(frac=1)
table
print(table.shape)
""",
        """
import keras
import pandas as pd
table = pd.read_csv("flowers.csv")
table = table.sample(frac=1).reset_index(drop=True)
table.drop(index=table[table["petals"] == 0].index, inplace=True)
table.reset_index(drop=True)
table.shape
""",
    ),
)
def shuffle_thrown_away(script: Script) -> Iterator[Draft]:
    """A call that returns shuffled rows stands alone, and what it returns is lost.

    ## Why is this bad?
    `DataFrame.sample(frac=1)`, `Dataset.shuffle`, `sklearn.utils.shuffle` and `permutation` leave
    what they are given as it is. Without a name for the result the rows stay in their old order,
    sorted by class perhaps, and a split by position or `validation_split` cuts classes off.

    ## Exceptions
    `numpy.random.shuffle` and `random.shuffle`, which shuffle in place; a few rows drawn to look
    at them; the last line of a cell of a notebook, which shows its value.

    ## References
    https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.sample.html
    """
    for call in script.walk.discarded:
        shuffled = _shuffling(call)
        if shuffled is None or (script.notebook is not None and script.ends_cell(call.node)):
            continue
        what = script.text(shuffled.node.args[0].value) if shuffled.function else ""
        receiver = getattr(shuffled.node.func, "value", None)
        rows = what or (script.text(receiver) if receiver is not None else "the rows")
        yield Draft(
            call.node,
            f"{shuffled.short_name} returns shuffled rows and nothing takes them: {rows} keeps its "
            "order",
            f"write {rows} = {script.text(call.node)}",
        )


def _shuffling(call: Call) -> Call | None:
    """The call in a chain (``.sample(frac=1).reset_index()``) that returns shuffled rows."""
    if call.function in RETURNING:
        numbers = call.positional and isinstance(constant(call.positional[0].value), int)
        return None if numbers or not call.positional else call
    each: Call | None = call
    while each is not None and each.function is None:
        if each.method == "sample" and _whole(each):
            return each
        if each.method == "shuffle" and each is call and each.receiver is not None:
            return each if is_dataset(each.receiver) else None
        if each.method not in ("reset_index", "sample"):
            return None
        each = _called_on(each)
    return None


def _called_on(call: Call) -> Call | None:
    """The call before it in the same chain: what a name holds was taken by that name."""
    before, rows = call.receiver, getattr(call.node.func, "value", None)
    return before if isinstance(before, Call) and before.node is rows else None


def _whole(call: Call) -> bool:
    share = call.keywords.get("frac")
    return share is not None and constant(share.value) in (1, 1.0)
