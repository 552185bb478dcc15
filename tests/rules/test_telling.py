"""What messages tell beside the bare fact: who chose, and by what."""

import pytest

from overfitcheck.linter import lint_source
from overfitcheck.rule import load_rules
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
