"""The technique checklist of a fit: what its callbacks do, and what does not apply to it."""

import pytest

from overfitcheck.finding import Answer
from overfitcheck.script.options import DEFAULTS, ScriptOptions
from overfitcheck.script.script import read_script

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
NOT_APPLICABLE = Answer.NOT_APPLICABLE

FIT = """
import keras
from keras import callbacks
model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[{}])
"""


def answers(text: str, options: ScriptOptions = DEFAULTS) -> dict[str, Answer]:
    script = read_script(text, "train.py", options=options)
    return dict(script.checklist(script.fits[0]))


def watching(monitor: str, more: str = "") -> dict[str, Answer]:
    passed = (
        f'callbacks.EarlyStopping("{monitor}"), '
        f'callbacks.ReduceLROnPlateau("{monitor}"), '
        f'callbacks.ModelCheckpoint("best.keras", "{monitor}", save_best_only=True), {more}'
    )
    found = answers(FIT.format(passed))
    return {
        name: found[name]
        for name in ("early stopping", "learning-rate reduction", "best model kept")
    }


@pytest.mark.parametrize(
    ("monitor", "answer"),
    [("val_loss", YES), ("val_accuracy", YES), ("val_acc", UNKNOWN), ("val_auc", NO)],
)
def test_a_callback_acts_where_its_metric_is_logged(monitor: str, answer: Answer) -> None:
    assert set(watching(monitor).values()) == {answer}


def test_one_callback_that_acts_is_enough() -> None:
    more = 'callbacks.EarlyStopping(restore_best_weights=True), callbacks.ReduceLROnPlateau("loss")'
    for monitor in ("val_acc", "val_auc"):
        assert set(watching(monitor, more).values()) == {YES}


def test_a_stopper_that_never_stops_restores_nothing() -> None:
    stop = 'callbacks.EarlyStopping("val_auc", restore_best_weights=True)'
    found = answers(FIT.format(stop))
    assert (found["early stopping"], found["best model kept"]) == (NO, NO)


def test_what_newer_versions_do_not_log_keeps_nothing_there() -> None:
    kept = 'callbacks.ModelCheckpoint("best.keras", "val_acc", save_best_only=True)'
    for version, answer in {"3": NO, "2.15": NO, "2": UNKNOWN, "2.2": YES}.items():
        options = ScriptOptions(keras_version=version)
        assert answers(FIT.format(kept), options)["best model kept"] is answer


PERHAPS = """
import keras
from keras import callbacks
stop = callbacks.EarlyStopping(patience=3, restore_best_weights=True)
{}
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=given)
"""


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        ("given = []\nif asked:\n    given.append(stop)", UNKNOWN),
        ("given = []\nif asked:\n    given += [stop]", UNKNOWN),
        ("given = []\nif asked:\n    given.insert(0, stop)", UNKNOWN),
        ("more = []\nif asked:\n    more.append(stop)\ngiven = [*more]", UNKNOWN),
        ("more = []\nif asked:\n    more.append(stop)\ngiven = list(more)", UNKNOWN),
        ("more = []\nif asked:\n    more.append(stop)\ngiven = [] + more", UNKNOWN),
        ("given = [stop] if asked else []", UNKNOWN),
        ("given = [stop]\nif asked:\n    given = None", UNKNOWN),
        ("given = [stop]\nif asked:\n    given.append(callbacks.CSVLogger('log.csv'))", YES),
        ("given = [stop if asked else callbacks.EarlyStopping(restore_best_weights=True)]", YES),
        ("given = []\nfor each in asked:\n    given.append(stop)", YES),
        ("if not asked:\n    raise SystemExit\ngiven = []\ngiven.append(stop)", YES),
    ],
)
def test_a_callback_on_a_branch_is_perhaps_there(lines: str, answer: Answer) -> None:
    found = answers(PERHAPS.format(lines))
    assert (found["early stopping"], found["best model kept"]) == (answer, answer)


def test_a_callback_of_the_branch_of_the_fit_is_there() -> None:
    text = """
import keras
given = []
if asked:
    given.append(keras.callbacks.EarlyStopping())
    model.fit(x, y, epochs=50, validation_split=0.2, callbacks=given)
"""
    assert answers(text)["early stopping"] is YES


def test_of_very_many_callbacks_on_branches_nothing_is_sure() -> None:
    kinds = (
        "EarlyStopping",
        "CSVLogger",
        "TerminateOnNaN",
        "ProgbarLogger",
        "TensorBoard",
        "History",
    )
    lines = "".join(
        f"if asked[{number}]:\n    given.append(callbacks.{kind}())\n"
        for number, kind in enumerate(kinds)
    )
    assert answers(PERHAPS.format("given = []\n" + lines))["early stopping"] is UNKNOWN


COMPILED = """
import keras
from keras import layers
from theirs import score
model = keras.Sequential([layers.Dense(8), layers.Dense(2{})])
model.compile("adam", {})
model.fit(x, y, epochs=50, validation_split=0.2{})
"""


@pytest.mark.parametrize(
    ("activation", "compiled", "more", "answer"),
    [
        ("", '"mse"', "", NOT_APPLICABLE),
        ("", '"mae", metrics=["mse", keras.metrics.RootMeanSquaredError()]', "", NOT_APPLICABLE),
        ("", "keras.losses.Huber()", ", sample_weight=ages", NOT_APPLICABLE),
        (', "tanh"', "keras.losses.mean_squared_error", "", NOT_APPLICABLE),
        ("", '"mse", metrics=["accuracy"]', "", NOT_APPLICABLE),
        (', "tanh"', 'keras.losses.MSE, metrics=["accuracy"]', "", NOT_APPLICABLE),
        ("", '"mse", metrics=[score]', "", NOT_APPLICABLE),
        (", activation=score", '"mse", metrics=["accuracy"]', "", NO),
        (', "softmax"', 'keras.losses.MSE, metrics=["accuracy"]', "", UNKNOWN),
        (', activation="softmax"', '"mse"', "", NO),
        (', activation="sigmoid"', '"mse"', "", NO),
        ("), layers.Softmax(", '"mse"', "", NO),
        ("", '"mse"', ", class_weight={0: 1, 1: 9}", YES),
        ("", '"mse"', ", class_weight=None", NOT_APPLICABLE),
        ("", '"hinge"', "", NO),
        ("", "score", "", UNKNOWN),
        ("", '"mse", **more', "", NOT_APPLICABLE),
    ],
)
def test_a_regression_has_no_classes(
    activation: str, compiled: str, more: str, answer: Answer
) -> None:
    assert answers(COMPILED.format(activation, compiled, more))["class imbalance"] is answer


@pytest.mark.parametrize(
    ("labels", "answer"),
    [
        ("keras.utils.to_categorical(labels)", NO),
        ("pandas.get_dummies(table['kind'])", NO),
        ("keras.datasets.mnist.load_data()[0][1]", NO),
        ("sklearn.datasets.load_iris(return_X_y=True)[1]", NO),
        ("keras.datasets.boston_housing.load_data()[0][1]", NOT_APPLICABLE),
        ("sklearn.datasets.make_regression()[1]", NOT_APPLICABLE),
        ("table[['price', 'age']]", NOT_APPLICABLE),
    ],
)
def test_accuracy_does_not_make_classes_of_numbers(labels: str, answer: Answer) -> None:
    text = COMPILED.format("", '"mse", metrics=["accuracy"]', "").replace("x, y", f"x, {labels}")
    found = answers(f"import pandas, sklearn.datasets\n{text}")
    assert found["class imbalance"] is answer


AUGMENTED = """
import keras
import numpy as np
from keras.preprocessing.image import ImageDataGenerator
(x, y), _ = keras.datasets.cifar10.load_data()
turned = ImageDataGenerator(zoom_range=0.2)
plain = ImageDataGenerator(rescale=1 / 255)
def made():
    model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model
made().fit({})
"""


@pytest.mark.parametrize(
    ("given", "later", "answer"),
    [
        ("x / 255, y", "turned.flow(x, y)", NO),
        ("plain.flow(x, y)", "turned.flow(x, y)", NO),
        ("np.load('features.npy'), y", "turned.flow(x, y)", NO),
        ("theirs, y", "turned.flow(x, y)", UNKNOWN),
        ("np.array(theirs), y", "turned.flow(x, y)", UNKNOWN),
        ("theirs", "plain.flow(x, y)", YES),
        ("turned.flow(x, y)", "x, y", YES),
        ("(pair for pair in turned.flow(x, y))", "x, y", YES),
        ("*next(turned.flow(x, y, 50000))", "x, y", YES),
    ],
)
def test_each_fit_is_augmented_by_what_it_trains_on(given: str, later: str, answer: Answer) -> None:
    text = AUGMENTED.format(given) + f"made().fit({later})\n"
    assert answers(text)["data augmentation"] is answer


def test_layers_of_another_model_do_not_augment() -> None:
    text = """
import keras
plain = keras.Sequential([keras.layers.Dense(10)])
plain.compile("adam", "mse")
plain.fit(x, y, epochs=50)
turning = keras.Sequential([keras.layers.RandomFlip(), keras.layers.Dense(10)])
turning.compile("adam", "mse")
turning.fit(x, y, epochs=50)
"""
    script = read_script(text, "train.py")
    found = [script.checklist(fit)["data augmentation"] for fit in script.fits]
    assert found == [NO, YES]
    alone = text.replace("turning.fit(", "print(")
    assert answers(alone)["data augmentation"] is YES


@pytest.mark.parametrize(
    ("version", "answer"), [("", UNKNOWN), ("2.9", YES), ("2.15", NO), ("3", NO)]
)
def test_decay_of_an_optimizer_reduces_the_rate_where_it_still_does(
    version: str, answer: Answer
) -> None:
    compiled = "keras.optimizers.Adam(lr=0.001, decay=1e-5), 'mse'"
    text = (
        "import keras\nmodel = keras.Sequential([keras.layers.Dense(1)])\n"
        f"model.compile({compiled})\nmodel.fit(x, y, epochs=9)\n"
    )
    options = ScriptOptions(version or None)
    assert answers(text, options)["learning-rate reduction"] is answer


@pytest.mark.parametrize(
    ("given", "answer"), [("dropout", YES), ("recurrent_dropout", YES), ("units", NO)]
)
def test_layers_that_drop_inputs_or_states_themselves_count_as_dropout(
    given: str, answer: Answer
) -> None:
    units = "" if given == "units" else "8, "
    text = (
        f"import keras\nmodel = keras.Sequential([keras.layers.LSTM({units}{given}=0.1)])\n"
        "model.compile('adam', 'mse')\nmodel.fit(x, y, epochs=9)\n"
    )
    assert answers(text)["dropout"] is answer


@pytest.mark.parametrize(
    ("layer", "answer"),
    [
        ("Dropout(0)", NO),
        ("GaussianNoise(0.0)", NO),
        ("LSTM(8, dropout=0)", NO),
        ("Dropout(rate)", YES),
        ("Dropout(rate_of(0.0))", NO),
        ("Dropout(0 if plain else 0.2)", UNKNOWN),
        ("Dropout(asked.rate)", UNKNOWN),
        ("SpatialDropout1D(0.1)", YES),
    ],
)
def test_a_rate_of_0_drops_nothing(layer: str, answer: Answer) -> None:
    text = f"""
import argparse
import keras
from keras.layers import *
parser = argparse.ArgumentParser()
parser.add_argument("--rate", type=float, default=0.0)
asked = parser.parse_args()
def rate_of(given=0.3):
    return given
model = keras.Sequential([{layer}, keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=9)
"""
    assert answers(text)["dropout"] is answer


TABLE = """
import keras
import pandas as pd
from imblearn.over_sampling import SMOTE
from sklearn.utils import resample
table = pd.read_csv("patients.csv")
healthy, ill = table[table["ill"] == 0], table[table["ill"] == 1]
more = resample(ill, n_samples=len(healthy))
x, y = table.drop("ill", axis=1), table["ill"]
{}
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=50, validation_split=0.2)
"""

OF_TABLE = "x, y = table.drop('ill', axis=1), table['ill']"


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        ("", NO),
        ("x, y = SMOTE().fit_resample(x, y)", YES),
        ("x_more, y_more = SMOTE().fit_resample(x, y)", UNKNOWN),
        (f"table = pd.concat([healthy, more])\n{OF_TABLE}", YES),
        (f"table = healthy.append(more)\n{OF_TABLE}", YES),
        (f"table = balanced(healthy, more)\n{OF_TABLE}", UNKNOWN),
        (f"table = pd.concat([healthy.head(500), ill])\n{OF_TABLE}", UNKNOWN),
        (f"table = pd.concat([table.query('ill < 1').sample(500), ill])\n{OF_TABLE}", UNKNOWN),
        (f"table = table.groupby('ill').apply(lambda rows: rows.sample(9))\n{OF_TABLE}", UNKNOWN),
        (f"table = table.groupby('ward').apply(lambda rows: rows.fillna(0))\n{OF_TABLE}", NO),
        (f"table = pd.concat([healthy, ill]).sample(500)\n{OF_TABLE}", NO),
        (f"table = resample(pd.concat([healthy, ill]))\n{OF_TABLE}", NO),
        (f"table = table[table.age > 18].sample(500)\n{OF_TABLE}", NO),
    ],
)
def test_rows_that_are_drawn_of_one_class_even_them_out(lines: str, answer: Answer) -> None:
    assert answers(TABLE.format(lines))["class imbalance"] is answer
