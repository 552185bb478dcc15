"""Canonical names of Keras, by whatever road they are imported."""

import pytest

from overfitcheck.script.names import canonical
from overfitcheck.script.script import read_script


@pytest.mark.parametrize(
    ("statement", "expression"),
    [
        ("import tensorflow as tf", "tf.keras.callbacks.EarlyStopping"),
        ("import tensorflow", "tensorflow.keras.callbacks.EarlyStopping"),
        ("from tensorflow import keras as K", "K.callbacks.EarlyStopping"),
        ("from tensorflow.keras import callbacks", "callbacks.EarlyStopping"),
        ("from tensorflow.keras.callbacks import EarlyStopping as ES", "ES"),
        ("from tensorflow.python.keras.callbacks import EarlyStopping", "EarlyStopping"),
        ("import keras", "keras.callbacks.EarlyStopping"),
        ("import keras.callbacks as c", "c.EarlyStopping"),
        ("from keras.callbacks.callbacks import EarlyStopping", "EarlyStopping"),
        ("from keras.callbacks import *", "EarlyStopping"),
        ("import tf_keras", "tf_keras.callbacks.EarlyStopping"),
        ("import tensorflow.compat.v1 as tf", "tf.keras.callbacks.EarlyStopping"),
        ("try:\n    import keras\nexcept ImportError:\n    from tensorflow import keras",
         "keras.callbacks.EarlyStopping"),
    ],
)  # fmt: skip
def test_roads_to_one_name(statement: str, expression: str) -> None:
    script = read_script(f"{statement}\nstop = {expression}()\n", "t.py")
    assert [call.function for call in script.callbacks] == ["keras.callbacks.EarlyStopping"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("keras.layers.core.Dense", "keras.layers.Dense"),
        ("tensorflow.optimizers.Adam", "keras.optimizers.Adam"),
        ("tensorflow.optimizers.schedules.CosineDecay", "keras.optimizers.schedules.CosineDecay"),
        ("tensorflow.losses.Huber", "keras.losses.Huber"),
        ("tensorflow.losses.mean_squared_error", "tensorflow.losses.mean_squared_error"),
        ("keras.layers.normalization.BatchNormalization", "keras.layers.BatchNormalization"),
        ("tensorflow.keras.models.Sequential", "keras.Sequential"),
        ("keras.engine.training.Model", "keras.Model"),
        ("keras.utils.np_utils.to_categorical", "keras.utils.to_categorical"),
        ("tensorflow.keras.optimizers.legacy.Adam", "keras.optimizers.legacy.Adam"),
        ("tensorflow_core.python.keras.layers.Dense", "keras.layers.Dense"),
        ("tensorflow_core.python.keras.api._v2.keras.layers.Dense", "keras.layers.Dense"),
        ("tensorflow._api.v2.v2.keras.callbacks.History", "keras.callbacks.History"),
        ("tensorflow.contrib.keras.api.keras.layers.Dense", "keras.layers.Dense"),
        ("keras.api._v1.keras.layers.Dense", "keras.layers.Dense"),
        ("numpy.keras.layers", "numpy.keras.layers"),
    ],
)
def test_canonical(path: str, name: str) -> None:
    assert canonical(path) == name


def test_a_name_of_the_script_itself_is_not_keras() -> None:
    text = "import keras\nclass EarlyStopping:\n    pass\nstop = EarlyStopping()\n"
    assert read_script(text, "t.py").callbacks == ()
