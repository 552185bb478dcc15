"""What values are made of, where they go, and what is random, resampled or trained by a tape."""

from textwrap import dedent

import pytest

from overfitcheck.script.data import same_rows
from overfitcheck.script.flow import ingredients, reaches_nothing
from overfitcheck.script.heirs import heirs_of
from overfitcheck.script.monte_carlo import repeated_predictions
from overfitcheck.script.randomness import random_image_step, random_step
from overfitcheck.script.resampling import leaves_out, resampled_in
from overfitcheck.script.script import Script, read_script
from overfitcheck.script.tapes import trained_calls
from overfitcheck.script.values import Call, Value

HEAD = """
import random
import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.utils import resample
"""


def script(body: str) -> Script:
    return read_script(HEAD + dedent(body), "train.py")


def value(of: Script, name: str) -> Value:
    found = of.walk.frame.look_up(name)
    assert found is not None
    return found


def call(of: Script, name: str) -> Call:
    found = value(of, name)
    assert isinstance(found, Call)
    return found


def a_is_in_b(body: str) -> bool:
    of = script(body)
    a = value(of, "a")
    return any(each is a or same_rows(each, a) for each in ingredients(value(of, "b")))


@pytest.mark.parametrize(
    "body",
    [
        "a = load()\nb = np.array([a[0], 2])",
        "a = load()\nb = {'x': a}",
        "a = load()\nb = np.zeros(9)\nb[3] = a",
        "a = load()\nb = {i: w for i, w in enumerate(a)}",
        "a = load()\nb = f(key=a).tail",
        "a = load()\nc = load()\nc['x'] = a\nc['y'] = 1\nb = c.drop('z')",
        "a = load()\nc = load()\nc['x'] = a\nc['x'] = c['x'] / 9\nb = c[['x', 'y']]",
        "a = load()\nc = load()\nc[['x', 'z']] = a\nb = c['x']",
        "a = load()\nc = load()\nc[name] = a\nc['y'] = 1\nb = c['x']",
    ],
)
def test_made_of(body: str) -> None:
    assert a_is_in_b(body)


@pytest.mark.parametrize(
    "body",
    [
        "a = load()\nb = load()",
        "a = load()\nc = load()\nc['x'] = a\nb = c['y']",
        "a = load()\nc = load()\nc['x'] = a\nc['y'] = 1\nb = c[['z', 'y']]",
    ],
)
def test_not_made_of(body: str) -> None:
    assert not a_is_in_b(body)


def test_stops_where_it_is_told_to() -> None:
    of = script("a = load()\nb = np.stack([np.abs(a)])")
    a, b = value(of, "a"), value(of, "b")
    assert not any(each is a for each in ingredients(b, stop=lambda each: each is not b))


@pytest.mark.parametrize(
    ("body", "nothing"),
    [
        ("print(a)\nb = np.round(a)", True),
        ("model.fit(x, y, sample_weight=np.round(a))", False),
        ("thing.weights = a", False),
        ("def f():\n    return a\nb = f()", False),
    ],
)
def test_reaches_nothing(body: str, nothing: bool) -> None:
    of = script("a = load()\n" + body)
    assert reaches_nothing(of, value(of, "a")) is nothing


RANDOM = [
    "f = lambda image, label: (tf.image.random_flip_up_down(image), label)",
    "def f(image, label):\n    return image + tf.random.normal([3]), label",
    "def g(image):\n    return tf.image.random_hue(image, 0.1)\ndef f(image, label):\n    return g(image), label",
    "turn = keras.Sequential([keras.layers.RandomRotation(0.1)])\nf = lambda i, l: (turn(i), l)",
    "turn = keras.layers.RandomZoom(0.1)\nf = turn",
    "def f(image, label):\n    return np.random.rand() * image, label",
    "def f(i, l):\n    if tf.random.uniform(()) > 0.5:\n        i = tf.image.flip_up_down(i)\n    return i",
]

NOT_RANDOM = [
    "f = lambda image, label: (tf.image.resize(image, (8, 8)), label)",
    "random_size = 8\nf = lambda image, label: (image[:random_size], label)",
    "def f(image, label):\n    return prepare(image), label",
    "f = tokenize",
    "def f(image, label):\n    if train:\n        image = tf.image.random_hue(image, 1)\n    return image",
    "def f(i, l):\n    if test:\n        return i, l\n    return tf.image.random_hue(i, 1), l",
    "scale = keras.Sequential([keras.layers.Rescaling(1 / 255)])\nf = lambda i, l: (scale(i), l)",
]


@pytest.mark.parametrize("body", RANDOM)
def test_random_step(body: str) -> None:
    of = script(body + "\nrows = tf.data.Dataset.from_tensor_slices(x)\nd = rows.map(f)")
    assert random_step(of, call(of, "d"))


@pytest.mark.parametrize("body", NOT_RANDOM)
def test_not_random_step(body: str) -> None:
    of = script(body + "\nrows = tf.data.Dataset.from_tensor_slices(x)\nd = rows.map(f)")
    assert not random_step(of, call(of, "d"))


def test_noise_is_no_change_of_images() -> None:
    of = script(RANDOM[1] + "\nd = tf.data.Dataset.from_tensor_slices(x).map(f)")
    assert not random_image_step(of, call(of, "d"))


@pytest.mark.parametrize(
    ("body", "out"),
    [
        ("from imblearn.over_sampling import SMOTE\na, b = SMOTE().fit_resample(x, y)", [False]),
        (
            "from imblearn.under_sampling import NearMiss\na, b = NearMiss().fit_resample(x, y)",
            [True],
        ),
        ("a = pd.concat([x, resample(y, n_samples=9)])", [False]),
        ("a = resample(y, replace=False, n_samples=9)", []),
        ("a = table.sample(9, replace=True)", [False]),
        ("a = table.sample(frac=1)", []),
    ],
)
def test_resampled(body: str, out: list[bool]) -> None:
    of = script(body)
    assert [leaves_out(call) for call in resampled_in(value(of, "a"))] == out


MODEL = """
net = keras.Sequential([keras.layers.Dense(3), keras.layers.Dropout(0.5)])
net.compile("adam", "mse")
"""


@pytest.mark.parametrize(
    ("body", "number"),
    [
        ("a = np.stack([net.predict(x) for _ in range(100)])", 1),
        (
            "a = []\nfor i in range(9):\n    a.append(net(x, training=True))\nb = np.mean(a, axis=0)",
            1,
        ),
        ("a = np.stack([net.predict(batch) for batch in batches])", 0),
        ("a = np.mean(net.predict(x))", 0),
        ("p = net.predict(x)\na = np.stack([p[:, 0], p[:, 1]])", 0),
        ("p = net.predict(x)\na = np.stack([p[i] - y[i] for i in range(n)])", 0),
        ("a = np.stack([net.predict(x[i : i + 9]) for i in range(0, n, 9)])", 0),
        ("a = np.stack([net.predict(x[i][None]) for i in range(3)])", 0),
        ("a = np.stack([net.predict(next(batches)) for _ in range(9)])", 0),
        ("a = []\nfor _ in range(9):\n    a.append(net.predict(x))\n    x = a[-1]\nnp.array(a)", 0),
        ("def p(z):\n    return net.predict(z)\na = np.stack([p(x), p(y)])", 0),
        ("def p(z):\n    return net.predict(z)\na = np.stack([p(x), p(x)])", 1),
    ],
)
def test_repeated_predictions(body: str, number: int) -> None:
    nodes = {call.node for call in repeated_predictions(script(MODEL + body))}
    assert len(nodes) == number


STEP = """
def step(x, y):
    with tf.GradientTape() as tape:
        loss = loss_of(y, net(x))
    {}
step(x, y)
"""


@pytest.mark.parametrize(
    ("after", "number"),
    [
        (
            "g = tape.gradient(loss, net.trainable_variables)\n    "
            "optimizer.apply_gradients(zip(g, net.trainable_variables))",
            1,
        ),
        ("g = tape.gradient(loss, net.trainable_variables)", 0),
        ("g = tape.gradient(loss, x)\n    optimizer.apply_gradients([(g, x)])", 0),
    ],
)
def test_trained_calls(after: str, number: int) -> None:
    assert len(list(trained_calls(script(MODEL + STEP.format(after))))) == number


@pytest.mark.parametrize(
    ("after", "number"),
    [
        ("best = keras.models.load_model('best.keras')", 1),
        ("best = keras.models.load_model('other.keras')", 0),
        ("other = make()\nother.load_weights('best.keras')", 1),
        ("net.save('mine.keras')\nbest = keras.models.load_model('mine.keras')", 1),
    ],
)
def test_heirs(after: str, number: int) -> None:
    of = script(
        MODEL
        + "c = keras.callbacks.ModelCheckpoint('best.keras')\n"
        + "net.fit(x, y, callbacks=[c])\n"
        + after
    )
    assert len(heirs_of(of.fits[0])) == number
