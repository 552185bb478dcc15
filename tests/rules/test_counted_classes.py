"""What the saved outputs of a notebook say of its classes, as OVF201 takes it."""

import json
from pathlib import Path

import pytest

import overfitcheck
from overfitcheck.finding import Finding, Level

HEAD = """import keras
import numpy as np
import pandas as pd
from collections import Counter
from sklearn.model_selection import train_test_split
table = pd.read_csv("customers.csv")
"""
MODEL = """model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x_train, y_train, epochs=10, validation_data=(x_test, y_test))
"""
SPLIT = """x, y = table.drop(columns="left").values, table["left"].values
x_train, x_test, y_train, y_test = train_test_split(x, y, stratify=y)
"""
UNEVEN = "left\n0    7963\n1     537\nName: count, dtype: int64"
EVEN = "0    4963\n1    4537\nName: left, dtype: int64"


def result(text: str) -> dict[str, object]:
    return {"output_type": "execute_result", "data": {"text/plain": text.splitlines(True)}}


def printed(text: str) -> dict[str, object]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def imbalance(tmp_path: Path, counting: str, output: dict[str, object]) -> list[Finding]:
    """The findings OVF201 of a notebook that counts in its third cell."""
    sources = [(HEAD, []), (SPLIT, []), (counting, [output]), (MODEL, [])]
    cells = [
        {"cell_type": "code", "source": source, "outputs": outputs} for source, outputs in sources
    ]
    path = tmp_path / "customers.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "cells": cells}))
    return [each for each in overfitcheck.lint(path) if each.code == "OVF201"]


@pytest.mark.parametrize(
    ("counting", "output"),
    [
        ("table['left'].value_counts()", result(UNEVEN)),
        ("table.left.value_counts()", result(UNEVEN)),
        ("print(table['left'].value_counts())", printed(UNEVEN + "\n")),
        ("Counter(y)", result("Counter({0: 7963, 1: 537})")),
        ("print('classes:', Counter(y_train))", printed("classes: Counter({0: 7963, 1: 537})\n")),
        ("np.unique(y, return_counts=True)", result("(array([0, 1]), array([7963,  537]))")),
        ("pd.Series(y_train).value_counts()", result(UNEVEN)),
    ],
)
def test_counts_of_the_labels_are_told(
    tmp_path: Path, counting: str, output: dict[str, object]
) -> None:
    (finding,) = imbalance(tmp_path, counting, output)
    assert finding.level is Level.INFO
    assert "cell 2 counted 7,963 rows of 0 and 537 of 1" in finding.message


@pytest.mark.parametrize(
    ("counting", "output"),
    [
        ("table['left'].value_counts()", result(EVEN)),
        ("Counter(y)", result("Counter({0: 4963, 1: 4537})")),
        ("np.unique(y_train, return_counts=True)", result("(array([0, 1]), array([496, 453]))")),
        ("table['left'].value_counts(normalize=True)",
         result("0    0.52\n1    0.48\nName: left, dtype: float64")),
    ],
)  # fmt: skip
def test_even_classes_are_no_imbalance(
    tmp_path: Path, counting: str, output: dict[str, object]
) -> None:
    assert imbalance(tmp_path, counting, output) == []


@pytest.mark.parametrize(
    ("counting", "output"),
    [
        ("table['country'].value_counts()", result(EVEN)),  # Other columns are no labels.
        ("Counter(y_test)", result("Counter({0: 496, 1: 453})")),
        ("table['left'].value_counts().plot()", result("<Axes: >")),
        ("table['left'].value_counts()", result("0    4963\nName: left, Length: 30, dtype: int64")),
        ("print(Counter(y), Counter(table['country']))",
         printed("Counter({0: 9, 1: 9}) Counter({'A': 99, 'B': 1})\n")),
    ],
)  # fmt: skip
def test_other_counts_change_nothing(
    tmp_path: Path, counting: str, output: dict[str, object]
) -> None:
    (finding,) = imbalance(tmp_path, counting, output)
    assert "counted" not in finding.message
