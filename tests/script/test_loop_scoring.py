"""What a training loop of a script's own is scored on, in its rounds and after them."""

from textwrap import dedent, indent

import pytest

from overfitcheck.linter import lint_source
from overfitcheck.rule import load_rules
from overfitcheck.script.source import Source

HEAD = """
import keras
import numpy as np
import tensorflow as tf
from sklearn.metrics import accuracy_score
from sklearn.model_selection import KFold, train_test_split
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
net = keras.Sequential([keras.layers.Dense(8), keras.layers.Dense(10)])
net.compile("adam", "sparse_categorical_crossentropy")
optimizer = keras.optimizers.Adam(1e-3)
loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
rows = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(999).batch(32)
others = tf.data.Dataset.from_tensor_slices((x_test, y_test)).batch(32)
def step(x, y):
    with tf.GradientTape() as tape:
        loss = loss_of(y, net(x, training=True))
    gradients = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(gradients, net.trainable_variables))
def judge(x, y):
    losses.append(loss_of(y, net(x, training=False)))
"""

EVALUATED = "print(net.evaluate(x_test, y_test))\n"
JUDGED = "for x, y in others:\n    judge(x, y)\n"


def said(each: str, after: str, path: str = "train.py") -> list[int]:
    body = f"for epoch in range(30):\n    for x, y in rows:\n        step(x, y)\n{indent(each, '    ')}"
    findings = lint_source(
        Source(path, HEAD + dedent(body) + after), [load_rules()["OVF102"]]
    ).findings
    return [finding.location.line for finding in findings]


SAME = {
    "evaluated twice": (EVALUATED, EVALUATED),
    "judged by a function": (JUDGED, JUDGED),
    "by the last letters": (EVALUATED, "print(net.evaluate(x_test[:100], y_test[:100]))\n"),
    "by a score": (EVALUATED, "print(accuracy_score(y_test, net.predict(x_test).argmax(1)))\n"),
    "on its training rows too": (EVALUATED, "net.evaluate(x_train, y_train)\n" + EVALUATED),
    "of the best weights": (
        "loss = net.evaluate(others)\nif loss < lowest:\n    net.save('best.keras')\n",
        "net = keras.models.load_model('best.keras')\nprint(net.evaluate(others))\n",
    ),
}


@pytest.mark.parametrize(("each", "after"), SAME.values(), ids=SAME)
def test_rows_that_watched_the_rounds_score_the_model(each: str, after: str) -> None:
    assert said(each, after) == [HEAD.count("\n") + 1]


OTHER = {
    "never again": (EVALUATED, ""),
    "others": ("print(net.evaluate(x_val, y_val))\n", EVALUATED),
    "others as well": (
        "print(net.evaluate(x_val, y_val))\n",
        "print(net.evaluate(x_val, y_val))\n" + EVALUATED,
    ),
    "only at the end": ("print(epoch)\n", EVALUATED),
    "rows it trains on": ("print(net.evaluate(x_train, y_train))\n", EVALUATED),
    "only shown": (EVALUATED, "show(net.predict(x_test))\n"),
    "other weights": (EVALUATED, "net.load_weights('others.weights.h5')\n" + EVALUATED),
    "another model": (EVALUATED, "print(other.evaluate(x_test, y_test))\n"),
    "trained on next": (EVALUATED, "for x, y in others:\n    step(x, y)\n"),
    "more is held out": (
        "print(net.evaluate(x_val, y_val))\n",
        "print(net.evaluate(x_val, y_val))\n",
    ),
}


@pytest.mark.parametrize(("each", "after"), OTHER.values(), ids=OTHER)
def test_what_is_no_second_use(each: str, after: str) -> None:
    if (each, after) == OTHER["more is held out"]:
        held = "x_some, x_val, y_some, y_val = train_test_split(x_train, y_train)\n"
        assert said(each, held + after) == []
    assert said(each, after) == [] or each == after


def test_nothing_is_said_of_folds_and_tests() -> None:
    body = """
for train, test in KFold(5).split(x):
    net = keras.Sequential([keras.layers.Dense(10)])
    net.compile("adam", "mse")
    for epoch in range(30):
        for start in range(0, 6000, 32):
            net.train_on_batch(x[train][start:start + 32], y[train][start:start + 32])
        print(net.evaluate(x[test], y[test]))
    print(net.evaluate(x[test], y[test]))
"""
    rules = [load_rules()["OVF102"]]
    assert lint_source(Source("train.py", HEAD + body), rules).findings == ()
    assert said(EVALUATED, EVALUATED, "tests/test_net.py") == []
