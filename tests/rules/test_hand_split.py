"""OVF106: how grave it is where a script parts its rows by hand, draws some anew and splits again."""

import pytest

from overfitcheck.linter import lint_source
from overfitcheck.rule import load_rules
from overfitcheck.script.source import Source

HEAD = """
import keras
import numpy as np
import pandas as pd
from imblearn.over_sampling import SMOTE
from sklearn.model_selection import train_test_split
from sklearn.utils import resample
table = pd.read_csv("patients.csv")
x, y = np.load("x.npy"), np.load("y.npy")
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
"""

TABLE = """
ill, well = train[train["ill"] == 1], train[train["ill"] == 0]
train = pd.concat([well, resample(ill, n_samples=len(well))]).sample(frac=1)
model.fit(train.drop("ill", axis=1), train["ill"], epochs=9, validation_split=0.1)
test = test.reset_index(drop=True)
print(model.evaluate(test.drop("ill", axis=1), test["ill"]))
"""

ARRAYS = """
x_more, y_more = SMOTE().fit_resample(x[train], y[train])
model.fit(x_more, y_more, epochs=9, validation_split=0.1)
print(model.predict(x[test]))
"""


def levels(text: str) -> list[str]:
    found = lint_source(Source("train.py", HEAD + text), [load_rules()["OVF106"]]).findings
    return [each.level.value for each in found]


@pytest.mark.parametrize(
    "parted",
    [
        "train, test = train_test_split(table)",
        "mask = np.random.rand(len(table)) < 0.8\ntrain, test = table[mask], table[~mask]",
        "mask = np.random.rand(len(table)) < 0.2\ntrain, test = table.loc[~mask], table.loc[mask]",
        "table['side'] = np.random.randint(0, 2, len(table))\n"
        "train, test = table[table['side'] == 1].copy(), table[table['side'] == 0]",
        "train, test = table[:1000], table[1000:]",
        "n = int(len(table) * 0.8)\ntrain, test = table.iloc[:n], table.iloc[n:]",
        "train = table.sample(frac=0.8)\ntest = table.drop(train.index)",
        "test = table.sample(frac=0.2)\ntrain = table.drop(index=test.index)",
        "train = table.sample(frac=0.8)\ntest = table[~table.index.isin(train.index)]",
    ],
)
def test_twins_in_the_validation_rows_are_information_where_other_rows_are_scored(
    parted: str,
) -> None:
    assert levels(parted + TABLE) == ["info"]


@pytest.mark.parametrize(
    "parted",
    [
        "order = np.random.permutation(len(x))\ntrain, test = order[:900], order[900:]",
        "train = np.random.rand(len(x)) < 0.7\ntest = ~train",
    ],
)
def test_the_same_of_arrays(parted: str) -> None:
    assert levels(parted + ARRAYS) == ["info"]


@pytest.mark.parametrize(
    "text",
    [
        "train, test = table, table.copy()" + TABLE,
        "train = test = table" + TABLE,
        "train, test = table, table[table['ill'] == 1]" + TABLE,
        "train, test = table, table[table['age'] > 60]" + TABLE,
        "train, test = table.sample(frac=0.8), table.sample(frac=0.2)" + TABLE,
        "train, test = table[:800], table[600:]" + TABLE,
        "train, test = table[table['age'] > 60], table[table['sex'] == 1]" + TABLE,
        "mask = np.random.rand(len(table)) < 0.8\ntrain, test = table[mask], table[~mask]"
        + TABLE.replace("print", "len").replace("model.evaluate", "len"),
    ],
)
def test_they_are_an_error_where_no_other_rows_surely_are(text: str) -> None:
    assert levels(text) == ["error"]
