"""The table of Keras's signatures: up to date, and right where rules lean on it."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from overfitcheck.script.generate_signatures import describe, merge, text_of
from overfitcheck.script.signatures import DATA, signature_of, tabled

TABLE: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))

NEEDED = [
    "keras.Input",
    "keras.Model",
    "keras.Model.compile",
    "keras.Model.evaluate",
    "keras.Model.fit",
    "keras.Model.predict",
    "keras.Sequential",
    "keras.Sequential.add",
    "keras.applications.MobileNetV2",
    "keras.applications.VGG16",
    "keras.callbacks.EarlyStopping",
    "keras.callbacks.LearningRateScheduler",
    "keras.callbacks.ModelCheckpoint",
    "keras.callbacks.ReduceLROnPlateau",
    "keras.callbacks.TensorBoard",
    "keras.datasets.cifar10.load_data",
    "keras.datasets.mnist.load_data",
    "keras.initializers.HeNormal",
    "keras.layers.BatchNormalization",
    "keras.layers.Conv2D",
    "keras.layers.Dense",
    "keras.layers.Dropout",
    "keras.layers.LSTM",
    "keras.layers.RandomFlip",
    "keras.losses.CategoricalCrossentropy",
    "keras.losses.SparseCategoricalCrossentropy",
    "keras.metrics.AUC",
    "keras.metrics.BinaryAccuracy",
    "keras.models.Sequential",
    "keras.optimizers.Adam",
    "keras.optimizers.SGD",
    "keras.optimizers.schedules.ExponentialDecay",
    "keras.preprocessing.image.ImageDataGenerator",
    "keras.preprocessing.image.ImageDataGenerator.fit",
    "keras.preprocessing.image.ImageDataGenerator.flow",
    "keras.preprocessing.image.ImageDataGenerator.flow_from_dataframe",
    "keras.preprocessing.image.ImageDataGenerator.flow_from_directory",
    "keras.preprocessing.sequence.pad_sequences",
    "keras.preprocessing.text.Tokenizer",
    "keras.regularizers.l1",
    "keras.regularizers.l1_l2",
    "keras.regularizers.l2",
    "keras.utils.image_dataset_from_directory",
    "keras.utils.split_dataset",
    "keras.utils.timeseries_dataset_from_array",
    "keras.utils.to_categorical",
]


def entry(path: str, version: str) -> dict[str, Any]:
    """The entry of a callable in one version of Keras."""
    for versions, found in TABLE["callables"][path].items():
        if version in versions.split(","):
            return dict(found)
    raise AssertionError(f"{path} is not tabled for Keras {version}")


def names(path: str, version: str) -> list[str]:
    """The parameters of a callable in one version, without the star."""
    return [item[0] for item in entry(path, version)["parameters"] if item != "*"]


def test_the_table_is_that_of_the_installed_keras() -> None:
    installed = describe(sys.executable)
    recorded = TABLE["versions"]["3"]
    if installed["version"] == recorded:
        assert installed["callables"] == {
            path: entry(path, "3")
            for path, entries in TABLE["callables"].items()
            if any("3" in versions.split(",") for versions in entries)
        }
    else:
        assert set(NEEDED) <= set(installed["callables"])


def test_the_file_is_what_the_generator_writes() -> None:
    assert DATA.read_text(encoding="utf-8") == text_of(TABLE)


def test_the_file_stays_small() -> None:
    assert DATA.stat().st_size < 400_000


@pytest.mark.parametrize("version", ["2", "3"])
@pytest.mark.parametrize("path", NEEDED)
def test_what_rules_ask_for_is_tabled_in_both_versions(path: str, version: str) -> None:
    assert "parameters" in entry(path, version)


@pytest.mark.parametrize(
    ("path", "versions"),
    [
        ("keras.Model.fit_generator", {"2"}),
        ("keras.optimizers.legacy.Adam", {"2"}),
        ("keras.utils.PyDataset", {"3"}),
    ],
)
def test_what_one_version_lacks_is_not_tabled_for_it(path: str, versions: set[str]) -> None:
    assert set(TABLE["callables"][path]) == versions


@pytest.mark.parametrize(
    ("path", "version", "accepted", "refused"),
    [
        ("keras.layers.Dense", "2", "input_dim", "kernel_regulariser"),
        ("keras.layers.Dense", "3", "input_shape", "kernel_regulariser"),
        ("keras.layers.Dense", "2", "batch_input_shape", "W_regularizer"),
        ("keras.layers.Dense", "2", "kernel_layout", "gamma_layout"),
        ("keras.layers.Dense", "3", "kernel_initializer", "kernel_layout"),
        ("keras.layers.BatchNormalization", "2", "moving_mean_layout", "kernel_layout"),
        ("keras.layers.Conv2D", "3", "name", "border_mode"),
        ("keras.metrics.SparseCategoricalAccuracy", "2", "mesh", "kernel_layout"),
        ("keras.metrics.SparseCategoricalAccuracy", "3", "dtype", "mesh"),
        ("keras.layers.LSTM", "3", "recurrent_dropout", "dropout_U"),
        ("keras.optimizers.Adam", "2", "lr", "decay"),
        ("keras.optimizers.Adam", "3", "decay", "lr"),
        ("keras.optimizers.legacy.Adam", "2", "decay", "learning_rat"),
        ("keras.callbacks.ModelCheckpoint", "2", "period", "save_best"),
        ("keras.callbacks.ModelCheckpoint", "3", "save_best_only", "period"),
        ("keras.callbacks.ReduceLROnPlateau", "2", "epsilon", "min_learning_rate"),
        ("keras.callbacks.ReduceLROnPlateau", "3", "min_delta", "epsilon"),
        ("keras.Model.fit", "2", "workers", "nb_epoch"),
        ("keras.Model.fit", "3", "validation_data", "workers"),
        ("keras.Model.compile", "2", "sample_weight_mode", "metric"),
        ("keras.preprocessing.image.ImageDataGenerator", "3", "zoom_range", "zoomrange"),
    ],
)
def test_which_names_a_callable_takes(path: str, version: str, accepted: str, refused: str) -> None:
    taken = names(path, version)
    assert accepted in taken
    assert refused not in taken
    assert not entry(path, version).get("open")


@pytest.mark.parametrize(
    ("path", "version", "swallows"),
    [
        ("keras.callbacks.ReduceLROnPlateau", "2", True),
        ("keras.callbacks.ReduceLROnPlateau", "3", True),
        ("keras.callbacks.ModelCheckpoint", "2", True),
        ("keras.callbacks.ModelCheckpoint", "3", False),
        ("keras.callbacks.EarlyStopping", "2", False),
        ("keras.layers.Dense", "3", False),
    ],
)
def test_which_callables_ignore_a_misspelt_name(path: str, version: str, swallows: bool) -> None:
    assert entry(path, version).get("swallows", False) is swallows


@pytest.mark.parametrize(
    ("path", "version", "parameter"),
    [
        ("keras.callbacks.EarlyStopping", "2", ["restore_best_weights", False]),
        ("keras.callbacks.EarlyStopping", "3", ["patience", 0]),
        ("keras.regularizers.l1_l2", "2", ["l1", 0.01]),
        ("keras.regularizers.l1_l2", "3", ["l1", 0.0]),
        ("keras.layers.Dropout", "3", ["rate"]),
        ("keras.Model.fit", "3", ["epochs", 1]),
        ("keras.optimizers.Adam", "3", ["learning_rate", 0.001]),
    ],
)
def test_defaults(path: str, version: str, parameter: list[Any]) -> None:
    assert parameter in entry(path, version)["parameters"]


def test_equal_entries_of_two_versions_share_one_key() -> None:
    same = {"parameters": [["monitor", "val_loss"]]}
    merged = merge(
        [
            {"version": "3.1.0", "callables": {"keras.a": same, "keras.b": {"parameters": []}}},
            {"version": "2.15.0", "callables": {"keras.a": same, "keras.b": same}},
        ]
    )
    assert merged == {
        "versions": {"2": "2.15.0", "3": "3.1.0"},
        "callables": {
            "keras.a": {"2,3": same},
            "keras.b": {"2": same, "3": {"parameters": []}},
        },
    }


def test_every_line_of_the_table_is_one_callable() -> None:
    assert all(tabled(path) and signature_of(path) is not None for path in TABLE["callables"])
    assert not tabled("callables")
    assert not tabled("versions")
