"""Canonical names: whatever road an import takes, Keras's things have one name."""

from __future__ import annotations

import re
from functools import cache

KERAS_ROOTS = (
    "tensorflow.compat.v1.keras",
    "tensorflow.compat.v2.keras",
    "tensorflow.contrib.keras.api.keras",
    "tensorflow.contrib.keras",
    "tensorflow.python.keras.api._v2.keras",
    "tensorflow.python.keras.api._v1.keras",
    "tensorflow.python.keras",
    "tensorflow._api.v2.v2.keras",
    "tensorflow._api.v2.keras",
    "tensorflow._api.v1.keras",
    "tensorflow.keras",
    "tf_keras",
    "keras.api._v2.keras",
    "keras.api._v1.keras",
    "keras.api",
    "keras.src",
    "keras_core",
)
"""Packages that are Keras under another name, the longest first."""

FLAT = ("layers", "losses", "metrics", "callbacks", "regularizers", "initializers", "constraints")
"""Parts of Keras whose classes have had several homes, such as ``keras.layers.core.Dense``."""

MOVED = {
    "keras.models.Sequential": "keras.Sequential",
    "keras.models.Model": "keras.Model",
    "keras.engine.Model": "keras.Model",
    "keras.engine.training.Model": "keras.Model",
    "keras.engine.sequential.Sequential": "keras.Sequential",
    "keras.layers.Input": "keras.Input",
    "keras.engine.Input": "keras.Input",
    "keras.Input": "keras.Input",
    "keras.layers.Merge": "keras.layers.Merge",
    "keras.utils.np_utils.to_categorical": "keras.utils.to_categorical",
    "keras.preprocessing.image_dataset_from_directory": "keras.utils.image_dataset_from_directory",
    "keras.preprocessing.text_dataset_from_directory": "keras.utils.text_dataset_from_directory",
    "keras.preprocessing.timeseries_dataset_from_array": (
        "keras.utils.timeseries_dataset_from_array"
    ),
    "keras.utils.Sequence": "keras.utils.PyDataset",
    "keras.utils.data_utils.Sequence": "keras.utils.PyDataset",
    "keras.legacy.preprocessing.image.ImageDataGenerator": (
        "keras.preprocessing.image.ImageDataGenerator"
    ),
    "keras.wrappers.scikit_learn.KerasClassifier": "scikeras.wrappers.KerasClassifier",
    "keras.wrappers.scikit_learn.KerasRegressor": "scikeras.wrappers.KerasRegressor",
    "keras.callbacks.callbacks.Callback": "keras.callbacks.Callback",
}

_SHORT_HOME = re.compile(r"tensorflow\.(?=(?:optimizers|losses|metrics)\.(?:schedules\.)?[A-Z])")
"""``tf.optimizers.Adam`` is that of Keras; the functions of ``tf.losses`` are TensorFlow's own."""


@cache
def canonical(path: str) -> str:
    """The one name of `path`.

    >>> canonical("tensorflow.keras.layers.Dense")
    'keras.layers.Dense'
    >>> canonical("tensorflow.optimizers.Adam")
    'keras.optimizers.Adam'
    """
    path = path.replace("tensorflow_core.", "tensorflow.", 1)
    for root in KERAS_ROOTS:
        if path == root or path.startswith(root + "."):
            path = "keras" + path[len(root) :]
            break
    path = _SHORT_HOME.sub("keras.", path, count=1)
    if not path.startswith("keras."):
        return path.replace("sklearn.cross_validation", "sklearn.model_selection", 1)
    path = MOVED.get(path, path)
    parts = path.split(".")
    if len(parts) > 3 and parts[1] in FLAT and parts[-1][:1].isupper():
        path = f"keras.{parts[1]}.{parts[-1]}"
    elif len(parts) > 3 and parts[1] == "optimizers" and parts[2] not in ("legacy", "schedules"):
        path = f"keras.optimizers.{parts[-1]}"
    return MOVED.get(path, path)
