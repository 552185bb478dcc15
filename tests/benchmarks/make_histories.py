"""Train small Keras networks on tasks whose true risk is known, and keep what happened.

    python tests/benchmarks/make_histories.py OUTPUT.jsonl.gz [--first 0] [--count 250]

One line a run: its setting, the training curves as Keras logs them, the risk on a large fresh
sample after every epoch (the truth), and the curves of several validation sets of 50 to 5,000
samples, each of which alone is what somebody would have seen. Some runs have branches: the same
weights, optimizer state and batches from an epoch on, at a lower learning rate. A run follows from
its seed alone.

``fixtures/histories/ground_truth.jsonl.gz`` holds 500 runs: ``--first 0 --count 250`` and ``--first
400 --count 250``, made by Keras 3.15 on TensorFlow 2.21 in two processes and put together.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from sklearn.datasets import load_digits

Array = npt.NDArray[Any]
Rng = np.random.Generator

TRUTH = 100_000
SIZES = (50, 100, 200, 500, 1000, 2000, 5000)
DIGITS_SIZES = (50, 100, 200, 500)
FACTORS = (0.5, 0.2, 0.1)
BRANCH_EPOCHS = 12


@dataclass(frozen=True)
class Setting:
    """Everything that tells one run from another."""

    seed: int
    task: str
    train_size: int
    noise: float
    width: int
    depth: int
    dropout: float
    penalty: float
    batch_norm: bool
    optimizer: str
    rate: float
    batch: int
    epochs: int


@dataclass(frozen=True)
class Sample:
    """Inputs and targets."""

    x: Array
    y: Array


@dataclass(frozen=True)
class Task:
    """What is learned: training samples, disjoint validation sets by size, and the truth."""

    train: Sample
    validation: dict[int, Sample]
    truth: Sample
    classes: int
    """0 for a regression."""


def setting_of(seed: int) -> Setting:
    rng = np.random.default_rng(seed)
    optimizer = str(rng.choice(["adam", "sgd", "rmsprop"], p=[0.5, 0.3, 0.2]))
    low, high = (-2.3, -0.9) if optimizer == "sgd" else (-3.3, -1.7)
    return Setting(
        seed=seed,
        task=str(rng.choice(["blobs", "teacher", "regression", "digits"])),
        train_size=int(rng.choice([60, 150, 400, 1000, 3000], p=[0.2, 0.25, 0.25, 0.2, 0.1])),
        noise=float(rng.choice([0.0, 0.1, 0.3])),
        width=int(rng.choice([4, 16, 32, 64, 128])),
        depth=int(rng.choice([1, 2])),
        dropout=float(rng.choice([0.0, 0.0, 0.2, 0.5])),
        penalty=float(rng.choice([0.0, 0.0, 0.0, 1e-4, 1e-3, 1e-2])),
        batch_norm=bool(rng.random() < 0.2),
        optimizer=optimizer,
        rate=float(f"{10 ** rng.uniform(low, high):.2g}"),
        batch=int(rng.choice([16, 32, 64])),
        epochs=int(rng.choice([15, 30, 60, 120], p=[0.15, 0.25, 0.35, 0.25])),
    )


def flipped(labels: Array, classes: int, share: float, rng: Rng) -> Array:
    """Labels of which a share is replaced by a random class."""
    wrong = rng.random(len(labels)) < share
    return np.where(wrong, rng.integers(classes, size=len(labels)), labels)


def blobs(setting: Setting, rng: Rng) -> tuple[Callable[[int], Sample], int]:
    classes, size = int(rng.choice([2, 4, 10])), int(rng.choice([5, 10, 20]))
    centres = rng.normal(0, rng.uniform(0.4, 1.2), (classes, size))

    def draw(count: int) -> Sample:
        labels = rng.integers(classes, size=count)
        x = centres[labels] + rng.normal(size=(count, size))
        return Sample(x, flipped(labels, classes, setting.noise, rng))

    return draw, classes


def teacher(setting: Setting, rng: Rng) -> tuple[Callable[[int], Sample], int]:
    """Labels or values of a random network of one hidden layer."""
    classes = 0 if setting.task == "regression" else int(rng.choice([2, 5]))
    size, hidden = int(rng.choice([5, 10, 20])), int(rng.choice([4, 16]))
    first = rng.normal(0, 2 / np.sqrt(size), (size, hidden))
    second = rng.normal(0, 1.5 / np.sqrt(hidden), (hidden, max(classes, 1)))

    def draw(count: int) -> Sample:
        x = rng.normal(size=(count, size))
        out = np.tanh(x @ first) @ second
        if not classes:
            return Sample(x, out[:, 0] + rng.normal(0, 0.2 + 4 * setting.noise, count))
        return Sample(x, flipped(out.argmax(axis=1), classes, setting.noise, rng))

    return draw, classes


def task_of(setting: Setting) -> Task:
    rng = np.random.default_rng([setting.seed, 1])
    if setting.task == "digits":
        return digits(setting, rng)
    draw, classes = (blobs if setting.task == "blobs" else teacher)(setting, rng)
    return Task(draw(setting.train_size), {n: draw(n) for n in SIZES}, draw(TRUTH), classes)


def digits(setting: Setting, rng: Rng) -> Task:
    """Digits under fresh noise; no image stands in two of the parts."""
    images, labels = load_digits(return_X_y=True)
    order = rng.permutation(len(labels))
    spread = rng.uniform(0.1, 0.5)

    def part(chosen: Array) -> Sample:
        x = images[chosen] / 16 + rng.normal(0, spread, (len(chosen), 64))
        return Sample(x, flipped(labels[chosen], 10, setting.noise, rng))

    pool, held = order[400:1250], order[1250:]
    starts = np.cumsum([0, *DIGITS_SIZES])
    return Task(
        part(order[: min(setting.train_size, 400)]),
        {n: part(pool[a : a + n]) for n, a in zip(DIGITS_SIZES, starts, strict=False)},
        part(rng.choice(held, 20_000)),
        10,
    )


def model_of(setting: Setting, task: Task) -> keras.Model:
    layers: list[Any] = [keras.Input(shape=task.train.x.shape[1:])]
    for _ in range(setting.depth):
        penalty = keras.regularizers.L2(setting.penalty) if setting.penalty else None
        layers.append(keras.layers.Dense(setting.width, "relu", kernel_regularizer=penalty))
        layers += [keras.layers.BatchNormalization()] if setting.batch_norm else []
        layers += [keras.layers.Dropout(setting.dropout)] if setting.dropout else []
    layers.append(keras.layers.Dense(task.classes or 1, "softmax" if task.classes else None))
    model = keras.Sequential(layers)
    optimizer = keras.optimizers.get(setting.optimizer)
    optimizer.learning_rate = setting.rate
    if setting.optimizer == "sgd":
        optimizer.momentum = 0.9
    model.compile(
        optimizer,
        "sparse_categorical_crossentropy" if task.classes else "mse",
        metrics=["accuracy" if task.classes else "mae"],
        steps_per_execution=steps_of(setting, task),
    )
    return model


def steps_of(setting: Setting, task: Task) -> int:
    return -(-len(task.train.y) // setting.batch)


def batches(setting: Setting, task: Task, first_epoch: int) -> tf.data.Dataset:
    """Training batches from an epoch on, in an order that follows from seed and epoch."""
    x, y = tf.constant(task.train.x, tf.float32), tf.constant(task.train.y, tf.float32)
    places = tf.range(len(task.train.y))

    def epoch(number: tf.Tensor) -> tf.data.Dataset:
        seed = tf.stack([tf.constant(setting.seed, tf.int64), number])
        order = tf.random.experimental.stateless_shuffle(places, seed=seed)
        return tf.data.Dataset.from_tensor_slices(order).batch(setting.batch)

    orders = tf.data.Dataset.range(first_epoch, 10**6).flat_map(epoch)
    return orders.map(lambda order: (tf.gather(x, order), tf.gather(y, order)))


class Scores(keras.callbacks.Callback):
    """After every epoch: loss and metric on the truth and on each validation set."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.sizes = list(task.validation)
        parts = [task.truth, *task.validation.values()]
        self.ends = np.cumsum([len(part.y) for part in parts])[:-1]
        x = tf.constant(np.concatenate([part.x for part in parts]), tf.float32)
        y = tf.constant(np.concatenate([part.y for part in parts]), tf.float32)
        self.score = tf.function(lambda: self._score(x, y, task.classes))
        self.snapshots: dict[int, list[Array]] = {}
        self.wanted: set[int] = set()
        self.reset()

    def reset(self) -> None:
        self.curves: dict[str, list[tuple[float, float]]] = {
            name: [] for name in ("train", "risk", *map(str, self.sizes))
        }

    def _score(self, x: tf.Tensor, y: tf.Tensor, classes: int) -> tuple[tf.Tensor, tf.Tensor]:
        said = self.model(x, training=False)
        if classes:
            loss = keras.losses.sparse_categorical_crossentropy(y, said)
            return loss, tf.cast(tf.argmax(said, axis=1) == tf.cast(y, tf.int64), tf.float32)
        error = said[:, 0] - y
        return error**2, tf.abs(error)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        logs = logs or {}
        metric = logs.get("accuracy", logs.get("mae", float("nan")))
        self.curves["train"].append((logs["loss"], metric))
        penalty = float(sum(float(term) for term in self.model.losses))
        losses, metrics = (part.numpy() for part in self.score())
        names = ("risk", *map(str, self.sizes))
        pairs = zip(np.split(losses, self.ends), np.split(metrics, self.ends), strict=True)
        for name, (loss, metric) in zip(names, pairs, strict=True):
            self.curves[name].append((float(loss.mean()) + penalty, float(metric.mean())))
        if epoch + 1 in self.wanted:
            self.snapshots[epoch + 1] = state(self.model)


def state(model: keras.Model) -> list[Array]:
    """Weights, dropout's random state and what the optimizer remembers."""
    return [np.array(each) for each in (*model.variables, *model.optimizer.variables)]


def restore(model: keras.Model, kept: list[Array]) -> None:
    for variable, value in zip((*model.variables, *model.optimizer.variables), kept, strict=True):
        variable.assign(value)


def train(
    model: keras.Model, setting: Setting, task: Task, scores: Scores, first: int, last: int
) -> dict[str, Any]:
    """The curves of the epochs after `first` up to `last`, four digits as Keras prints them."""
    scores.reset()
    model.fit(
        batches(setting, task, first),
        steps_per_epoch=steps_of(setting, task),
        initial_epoch=first,
        epochs=last,
        callbacks=[scores],
        verbose=0,
    )
    digits = {"risk": 6}
    return {
        name: [
            [float(f"{v:.{digits.get(name, 4)}g}") for v in column]
            for column in zip(*pairs, strict=True)
        ]
        for name, pairs in scores.curves.items()
    }


def run(seed: int) -> dict[str, Any]:
    """One run with its branches."""
    setting = setting_of(seed)
    keras.utils.set_random_seed(seed)
    task = task_of(setting)
    model = model_of(setting, task)
    scores = Scores(task)
    rng = np.random.default_rng([seed, 2])
    places = rng.permutation(np.arange(6, setting.epochs - 5))[: len(FACTORS)]
    scores.wanted = set(map(int, places))
    kept: dict[str, Any] = {
        "setting": asdict(setting),
        "metric": "accuracy" if task.classes else "mae",
    }
    kept["curves"] = train(model, setting, task, scores, 0, setting.epochs)
    kept["branches"] = []
    for place, factor in zip(map(int, places), rng.permutation(FACTORS), strict=False):
        restore(model, scores.snapshots[place])
        model.optimizer.learning_rate = setting.rate * factor
        last = min(place + BRANCH_EPOCHS, setting.epochs)
        curves = train(model, setting, task, scores, place, last)
        kept["branches"].append({"after": place, "factor": float(factor), "curves": curves})
    return kept


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("output", type=Path)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=250)
    options = parser.parse_args()
    with gzip.open(options.output, "wt", encoding="utf-8") as lines:
        for seed in range(options.first, options.first + options.count):
            print(json.dumps(run(seed), separators=(",", ":")), file=lines, flush=True)
            keras.backend.clear_session()


if __name__ == "__main__":
    main()
