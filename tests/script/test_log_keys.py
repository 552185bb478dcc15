"""Keys of the epoch logs against the names that Keras really logs."""

import pytest

from overfitcheck.script.log_keys import LogKeys
from overfitcheck.script.options import ScriptOptions
from overfitcheck.script.script import read_script


def keys(compiled: str, model: str = "keras.Sequential([keras.layers.Dense(1)])") -> LogKeys | None:
    text = (
        "import keras, tensorflow as tf\n"
        f"model = {model}\n"
        f"model.compile({compiled})\n"
        "model.fit(x, y, epochs=9, validation_split=0.1)\n"
    )
    return read_script(text, "train.py").fits[0].log_keys


@pytest.mark.parametrize(
    ("compiled", "logged", "not_logged"),
    [
        ("'adam', 'mse'", "val_loss", "val_accuracy"),
        ("'adam', 'mse', metrics=['accuracy']", "val_accuracy", "val_acc"),
        ("'adam', 'mse', metrics=['acc']", "val_acc", "val_accuracy"),
        ("'adam', 'mse', metrics=('accuracy',)", "accuracy", "binary_accuracy"),
        ("'adam', 'mse', metrics=['AUC']", "val_auc", "roc"),
        ("'adam', 'mse', metrics=['AUC']", "val_AUC", "roc"),
        ("'adam', 'mse', metrics=[keras.metrics.AUC(name='roc')]", "roc", "auc"),
        ("'adam', 'mse', metrics=[tf.keras.metrics.AUC()]", "auc_3", "roc"),
        ("'adam', 'mse', metrics=keras.metrics.BinaryAccuracy()", "binary_accuracy", "accuracy"),
        ("'adam', 'mse', metrics=[keras.metrics.RootMeanSquaredError()]",
         "root_mean_squared_error", "rmse"),
        ("'adam', 'mse', metrics=[tf.keras.metrics.mean_absolute_error]",
         "val_mean_absolute_error", "mae"),
        ("'adam', 'mse', metrics=['mae'], weighted_metrics=['mae']", "val_weighted_mae", "acc"),
        ("'adam', ['mse'], metrics=['accuracy']", "val_accuracy", "val_acc"),
    ],
)  # fmt: skip
def test_logged_keys(compiled: str, logged: str, not_logged: str) -> None:
    found = keys(compiled)
    assert found is not None
    assert found.has(logged) is True
    assert found.has(not_logged) is False


@pytest.mark.parametrize(
    "compiled",
    [
        "'adam', 'mse', metrics=chosen",
        "'adam', 'mse', metrics=['accuracy', mine]",
        "'adam', 'mse', metrics=[their_metric()]",
        "'adam', loss={'a': 'mse', 'b': 'mae'}",
        "'adam', loss=['mse', 'mae'], metrics=['accuracy']",
        "**options",
        "'adam', 'mse', ['accuracy']",
    ],
)
def test_keys_that_cannot_be_known(compiled: str) -> None:
    assert keys(compiled) is None


@pytest.mark.parametrize("model", ["keras.models.load_model('a.keras')", "nets.build(32)"])
def test_a_model_that_is_not_shown_logs_no_other_spelling(model: str) -> None:
    found = keys("'adam', 'mse', metrics=['accuracy']", model)
    assert found is not None
    assert found.has("val_acc") is False
    assert found.has("val_accuracy") is True
    assert found.has("val_head_accuracy") is None


@pytest.mark.parametrize("name", ["outputs", "output"])
def test_a_network_on_top_of_another_has_one_output(name: str) -> None:
    model = f"keras.Model(base.input, {name}=keras.Sequential(layers)(base.output))"
    found = keys("'adam', 'mse', metrics=['accuracy']", model)
    assert found is not None
    assert found.has("acc") is False


def test_keys_of_several_outputs_are_unknown() -> None:
    assert keys("'adam', 'mse', metrics=['acc']", "keras.Model(a, outputs=[b, c])") is None


def test_a_function_of_the_script_is_logged_under_its_name() -> None:
    text = (
        "import keras\ndef f1(t, p):\n    return 0\nmodel = keras.Sequential()\n"
        "model.compile('adam', 'mse', metrics=[f1])\nmodel.fit(x, y, epochs=2)\n"
    )
    found = read_script(text, "train.py").fits[0].log_keys
    assert found is not None
    assert found.has("f1") is True
    assert found.has("val_f1") is False


NAMED = "def made(name):\n    def IoU(t, p):\n        return 0\n    {}\n    return IoU\n"


@pytest.mark.parametrize(
    ("named", "version", "logged", "not_logged"),
    [
        ("pass", None, "val_io_u", "iou"),
        ("pass", None, "val_IoU", "iou"),
        ("pass", "2.15", "IoU", "io_u"),
        ("pass", "3.8", "io_u", "IoU"),
        ("IoU.__name__ = 'RMSE'", None, "val_RMSE", "IoU"),
        ("IoU.__name__ = 'RMSE'", "3.8", "val_rmse", "RMSE"),
        ("IoU.__name__ = name", "2.15", "overlap", "IoU"),
        ("IoU.name = 'RMSE'", "3.8", "val_RMSE", "rmse"),
        ("print(IoU.__name__)", "2.15", "IoU", "io_u"),
    ],
)
def test_what_a_function_is_called(
    named: str, version: str | None, logged: str, not_logged: str
) -> None:
    text = (
        f"import keras\n{NAMED.format(named)}"
        "model = keras.Sequential([keras.layers.Dense(1)])\n"
        "model.compile('adam', 'mse', metrics=[made('overlap')])\n"
        "model.fit(x, y, epochs=9, validation_split=0.1)\n"
    )
    found = read_script(text, "t.py", options=ScriptOptions(keras_version=version)).fits[0].log_keys
    assert found is not None
    assert found.has(logged) is True
    assert found.has(not_logged) is False


def test_a_function_may_be_given_an_unknown_name() -> None:
    text = (
        "import keras\ndef f1(t, p):\n    return 0\nf1.__name__ = read()\n"
        "model = keras.Sequential([keras.layers.Dense(1)])\n"
        "model.compile('adam', 'mse', metrics=[f1])\nmodel.fit(x, y, epochs=2)\n"
    )
    assert read_script(text, "train.py").fits[0].log_keys is None


TWO = "keras.Model(i, [keras.layers.Dense(1, name='a')(i), keras.layers.Dense(1, name='b')(i)])"
UNNAMED = TWO.replace(", name='a'", "").replace(", name='b'", "")


@pytest.mark.parametrize(
    ("compiled", "logged", "not_logged"),
    [
        ("'adam', 'mse', metrics=[['accuracy'], ['mae']]", "val_a_accuracy", "val_accuracy"),
        ("'adam', {'a': 'mse', 'b': 'mse'}, metrics={'b': 'mae'}", "val_b_mae", "val_mae"),
        ("'adam', 'mse', metrics={'a': ['mae'], 'b': 'acc'}", "val_b_acc", "val_a_acc"),
        ("'adam', 'mse', metrics=[['accuracy'], ['mae']]", "b_mae", "a_mae"),
        ("'adam', 'mse', metrics=['accuracy', 'mae']", "b_accuracy", "accuracy"),
        ("'adam', 'mse', metrics=['accuracy', ['mae', 'mse']]", "a_mse", "a_acc"),
        ("'adam', 'mse'", "val_b_loss", "val_c_loss"),
        ("'adam', 'mse', metrics=['acc']", "val_loss", "val_accuracy"),
    ],
)
def test_keys_of_several_outputs(compiled: str, logged: str, not_logged: str) -> None:
    found = keys(compiled, TWO)
    assert found is not None
    assert found.has(logged) is True
    assert found.has(not_logged) is False


def test_outputs_without_names_tell_that_no_accuracy_is_bare() -> None:
    found = keys("'adam', 'mse', metrics=[['accuracy'], ['mae']]", UNNAMED)
    assert found is not None
    assert found.has("val_accuracy") is False
    assert found.has("val_dense_1_accuracy") is None


@pytest.mark.parametrize(
    ("version", "logged", "not_logged"),
    [("2.15", "auc lr", "AUC learning_rate"), ("3.5", "AUC learning_rate", "auc lr")],
)
def test_keys_by_version(version: str, logged: str, not_logged: str) -> None:
    text = (
        "import keras\nmodel = keras.Sequential([keras.layers.Dense(1)])\n"
        "model.compile('adam', 'mse', metrics=['AUC'])\nmodel.fit(x, y, epochs=9)\n"
    )
    found = read_script(text, "t.py", options=ScriptOptions(keras_version=version)).fits[0].log_keys
    assert found is not None
    assert all(found.has(key) is True for key in logged.split())
    assert all(found.has(key) is False for key in not_logged.split())
