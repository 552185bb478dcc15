"""Folds that are all of a cross-validation, and single ones that are a plain split."""

import pytest

from overfitcheck.script.script import read_script
from overfitcheck.script.single_fold import validates_on_fold

HEAD = """
import keras
import numpy as np
from sklearn.model_selection import KFold, StratifiedShuffleSplit, train_test_split
from patients import crossed
folds, x, y = KFold(5), np.load("x.npy"), np.load("y.npy")
def built():
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model
"""
TRAINED = """
def trained(x, y, held):
    model = built()
    model.fit(x, y, epochs=9, validation_data=held)
    return model
"""
NAMED = """    x_train, x_test = x[some], x[others]
    y_train, y_test = y[some], y[others]
"""
FIT = """model = built()
model.fit(x_train, y_train, epochs=9, validation_data=(x_test, y_test))
"""
NAMING = NAMED.replace("    ", "")
INSIDE = f"{NAMED}    model = trained(x_train, y_train, (x_test, y_test))\n"
OVER = "for some, others in folds.split(x):\n"

SINGLE = {
    "the last": OVER + NAMED + FIT,
    "named behind the loop": f"{OVER}    pass\n{NAMING}{FIT}",
    "counted and printed": "for number, (some, others) in enumerate(folds.split(x), 1):\n"
    f"    print(number, len(others))\n{NAMED}{FIT}",
    "the first": f"{OVER}{NAMED}    break\n{FIT}",
    "the only": "for some, others in StratifiedShuffleSplit(n_splits=1).split(x, y):\n"
    + NAMED
    + FIT,
    "next": f"some, others = next(folds.split(x))\n{NAMING}{FIT}",
    "changed": f"{OVER}{NAMED}x_train, x_test = x_train / 255, x_test / 255\n{FIT}",
    "all in a function": "def main():\n"
    + "".join(f"    {line}\n" for line in (OVER + NAMED + FIT).splitlines())
    + "main()\n",
}


@pytest.mark.parametrize("text", SINGLE.values(), ids=SINGLE)
def test_a_single_fold_is_a_plain_split(text: str) -> None:
    (fit,) = read_script(HEAD + text, "train.py").fits
    assert not validates_on_fold(fit)


CROSSED = {
    "inside": f"{OVER}{INSIDE}",
    "inside, and once more": f"{OVER}{INSIDE}{FIT}",
    "inside another's function": f"{OVER}{NAMED}    score = crossed(x_train, x_test)\n{FIT}",
    "other models inside": f"{OVER}{NAMED}    forest.fit(x_train, y_train)\n{FIT}",
    "chosen": "for number, (some, others) in enumerate(folds.split(x)):\n"
    f"    if number == chosen:\n        break\n{NAMING}{FIT}",
    "kept in a list": f"held = []\n{OVER}{NAMED}    held.append((x_test, y_test))\n"
    f"{FIT.replace('(x_test, y_test)', 'held[2]')}",
    "one by one": f"splits = folds.split(x)\nsome, others = next(splits)\n{NAMING}{FIT}"
    f"some, others = next(splits)\n{NAMING}{FIT}",
    "in a loop": f"{OVER}{NAMED}for units in (8, 16):\n    trained(x_train, y_train, (x_test, y_test))\n",
    "in a loop of splits": "for seed in range(5):\n    some, others = next(folds.split(x))\n"
    + INSIDE,
    "in a function": f"{OVER}{NAMED}trained(x_train, y_train, (x_test, y_test))\n",
    "by numbers from elsewhere": f"splits = list(folds.split(x))\nsome, others = splits[fold]\n{NAMING}{FIT}",
    "beside a test set": f"x, x_last, y, y_last = train_test_split(x, y)\n{OVER}{NAMED}{FIT}",
    "beside another test set": "(x, y), (x_last, y_last) = keras.datasets.mnist.load_data()\n"
    + OVER
    + NAMED
    + FIT,
    "of a part": f"x, x_last = x[:900], x[900:]\n{OVER}{NAMED}{FIT}",
    "of a fold": f"{OVER}    x_rest, x_last = x[some], x[others]\n"
    f"for some, others in folds.split(x_rest):\n{NAMED.replace('= x[', '= x_rest[')}{FIT}",
}


@pytest.mark.parametrize("text", CROSSED.values(), ids=CROSSED)
def test_folds_of_a_cross_validation(text: str) -> None:
    own = TRAINED if "trained(" in text else ""
    fits = read_script(HEAD + own + text, "train.py").fits
    assert fits
    assert all(map(validates_on_fold, fits))
