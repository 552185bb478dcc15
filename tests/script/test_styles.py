"""The ways in which people write a training: each is understood, or nothing is said of it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from overfitcheck.finding import Finding
from overfitcheck.linter import lint_source
from overfitcheck.rule import load_rules
from overfitcheck.script.options import ScriptOptions
from overfitcheck.script.script import Script, read_script
from overfitcheck.script.source import Source

HEAD = """
import argparse, functools, keras, keras_tuner, optuna
import tensorflow as tf
from dataclasses import dataclass
from absl import app, flags
from scikeras.wrappers import KerasClassifier
from sklearn.model_selection import KFold, cross_val_score
from tensorflow.keras.callbacks import EarlyStopping, ModelCheckpoint
from tensorflow.keras.layers import Dense, Dropout
from tensorflow.keras.preprocessing.image import ImageDataGenerator

def build(units=8, rate=0.5):
    model = keras.Sequential([Dense(units), Dropout(rate), Dense(1)])
    model.compile("adam", "mse")
    return model
"""

STOPPED = "validation_data=(a, b), callbacks=[EarlyStopping(patience=3)]"

ONE_FIT = {
    "argparse in a function": f"""
        def parse():
            parser = argparse.ArgumentParser()
            parser.add_argument("--epochs", type=int, default=30)
            return parser.parse_args()
        args = parse()
        build().fit(x, y, epochs=args.epochs, {STOPPED})
    """,
    "absl": f"""
        FLAGS = flags.FLAGS
        flags.DEFINE_integer("epochs", 30, "how long")
        def main(_):
            build().fit(x, y, epochs=FLAGS.epochs, {STOPPED})
        app.run(main)
    """,
    "dataclass": f"""
        @dataclass
        class Config:
            epochs: int = 30
        def train(config: Config):
            build().fit(x, y, epochs=config.epochs, {STOPPED})
        train(Config())
    """,
    "partial": f"""
        make = functools.partial(build, rate=0.2)
        fit = functools.partial(make().fit, x, y, {STOPPED})
        fit(epochs=30)
    """,
    "keyword arguments in steps": """
        options = dict(epochs=10)
        options["epochs"] = 30
        options.update(validation_data=(a, b))
        options["callbacks"] = []
        options["callbacks"].append(EarlyStopping(patience=3))
        build().fit(x, y, **options)
    """,
    "attributes set in other methods": f"""
        class Trainer:
            def __init__(self):
                self.epochs = 30
                self.prepare()
            def prepare(self):
                self.model = build()
            def train(self):
                self.model.fit(x, y, epochs=self.epochs, {STOPPED})
        Trainer().train()
    """,
    "tf.data through functions": """
        def prepare(rows, training=False):
            rows = rows.map(scale)
            if training:
                rows = rows.shuffle(1000)
            return rows.batch(32).prefetch(tf.data.AUTOTUNE)
        rows = tf.data.Dataset.from_tensor_slices((x, y))
        def parts(rows):
            return prepare(rows.skip(100), training=True), prepare(rows.take(100))
        train, valid = parts(rows)
        build().fit(train, validation_data=valid, epochs=30, callbacks=[EarlyStopping(patience=3)])
    """,
    "directories": """
        def flow(folder, **more):
            return ImageDataGenerator(rescale=1 / 255, **more).flow_from_directory(folder)
        build().fit(flow("train", horizontal_flip=True), validation_data=flow("valid"), epochs=30,
                    callbacks=[EarlyStopping(patience=3)])
    """,
    "folds": """
        for train, valid in KFold(5).split(x):
            model = build()
            model.fit(x[train], y[train], epochs=30, validation_data=(x[valid], y[valid]),
                      callbacks=[EarlyStopping(patience=3)])
    """,
    "nested models": f"""
        def block(units):
            inputs = keras.Input((4,))
            return keras.Model(inputs, Dropout(0.5)(Dense(units)(inputs)))
        inputs = keras.Input((4,))
        model = keras.Model(inputs, Dense(1)(block(8)(inputs)))
        model.compile("adam", "mse")
        model.fit(x, y, epochs=30, {STOPPED})
    """,
    "a subclass": f"""
        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.drop, self.out = Dropout(0.5), Dense(1)
            def call(self, x, training=False):
                return self.out(self.drop(x, training=training))
        net = Net()
        net.compile("adam", "mse")
        net.fit(x, y, epochs=30, {STOPPED})
    """,
    "names of Keras 1": """
        model = keras.models.Sequential()
        model.add(Dense(output_dim=1, W_regularizer=keras.regularizers.l2(0.01)))
        model.compile("adam", "mse")
        model.fit_generator(rows, samples_per_epoch=100, nb_epoch=30, validation_data=(a, b),
                            nb_val_samples=10, callbacks=[EarlyStopping(patience=3)])
    """,
}


def script(body: str) -> Script:
    return read_script(HEAD + dedent(body), "train.py")


@pytest.mark.parametrize("body", ONE_FIT.values(), ids=ONE_FIT)
def test_one_fit_is_understood(body: str) -> None:
    (fit,) = script(body).fits
    assert fit.epochs == (30, 30)
    assert fit.has_validation
    assert fit.callbacks.complete
    assert fit.callbacks.has("EarlyStopping")
    assert fit.compiled is not None


TUNED = {
    "Optuna": """
        def objective(trial):
            model = build(trial.suggest_int("units", 2, 8))
            model.fit(x, y, epochs=30)
            return model.evaluate(a, b)
        optuna.create_study().optimize(objective, n_trials=9)
    """,
    "Optuna by another name": """
        def score(t, x):
            model = build(t.suggest_int("units", 2, 8))
            model.fit(x, y, epochs=30)
            return model.evaluate(a, b)
        optuna.create_study().optimize(lambda t: score(t, x), n_trials=9)
    """,
    "Optuna through functions": """
        def train(model):
            model.fit(x, y, epochs=30)
        def objective(trial):
            model = build(trial.suggest_int("units", 2, 8))
            train(model)
            return model.evaluate(a, b)
        optuna.create_study().optimize(objective, n_trials=9)
    """,
    "a hypermodel": """
        class Search(keras_tuner.HyperModel):
            def build(self, hp):
                return build(hp.Int("units", 2, 8))
            def fit(self, settings, model, *args, **kwargs):
                return model.fit(*args, epochs=30, **kwargs)
        keras_tuner.RandomSearch(Search(), objective="val_loss").search(x, y)
    """,
}


@pytest.mark.parametrize("body", TUNED.values(), ids=TUNED)
def test_a_trial_of_a_search_lacks_nothing(body: str) -> None:
    (fit,) = script(body).fits
    assert fit.is_tuned
    assert fit.is_exempt


def test_a_fit_after_a_search_is_no_trial() -> None:
    body = TUNED["Optuna"] + "\n        best = build()\n        best.fit(x, y, epochs=50)\n"
    assert [fit.is_tuned for fit in script(body).fits if fit.epochs == (50, 50)] == [False]


QUIET = {
    "a tape": """
        model, optimizer = build(), keras.optimizers.Adam()
        for epoch in range(30):
            for rows, truth in data:
                with tf.GradientTape() as tape:
                    loss = loss_fn(truth, model(rows, training=True)) + sum(model.losses)
                gradients = tape.gradient(loss, model.trainable_variables)
                optimizer.apply_gradients(zip(gradients, model.trainable_variables))
            score = loss_fn(b, model(a, training=False))
            if score < lowest:
                lowest, patience = score, 0
                model.save_weights("lowest.weights.h5")
            elif (patience := patience + 1) > 5:
                break
    """,
    "batches": """
        model = build()
        for epoch in range(30):
            for rows, truth in data:
                model.train_on_batch(rows, truth)
            score = model.evaluate(a, b)
            if score > best:
                best, best_weights, waited = score, model.get_weights(), 0
            else:
                waited += 1
            if waited == 4:
                break
        model.set_weights(best_weights)
    """,
    "steps of a tape, that are no epochs": """
        model, optimizer = build(), keras.optimizers.Adam()
        for step, (rows, truth) in enumerate(data.take(3000)):
            with tf.GradientTape() as tape:
                loss = loss_fn(truth, model(rows, training=True)) + sum(model.losses)
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    """,
    "scikeras": """
        def classifier():
            model = keras.Sequential([Dense(8), Dropout(0.5), Dense(1, activation="sigmoid")])
            model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
            return model
        print(cross_val_score(KerasClassifier(build_fn=classifier, epochs=30), x, y, cv=5))
    """,
    "KerasTuner": """
        def tuned(hp):
            return build(hp.Int("units", 2, 8), hp.Float("rate", 0.0, 0.5))
        tuner = keras_tuner.Hyperband(tuned, objective="val_loss", max_epochs=30)
        tuner.search(x, y, epochs=30, validation_data=(a, b), callbacks=[EarlyStopping(patience=3)])
        print(tuner.get_best_models()[0].evaluate(c, d))
    """,
    "test-time augmentation": """
        model = build()
        history = model.fit(x, y, epochs=30, validation_data=(a, b), callbacks=[
            EarlyStopping(patience=3, restore_best_weights=True)])
        flipped = [model.predict(change(c)) for change in (tf.image.flip_left_right, tf.identity)]
        print(keras.metrics.mean_squared_error(d, sum(flipped) / len(flipped)))
    """,
}


@pytest.mark.parametrize("body", QUIET.values(), ids=QUIET)
def test_nothing_is_said_of_what_is_in_order(body: str) -> None:
    assert [(each.code, each.message) for each in warned(body)] == []


def warned(body: str) -> list[Finding]:
    """The findings that weigh more than a hint."""
    source = Source("train.py", HEAD + dedent(body))
    found = lint_source(source, list(load_rules().values())).findings
    return [each for each in found if each.level.value != "info"]


FAULTS = {
    "a tape that leaves the penalties out": (
        """
        model, optimizer = keras.Sequential([Dense(8, kernel_regularizer="l2"), Dense(1)]), adam
        for rows, truth in data:
            with tf.GradientTape() as tape:
                loss = loss_fn(truth, model(rows, training=True))
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        """,
        "penalty",
    ),
    "a tape whose dropout sleeps": (
        """
        model, optimizer = build(), keras.optimizers.Adam()
        for rows, truth in data:
            with tf.GradientTape() as tape:
                loss = loss_fn(truth, model(rows))
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        """,
        "dropout-inactive",
    ),
}


@pytest.mark.parametrize(("body", "name"), FAULTS.values(), ids=FAULTS)
def test_a_loop_of_ones_own_is_looked_into(body: str, name: str) -> None:
    assert [each for each in warned(body) if name in each.name]


CALLBACKS = """
from tensorflow import keras

def callbacks(patience=3, log=False):
    kept = [keras.callbacks.EarlyStopping(patience=patience)]
    if log:
        kept.append(keras.callbacks.CSVLogger("log.csv"))
    return kept
"""


@pytest.mark.parametrize(
    "lines",
    [
        "from training.callbacks import callbacks\ngiven = callbacks()",
        "from training import callbacks\ngiven = callbacks.callbacks(patience=5)",
        "import training.callbacks as c\ngiven = [*c.callbacks(), ModelCheckpoint('a.keras')]",
        "from training.callbacks import callbacks\ngiven = callbacks() + [ModelCheckpoint('a.keras')]",
    ],
)
def test_callbacks_built_in_another_module(tmp_path: Path, lines: str) -> None:
    (tmp_path / "training").mkdir()
    (tmp_path / "training" / "callbacks.py").write_text(CALLBACKS)
    body = f"{HEAD}\n{lines}\nbuild().fit(x, y, epochs=30, callbacks=given)\n"
    (fit,) = read_script(body, str(tmp_path / "t.py"), options=ScriptOptions(root=tmp_path)).fits
    assert fit.callbacks.has("EarlyStopping")
    assert fit.callbacks.complete
