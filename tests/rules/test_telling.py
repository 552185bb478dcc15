"""What messages tell beside the bare fact: who chose, and by what."""

from pathlib import Path

import pytest

from overfitcheck.linter import lint_source
from overfitcheck.rule import load_rules
from overfitcheck.script.options import ScriptOptions
from overfitcheck.script.source import Source

COMPARED = """
import keras
for optimizer in ["sgd", "adam"]:
    model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
    model.compile(optimizer, "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=9, validation_data=(x_test, y_test){})
    print(optimizer, model.evaluate(x_test, y_test))
"""


@pytest.mark.parametrize(
    ("text", "chooser"),
    [
        (COMPARED.format(""), "by which the loop over optimizer chose model"),
        (
            COMPARED.format(", callbacks=[keras.callbacks.EarlyStopping(patience=3)]"),
            "by which EarlyStopping and the loop over optimizer chose model",
        ),
        (
            COMPARED.format("").replace('for optimizer in ["sgd", "adam"]', "if True"),
            "by which whoever reads the curves chose model",
        ),
    ],
)
def test_who_chose_by_the_test_data(text: str, chooser: str) -> None:
    (finding,) = lint_source(Source("train.py", text), [load_rules()["OVF102"]]).findings
    assert chooser in finding.message


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("keras.callbacks.ReduceLROnPlateau(epsilon=0.1)", "since Keras 3 and ignores it"),
        ("keras.callbacks.ReduceLROnPlateau(patiance=3)", "no argument patiance and ignores it"),
        ("keras.Model(input=a, output=b)", "no argument input: it raises an error"),
        ("keras.callbacks.EarlyStopping(patiance=3)", "it raises a TypeError"),
        ("keras.layers.SeparableConv2D(8, 3, kernel_regularizer='l2')", "there it raises a Value"),
    ],
)
def test_what_becomes_of_an_unknown_argument(line: str, told: str) -> None:
    text = f"import keras\n{line}\n"
    found = lint_source(Source("train.py", text), [load_rules()["OVF402"]]).findings
    assert told in found[0].message


PREPARING = """
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
def fitted(rows):
    scaler = StandardScaler()
    scaler.fit(rows)
    return scaler
def scaled(rows):
    return StandardScaler().fit_transform(rows)
def halves(rows, prices):
    return train_test_split(scaled(rows), prices)
"""

TRAINING = """
import keras
from sklearn.model_selection import train_test_split
from preparing import fitted, halves, scaled
{}
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=9, validation_data=(x_test, y_test))
"""


@pytest.mark.parametrize(
    ("lines", "places"),
    [
        ("scaler = fitted(rows)\nx = scaler.transform(rows)\n"
         "x_train, x_test, y_train, y_test = train_test_split(x, prices)", [6]),
        ("x = scaled(rows)\nx_train, x_test, y_train, y_test = train_test_split(x, prices)", [6]),
        ("x_train, x_test, y_train, y_test = halves(rows, prices)", []),
        ("x_train, x_test, y_train, y_test = train_test_split(rows, prices)\n"
         "scaler = fitted(x_train)\nx_train = scaler.transform(x_train)", []),
    ],
)  # fmt: skip
def test_what_another_module_fits_is_told_where_the_script_splits(
    tmp_path: Path, lines: str, places: list[int]
) -> None:
    (tmp_path / "preparing.py").write_text(PREPARING)
    source = Source(str(tmp_path / "train.py"), TRAINING.format(lines))
    found = lint_source(source, [load_rules()["OVF105"]], ScriptOptions(root=tmp_path)).findings
    assert [each.location.line for each in found] == places
    assert all("of preparing.py" in each.message for each in found)


@pytest.mark.parametrize("method", ["fit", "fit_generator"])
def test_the_training_data_are_told_by_their_own_name(method: str) -> None:
    text = f"""
import keras
net = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
net.compile("adam", "categorical_crossentropy")
net.{method}(photos, epochs=9, validation_data=others)
"""
    (finding,) = lint_source(Source("train.py", text), [load_rules()["OVF201"]]).findings
    assert "the classes of photos" in finding.message
