"""What counts as a score of a fitted model, and how its place is told."""

import json

import pytest

from overfitcheck.linter import lint_source
from overfitcheck.rule import load_rules
from overfitcheck.script.fit import Fit
from overfitcheck.script.scoring import scores_other_data, scorings_on_validation
from overfitcheck.script.script import read_script
from overfitcheck.script.source import Source

FIT = """
import keras
import numpy as np
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=10, validation_data=(x_val, y_val))
"""


@pytest.mark.parametrize(
    "line",
    [
        "model.evaluate(x_val, y_val)",
        "np.mean(model.predict(x_val).argmax(1) == y_val)",
        "((model.predict(x_val) - y_val) ** 2).mean()",
    ],
)
def test_scores_on_validation_data(line: str) -> None:
    (fit,) = read_script(FIT + line, "train.py").fits
    assert scorings_on_validation(fit)
    assert not scores_other_data(fit)


OWN = {
    "by a metric of its own": "    return my_metric(y, guessed)\n",
    "pair by pair": "    return sum(a == b for a, b in zip(guessed, y)) / len(y)\n",
    "in a loop": "    right = 0\n    for a, b in zip(guessed, y):\n        right += a == b\n"
    "    return right\n",
    "by a difference": "    return np.sqrt((guessed - y) ** 2)\n",
}


@pytest.mark.parametrize("end", OWN.values(), ids=OWN)
def test_a_function_of_the_script_scores(end: str) -> None:
    own = f"def evaluate_on(net, x, y):\n    guessed = net.predict(x).argmax(1)\n{end}"
    (fit,) = read_script(FIT + own + "print(evaluate_on(model, x_val, y_val))", "train.py").fits
    assert scorings_on_validation(fit)
    assert not scores_other_data(fit)
    (fit,) = read_script(FIT + own + "print(evaluate_on(model, x_test, y_test))", "train.py").fits
    assert scores_other_data(fit)


@pytest.mark.parametrize(
    "own",
    [
        "def evaluate_on(net, x, y):\n    show(x, net.predict(x))\n",
        "def evaluate_on(net, x, y):\n    return smooth(net.predict(x))\n",
        "def look_at(net, x, y):\n    return list(zip(y, net.predict(x)))\n",
    ],
)
def test_a_function_that_only_shows_scores_nothing(own: str) -> None:
    name = own.split("(")[0].removeprefix("def ")
    (fit,) = read_script(FIT + own + f"{name}(model, x_val, y_val)", "train.py").fits
    assert not scorings_on_validation(fit)


@pytest.mark.parametrize(
    "line",
    [
        "model.predict(x_val)",
        "model.predict(x_val).mean()",
        "(model.predict(x_val) > 0.5).mean()",
        "np.flatnonzero(model.predict(x_val).argmax(1) != y_val)",
    ],
)
def test_predictions_that_are_no_score(line: str) -> None:
    (fit,) = read_script(FIT + line, "train.py").fits
    assert not scorings_on_validation(fit)


def test_a_comparison_scores_other_data() -> None:
    (fit,) = read_script(FIT + "(model.predict(x_test) == y_test).mean()", "train.py").fits
    assert scores_other_data(fit)


def test_the_place_of_a_score_is_told_by_cell_and_line() -> None:
    cells = [
        {"cell_type": "code", "source": text} for text in (FIT, "model.evaluate(x_val, y_val)")
    ]
    rules = [load_rules()["OVF102"]]
    (finding,) = lint_source(Source("a.ipynb", json.dumps({"cells": cells})), rules).findings
    assert "in cell 1, line 1" in finding.message
    (finding,) = lint_source(Source("a.py", FIT + "model.evaluate(x_val, y_val)"), rules).findings
    assert "in line 7" in finding.message


def test_a_score_on_the_inputs_of_several_branches() -> None:
    text = (
        "import keras\nfrom sklearn.metrics import roc_auc_score\n"
        "model = keras.Model([a, b], keras.layers.Dense(1)(c))\nmodel.compile('adam', 'mse')\n"
        "model.fit([x1, x2], y, epochs=9, validation_data=([v1, v2], y_val))\n"
        "print(roc_auc_score(y, model.predict([x1, x2])))\n"
    )
    (fit,) = read_script(text, "train.py").fits
    assert not scorings_on_validation(fit)
    assert not scores_other_data(fit)
    (fit,) = read_script(
        f"{text}first = v1\nprint(roc_auc_score(y_val, model.predict([first, v2])))\n", "train.py"
    ).fits
    assert scorings_on_validation(fit)
    assert not scores_other_data(fit)


BATCHES = """
import keras
import numpy as np
from sklearn.metrics import accuracy_score
train = keras.utils.image_dataset_from_directory("train")
held_out = keras.utils.image_dataset_from_directory("held_out")
other = keras.utils.image_dataset_from_directory("other")
model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(train, epochs=10, validation_data=held_out)
right, guessed = [], []
"""


@pytest.mark.parametrize(
    ("round_", "score"),
    [
        ("right.extend(y.numpy()); guessed.extend(np.argmax(model.predict(x), axis=1))",
         "accuracy_score(right, guessed)"),
        ("right.append(y); guessed.append(np.argmax(model(x, training=False), axis=1))",
         "accuracy_score(np.concatenate(right), np.concatenate(guessed))"),
        ("right += list(y); guessed += list(model.predict(x).argmax(1))",
         "np.mean(np.array(right) == np.array(guessed))"),
    ],
)  # fmt: skip
def test_a_score_of_the_batches_of_the_validation_data(round_: str, score: str) -> None:
    def fit_of(rows: str) -> Fit:
        loop = f"for x, y in {rows}:\n    {round_}\nprint({score})\n"
        return read_script(BATCHES + loop, "train.py").fits[0]

    assert scorings_on_validation(fit_of("held_out"))
    assert not scores_other_data(fit_of("held_out"))
    assert not scores_other_data(fit_of("train"))
    assert not scorings_on_validation(fit_of("other"))
    assert scores_other_data(fit_of("other"))


def test_a_score_of_other_rows_of_the_same_table_is_none_of_the_validation_data() -> None:
    text = FIT.replace("(x_val, y_val)", "(x[val_rows], y[val_rows])")
    line = "print(np.mean(model.predict(x[test_rows]) == y[test_rows]))"
    (fit,) = read_script(text + line, "train.py").fits
    assert not scorings_on_validation(fit)


MADE_TWICE = """
import keras
import tensorflow as tf
from mine import Loader, made, make, make_split
loader = Loader("here")
def held_out(files, ordered=False):
    return tf.data.TFRecordDataset(files).map(parse).batch(32)
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(train, epochs=10, validation_data={})
model.evaluate({})
"""


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ("make('valid')", "make('valid')", True),
        ("make(['a', 9])", "make(['a', 9])", True),
        ("loader.rows(32, part='valid')", "loader.rows(32, part='valid')", True),
        ("held_out('valid')", "held_out('valid', ordered=True)", True),
        ("make('valid')", "make('test')", False),
        ("make('valid')", "made('valid')", False),
        ("make(part='valid')", "make(part='test')", False),
        ("make('valid')", "make('valid', 2)", False),
        ("make(*given)", "make(*given)", False),
        ("make(['a', 9])", "make(['a'])", False),
        ("loader.rows(32)", "Loader('there').rows(32)", False),
        ("loader.next_rows()", "loader.next_rows()", False),
        ("make_split(x)", "make_split(x)", False),
    ],
)  # fmt: skip
def test_data_that_are_made_twice_alike(first: str, second: str, alike: bool) -> None:
    (fit,) = read_script(MADE_TWICE.format(first, second), "train.py").fits
    assert bool(scorings_on_validation(fit)) is alike
    assert scores_other_data(fit) is not alike


WRONG = "wrong = np.where(model.predict(x_val).argmax(1) != y_val)[0]\n"


@pytest.mark.parametrize(
    ("lines", "is_score"),
    [
        ("print(len(wrong))", True),
        ("print(f'{len(wrong)} of {len(y_val)} are wrong')", True),
        ("print('wrong: ' + str(len(wrong)))", True),
        ("print('{} are wrong'.format(len(wrong)))", True),
        ("logging.info('%d are wrong', len(wrong))", True),
        ("plt.title('%d are wrong' % len(wrong))", True),
        ("accuracy = 1 - len(wrong) / len(y_val)", True),
        ("count = len(wrong)\nprint('wrong:', count)", True),
        ("count: int = len(wrong)\nshare = count / len(y_val)\nprint(share)", True),
        ("results['wrong'] = len(wrong)", True),
        ("results.append((8, len(wrong)))", True),
        ("def told():\n    return {'wrong': len(wrong)}", True),
        ("print('none' if wrong is None else len(wrong))", True),
        ("len(wrong)", False),
        ("for i in range(len(wrong)):\n    print(names[wrong[i]])", False),
        ("for i in range(min(9, len(wrong))):\n    plt.imshow(x_val[wrong[i]])", False),
        ("if len(wrong):\n    plt.imshow(x_val[wrong[0]])", False),
        ("while shown < len(wrong):\n    print(shown)", False),
        ("print([names[wrong[i]] for i in range(len(wrong))])", False),
        ("print(names[: len(wrong)])", False),
        ("print('some' if len(wrong) else 'none')", False),
        ("count = len(wrong)\nfor i in range(count):\n    print(names[wrong[i]])", False),
        ("rows = int(np.ceil(len(wrong) / columns))\nplt.subplots(rows, columns)", False),
        ("rows = len(wrong) // 3\nplt.subplots(rows, 3)", False),
        ("rows = int(len(wrong) / 3)\nplt.subplots(rows, 3)", False),
    ],
)
def test_a_count_of_mistakes_is_a_score_where_it_is_told(lines: str, is_score: bool) -> None:
    (fit,) = read_script(f"{FIT}import logging\n{WRONG}{lines}\n", "train.py").fits
    assert bool(scorings_on_validation(fit)) is is_score


def test_a_count_is_told_below_its_cell() -> None:
    cells = [{"cell_type": "code", "source": each} for each in (FIT, f"{WRONG}len(wrong)")]
    rules = [load_rules()["OVF102"]]
    assert lint_source(Source("a.ipynb", json.dumps({"cells": cells})), rules).findings
