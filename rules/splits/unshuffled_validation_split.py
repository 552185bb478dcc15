"""OVF109: `validation_split` holds the last rows out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import Draft, rule
from overfitcheck.script.data import maker_of
from overfitcheck.script.fit import Fit
from overfitcheck.script.order import SHUFFLED, may_be_series, was_shuffled
from overfitcheck.script.values import constant

if TYPE_CHECKING:
    from overfitcheck.history.observation import DataSeen


@rule(
    "OVF109",
    "unshuffled-validation-split",
    Level.INFO,
    opt_in=True,
    bad=(
        """
import keras
import numpy as np
x, y = np.load("x.npy"), np.load("y.npy")
model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=20, validation_split=0.2)  # <- OVF109
""",
        """
import keras
import pandas as pd
table = pd.read_csv("flowers.csv")
model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(table[["a", "b"]], table["kind"], epochs=20, validation_split=0.1, shuffle=True)  # <- OVF109
""",
    ),
    good=(
        """
import keras
import numpy as np
x, y = np.load("x.npy"), np.load("y.npy")
order = np.random.permutation(len(x))
x, y = x[order], y[order]
model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=20, validation_split=0.2)
""",
        """
import keras
(x, y), (x_test, y_test) = keras.datasets.mnist.load_data()
model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=20, validation_split=0.2)
""",
        """
import keras
model = keras.Sequential([keras.layers.LSTM(16), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(windows, following, epochs=20, validation_split=0.2)
""",
        """
import keras
from sklearn.model_selection import train_test_split
x_train, x_test, y_train, y_test = train_test_split(x, y)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=20, validation_split=0.2)
""",
    ),
)
def unshuffled_validation_split(fit: Fit) -> Iterator[Draft]:
    """`validation_split` is used on rows that the text does not show to be in random order.

    ## Why is this bad?
    `validation_split=0.2` holds the last 20 % of the rows out, before anything is shuffled, also
    with `shuffle=True`. Where the rows stand sorted, by class or by source, validation sees other
    things than training. Whether they do, only the data tell; so the rule has to be asked for
    (`--select OVF109`), and a run reports it where it sees it.

    ## Exceptions
    Time series, where the last rows are the right ones, rows that the script shuffles or that
    come out of a shuffled split, and the data sets of Keras.

    ## References
    https://github.com/keras-team/keras/issues/6422
    https://github.com/keras-team/keras/issues/8346
    https://github.com/keras-team/keras/issues/10374
    """
    share = constant(fit["validation_split"])
    if not isinstance(share, float) or not 0 < share < 1 or fit.validation or fit.is_exempt:
        return
    if may_be_series(fit) or was_shuffled(fit.script) or maker_of(fit.x).startswith(SHUFFLED):
        return
    yield Draft(
        fit.anchor("validation_split"),
        f"validation_split={share:g} holds out the last {100 * share:g} % of {fit.text_of('x')}, "
        f"unshuffled: where its rows are sorted, {fit.model.name} is validated on other things than "
        "it trains on",
        "put the rows into random order first, or split them with train_test_split",
    )


LARGE, SMALL = 0.2, 0.1
"""Distances between the shares of classes (half the sum of their differences)."""

FEW_ROWS = 50
"""With fewer validation rows shares differ by chance."""


@unshuffled_validation_split.observed
def tail_unlike_head(seen: ObservedFit) -> Outcome | None:
    """How far the classes, or the numbers, of the last rows differ from those of the others."""
    observation, fit = seen.observation, seen.fit
    if observation is None or (fit is not None and may_be_series(fit)):
        return None
    given = observation.arguments
    if not given.get("validation_split") or given.get("validation_data") is not None:
        return None
    head, tail = observation.training, observation.validation
    if head is None or tail is None:
        return None
    last = f"the last {given['validation_split']:.0%}, which validation_split holds out"
    if head.spread is not None and tail.spread is not None and fit is not None:
        return _numbers_apart(head.spread, tail, last)
    return _classes_apart(head.classes, tail.classes, last)


def _classes_apart(head: Mapping[str, int], tail: Mapping[str, int], last: str) -> Outcome | None:
    """How far the shares of the classes differ."""
    rows, held_out = sum(head.values()), sum(tail.values())
    if not rows or not held_out:
        return None
    labels = head.keys() | tail.keys()
    shares = {label: (head.get(label, 0) / rows, tail.get(label, 0) / held_out) for label in labels}
    distance = sum(abs(a - b) for a, b in shares.values()) / 2
    if distance < SMALL:
        return Outcome(RunSays.REFUTED, "the last rows have the classes that the others have")
    if distance < LARGE or held_out < FEW_ROWS:
        return None
    label, (before, after) = max(shares.items(), key=lambda each: abs(each[1][0] - each[1][1]))
    return _apart(
        f"class {label} is {before:.0%} of the rows that are trained on and {after:.0%} of {last}"
    )


def _numbers_apart(head: tuple[float, float, float], tail: DataSeen, last: str) -> Outcome | None:
    """How far the targets differ; most of the last ones may lie beyond nearly all others."""
    (low, middle, high), (_, after, _) = head, tail.spread or head
    if high > low and abs(after - middle) < SMALL * (high - low):
        return Outcome(RunSays.REFUTED, "the targets of the last rows are like those of the others")
    if low <= after <= high or (tail.samples or 0) < FEW_ROWS:
        return None
    side = f"above {high:.4g}" if after > high else f"below {low:.4g}"
    return _apart(
        f"half of the targets of {last}, lie {side}, where only 5 % of those that are trained on lie"
    )


def _apart(message: str) -> Outcome:
    return Outcome(
        RunSays.CONFIRMED,
        message,
        advice="put the rows into random order first, or split them with train_test_split",
        level=Level.WARNING,
    )
