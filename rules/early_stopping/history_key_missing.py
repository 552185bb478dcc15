"""OVF512: a key of the history that no epoch logs."""

from collections.abc import Iterator

import libcst as cst

from overfitcheck.finding import Edit, Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.fit import Fit
from overfitcheck.script.log_keys import LogKeys, other_spelling, since_when, spelt_as_compiled
from overfitcheck.script.written_strings import respell

LONGEST_SHOWN = 40
"""Signs of what is read from, as advice repeats it."""


@rule(
    "OVF512",
    "history-key-missing",
    Level.ERROR,
    bad=(
        """
import keras
import matplotlib.pyplot as plt
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
history = model.fit(x, y, epochs=10, validation_split=0.2)
plt.plot(history.history["acc"])  # <- OVF512
plt.plot(history.history["val_acc"])  # <- OVF512
""",
        """
import keras
def save(history):
    print(history.history["loss"], history.history["acc"])  # <- OVF512
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
save(model.fit(x, y, epochs=10))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
model.fit(x, y, epochs=5)
model.fit(x, y, epochs=10, validation_split=0.2)
learned = model.history.history
print(learned["val_accuracy"], learned["val_acc"])  # <- OVF512
""",
        """
import keras
histories = []
timed = []
for width in (16, 32):
    model = keras.Sequential([keras.layers.Dense(width), keras.layers.Dense(1)])
    model.compile("adam", "mse", metrics=["accuracy"])
    history = model.fit(x, y, epochs=10, validation_split=0.2)
    histories.append(history)
    timed.append((history, width))
for number, history in enumerate(histories, 1):
    print(number, history.history["acc"])  # <- OVF512
for color, (history, width) in zip("rb", timed):
    print(color, width, history.history["val_acc"])  # <- OVF512
""",
        """
import keras
import pandas as pd
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
table = pd.DataFrame(model.fit(x, y, epochs=10, validation_split=0.2).history)
table[["acc", "val_accuracy"]].plot()  # <- OVF512
table.loc[:, ["accuracy", "val_acc"]].plot()  # <- OVF512
table["epoch"] = range(10)
print(table["epoch"], table["val_acc"])  # <- OVF512
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
history = model.fit(x, y, epochs=10, validation_split=0.2)
print(history.history["accuracy"], history.history["val_accuracy"])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["acc"])
history = model.fit(x, y, epochs=10, validation_split=0.2)
print(history.history["acc"], history.history["val_loss"])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=chosen)
history = model.fit(x, y, epochs=10)
print(history.history["acc"])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(optimizer=None, loss=None, metrics=[None])  # to be filled in
history = model.fit(x, y, epochs=10)
print(history.history["acc"])
""",
        """
import plaidml.keras
plaidml.keras.install_backend()
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
history = model.fit(x, y, epochs=10)
print(history.history["acc"])
""",
        """
import keras
def show(history):
    print(history.history["acc"])
""",
        """
import keras
import pandas as pd
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
history = model.fit(x, y, epochs=10)
table = pd.DataFrame(history.history)
table.rename(columns={"accuracy": "acc"}, inplace=True)
kept = history.history
kept["acc"] = kept.pop("accuracy")
print(table["acc"], kept["acc"])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
mine = [model.fit(x, y, epochs=10)]
for known, other in zip(mine, read_histories()):
    print(known.history["accuracy"], other.history["acc"])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
history = model.fit(x, y, epochs=10)
print(history.history.get("acc"))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
history = model.fit(x, y, epochs=10)
curve = history.history["acc"] if "acc" in history.history else history.history["accuracy"]
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
history = model.fit(x, y, epochs=10)
try:
    curve = history.history["acc"]
except KeyError:
    curve = history.history["accuracy"]
""",
    ),
)
def history_key_missing(fit: Fit) -> Iterator[Draft]:
    """A script reads a key of `history.history` that the fit never logs.

    ## Why is this bad?
    `history.history["acc"]` raises a KeyError where `metrics=["accuracy"]` was compiled: after
    the training, when the curves are drawn. Keras before 2.3 logged `acc` for both spellings.

    ## Exceptions
    Metrics that the text does not all show, versions before Keras 2.4, a key that the script asks
    for (`"acc" in history.history`, `get`) or whose KeyError it catches.

    ## References
    https://github.com/finlay-liu/kaggle_public/issues/5
    """
    keys = fit.log_keys
    if keys is None:
        return
    for key, node in fit.history_keys:
        if keys.has(key) is not False:
            continue
        unvalidated = key.startswith("val_") and keys.validation is False
        why = "it has no validation data" if unvalidated else f"it logs {keys.like(key)}"
        yield Draft(
            node,
            f"{fit.name} never logs {key!r}{since_when(fit, key)} ({why}): a KeyError, after the training",
            _advice(fit, keys, key, node, unvalidated),
            edits=_respelt(fit, key, node),
            safe=True,
        )


def _respelt(fit: Fit, key: str, node: cst.CSTNode) -> tuple[Edit, ...]:
    """The other spelling of accuracy, where that is what the fit logs."""
    other = other_spelling(key)
    keys = fit.log_keys
    if other is None or keys is None or keys.has(other) is not True:
        return ()
    index = node.slice[0].slice if isinstance(node, cst.Subscript) else None
    return respell(fit.script, index.value if isinstance(index, cst.Index) else node, other)


def _advice(fit: Fit, keys: LogKeys, key: str, node: cst.CSTNode, unvalidated: bool) -> str:
    spelt = spelt_as_compiled(keys, key)
    if unvalidated:
        read = f' and read "{spelt}"' if spelt else ""
        return f"give the fit validation data{read}, or leave the key out"
    if spelt is None or keys.has(spelt) is not True:
        return "add the metric to compile(metrics=…), or read a key that is logged"
    of = fit.script.text(node.value) if isinstance(node, cst.Subscript) else ""
    short = 0 < len(of) <= LONGEST_SHOWN and "\n" not in of
    written = f'{of}["{spelt}"]' if short else f'"{spelt}"'
    return f"write {written}, as compile(metrics=…) spells it"
