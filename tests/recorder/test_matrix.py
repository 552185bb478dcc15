"""Backends and kinds of data: the same training bit for bit, and everything of it recorded."""

from __future__ import annotations

import os
import re
import sys

import pytest

PYTHONS = os.environ.get("OVERFITCHECK_TEST_PYTHONS", sys.executable).split(os.pathsep)
BACKENDS = os.environ.get("OVERFITCHECK_TEST_BACKENDS", "tensorflow,jax").split(",")

TRAINING = """
import hashlib, os, random, sys, warnings
import numpy as np
import keras

BACKEND = os.environ["KERAS_BACKEND"]
keras.utils.set_random_seed(7)
numbers = np.random.RandomState(0)
x = numbers.rand(60, 4).astype("float32")
y = (numbers.rand(60) < 0.2).astype("int64")
one_hot = np.eye(3, dtype="float32")[numbers.randint(0, 3, 60)]
a, b = numbers.rand(20, 4).astype("float32"), (numbers.rand(20) < 0.5).astype("int64")
a[:5] = x[:5]

def network(units=1, kind=keras.Model, loss="binary_crossentropy"):
    inputs = keras.Input((4,))
    hidden = keras.layers.Dense(8, activation="relu", kernel_regularizer="l2")(inputs)
    hidden = keras.layers.Dropout(0.25)(hidden)
    outputs = keras.layers.Dense(units, activation="sigmoid")(hidden)
    model = kind(inputs, outputs)
    model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
    return model

def tell(name, model, history):
    weights = b"".join(np.ascontiguousarray(w).tobytes() for w in model.get_weights())
    print(name, hashlib.sha256(weights).hexdigest(), history.history)
    print(random.random(), np.random.rand(), sorted(os.listdir()))

# 1: arrays, weights of classes, validation data that share five rows with the training data
model = network()
stop = keras.callbacks.EarlyStopping(patience=1, min_delta=9.0, restore_best_weights=True)
best = keras.callbacks.ModelCheckpoint("best.weights.h5", save_best_only=True, save_weights_only=True)
tell("arrays", model, model.fit(
    x, y, epochs=4, verbose=2, batch_size=20, validation_data=(a, b), class_weight={0: 1.0, 1: 4.0},
    callbacks=[stop, best],
))
print(model.evaluate(a, b, verbose=0))

# 2: the tail of the training data, one-hot labels, several inputs by name would be the same
model = network(3, loss="categorical_crossentropy")
tell("split", model, model.fit(x, one_hot, epochs=2, verbose=0, validation_split=0.25))

# 3: goes on with the same model, at another rate
model.optimizer.learning_rate = 1e-4
plateau = keras.callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=9.0, factor=0.5)
tell("goes on", model, model.fit(x, one_hot, epochs=3, verbose=0, callbacks=[plateau]))

# 4: Keras's own batches
class Batches(getattr(keras.utils, "PyDataset", keras.utils.Sequence)):
    def __len__(self):
        return 3
    def __getitem__(self, number):
        return x[number * 20 : number * 20 + 20], y[number * 20 : number * 20 + 20]
model = network()
batches = Batches()
tell("sequence", model, model.fit(batches, epochs=2, verbose=0, validation_data=batches))
print(type(batches) is Batches)

# 5: a generator without end
def endless():
    while True:
        chosen = np.random.permutation(60)
        for start in range(0, 60, 20):
            yield x[chosen[start : start + 20]], y[chosen[start : start + 20]]
model = network()
tell("generator", model, model.fit(endless(), steps_per_epoch=3, epochs=2, verbose=0))

# 6: a model with a training step of its own
class Own(keras.Model):
    def train_step(self, *args, **kwargs):
        return super().train_step(*args, **kwargs)
model = network(kind=Own)
tell("own step", model, model.fit(x, y, epochs=2, verbose=0))

# 7 to 9: one place, three models
for fold in range(3):
    held_out = np.arange(60) % 3 == fold
    model = network()
    history = model.fit(x[~held_out], y[~held_out], epochs=1, verbose=0, validation_data=(x[held_out], y[held_out]))
    tell("fold", model, history)

# 10: tf.data, or a loader of PyTorch
if BACKEND == "torch":
    import torch
    class Rows(torch.utils.data.Dataset):
        def __len__(self):
            return 60
        def __getitem__(self, number):
            return x[number], y[number]
    data = torch.utils.data.DataLoader(Rows(), batch_size=20, shuffle=True)
else:
    import tensorflow as tf
    data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(60, seed=3)
    data = data.map(lambda rows, labels: (rows * 2.0, labels)).batch(20).prefetch(1)
model = network()
tell("dataset", model, model.fit(data, epochs=2, verbose=0, validation_data=(a, b)))

# no fit: batches by hand
model = network()
for epoch in range(2):
    loss = model.train_on_batch(x, y)
print(np.asarray(loss).shape)
"""


@pytest.fixture(
    scope="module", params=[(p, b) for p in PYTHONS for b in BACKENDS], ids=lambda c: c[1]
)
def pair(request, run_both):
    python, backend = request.param
    return run_both(python, TRAINING, KERAS_BACKEND=backend)


@pytest.fixture
def seen(pair):
    """The observations of one kind, by the number of the fit."""

    def of(kind):
        return {e["fit"]: e for e in pair.recorded.observations if e["observation"] == kind}

    return of


def test_training_is_the_same_bit_for_bit(pair):
    assert pair.plain.returncode == 0, pair.plain.stderr.decode()[-2000:]
    assert without_times(pair.recorded.stdout) == without_times(pair.plain.stdout)
    assert pair.recorded.returncode == 0


def without_times(output: bytes) -> bytes:
    return re.sub(rb" - \d+[mu]?s(/step|/epoch)?", b"", output)


def test_warnings_are_the_same(pair):
    def warned(stderr):
        return [line for line in stderr.splitlines() if b"Warning" in line]

    assert warned(pair.recorded.stderr) == warned(pair.plain.stderr)


def test_nothing_went_wrong_in_the_recorder(pair):
    assert not [fact for fact in pair.recorded.facts if "note" in fact]


def test_every_epoch_of_every_fit_is_recorded(pair):
    epochs = [
        sum(e["event"] == "epoch" for e in pair.recorded.events if e["fit"] == n)
        for n in range(1, 11)
    ]
    assert epochs == [2, 2, 3, 2, 2, 2, 1, 1, 1, 2]
    assert len({e["fit"] for e in pair.recorded.events}) == 10


def test_arguments_and_compiled(seen):
    first = seen("arguments")[1]
    assert first["arguments"]["x"] == "ndarray (60, 4) float32"
    assert first["arguments"]["class_weight"] == {"0": 1.0, "1": 4.0}
    assert (first["compiled"]["optimizer"], first["compiled"]["loss"]) == (
        "Adam",
        "binary_crossentropy",
    )
    assert first["compiled"]["metrics"] == ["accuracy"]


def test_layers(seen):
    layers = seen("model")[1]["layers"]
    assert [layer["settings"].get("rate") for layer in layers if layer["kind"] == "Dropout"] == [
        0.25
    ]
    assert [layer["kind"] for layer in layers if "kernel_regularizer" in layer["settings"]] == [
        "Dense"
    ]
    assert seen("model")[1]["parameters"] == 4 * 8 + 8 + 8 + 1


def test_samples_and_classes(seen):
    training, validation = seen("training"), seen("validation")
    kinds = [training[n]["kind"] for n in range(1, 11)]
    assert kinds[:9] == ["arrays"] * 3 + ["sequence", "generator"] + ["arrays"] * 4
    assert kinds[9] in ("dataset", "loader")
    counts = training[1]["classes"]
    assert list(counts) == ["0", "1"]
    assert sum(counts.values()) == training[1]["samples"] == 60
    assert training[10]["classes"] == training[5]["classes"] == training[4]["classes"] == counts
    assert (training[2]["samples"], validation[2]["samples"]) == (45, 15)
    assert set(training[2]["classes"]) <= {"0", "1", "2"}
    assert all(each["looked_at"] for each in training.values())


def test_rows_in_both(seen):
    overlap = seen("overlap")
    assert (overlap[1]["rows"], overlap[1]["compared"]) == (5, 20)
    assert overlap[2]["rows"] == overlap[7]["rows"] == 0
    same = {number: each["validation_is_training"] for number, each in seen("same_data").items()}
    assert same[4] is True
    assert not any(value for number, value in same.items() if number != 4)


def test_what_is_scored_was_validation_data(seen):
    assert seen("evaluated")[1]["same_as_validation_of"] == [1]
    assert set(seen("evaluated")[1]["results"]) == {"loss", "accuracy"}


def test_callbacks_and_what_they_did(pair, seen):
    deeds = [e for e in pair.recorded.observations if e["observation"] == "deed"]
    first = {(e["deed"], e["epoch"]) for e in deeds if e["fit"] == 1}
    assert {("early_stop", 2), ("weights_restored", 2), ("checkpoint_saved", 1)} <= first
    assert seen("end")[1]["kept_epoch"] == 1
    reduced = [(e["epoch"], e["value"]) for e in deeds if e["fit"] == 3]
    assert reduced == [(2, 5e-5), (3, 2.5e-5)]
    assert seen("callbacks")[1]["callbacks"][0]["settings"]["patience"] == 1


def test_fits_are_told_apart(seen):
    calls = seen("call")
    assert calls[2]["model"] == calls[3]["model"]
    assert len({calls[n]["model"] for n in (7, 8, 9)}) == 3
    assert len({calls[n]["place"][0]["line"] for n in (7, 8, 9)}) == 1
    assert calls[1]["place"][0]["path"].endswith("train.py")
