"""The keys that a script reads of what its fits returned, wherever it keeps that."""

from textwrap import dedent

import pytest

from overfitcheck.script.script import read_script

HEAD = """\
import keras
import pandas as pd
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
def train():
    return model.fit(x, y, epochs=5, validation_split=0.2)
"""

READS = {
    "what the model remembers": """\
        model.fit(x, y, epochs=5)
        print(model.history.history["acc"])
        """,
    "what it remembers of a fit in a function": """\
        train()
        print(model.history.history["acc"])
        """,
    "a list": """\
        histories = []
        for number in range(3):
            histories.append(train())
        for history in histories:
            print(history.history["acc"])
        """,
    "a list of its numbers": """\
        curves = []
        for rows in folds:
            history = model.fit(x[rows], y[rows], epochs=5)
            curves.append(history.history)
        print(curves[0]["acc"], [curve["loss"] for curve in curves])
        """,
    "a list with places kept free": """\
        histories = [None] * 3
        for number in range(3):
            histories[number] = model.fit(x, y, epochs=5)
            print(histories[number].history["acc"])
        """,
    "a dict": """\
        results = {}
        for name in names:
            results[name] = model.fit(x, y, epochs=5)
        for name in results:
            print(results[name].history["acc"])
        """,
    "a dict of two": """\
        results = {}
        for stops in [True, False]:
            if stops:
                results[stops] = model.fit(x, y, epochs=5)
            else:
                results[stops] = model.fit(x, y, epochs=9)
        print(results[True].history["acc"])
        """,
    "the values of a dict": """\
        results = {}
        for name in names:
            results[name] = model.fit(x, y, epochs=5)
        for history in results.values():
            print(history.history["acc"])
        """,
    "the items of a dict": """\
        results = {}
        for name in names:
            results[name] = model.fit(x, y, epochs=5)
        for name, history in results.items():
            print(name, history.history["acc"])
        """,
    "a table": """\
        table = pd.DataFrame(train().history)
        table["acc"].plot()
        """,
    "columns of a table": """\
        pd.DataFrame(train().history)[["acc", "accuracy"]].plot()
        """,
    "columns of rows of a table": """\
        table = pd.DataFrame(train().history)
        table.loc[5:, ["accuracy", "acc"]].plot()
        """,
}

SILENT = {
    "a column that is added to a table": """\
        table = pd.DataFrame(train().history)
        table["acc"] = table["accuracy"]
        print(table["acc"])
        """,
    "columns with names of their own": """\
        table = pd.DataFrame(train().history)
        table.columns = ["loss", "acc", "val_loss", "val_acc"]
        print(table["acc"])
        """,
    "columns of a table of other names": """\
        table = pd.DataFrame(train().history).rename(columns={"accuracy": "acc"})
        table[["acc"]].plot()
        """,
    "rows of a table by their names": """\
        table = pd.DataFrame(train().history)
        table.loc[["acc"]].plot()
        """,
    "a column that is asked for": """\
        table = pd.DataFrame(train().history)
        if "acc" in table:
            table[["acc"]].plot()
        """,
    "a dict of scores": """\
        scores = {}
        for name in names:
            scores[name] = train().history["accuracy"][-1]
        print(scores["acc"])
        """,
    "what a model remembers of nothing": """\
        print(model.history.history["acc"])
        """,
}


def keys(text: str) -> set[str]:
    fits = read_script(HEAD + dedent(text), "train.py").fits
    return {key for fit in fits for key, _ in fit.history_keys}


@pytest.mark.parametrize("text", READS.values(), ids=list(READS))
def test_a_key_is_read_of(text: str) -> None:
    assert "acc" in keys(text)


@pytest.mark.parametrize("text", SILENT.values(), ids=list(SILENT))
def test_no_key_is_read_of(text: str) -> None:
    assert "acc" not in keys(text)


def test_a_model_on_several_gpus_is_the_model() -> None:
    script = read_script(
        HEAD
        + dedent("""\
            from keras.utils import multi_gpu_model
            both = multi_gpu_model(model, gpus=2)
            both.compile("adam", "mse", metrics=["accuracy"])
            both.fit(x, y, epochs=5)
            model.save("model.keras")
            """),
        "train.py",
    )
    assert [call.method for call in script.fits[0].uses] == ["save"]
