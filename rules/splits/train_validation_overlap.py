"""OVF110: rows that stand in the training and in the validation data of a fit."""

from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import run_rule

SERIOUS = 0.01
"""From this share of the validation rows on it is an error."""

REPETITIVE = 0.5
"""Below this share of distinct rows the data repeat anyhow, and twins are no leak."""


@run_rule(
    "OVF110",
    "train-validation-overlap",
    Level.ERROR,
    bad=(
        """
import keras
import numpy as np
x, y = np.load("x.npy"), np.load("y.npy")
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=30, validation_data=(x[:500], y[:500]))
""",
        """
import keras
import pandas as pd
from sklearn.model_selection import train_test_split
table = pd.read_csv("table.csv")
table = pd.concat([table, table[table.ill == 1]])
train, held_out = train_test_split(table)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(
    train.drop(columns="ill"), train.ill, epochs=30,
    validation_data=(held_out.drop(columns="ill"), held_out.ill),
)
""",
    ),
    good=(
        """
import keras
import numpy as np
x, y = np.load("x.npy"), np.load("y.npy")
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x[500:], y[500:], epochs=30, validation_data=(x[:500], y[:500]))
""",
        """
import keras
import pandas as pd
from sklearn.model_selection import train_test_split
table = pd.read_csv("table.csv").drop_duplicates()
train, held_out = train_test_split(table)
train = pd.concat([train, train[train.ill == 1]])
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(
    train.drop(columns="ill"), train.ill, epochs=30,
    validation_data=(held_out.drop(columns="ill"), held_out.ill),
)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=30, validation_split=0.2)
""",
    ),
)
def train_validation_overlap(seen: ObservedFit) -> Outcome | None:
    """Rows of the validation data stand among the training rows too, byte for byte.

    ## Why is this bad?
    On rows that it has learned by heart a network looks as if it generalised. Validation loss is
    too low, and whatever is chosen by it (the best epoch, the size of the network) is chosen too
    large.

    ## Exceptions
    Data in which rows repeat anyhow (few distinct values): fewer than half of the validation rows
    differ from each other, or as many training rows have a twin among themselves. Below one in a
    hundred the finding is worth a look (info).

    ## References
    https://scikit-learn.org/stable/common_pitfalls.html#data-leakage
    """
    overlap = seen.observation.overlap if seen.observation is not None else None
    if overlap is None or not overlap.compared:
        return None
    counted = f"{overlap.rows:,} of {overlap.compared:,} validation rows"
    if not overlap.rows:
        return Outcome(
            RunSays.REFUTED, f"none of {overlap.compared:,} validation rows is trained on"
        )
    repeated = overlap.repeated / overlap.trained if overlap.trained else 0.0
    if overlap.distinct < REPETITIVE * overlap.compared or repeated >= overlap.share:
        return None
    serious = overlap.share >= SERIOUS
    return Outcome(
        RunSays.CONFIRMED,
        f"{counted} ({overlap.share:.2g} of all) are trained on as well, so val_loss is too low"
        if overlap.share < 0.001
        else f"{counted} ({overlap.share:.1%}) are trained on as well, so val_loss is too low",
        advice="drop duplicates before the split, split before resampling or augmenting, and keep "
        "rows of one origin (patient, document, session) on one side",
        level=Level.ERROR if serious else Level.INFO,
    )
