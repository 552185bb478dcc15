"""What the fixes of the rules write, in the forms that scripts have; some of it is run by Keras."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from overfitcheck.finding import Finding
from overfitcheck.fixing import fix_source
from overfitcheck.linter import lint_source
from overfitcheck.rule import load_rules
from overfitcheck.script.notebook import written_lines
from overfitcheck.script.source import Source

RULES = load_rules()


def everything(finding: Finding) -> bool:
    return finding.fix is not None and finding.fix.applies(True)


def fixed(text: str, *codes: str) -> str:
    rules = [RULES[code] for code in codes]
    return fix_source(Source("train.py", text), rules, wanted=everything).source.raw


def test_early_stopping_where_there_are_no_callbacks() -> None:
    before = """\
import keras

model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
# the training itself
history = model.fit(x, y, epochs=60, validation_split=0.2)  # an hour
"""
    after = """\
import keras

model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
early_stopping = keras.callbacks.EarlyStopping(
    monitor="val_loss", patience=6, restore_best_weights=True
)
# the training itself
history = model.fit(x, y, epochs=60, validation_split=0.2, callbacks=[early_stopping])  # an hour
"""
    assert fixed(before, "OVF501", "OVF801") == after


@pytest.mark.parametrize(
    ("above", "between"),
    [
        ("# so\n\n", ""),
        ("\n", "# 60 epochs\n# are enough\n"),
        ("# In[3]:\n", "# 60 epochs\n"),
        ("# %%\n", ""),
        ("# noqa: OVF101\n", "# 60 epochs\n"),
        ("# fmt: on\n", ""),
        ("", "# pylint: disable-next=all\n"),
        ("'''\n# a string'''\n", "# 60 epochs\n"),
        ("    # of the block\n", "# 60 epochs\n"),
        ("%matplotlib inline\n", "# 60 epochs\n"),
    ],
)
def test_comments_stay_above_their_statement(above: str, between: str) -> None:
    start = "import keras\nmodel = keras.Sequential()\n%matplotlib inline\nmodel.compile('adam', 'mse')\n"
    fit = "model.fit(x, y, epochs=20, validation_split=0.2)\n"
    indents: tuple[str, ...] = ("",) if "'''" in above or "%" in above else ("", "  ")
    for indent in indents:
        first = start + ("if x:\n" if indent else "if x:\n    pass\n")
        first += "".join(f"{indent}{line}" for line in above.splitlines(True))
        comments = "".join(f"{indent}{line}" for line in between.splitlines(True))
        after = fixed(f"{first}{comments}{indent}{fit}", "OVF501")
        assert after.startswith(f"{first}{indent}early_stopping = ")
        assert f")\n{comments}{indent}model.fit(" in after


def test_comments_stay_in_their_cell() -> None:
    cells = ["import keras\nmodel = keras.Sequential()\nmodel.compile('adam', 'mse')\n# above"]
    cells += ["%%time\n# 60 epochs\nmodel.fit(x, y, epochs=60, validation_split=0.2)"]
    cells += ["# of the cell\nmodel.fit(x, y, epochs=60, validation_split=0.2)"]
    raw = json.dumps({"cells": [{"cell_type": "code", "source": each} for each in cells]})
    found = fix_source(Source("t.ipynb", raw), [RULES["OVF501"]], wanted=everything)
    first, second, third = written_lines(found.source.raw).values()
    assert first == cells[0].split("\n")
    assert second[:2] == ["%%time", "early_stopping = keras.callbacks.EarlyStopping("]
    assert [second[-2], third[-2]] == ["# 60 epochs", "# of the cell"]
    assert third[0] == "early_stopping = keras.callbacks.EarlyStopping("


@pytest.mark.parametrize(
    ("block", "call", "unit"),
    [
        ("if x:\n\tpass\n", "model.fit(x, y, epochs=60, validation_split=0.2)", "\t"),
        ("if x:\n\tpass\n", "model.fit(\n  x, y, epochs=60, validation_split=0.2)", "  "),
        ("if x:\n\n  # so\n\tpass\n", "model.fit(x, y, epochs=60, validation_split=0.2)", "    "),
        ("f(a,\n  b)\n", "model.fit(x, y, epochs=60, validation_split=0.2)", "    "),
        ("", "if x:  # so\n   model.fit(x, y, epochs=60, validation_split=0.2)", "   "),
    ],
)
def test_a_long_call_is_indented_as_the_lines_around_it(block: str, call: str, unit: str) -> None:
    start = "import keras\nmodel = keras.Sequential()\nmodel.compile('adam', 'mse')\n"
    after = fixed(f"{block}{start}{call}\n", "OVF501")
    found = re.search(r"\n([ \t]*).*EarlyStopping\(\n\1([ \t]+)", after)
    assert found is not None
    assert found[2] == unit


SCRIPT = """\
{imports}
def train(x, y, early_stopping):
    {setup}model = {model}
    model.compile('adam', 'mse')
    return model.fit(
        x,
        y,
        epochs=200,
        validation_split=0.1,{callbacks}
    )
"""


@pytest.mark.parametrize(
    ("imports", "model", "added", "called"),
    [
        ("import keras", "keras.Sequential()", "", "keras.callbacks.EarlyStopping"),
        (
            "import tensorflow as tf",
            "tf.keras.Sequential()",
            "",
            "tf.keras.callbacks.EarlyStopping",
        ),
        ("import tensorflow.keras as tk", "tk.Sequential()", "", "tk.callbacks.EarlyStopping"),
        (
            "from tensorflow import keras\nfrom tensorflow.keras import layers",
            "keras.Sequential()",
            "",
            "keras.callbacks.EarlyStopping",
        ),
        (
            "from keras.models import Sequential",
            "Sequential()",
            "\nfrom keras.callbacks import EarlyStopping",
            "EarlyStopping",
        ),
        (
            "import keras\nfrom tensorflow.keras.models import Sequential  # one\nimport os",
            "Sequential()",
            "",
            "EarlyStopping",
        ),
        (
            "from tf_keras import Sequential, callbacks as cb",
            "Sequential()",
            "",
            "cb.EarlyStopping",
        ),
        (
            "from keras import Sequential\nfrom keras.callbacks import *",
            "Sequential()",
            "",
            "EarlyStopping",
        ),
        (
            "import tensorflow as tf\nfrom tensorflow.keras.datasets import mnist",
            "tf.keras.Sequential()",
            "",
            "tf.keras.callbacks.EarlyStopping",
        ),
        (
            "from keras.models import Sequential\nprint(1)\nfrom keras.layers import Dense",
            "Sequential()",
            "",
            "EarlyStopping",
        ),
        (
            "from keras import Sequential\nclass EarlyStopping: pass\nimport keras",
            "Sequential()",
            "",
            "keras.callbacks.EarlyStopping",
        ),
    ],
)
def test_the_import_is_written_as_the_others(
    imports: str, model: str, added: str, called: str
) -> None:
    before = SCRIPT.format(imports=imports, setup="", model=model, callbacks="")
    made = f"    early_stop = {called}("
    after = fixed(before, "OVF501")
    assert made in after
    if "# one" in imports:
        assert "# one\nfrom tensorflow.keras.callbacks import EarlyStopping\nimport os\n" in after
    elif "print(1)" in imports:
        assert "Sequential\nfrom keras.callbacks import EarlyStopping\nprint(1)\n" in after
    else:
        assert after.startswith(f"{imports}{added}\ndef train")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import ModelCheckpoint", "import ModelCheckpoint, EarlyStopping"),
        ("import (ModelCheckpoint)", "import (ModelCheckpoint, EarlyStopping)"),
        (
            "import (\n    CSVLogger,  # logs\n    ModelCheckpoint,\n)",
            "import (\n    CSVLogger,  # logs\n    ModelCheckpoint,\n    EarlyStopping,\n)",
        ),
        (
            "import CSVLogger, \\\n    ModelCheckpoint",
            "import CSVLogger, \\\n    ModelCheckpoint\nfrom keras.callbacks import EarlyStopping",
        ),
        (
            "import ModelCheckpoint as MC  # best",
            "import ModelCheckpoint as MC, EarlyStopping  # best",
        ),
    ],
)
def test_an_import_takes_one_name_more(before: str, after: str) -> None:
    script = "import keras\nfrom keras.callbacks {}\nmodel = keras.Sequential()\nmodel.compile('adam', 'mse')\n"
    script += "{}model.fit(x, y, epochs=30, validation_split=0.2{})\n"
    made = "early_stopping = EarlyStopping(monitor='val_loss', patience=3, restore_best_weights=True)\n"
    assert len(made) == 90
    made = "early_stopping = EarlyStopping(\n    monitor='val_loss', patience=3, restore_best_weights=True\n)\n"
    expected = script.format(after, made, ", callbacks=[early_stopping]")
    assert fixed(script.format(before, "", ""), "OVF501") == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("callbacks=None", "callbacks=[early_stopping]"),
        ("callbacks=[]", "callbacks=[early_stopping]"),
        ("callbacks=[log]", "callbacks=[log, early_stopping]"),
        ("callbacks=[log, ]", "callbacks=[log, early_stopping, ]"),
        ("callbacks=log", "callbacks=[log, early_stopping]"),
        ("callbacks=(log,)", "callbacks=[*(log,), early_stopping]"),
        ("callbacks=[log] + [nan]", "callbacks=[*[log] + [nan], early_stopping]"),
        (
            "callbacks=[\n    log,\n    nan\n]",
            "callbacks=[\n    log,\n    nan,\n    early_stopping\n]",
        ),
        (
            "callbacks=[\n    keras.callbacks.BackupAndRestore('b'),  # resume\n]",
            "callbacks=[\n    keras.callbacks.BackupAndRestore('b'),  # resume\n"
            "    keras.callbacks.EarlyStopping(monitor='val_loss', patience=3, restore_best_weights=True),\n]",
        ),
    ],
)
def test_callbacks_in_whatever_form(before: str, after: str) -> None:
    start = """\
import keras
log = keras.callbacks.CSVLogger('a')
nan = keras.callbacks.TerminateOnNaN()
model = keras.Sequential()
model.compile('adam', 'mse')
"""
    made = """\
early_stopping = keras.callbacks.EarlyStopping(
    monitor='val_loss', patience=3, restore_best_weights=True
)
"""
    end = "model.fit(x, y, epochs=30, validation_split=0.2, {})\n"
    named = "" if "BackupAndRestore" in before else made
    assert fixed(start + end.format(before), "OVF501") == start + named + end.format(after)


@pytest.mark.parametrize(("unit", "used"), [("  ", "  "), ("\t", "    ")])
def test_cells_are_indented_as_others_are_by_blanks(unit: str, used: str) -> None:
    model = "import keras\nmodel = keras.Sequential()\nmodel.compile('adam', 'mse')\n"
    cells = [f"for i in range(9):\n{unit}print(i)", model]
    cells += ["model.fit(x, y, epochs=60, validation_split=0.2)"]
    raw = json.dumps({"cells": [{"cell_type": "code", "source": each} for each in cells]})
    found = fix_source(Source("t.ipynb", raw), [RULES["OVF501"]], wanted=everything)
    assert written_lines(found.source.raw)[2][1].startswith(f"{used}monitor=")


def test_a_list_that_has_a_name_gets_it() -> None:
    before = """\
import keras
callbacks = [
    keras.callbacks.CSVLogger("log.csv"),
    # more to come
]
model = keras.Sequential()
model.compile("adam", "mse")
for rate in (0.1, 0.01):
    model.fit(x, y, epochs=30, validation_split=0.2, callbacks=callbacks)
"""
    expected = before.replace(
        '("log.csv"),\n',
        '("log.csv"),\n    keras.callbacks.EarlyStopping(monitor="val_loss", patience=3, '
        "restore_best_weights=True),\n",
    )
    assert fixed(before, "OVF501") == expected


def test_a_callback_is_written_as_those_beside_it() -> None:
    before = """\
from tensorflow import keras
from tensorflow.keras.layers import Dense
model = keras.Sequential([Dense(8), Dense(8), Dense(1)])
model.compile("adam", "mse")
callbacks = [
    keras.callbacks.ModelCheckpoint("best.keras",
                                    save_best_only=True)
]
model.fit(x, y, epochs=30, validation_split=0.2, callbacks=callbacks)
"""
    expected = before.replace(
        "=True)\n",
        "=True),\n    keras.callbacks.EarlyStopping("
        'monitor="val_loss", patience=3, restore_best_weights=True)\n',
    )
    assert fixed(before, "OVF501") == expected


ACCURACY = 'monitor="val_accuracy", mode="max"'


@pytest.mark.parametrize(
    ("kept", "watched"),
    [
        ('monitor="val_accuracy", save_best_only=True', ACCURACY),
        ('monitor="val_acc", save_best_only=True', ACCURACY),
        ('monitor="val_acc", mode="max", save_best_only=True', ACCURACY),
        ('monitor="val_auc", mode="max", save_best_only=True', 'monitor="val_loss"'),
        ('monitor="val_accuracy"', 'monitor="val_loss"'),
        ("save_best_only=True", 'monitor="val_loss"'),
    ],
)
def test_a_stopper_watches_what_the_checkpoint_does(kept: str, watched: str) -> None:
    before = f"""\
import keras
model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
callbacks = [
    keras.callbacks.ModelCheckpoint("best.keras", {kept}),
]
model.fit(x, y, epochs=30, validation_split=0.2, callbacks=callbacks)
"""
    assert f"EarlyStopping({watched}, patience=3" in fixed(before, "OVF501")
    after = Source("train.py", fixed(before, "OVF501", "OVF504"))
    assert not lint_source(after, [RULES["OVF805"]]).findings


def test_what_the_text_does_not_show_is_left_alone() -> None:
    script = """\
import keras
model = keras.Sequential()
model.compile("adam", "mse")
options = {"callbacks": [keras.callbacks.CSVLogger("log.csv")]}
model.fit(x, y, epochs=30, validation_split=0.2, **options)
"""
    assert fixed(script, "OVF501") == script


def test_callbacks_that_are_none_at_times_are_left_alone() -> None:
    script = """\
import keras
def train(callbacks):
    model = keras.Sequential()
    model.compile("adam", "mse")
    model.fit(x, y, epochs=30, validation_split=0.2, callbacks=callbacks)
train([keras.callbacks.CSVLogger("log.csv")])
train(None)
"""
    assert fixed(script, "OVF501") == script
    twice = script.replace("None", "[keras.callbacks.TerminateOnNaN()]")
    assert "callbacks=[*callbacks, early_stopping])" in fixed(twice, "OVF501")


def test_a_stopper_that_was_made_and_forgotten_is_passed() -> None:
    script = """\
import keras
stop = keras.callbacks.EarlyStopping(patience=4)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=30, validation_split=0.2)
model.predict(x_new)
"""
    passed = script.replace("patience=4", "patience=4, restore_best_weights=True")
    passed = passed.replace("=0.2)", "=0.2, callbacks=[stop])")
    assert fixed(script, "OVF501") == passed
    again = script.replace("model =", "stop = None\nmodel =")
    assert "early_stopping = keras.callbacks" in fixed(again, "OVF501")


FORGOTTEN = """\
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
{}
model.fit(x, y, epochs=30{})
model.predict(x_new)
"""
BEST = 'best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)'
STOP = "stop = keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True)"
LOG = 'log = keras.callbacks.CSVLogger("log.csv")'


@pytest.mark.parametrize(
    ("made", "given", "passed"),
    [
        (BEST, "", ", callbacks=[best, early_stopping]"),
        (STOP, "", ", callbacks=[stop]"),
        (f"{BEST}\n{STOP}", "", ", callbacks=[best, stop]"),
        (f"{BEST}\n{STOP}", ", callbacks=[stop]", ", callbacks=[stop, best]"),
        (f"{BEST}\n{STOP}", ", callbacks=stop", ", callbacks=[stop, best]"),
        (f"{LOG}\n{STOP}", ", callbacks=[stop]", ", callbacks=[stop, log]"),
        (f"{BEST}\n{STOP}", ", callbacks=None", ", callbacks=[best, stop]"),
    ],
)
def test_callbacks_that_were_made_and_forgotten_are_passed(
    made: str, given: str, passed: str
) -> None:
    split = ", validation_split=0.2"
    text = FORGOTTEN.format(made, split + given)
    after = fixed(text, "OVF501", "OVF507", "OVF801")
    assert f"model.fit(x, y, epochs=30{split}{passed})\n" in after
    # Without validation data the callbacks that look at it have nothing to do.
    assert "validation_split" in fixed(FORGOTTEN.format(made, ""), "OVF101", "OVF507")
    alone = fixed(FORGOTTEN.format(made, given), "OVF507")
    assert alone == FORGOTTEN.format(made, passed if made.startswith("log") else given)


def test_what_a_forgotten_callback_is_meant_for_has_to_be_plain() -> None:
    text = FORGOTTEN.format(STOP, ", validation_split=0.2")
    fit = "model.fit(x, y, epochs=30, validation_split=0.2)\n"
    assert "[stop]" in fixed(text, "OVF507")
    for unclear in (
        text.replace(fit, fit + fit),
        text.replace(fit, f"for rate in rates:\n    {fit}"),
        text.replace(STOP, f"{STOP}\nif slow:\n    {STOP}"),
        text.replace(STOP, "").replace("model.pred", f"{STOP}\nmodel.pred"),
    ):
        assert fixed(unclear, "OVF507") == unclear


@pytest.mark.parametrize(
    "made",
    ["x, y = RandomOverSampler().fit_resample(x, y)", "x = np.repeat(x, 3, axis=0)"],
)
def test_no_share_of_resampled_rows_is_held_out(made: str) -> None:
    script = (
        "import keras\nimport numpy as np\nfrom imblearn.over_sampling import RandomOverSampler\n"
        f"{made}\nmodel = keras.Sequential([keras.layers.Dense(1)])\n"
        "model.compile('adam', 'mse')\nmodel.fit(x, y, epochs=10)\n"
    )
    (finding,) = lint_source(Source("train.py", script), [RULES["OVF101"]]).findings
    assert finding.fix is not None
    assert "in line 4 resamples them" in finding.fix.message
    assert fixed(script, "OVF101") == script


OWN_ROWS = """
import keras
import numpy as np
{}
x = np.load('rows.npy')
model = keras.Sequential([keras.layers.Dense(2, activation='softmax')])
model.compile('adam', 'sparse_categorical_crossentropy')
model.fit({}, epochs=30)
"""


@pytest.mark.parametrize(
    ("rows", "mended"),
    [
        ("class Rows:\n    def get(self, first, last):\n        return x[first:last]", False),
        ("from theirs import Base\nclass Rows(Base):\n    def get(self):\n        pass", False),
        ("class Rows:\n    def __array__(self):\n        return np.load('y.npy')", True),
        ("class Rows(np.ndarray):\n    unit = 'cm'", True),
        ("from theirs import Rows", True),
    ],
)
def test_an_object_that_is_no_array_is_not_split_nor_counted(rows: str, mended: bool) -> None:
    for given, codes in (
        ("x, labels", ("OVF101", "OVF201")),
        ("labels, x", ("OVF101",)),
        ("x, Rows()", ("OVF101",)),
    ):
        for code in codes:
            text = OWN_ROWS.format(f"{rows}\nlabels = Rows()", given)
            assert (fixed(text, code) != text) is mended


@pytest.mark.parametrize(
    ("labels", "sorted_by_class"),
    [
        ("[0] * 500 + [1] * 500", True),
        ("np.array([0] * 500 + [1] * 500)", True),
        ("keras.utils.to_categorical(np.repeat(np.arange(0, 3), 40), 3)", True),
        ("np.arange(3).repeat(40)", True),
        ("np.repeat(['a', 'b'], 40)", True),
        ("np.concatenate((np.zeros(40), np.ones(n)))", True),
        ("np.hstack([np.array([2] * 40), np.ones(n)]).astype('int')", True),
        ("np.array([0] * 500 + [1] * 500 + [0] * 500)", False),
        ("np.array([0, 1] * 500)", False),
        ("np.array([0] * 500 + [1] * 500)[np.argsort(np.random.rand(1000))]", False),
        ("np.repeat(read('y'), 40)", False),
        ("np.zeros(500) + np.ones(500)", False),
        ("np.concatenate((read('y'), np.ones(500)))", False),
        ("np.concatenate((np.zeros(9), read('y')))", False),
        ("[0] * 500 + [1] * 500 + read('y')", False),
        ("np.array([0, 0, 1, 1])", True),
        ("np.array([0, 1, 2, 3])", False),
        ("np.arange(500)", False),
        ("np.zeros(500)", False),
    ],
)
def test_no_share_of_rows_that_stand_class_by_class_is_held_out(
    labels: str, sorted_by_class: bool
) -> None:
    start = "import keras\nimport numpy as np\nx = np.load('x.npy')\n"
    made = f"labels = {labels}\nmodel = keras.Sequential()\nmodel.compile('adam', 'mse')\n"
    text = f"{start}{made}model.fit(x, labels, epochs=50)\n"
    (found,) = lint_source(Source("t.py", text), [RULES["OVF101"]]).findings
    assert found.fix is not None
    assert ("stratify=labels" in found.fix.message) == sorted_by_class
    assert bool(found.fix.edits) == (not sorted_by_class)
    shuffled = text.replace("model.fit", "np.random.shuffle(rows)\nmodel.fit")
    (found,) = lint_source(Source("t.py", shuffled), [RULES["OVF101"]]).findings
    assert found.fix is not None and "stratify" not in found.fix.message


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("batches()", "make a second generator, of rows that are kept apart"),
        ("Batches()", "make a second generator, of rows that are kept apart"),
        ("tf.data.Dataset.from_tensor_slices(rows)", "keep rows apart and pass them"),
        ("unknown", "validation_split=0.2 for arrays"),
    ],
)
def test_validation_data_that_keras_takes_is_advised(rows: str, told: str) -> None:
    text = f"""import keras
import tensorflow as tf
def batches():
    while True:
        yield load()
class Batches(keras.utils.Sequence):
    pass
model = keras.Sequential([keras.layers.Dense(3)])
model.compile("sgd", "mse")
model.fit({rows}, steps_per_epoch=10, epochs=30)
"""
    (found,) = lint_source(Source("t.py", text), [RULES["OVF101"]]).findings
    assert found.fix is not None and told in found.fix.message
    assert not found.fix.edits and ("validation_split" in told) == (
        "validation_split" in found.fix.message
    )


def test_no_import_no_fix() -> None:
    script = "model = Sequential()\nmodel.add(Dense(1))\nmodel.compile('adam', 'mse')\nmodel.fit(x, y, epochs=30, validation_split=0.2)\n"
    assert fixed(script, "OVF501") == script


def test_two_fits_need_one_import() -> None:
    script = "from keras.models import Sequential\n"
    for name in ("first", "second"):
        script += f"{name} = Sequential()\n{name}.compile('adam', 'mse')\n"
        script += f"{name}.fit(x, y, epochs=30, validation_split=0.2)\n"
    after = fixed(script, "OVF501", "OVF801")
    assert after.count("import EarlyStopping") == 1
    assert after.count("restore_best_weights=True") == 2
    assert after.count("callbacks=[early_stopping]") == 2


CLASSIFIER = """\
import keras
import numpy as np

x, y = np.load("x.npy"), np.load("y.npy")
{labels}
keras.utils.set_random_seed(1)
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(16, "relu"), {last}])
model.compile("adam", "{loss}", metrics=["accuracy"])
model.fit(x, y, epochs=25, batch_size=32, verbose=0)
scores = model.predict(x, verbose=0)
"""


@pytest.mark.parametrize(
    ("classes", "labels", "last", "loss", "numbers"),
    [
        (2, "", 'keras.layers.Dense(1, "sigmoid")', "binary_crossentropy", "np.ravel(y)"),
        (
            2,
            "y = y.reshape(-1, 1)",
            'keras.layers.Dense(1, "sigmoid")',
            "binary_crossentropy",
            "np.ravel(y)",
        ),
        (
            3,
            "",
            'keras.layers.Dense(3, "softmax")',
            "sparse_categorical_crossentropy",
            "np.ravel(y)",
        ),
        (
            3,
            "y = keras.utils.to_categorical(y)",
            'keras.layers.Dense(3, "softmax")',
            "categorical_crossentropy",
            "np.asarray(y).argmax(axis=1)",
        ),
    ],
)
def test_what_all_fixes_make_of_a_script_trains(
    classes: int,
    labels: str,
    last: str,
    loss: str,
    numbers: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = np.random.default_rng(1)
    rare = [0.9, *[0.1 / (classes - 1)] * (classes - 1)]
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", random.normal(size=(300, 8)))
    np.save("y.npy", random.choice(classes, 300, p=rare))
    script = CLASSIFIER.format(classes=classes, labels=labels, last=last, loss=loss)
    after = fixed(script, "OVF101", "OVF201", "OVF501", "OVF801")
    assert f"labels = {numbers}\n" in after
    assert "from sklearn.utils.class_weight import compute_class_weight\n" in after
    assert re.search(r"validation_split=0\.2", after)
    names: dict[str, object] = {}
    exec(compile(after, "train.py", "exec"), names)
    weights = names["class_weight"]
    assert isinstance(weights, dict)
    assert sorted(int(each) for each in weights) == list(range(classes))
    assert max(weights.values()) > 2 * min(weights.values())
    stopper = names["early_stopping"]
    assert stopper.best_weights is not None  # type: ignore[attr-defined]


def test_a_custom_stopper_gets_a_checkpoint_that_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = """\
import keras
import numpy as np
class Stop(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if logs["val_loss"] < 0.0:
            self.model.stop_training = True
x = np.load("x.npy")
y = x.sum(axis=1)
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile("adam", "mse")
history = model.fit(x, y, epochs=20, validation_split=0.2, callbacks=[Stop()], verbose=0)
model.evaluate(x, y, verbose=0)
"""
    after = fixed(script, "OVF801")
    assert "save_best_only=True, save_weights_only=True\n" in after
    assert 'verbose=0)\nmodel.load_weights("best.weights.h5")\nmodel.evaluate' in after
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", np.random.default_rng(1).normal(size=(40, 3)))
    exec(compile(after, "train.py", "exec"), {})


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        (
            "OVF203",
            "class_weight=[1.0, # rare\n    2.0]",
            "class_weight={0: 1.0, # rare\n    1: 2.0}",
        ),
        ("OVF203", "class_weight=(1, 2,)", "class_weight={0: 1, 1: 2,}"),
        (
            "OVF203",
            "class_weight=np.array([1, 2])",
            "class_weight=dict(enumerate(np.array([1, 2])))",
        ),
        ("OVF402", "nb_epoch=3", "epochs=3"),
        ("OVF402", "batchsize=3", "batch_size=3"),
        ("OVF104", "validation_split=0.1, validation_data=(a, b)", "validation_data=(a, b)"),
    ],
)
def test_arguments_of_a_fit(code: str, before: str, after: str) -> None:
    script = (
        "import keras\nimport numpy as np\nmodel = keras.Sequential([keras.layers.Dense(2)])\n"
        "model.compile('adam', 'mse')\nmodel.fit(x, y, {})\n"
    )
    assert fixed(script.format(before), code) == script.format(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            'Convolution2D(64, 3, 1, border_mode="same", init="uniform")',
            'Convolution2D(64, (3, 1), padding="same", kernel_initializer="uniform")',
        ),
        ('Conv2D(64, (3, 1), border_mode="same")', 'Conv2D(64, (3, 1), padding="same")'),
        ('Conv2D(64, (3, 1), 2, border_mode="same")', 'Conv2D(64, (3, 1), 2, padding="same")'),
        (
            "Convolution3D(8, side, 3, 2, subsample=(2, 2, 2))",
            "Convolution3D(8, (side, 3, 2), strides=(2, 2, 2))",
        ),
        ('Conv2D(8, rows, 3, border_mode="same")', 'Conv2D(8, rows, 3, border_mode="same")'),
        (
            'Conv2D(8, 3, 3, "uniform", border_mode="same")',
            'Conv2D(8, 3, 3, "uniform", border_mode="same")',
        ),
        ('Conv1D(8, 3, 2, border_mode="same")', 'Conv1D(8, 3, 2, padding="same")'),
        (
            "MaxPooling2D((2, 1), dim_ordering='th')",
            "MaxPooling2D((2, 1), data_format='channels_first')",
        ),
        (
            'Conv2D(8, 3, 1, dim_ordering="tf")',
            'Conv2D(8, (3, 1), data_format="channels_last")',
        ),
        ("MaxPooling2D(dim_ordering=order)", "MaxPooling2D(dim_ordering=order)"),
    ],
)
def test_layers_of_keras_1(before: str, after: str) -> None:
    script = "from keras.layers import *\nside = 3\nlayer = {}\n"
    assert fixed(script.format(before), "OVF402") == script.format(after)


def test_what_tensorboard_has_ignored_is_deleted() -> None:
    script = "import keras\nboard = keras.callbacks.TensorBoard('logs', {}write_graph=True)\n"
    before = script.format("batch_size=32, write_grads=False, ")
    assert fixed(before, "OVF402") == script.format("")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("fit_generator(train, 100, 5)", "fit(train, steps_per_epoch=100, epochs=5)"),
        ("fit_generator(generator=train, epochs=5)", "fit(x=train, epochs=5)"),
        ("predict_generator(test, len(test))", "predict(test, steps=len(test))"),
        ("evaluate_generator(test)", "evaluate(test)"),
        ("evaluate_generator(test, test_samples)", "evaluate_generator(test, test_samples)"),
        ("evaluate_generator(test, samples // 8)", "evaluate(test, steps=samples // 8)"),
        ("predict_proba(test)", "predict(test)"),
        ("fit_generator(train, 100, nb_epoch=5)", "fit_generator(train, 100, nb_epoch=5)"),
        ("predict_classes(test)", "predict_classes(test)"),
        ("fit_generator(train, len(x) // 32)", "fit(train, steps_per_epoch=len(x) // 32)"),
        ("fit_generator(train, samples_per_epoch=n / 2)", "fit(train, samples_per_epoch=n / 2)"),
        (
            "fit_generator(flow(x,\n                         y),  # so\n                    epochs=5,\n  verbose=0)",
            "fit(flow(x,\n               y),  # so\n          epochs=5,\n  verbose=0)",
        ),
        (
            "fit_generator(train,\n                epochs=5)",
            "fit(train,\n                epochs=5)",
        ),
        (
            "fit_generator(train,\n                    name='''\n                    ''')",
            "fit(train,\n                    name='''\n                    ''')",
        ),
    ],
)
def test_methods_of_generators(before: str, after: str) -> None:
    script = "from keras.models import Sequential\nmodel = Sequential()\nmodel.compile('adam', 'mse')\nmodel.{}\n"
    assert fixed(script.format(before), "OVF911") == script.format(after)


@pytest.mark.parametrize(
    ("imports", "before", "after", "added"),
    [
        (
            "",
            "fit_generator(train, len(x) / 32, validation_steps=(len(a)+1)/32)",
            "fit(train, steps_per_epoch=math.ceil(len(x) / 32), "
            "validation_steps=math.ceil((len(a)+1)/32))",
            "import math\n",
        ),
        (
            "import math as m\n",
            "evaluate_generator(test, n\n/ 8)",
            "evaluate(test, steps=m.ceil(n\n/ 8))",
            "",
        ),
        (
            "from math import ceil, floor\n",
            "predict_generator(test, steps=(n / 8.0))",
            "predict(test, steps=ceil(n / 8.0))",
            "",
        ),
        (
            "from math import *\nmath = 0\n",
            "predict_generator(test, steps=n / 8)",
            "predict(test, steps=ceil(n / 8))",
            "",
        ),
    ],
)
def test_steps_that_are_divided_are_rounded_up(
    imports: str, before: str, after: str, added: str
) -> None:
    script = "from keras.models import Sequential\n{}{}model = Sequential()\nmodel.compile('adam', 'mse')\nmodel.{}\n"
    assert fixed(script.format("", imports, before), "OVF911") == script.format(
        added, imports, after
    )


def test_steps_of_several_calls_are_rounded_up_by_one_import() -> None:
    start = "import keras\n{}model = keras.Sequential()\n"
    calls = "model.{}(train, steps_per_epoch={}, epochs=9)\nmodel.{}(test, steps={})\n"
    before = start.format("") + calls.format(
        "fit_generator", "n / 8", "evaluate_generator", "m / 8"
    )
    assert fixed(before, "OVF911") == start.format("import math\n") + calls.format(
        "fit", "math.ceil(n / 8)", "evaluate", "math.ceil(m / 8)"
    )


def test_what_is_added_to_a_renamed_call_is_aligned_too() -> None:
    start = "import keras\nmodel = keras.Sequential()\nmodel.compile('adam', 'mse')\n"
    blanks = " " * len("model.fit_generator(")
    call = f"model.fit_generator(train,\n{blanks}epochs=50,\n{blanks}validation_data=(a, b))\n"
    after = fixed(start + call, "OVF501", "OVF911")
    blanks = " " * len("model.fit(")
    lines = ["model.fit(train,", "epochs=50,", "validation_data=(a, b),"]
    assert after.endswith(f"\n{blanks}".join([*lines, "callbacks=[early_stopping])\n"]))


def test_the_help_tells_of_steps_that_are_divided() -> None:
    start = (
        "from keras.models import Sequential\nmodel = Sequential()\nmodel.compile('adam', 'mse')\n"
    )
    call = "model.fit_generator(train, steps_per_epoch=n / 8, validation_steps=m / 8, epochs=9)\n"
    (found,) = lint_source(Source("t.py", start + call), [RULES["OVF911"]]).findings
    assert found.fix is not None
    assert found.fix.message == (
        "use fit, and round steps_per_epoch and validation_steps up with math.ceil(…): a float "
        "raises a TypeError in Keras 3"
    )
    of_keras_1 = start + "model.fit_generator(train, n / 8, nb_epoch=9)\n"
    (found,) = lint_source(Source("t.py", of_keras_1), [RULES["OVF911"]]).findings
    assert found.fix is not None and found.fix.message == "use fit"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("predict_generator(photos, 7222)", "predict(photos)"),
        ("evaluate_generator(photos, val_samples=count)", "evaluate(photos)"),
        ("predict_generator(made(), 7222)", "predict_generator(made(), 7222)"),
        ("predict_generator(rows, val_samples=9)", "predict_generator(rows, val_samples=9)"),
        ("predict_generator(photos)", "predict(photos)"),
        ("predict_proba(x, batch_size=8)", "predict(x, batch_size=8)"),
        ("predict_generator(photos, steps=9)", "predict(photos, steps=9)"),
        ("fit_generator(photos, 2000, 5)", "fit_generator(photos, 2000, 5)"),
    ],
)
def test_counts_of_rows_of_keras_1(before: str, after: str) -> None:
    script = (
        "from keras.models import Sequential\n"
        "from keras.layers import Dense\n"
        "from keras.preprocessing.image import ImageDataGenerator\n"
        "photos = ImageDataGenerator().flow_from_directory('photos', shuffle=False)\n"
        "def made():\n    while True:\n        yield x, y\n"
        "model = Sequential([Dense(1, {})])\nmodel.compile('adam', 'mse')\nmodel.{}\n"
    )
    old, new = "W_regularizer='l2'", "kernel_regularizer='l2'"
    assert fixed(script.format(old, before), "OVF911") == script.format(old, after)
    if "7222" in before:
        steps = before.replace("_generator", "").replace("7222", "steps=7222")
        later = f"{before}\nmodel.fit(x, y, epochs=3)"
        assert "steps=7222" in fixed(script.format(old, later), "OVF911")
        assert fixed(script.format(new, before), "OVF911") == script.format(new, steps)


@pytest.mark.parametrize(
    ("last", "before", "after"),
    [
        ("Dense(3)", "predict_classes(test)", "model.predict(test).argmax(axis=-1)"),
        ("Dense(1)", "predict_classes(test)", '(model.predict(test) > 0.5).astype("int32")'),
        ("Dense(n)", "predict_classes(test)", "model.predict_classes(test)"),
    ],
)
def test_classes_of_predictions(last: str, before: str, after: str) -> None:
    script = "from keras.models import Sequential\nfrom keras.layers import Dense\nmodel = Sequential([{}])\nlabels = {}\n"
    assert fixed(script.format(last, f"model.{before}"), "OVF911") == script.format(last, after)


def test_a_path_changes_where_it_is_loaded_too() -> None:
    script = """\
import keras
from keras import ops
PATH = "models/best.hdf5"
best = keras.callbacks.ModelCheckpoint(PATH, save_best_only=True)
model = keras.models.load_model('models/best.hdf5')
"""
    expected = script.replace("best.hdf5", "best.keras")
    assert fixed(script, "OVF804") == expected
    elsewhere = script + "again = keras.models.load_model('/content/models/best.hdf5')\n"
    assert fixed(elsewhere, "OVF804") == elsewhere


@pytest.mark.parametrize(
    "path",
    [
        '"{epoch:02d}-{val_acc:.2f}.keras"',
        'os.path.join(folder, "{epoch:02d}-{val_acc:.2f}.keras")',
        'folder + "/{epoch:02d}-{val_acc:.2f}.keras"',
        '"{}/{}.keras".format(folder, "{epoch}-{val_acc:.2f}")',
        '"{}/{{epoch}}-{{val_acc:.2f}}.keras".format("runs")',
        'f"{folder}/{{epoch}}-{{val_acc:.2f}}.keras"',
    ],
)
@pytest.mark.parametrize("named", [False, True])
def test_a_placeholder_is_spelt_as_it_is_logged(path: str, named: bool) -> None:
    script = f"""\
import os
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
folder = os.environ["RUNS"]
path = {path}
save = keras.callbacks.ModelCheckpoint({"path" if named else path}, monitor="val_accuracy")
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[save])
"""
    if not named:
        script = script.replace(f"path = {path}\n", "")
    assert fixed(script, "OVF806") == script.replace("val_acc:", "val_accuracy:")


def test_a_cache_moves_before_the_random_map() -> None:
    script = """\
import tensorflow as tf
def flip(image):
    return tf.image.random_flip_left_right(image)
images = (
    images
    .map(flip)
    .cache()
    .batch(32)
)
"""
    expected = script.replace("    .map(flip)\n    .cache()\n", "    .cache()\n    .map(flip)\n")
    assert fixed(script, "OVF404") == expected


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("lr=0.1, decay=0.0", "learning_rate=0.1"),
        ("decay=0., lr=0.1, rho=0.9", "learning_rate=0.1, rho=0.9"),
        ("learning_rate=0.1, decay=0", "learning_rate=0.1"),
        ("decay=0.0", ""),
        ("lr=0.1, decay=1e-6", "lr=0.1, decay=1e-6"),
        ("lr=0.1, decay=0 if still else 1e-6", "lr=0.1, decay=0 if still else 1e-6"),
    ],
)
def test_a_decay_of_nothing_is_left_out(given: str, left: str) -> None:
    script = "import keras\noptimizer = keras.optimizers.RMSprop({})\n"
    assert fixed(script.format(given), "OVF706") == script.format(left)


@pytest.mark.parametrize(
    ("of_model", "other"), [("keras", "tensorflow.keras"), ("tensorflow.keras", "keras")]
)
def test_a_new_callback_is_of_the_package_of_the_model(of_model: str, other: str) -> None:
    script = f"""\
from {other}.optimizers import RMSprop
print("the next cell")
from {of_model}.layers import Dense
from {of_model}.models import Sequential
model = Sequential([Dense(1)])
model.compile(RMSprop(), "mse")
model.fit(x, y, epochs=50, validation_split=0.1)
"""
    after = fixed(script, "OVF501")
    assert f"import Sequential\nfrom {of_model}.callbacks import EarlyStopping\n" in after
    assert f"from {other}.callbacks" not in after


@pytest.mark.parametrize(
    ("before", "after", "advice"),
    [
        (
            ('monitor="val_loss", patience=6', 'monitor="loss", patience=6'),
            ('monitor="val_loss", patience=6', 'monitor="val_loss", patience=3'),
            "ReduceLROnPlateau(patience=3): with 6 it would hardly ever act before EarlyStopping",
        ),
        (
            ('monitor="loss", patience=5', 'monitor="val_loss"'),
            ('monitor="val_loss", patience=5', 'monitor="val_loss", patience=2'),
            "ReduceLROnPlateau(patience=2): with 10 it would hardly ever act before EarlyStopping",
        ),
        (
            ('monitor="val_loss", patience=6', 'monitor="loss", patience=3'),
            ('monitor="val_loss", patience=6', 'monitor="val_loss", patience=3'),
            'monitor="val_loss"',
        ),
        (
            ('monitor="val_loss", patience=2', 'monitor="loss", patience=3'),
            ('monitor="val_loss", patience=2', 'monitor="loss", patience=3'),
            "EarlyStopping(patience=6): else it stops before ReduceLROnPlateau acts",
        ),
    ],
)
def test_a_plateau_that_watches_validation_is_not_forestalled(
    before: tuple[str, str], after: tuple[str, str], advice: str
) -> None:
    script = """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping({})
slow = keras.callbacks.ReduceLROnPlateau({})
model.fit(x, y, epochs=90, validation_split=0.2, callbacks=[stop, slow])
"""
    source = Source("train.py", script.format(*before))
    (finding,) = lint_source(source, [RULES["OVF503"]]).findings
    assert finding.fix is not None
    assert advice in finding.fix.message
    result = Source("train.py", fixed(source.raw, "OVF503"))
    assert result.raw == script.format(*after)
    assert not lint_source(result, [RULES["OVF702"]]).findings
