"""Data by flow: the same rows under other names, and rows that only look alike."""

from textwrap import dedent

import pytest

from overfitcheck.script.data import (
    is_dataset,
    is_generator,
    maker_of,
    part_of,
    same_rows,
)
from overfitcheck.script.made_up import is_made_up
from overfitcheck.script.script import read_script
from overfitcheck.script.values import Value

HEAD = """
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.model_selection import train_test_split
"""


def values(body: str, *names: str) -> list[Value]:
    frame = read_script(HEAD + dedent(body), "train.py").walk.frame
    found = [frame.look_up(name) for name in names]
    assert all(value is not None for value in found)
    return [value for value in found if value is not None]


SAME = [
    ("a = load()\nb = a"),
    ("a = load()\nb = a / 255.0"),
    ("a = pd.read_csv('t.csv')\nb = a[['p', 'q']]"),
    ("a = pd.read_csv('t.csv')\nb = a.drop(columns='y').values"),
    ("a = pd.read_csv('t.csv')\nb = a.drop(['y'], axis=1)"),
    ("a = pd.read_csv('t.csv')\nb = a.iloc[:, :-1]"),
    ("a = load()\nb = np.expand_dims(a.astype('float32'), -1)"),
    ("a = load()\nb = scaler.transform(a)"),
    ("a = load()\nb = np.delete(a, -1, 0)"),
    ("s = load()\na = s[:100]\nb = s[:100].reshape(-1, 4)"),
    ("s = load()\na = s[:, 1:]\nb = s"),
    ("a, c = train_test_split(x)\nb = tf.cast(a, tf.float32)"),
    ("a = make_dataset().batch(8)\nb = a.prefetch(1)"),
]

OTHER = [
    ("a = load()\nb = load()"),
    ("a = load()\nb = a['test']"),
    ("a = load()\nb = np.delete(a, held_out, 0)"),
    ("a = pd.read_csv('t.csv')\nb = a.drop([0, 1, 2])"),
    ("a, b = train_test_split(x)"),
    ("s = load()\na = s[:100]\nb = s[100:]"),
    ("s = load()\na = s[:n]\nb = s[n:]"),
    ("(a, c), (b, d) = tf.keras.datasets.mnist.load_data()"),
    ("s = dataset()\na = s.take(10)\nb = s.skip(10)"),
    ("a = 1\nb = 1"),
    ("a = load()\nb = a if careful else load()"),
]


@pytest.mark.parametrize("body", SAME)
def test_same_rows(body: str) -> None:
    assert same_rows(*values(body, "a", "b"))


@pytest.mark.parametrize("body", OTHER)
def test_other_rows(body: str) -> None:
    assert not same_rows(*values(body, "a", "b"))


def test_a_slice_is_part_of_the_whole_and_not_the_other_way_round() -> None:
    whole, part = values("a = load()\nb = a[:100]", "a", "b")
    assert part_of(part, whole)
    assert not part_of(whole, part)


def test_the_rest_is_not_part_of_the_first_rows() -> None:
    first, rest = values("s = load()\na = s[:100]\nb = s[100:]", "a", "b")
    assert not part_of(rest, first)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("a = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(9).batch(2)", "dataset"),
        ("a = tf.keras.utils.image_dataset_from_directory('d').map(f)", "dataset"),
        ("def g():\n    yield 1\na = g()", "generator"),
        (
            "from tensorflow.keras.preprocessing.image import ImageDataGenerator as I\n"
            "a = I(rescale=1 / 255).flow_from_directory('d')",
            "generator",
        ),
        ("class S(tf.keras.utils.Sequence):\n    pass\na = S()", "generator"),
        ("a = np.load('x.npy')", "other"),
        ("a = unknown.flow(x)", "other"),
    ],
)
def test_kinds_of_data(body: str, kind: str) -> None:
    (value,) = values(body, "a")
    found = "dataset" if is_dataset(value) else "generator" if is_generator(value) else "other"
    assert found == kind


@pytest.mark.parametrize(
    ("body", "maker"),
    [
        ("a = np.random.rand(9)[:3].astype('f')", "numpy.random.rand"),
        ("(a, b), _ = tf.keras.datasets.cifar10.load_data()", "keras.datasets.cifar10.load_data"),
        ("a = what_is_this", ""),
    ],
)
def test_makers(body: str, maker: str) -> None:
    (value,) = values(body, "a")
    assert maker_of(value) == maker
    assert is_made_up(value) is maker.startswith("numpy.random")


FILLED = {
    "drawn places": (True, "for p in np.random.randint(0, 16, 50): a[p] = 1"),
    "counted drawn places": (
        True,
        "for i, p in enumerate(np.random.randint(16, size=9)): a[i, p] = 1",
    ),
    "drawn points": (True, "for p, q in np.random.rand(50, 2): a[int(p * 100), int(q * 16)] = 1"),
    "drawn parts": (True, "for p in np.random.rand(50, 2): a[int(p[0] * 100), round(p[1])] = 1"),
    "numbers in a drawn order": (True, "for p in np.random.permutation(16): a[:, p] = 1"),
    "drawn numbers": (True, "for p in random.sample(range(100), 9): a[p] = 1"),
    "numbers": (False, "for i in range(100): a[i, 3] = 1"),
    "text": (False, "for i, letter in enumerate(open('a').read()): a[i, ord(letter)] = 1"),
    "labels of drawn rows": (False, "for p in np.random.randint(0, 99, 9): a[p, labels[p]] = 1"),
    "rows in a drawn order": (False, "for i in np.random.permutation(len(r)): a[i, int(r[i])] = 1"),
    "drawn rows": (False, "for i, p in enumerate(np.random.choice(900, 100)): a[i] = images[p]"),
    "drawn words": (False, "e = np.random.rand(9, 16)\nfor i in range(100): a[i] = e[ids[i]]"),
}


@pytest.mark.parametrize(("made_up", "body"), FILLED.values(), ids=FILLED)
def test_what_is_stored_into_zeros(made_up: bool, body: str) -> None:
    (value,) = values(f"import random\na = np.zeros((100, 16))\n{body}", "a")
    assert is_made_up(value) is made_up
