"""Labels that only come out of a tf.data pipeline: counted as they are drawn, without a change."""

from __future__ import annotations

import json

import pytest

from .test_matrix import BACKENDS, PYTHONS, without_times

TRAINING = """
import hashlib, random, sys
import numpy as np
import keras
import tensorflow as tf

keras.utils.set_random_seed(7)
numbers = np.random.RandomState(0)
x = numbers.rand(300, 4).astype("float32")
y = (numbers.rand(300) < 0.2).astype("int64")
drawn = 0

def train(name, data, units=1, loss="binary_crossentropy", **options):
    inputs = keras.Input((4,))
    hidden = keras.layers.Dropout(0.2)(keras.layers.Dense(8, activation="relu")(inputs))
    model = keras.Model(inputs, keras.layers.Dense(units, activation="sigmoid")(hidden))
    model.compile("adam", loss, metrics=["accuracy"])
    history = model.fit(data, epochs=3, verbose=0, **options)
    weights = b"".join(np.ascontiguousarray(w).tobytes() for w in model.get_weights())
    print(name, hashlib.sha256(weights).hexdigest(), history.history)
    print(random.random(), np.random.rand(), tf.random.uniform(()).numpy(), drawn)

def rows():
    global drawn
    for row, label in zip(x, y):
        drawn += 1
        yield row, label

slices = tf.data.Dataset.from_tensor_slices
kinds = (tf.TensorSpec((4,)), tf.TensorSpec((), tf.int64))
data = tf.data.Dataset.from_generator(rows, output_signature=kinds)
train("generator", data.shuffle(50).batch(20), validation_data=slices((x, y)).batch(50))

chosen = slices((x, y)).filter(lambda row, label: row[0] > 0.2).cache().shuffle(100).repeat()
chosen = chosen.batch(16).prefetch(tf.data.AUTOTUNE)
train("filter", chosen, steps_per_epoch=5, class_weight={0: 1.0, 1: 3.0})

one_hot = lambda row, label: (row, tf.one_hot(label, 3))
classes = slices((x, numbers.randint(0, 3, 300))).map(one_hot, num_parallel_calls=2)
train("map", classes.shuffle(300).batch(32, drop_remainder=True), 3, "categorical_crossentropy")

turned = lambda row, label, weight: (row * 2, 1 - label, weight)
train("weights", slices((x, y, np.ones(300, "float32"))).map(turned).batch(32))

def parsed(record):
    kinds = {"x": tf.io.FixedLenFeature((4,), tf.float32), "y": tf.io.FixedLenFeature((1,), tf.int64)}
    read = tf.io.parse_single_example(record, kinds)
    return read["x"], read["y"]

with tf.io.TFRecordWriter("rows.tfrecord") as writer:
    for row, label in zip(x, y):
        held = {
            "x": tf.train.Feature(float_list=tf.train.FloatList(value=row)),
            "y": tf.train.Feature(int64_list=tf.train.Int64List(value=[label])),
        }
        example = tf.train.Example(features=tf.train.Features(feature=held))
        writer.write(example.SerializeToString())
records = tf.data.TFRecordDataset("rows.tfrecord").map(parsed, num_parallel_calls=2)
train("records", records.shuffle(300, seed=1).batch(10).prefetch(1))

amount = lambda row, label: (row, row[0] * 0.3)
train("amounts", slices((x, y)).map(amount).batch(10), 1, "mse")
"""


@pytest.fixture(
    scope="module",
    params=[(p, b) for p in PYTHONS for b in BACKENDS if b != "torch"],
    ids=lambda c: c[1],
)
def pair(request, run_both):
    python, backend = request.param
    return run_both(python, TRAINING, KERAS_BACKEND=backend)


def test_training_is_the_same_bit_for_bit(pair):
    assert pair.plain.returncode == 0, pair.plain.stderr.decode()[-2000:]
    assert without_times(pair.recorded.stdout) == without_times(pair.plain.stdout)
    assert pair.recorded.returncode == 0
    assert not [fact for fact in pair.recorded.facts if "note" in fact]


def test_labels_of_the_first_epoch_are_counted(pair):
    seen = {e["fit"]: e for e in pair.recorded.observations if e["observation"] == "training"}
    counts = {number: each["classes"] for number, each in seen.items()}
    assert counts[1] == counts[5] == {"0": 240, "1": 60}
    assert counts[4] == {"1": 240, "0": 60}
    assert counts[6] == {}
    assert set(counts[3]) == {"0", "1", "2"}
    assert sum(counts[2].values()) == 5 * 16
    assert [seen[number]["samples"] for number in range(1, 7)] == [300, 80, 288, 300, 300, 300]
    assert seen[5]["looked_at"] == "the 30 batches drawn in the first epoch"


AHEAD = """
import json, sys, time
import tensorflow as tf
from _overfitcheck_recorder.pipelines import counted

drawn = 0

def rows():
    global drawn
    while True:
        drawn += 1
        yield [0.0, 1.0], 1

def drawn_ahead(data):
    global drawn
    drawn = 0
    iterator = iter(data)
    next(iterator)
    before = -1
    while before != drawn:
        before = drawn
        time.sleep(0.5)
    return drawn

kinds = (tf.TensorSpec((2,)), tf.TensorSpec((), tf.int64))
batches = tf.data.Dataset.from_generator(rows, output_signature=kinds).batch(4)
double = lambda row, label: (row * 2, label)
noisy = lambda row, label: (row + tf.random.normal((2,)), label)
found = {}
for name, data in {
    "batch": batches,
    "map": batches.map(double),
    "random map": batches.map(noisy),
    "parallel map": batches.map(double, num_parallel_calls=2),
    "prefetch": batches.prefetch(2),
    "options": batches.prefetch(1).with_options(tf.data.Options()),
    "repeat": batches.prefetch(1).repeat(),
}.items():
    watched, count = counted(data, None)
    first = drawn_ahead(watched)
    count.counting = False
    found[name] = (drawn_ahead(data), first, drawn_ahead(watched))
print(json.dumps(found))
"""


def test_no_batch_is_drawn_further_ahead(run_both):
    ended = run_both(PYTHONS[0], AHEAD).recorded
    assert ended.returncode == 0, ended.stderr.decode()[-2000:]
    for name, counts in json.loads(ended.stdout).items():
        assert len(set(counts)) == 1, (name, counts)


ITERATORS = """
import json, time
import tensorflow as tf
from _overfitcheck_recorder.pipelines import counted

found = {}
rows = tf.data.Dataset.range(40).map(lambda n: (n, n % 4)).batch(2)
for name, data in {"prefetch": rows.prefetch(8), "map": rows}.items():
    watched, count = counted(data, 10)
    built = iter(watched)
    next(built)
    time.sleep(0.5)
    drawn = iter(watched)
    for _ in range(10):
        next(drawn)
        next(built)
    found[name] = count.seen
print(json.dumps(found))
"""


def test_only_batches_of_the_last_iterator_are_counted(run_both):
    ended = run_both(PYTHONS[0], ITERATORS).recorded
    assert ended.returncode == 0, ended.stderr.decode()[-2000:]
    for seen in json.loads(ended.stdout).values():
        assert seen["samples"] == 20
        assert seen["classes"] == {"0": 5, "1": 5, "2": 5, "3": 5}
        assert seen["looked_at"] == "the 10 batches drawn in the first epoch"
