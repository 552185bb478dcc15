"""What the rules say of one script under the versions of Keras that it may be configured for."""

import pytest

from overfitcheck.linter import lint_source
from overfitcheck.rule import load_rules
from overfitcheck.script.options import ScriptOptions
from overfitcheck.script.source import Source

VERSIONS = ("2.15", "3.0", "3.8", "3.10", "3.11")

HEAD = """import tensorflow as tf
from tensorflow import keras
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
"""

FIT = "model.fit(x, y, epochs=30, validation_split=0.2, callbacks=[{}])\n"

STOP = HEAD + FIT.format('keras.callbacks.EarlyStopping(monitor="val_acc")')
BEST = HEAD + FIT.format(
    'keras.callbacks.ModelCheckpoint("best.keras", monitor="val_acc", save_best_only=True)'
)
EVERY = HEAD + FIT.format('keras.callbacks.ModelCheckpoint("{epoch}.keras", monitor="val_acc")')
AUC = HEAD.replace('"accuracy"', 'keras.metrics.AUC(name="auc")') + FIT.format(
    'keras.callbacks.ModelCheckpoint("best.keras", monitor="val_auc", save_best_only=True)'
)
RECALL = HEAD.replace('"accuracy"', 'keras.metrics.Recall(name="recall")') + FIT.format(
    'keras.callbacks.EarlyStopping(monitor="val_recall", patience=3)'
)
PATIENT = HEAD + FIT.format("keras.callbacks.EarlyStopping(patience=40, restore_best_weights=True)")
OLD_RATE = HEAD.replace('"adam"', "keras.optimizers.Adam(lr=0.01)") + FIT.format("")
WHOLE_H5 = HEAD + FIT.format('keras.callbacks.ModelCheckpoint("best.h5", save_best_only=True)')
WHOLE_HDF5 = HEAD + FIT.format('keras.callbacks.ModelCheckpoint("best.hdf5", save_best_only=True)')
GENERATOR = HEAD + "model.fit_generator(batches, epochs=30)\n"
ACC = HEAD + "history = " + FIT.format("") + "print(history.history['val_acc'])\n"
ALWAYS_ON = """from tensorflow import keras
inputs = keras.Input((4,))
x = keras.layers.Dropout(0.5)(inputs, training=True)
model = keras.Model(inputs, keras.layers.Dense(1)(x))
model.compile("adam", "mse")
model.fit(x, y, epochs=30, validation_split=0.2)
model.evaluate(x_test, y_test)
"""

RATE = (
    HEAD
    + "history = "
    + FIT.format("keras.callbacks.ReduceLROnPlateau()")
    + "print(history.history['lr'])\n"
)
MONTE_CARLO = ALWAYS_ON.replace(
    "model.evaluate(x_test, y_test)",
    "import numpy as np\nprint(np.std([model.predict(x_test) for _ in range(50)], axis=0))",
)
BY_NAME = HEAD + 'layer = keras.layers.Dense(8, kernel_regularizer="l1_l2")\n'
ONE_FACTOR = (
    HEAD + "layer = keras.layers.Dense(8, kernel_regularizer=keras.regularizers.l1_l2(0.01))\n"
)
GAPS = HEAD + (
    "model.fit(x, y, epochs=30, validation_split=0.2, validation_freq=2,\n"
    '    callbacks=[keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)])\n'
)
SCHEDULED = HEAD.replace(
    '"adam"', "keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.1, 900))"
) + FIT.format("keras.callbacks.ReduceLROnPlateau()")
DECAY = HEAD.replace('"adam"', "keras.optimizers.Adam(0.01, decay=1e-6)") + FIT.format("")
WEIGHTS_H5 = HEAD + FIT.format(
    'keras.callbacks.ModelCheckpoint("best.h5", save_best_only=True, save_weights_only=True)'
)


def said(code: str, text: str, version: str) -> str:
    """What a rule says, "level: message"; "" where it is silent."""
    options = ScriptOptions(keras_version=version)
    rules = [load_rules()[code]]
    found = lint_source(Source("train.py", text), rules, options).findings
    return "; ".join(f"{each.level.value}: {each.message}" for each in found)


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("OVF504", STOP, ["it never stops", *["raises a ValueError"] * 4]),
        (
            "OVF504",
            BEST,
            [
                "it saves nothing",
                "it saves nothing",
                "it saves nothing",
                "every epoch",
                "ValueError",
            ],
        ),
        ("OVF504", EVERY, ["", "", "", "", "raises a ValueError"]),
        ("OVF505", AUC, [*["minimises val_auc"] * 4, ""]),
        ("OVF505", RECALL, ["minimises val_recall", "", "", "", ""]),
        ("OVF506", PATIENT, ["patience", "", "", "", ""]),
        ("OVF706", OLD_RATE, ["rate", *["ValueError"] * 4]),
        ("OVF804", WHOLE_H5, ["", "error: ", "", "", ""]),
        ("OVF804", WHOLE_HDF5, ["", *["error: "] * 4]),
        ("OVF512", ACC, ["KeyError"] * 5),
        ("OVF306", ALWAYS_ON, ["stays on", "", "", "", ""]),
        ("OVF512", RATE, ["", *["KeyError"] * 4]),
        ("OVF911", GENERATOR, ["", *["error: "] * 4]),
        ("OVF308", MONTE_CARLO, ["", *["gives the same answer each time: predict"] * 4]),
        ("OVF602", BY_NAME, ["", *["error: "] * 4]),
        ("OVF606", ONE_FACTOR, ["0.01 in Keras 2, 0 in Keras 3"] * 5),
        ("OVF510", GAPS, ["warning: ", "warning: ", "warning: ", "error: ", "error: "]),
        ("OVF703", SCHEDULED, ["goes on as if", *["raises a TypeError at the first plateau"] * 4]),
        ("OVF706", DECAY, ["raises a ValueError", *["it is ignored"] * 4]),
        ("OVF706", DECAY.replace("1e-6", "0.0"), ["raises a ValueError", "", "", "", ""]),
        ("OVF804", WEIGHTS_H5, ["", *["error: "] * 4]),
    ],
    ids=(
        "504-stop 504-best 504-every 505-auc 505-recall 506 706 804-h5 804-hdf5 512 306 512-rate 911 "
        "308 602 606 510 703 706-decay 706-none 804-weights"
    ).split(),
)
def test_what_is_said_depends_on_the_version(code: str, text: str, expected: list[str]) -> None:
    for version, part in zip(VERSIONS, expected, strict=True):
        message = said(code, text, version)
        assert part in message, (version, message)
        assert bool(part) == bool(message), (version, message)


@pytest.mark.parametrize("code", ["OVF505", "OVF506", "OVF804", "OVF911"])
def test_tf_keras_is_keras_2_with_weights_restored_at_the_end(code: str) -> None:
    texts = {"OVF505": RECALL, "OVF506": PATIENT, "OVF804": WHOLE_HDF5, "OVF911": GENERATOR}
    text = texts[code].replace("from tensorflow import keras", "import tf_keras as keras")
    rules = [load_rules()[code]]
    options = ScriptOptions(keras_version="2.16")
    found = lint_source(Source("train.py", text), rules, options).findings
    assert bool(found) == (code == "OVF505")


@pytest.mark.parametrize(
    ("code", "text", "level"),
    [
        ("OVF706", OLD_RATE, "warning"),
        ("OVF911", GENERATOR, "warning"),
        ("OVF804", WHOLE_HDF5, "info"),
        ("OVF804", WHOLE_H5, "info"),
    ],
    ids="706 911 804-hdf5 804-h5".split(),
)
def test_scripts_of_an_unknown_version_are_told_what_a_later_one_refuses(
    code: str, text: str, level: str
) -> None:
    found = lint_source(Source("train.py", text), [load_rules()[code]]).findings
    assert {each.level.value for each in found} == {level}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (OLD_RATE, "Adam(lr=0.01): the rate silently stays at its default since Keras 2.11"),
        (DECAY, "Adam(decay=1e-6) raises a ValueError since Keras 2.11"),
    ],
)
def test_what_an_optimizer_does_in_keras_2_says_nothing_of_keras_3(
    text: str, expected: str
) -> None:
    assert said("OVF706", text, "<3") == f"warning: {expected}"
    script = f'import os\nos.environ["TF_USE_LEGACY_KERAS"] = "1"\n{text}'
    (found,) = lint_source(Source("train.py", script), [load_rules()["OVF706"]]).findings
    assert found.message == expected


@pytest.mark.parametrize(
    ("optimizer", "version", "expected"),
    [
        (
            "Adam(lr=0.1, decay=1e-6)",
            ">=2.11",
            "Adam(lr=0.1) raises a ValueError since Keras 3 and Adam(decay=1e-6) raises a ValueError "
            "in Keras 2.11 to 2.15",
        ),
        (
            "Nadam(lr=0.1, schedule_decay=0.004)",
            ">=2.11",
            "Nadam(lr=0.1) raises a ValueError since Keras 3",
        ),
        ("SGD(lr=0.1, decay=1e-6)", "<3", "SGD(decay=1e-6) raises a ValueError since Keras 2.11"),
        ("SGD(lr=0.1, decay=1e-6)", ">=3", "SGD(lr=0.1) raises a ValueError"),
    ],
    ids="both-unknown another-unknown both-2 both-3".split(),
)
def test_a_rate_that_no_version_ignores_because_it_raises(
    optimizer: str, version: str, expected: str
) -> None:
    text = f"import keras\noptimizer = keras.optimizers.{optimizer}\n"
    assert said("OVF706", text, version).partition(": ")[2] == expected


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (
            "model.evaluate(x, y, drop_remainder=True)",
            "argument drop_remainder: it raises a TypeError (in Keras 3 a ValueError)",
        ),
        ("model.evaluate(x, y, workers=4)", "since Keras 3: there it raises a ValueError"),
        ("model.predict(x, workers=4)", "since Keras 3: there it raises a TypeError"),
        (
            "keras.callbacks.TensorBoard(log_path='logs')",
            "it raises a ValueError (in Keras 3 a TypeError)",
        ),
        ("keras.layers.Dense(8, unit=4)", "it raises a TypeError (in Keras 3 a ValueError)"),
        ("keras.layers.Dense(output_dim=4)", "there it raises a TypeError"),
        ("keras.optimizers.Adam(gradient_aggregator=a)", "there it raises a ValueError"),
        (
            "model.compile('sgd', 'mse', target_tensors=y)",
            "there it raises a ValueError (in Keras 3 a TypeError)",
        ),
        ("keras.callbacks.EarlyStopping(patiance=3)", "it raises a TypeError"),
    ],
    ids="evaluate evaluate-3 predict-3 board layer width adam compile stopping".split(),
)
def test_what_keras_raises_for_an_argument_that_it_looks_through_itself(
    call: str, error: str
) -> None:
    text = f"import keras\nmodel = keras.Sequential([keras.layers.Dense(1)])\n{call}\n"
    (found,) = lint_source(Source("train.py", text), [load_rules()["OVF402"]]).findings
    assert found.message.endswith(error)


KERAS_1 = """import keras
layer = keras.layers.Convolution2D(32, 3, 3, border_mode="same", init="uniform")
model = keras.models.Sequential([layer])
model.compile("sgd", "mse")
model.fit(x, y, nb_epoch=5, validation_split=0.2)
"""


@pytest.mark.parametrize(("version", "told"), [("1.2", 0), ("2.3", 0), ("2.15", 3), (None, 3)])
def test_what_keras_1_took_is_right_where_it_is_used(version: str | None, told: int) -> None:
    options = ScriptOptions(keras_version=version)
    rules = [load_rules()["OVF402"]]
    assert len(lint_source(Source("train.py", KERAS_1), rules, options).findings) == told


OLD_MODEL = """from keras.models import Sequential
from keras.layers import {layers}
from keras import optimizers
model = Sequential([Dense(1)])
"""

FORMER = [
    ('Dense(4, init="uniform", W_regularizer="l2", bias=False)', "2.3", "Keras 2.4"),
    ("Embedding(90, 4, init='uniform', dropout=0.2)", "2.3", "Keras 2.4"),
    ("LSTM(4, inner_init='glorot_uniform', consume_less='gpu')", "2.3", "Keras 2.4"),
    ("MaxPooling1D(pool_length=2, stride=2)", "2.3", "Keras 2.4"),
    ("BatchNormalization(mode=0, gamma_init='one')", "2.3", "Keras 2.4"),
    ("GaussianNoise(sigma=0.1)", "2.3", "Keras 2.4"),
    ("model.compile('sgd', 'mse', target_tensors=[y], options=o)", "2.3", "Keras 2.4"),
    ("model.fit(x, y, nb_epoch=4)", "2.3", "Keras 2.4"),
    ("model.fit(x, y, batch_size=8, show_accuracy=True)", "1.2", "Keras 2"),
    ("model.fit_generator(rows, samples_per_epoch=8, nb_epoch=3, nb_val_samples=2)", "2.3", "Keras 2.4"),
    ("model.evaluate_generator(rows, val_samples=8, pickle_safe=True)", "2.3", "Keras 2.4"),
    ("model.predict_generator(rows, val_samples=8, max_q_size=2)", "2.3", "Keras 2.4"),
    ("optimizers.Nadam(0.002, schedule_decay=0.004)", "2.10", "Keras 2.11"),
    ("optimizers.Adam(0.1, gradient_transformers=a, gradient_aggregator=b)", "2.10", "Keras 2.11"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "last", "since"), FORMER, ids=[each[0].partition("(")[0] for each in FORMER]
)
def test_an_argument_of_older_versions_is_right_in_them_and_gone_since(
    call: str, last: str, since: str
) -> None:
    name = call.partition("(")[0]
    layers = "Dense" if "." in name else f"Dense, {name}"
    text = f"{OLD_MODEL.format(layers=layers)}{call}\n"
    assert said("OVF402", text, last) == ""
    rules = [load_rules()["OVF402"]]
    unknown = lint_source(Source("train.py", text), rules).findings
    assert unknown
    assert {each.level.value for each in unknown} == {"warning"}
    assert all(f" since {since}: there it raises" in each.message for each in unknown)
    for known in said("OVF402", text, ">=2.11,<3").split("; "):
        assert known.startswith("error: ")
        assert " since " not in known


def test_weights_were_reshaped_in_older_versions() -> None:
    text = f"{OLD_MODEL.format(layers='Dense')}model.load_weights('w.h5', reshape=True)\n"
    assert said("OVF402", text, "2.3") == ""
    assert said("OVF402", text, "2.15").startswith("error: ")


@pytest.mark.parametrize(
    "call", ["Dense(4, kernel_regulariser='l2')", "Conv2D(8, 3, stride=2)", "Dense(4, p=0.5)"]
)
def test_what_no_version_takes_is_an_error_in_all(call: str) -> None:
    text = f"{OLD_MODEL.format(layers='Dense, Conv2D')}{call}\n"
    for version in ("2.2", "2.15", ">=2", "3"):
        found = said("OVF402", text, version)
        assert found.startswith("error: ")
        assert " since " not in found


@pytest.mark.parametrize(
    ("call", "advice"),
    [
        (
            "keras.callbacks.ModelCheckpoint('best.keras', period=5)",
            "use save_freq instead of period (it counts batches, not epochs)",
        ),
        (
            "keras.callbacks.ModelCheckpoint('best.keras', period=1)",
            "delete period: every epoch is looked at without it as well",
        ),
        (
            "keras.callbacks.TensorBoard('logs', batch_size=32)",
            "delete batch_size: TensorBoard has ignored it since TensorFlow 2",
        ),
        (
            "model.fit_generator(rows, samples_per_epoch=800)",
            "use steps_per_epoch instead of samples_per_epoch (it counts batches, not samples)",
        ),
        (
            "model.evaluate_generator(rows, val_samples=800)",
            "use steps instead of val_samples (it counts batches, not samples)",
        ),
        (
            "keras.utils.to_categorical(y, nb_classes=3)",
            "use num_classes instead of nb_classes",
        ),
        (
            "keras.layers.MaxPooling1D(stride=3)",
            "use strides instead of stride",
        ),
        (
            "keras.layers.Embedding(9, 4, init='uniform')",
            "use embeddings_initializer instead of init",
        ),
        (
            "keras.layers.Convolution2D(64, 3, 1, border_mode='same')",
            "use padding instead of border_mode, and give the kernel as one tuple: (3, 1)",
        ),
        (
            "keras.layers.MaxPooling2D(dim_ordering='th')",
            'use data_format="channels_first" instead of dim_ordering="th"',
        ),
        (
            "keras.layers.MaxPooling2D(dim_ordering=order)",
            "use data_format instead of dim_ordering "
            '("channels_first" for "th", "channels_last" for "tf")',
        ),
        (
            "keras.optimizers.Nadam(schedule_decay=0.004)",
            "delete schedule_decay, or use Nadam of keras.optimizers.legacy in Keras 2",
        ),
        (
            "model.compile('sgd', 'mse', target_tensors=y)",
            "delete target_tensors, or keep to a version of Keras before 2.4",
        ),
    ],
)
def test_what_takes_the_place_of_an_argument(call: str, advice: str) -> None:
    text = f"import keras\nmodel = keras.Sequential([keras.layers.Dense(1)])\n{call}\n"
    (found,) = lint_source(Source("train.py", text), [load_rules()["OVF402"]]).findings
    assert found.fix is not None and found.fix.message == advice


NAMED = """import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=[{metric}])
save = keras.callbacks.ModelCheckpoint({file}, monitor={monitor}, mode="min", save_best_only=True)
history = model.fit(x, y, epochs=30, validation_split=0.2, callbacks=[save])
"""


def named(metric: str, monitor: str, file: str = "'best.keras'") -> str:
    return NAMED.format(metric=repr(metric), monitor=repr(monitor), file=file)


@pytest.mark.parametrize(
    ("code", "text", "told"),
    [
        ("OVF504", named("accuracy", "val_acc"), "watches val_acc, which model never logs"),
        ("OVF504", named("accuracy", "acc"), "watches acc, which model never logs"),
        ("OVF512", f"{named('accuracy', 'val_loss')}history.history['acc']", "never logs 'acc'"),
        (
            "OVF512",
            f"{named('mae', 'val_loss')}history.history['val_mean_absolute_error']",
            "never logs 'val_mean_absolute_error'",
        ),
        (
            "OVF806",
            named("accuracy", "val_loss", file="'{val_acc:.2f}.keras'"),
            "is not in the logs of model.fit",
        ),
    ],
)
def test_what_was_logged_before_keras_2_3_is_told_so(code: str, text: str, told: str) -> None:
    (found,) = lint_source(Source("train.py", text), [load_rules()[code]]).findings
    assert f"{told} since Keras 2.3 (it logs " in found.message
    assert f"{told} (it logs " in said(code, text, ">=2.4")
    assert said(code, text, "2.2") == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (named("acc", "val_accuracy"), "never logs (it logs val_acc"),
        (named("accuracy", "val_auc"), "never logs (it logs val_accuracy"),
        (
            named("accuracy", "val_acc").replace("validation_split=0.2, ", ""),
            "never logs: it has no validation data",
        ),
    ],
)
def test_what_no_version_logs_is_told_without_one(text: str, told: str) -> None:
    (found,) = lint_source(Source("train.py", text), [load_rules()["OVF504"]]).findings
    assert told in found.message


@pytest.mark.parametrize(
    ("metric", "monitor", "versions"),
    [
        ("accuracy", "acc", ["2.2"]),
        ("accuracy", "accuracy", ["2.3", "2.15", "3"]),
        ("acc", "acc", ["2.2", "2.3", "2.15", "3"]),
        ("acc", "accuracy", []),
        ("mse", "mean_squared_error", ["2.2"]),
        ("mse", "mse", ["2.3", "2.15", "3"]),
    ],
)
def test_a_training_metric_is_known_by_the_name_of_the_version(
    metric: str, monitor: str, versions: list[str]
) -> None:
    text = named(metric, monitor)
    assert [each for each in ("2.2", "2.3", "2.15", "3") if said("OVF503", text, each)] == versions
