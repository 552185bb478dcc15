"""Fits of one epoch in a loop over the epochs: one training."""

from textwrap import dedent, indent

import pytest

from overfitcheck.finding import Answer
from overfitcheck.linter import lint_source
from overfitcheck.rule import load_rules
from overfitcheck.script.fit_loops import FitLoop
from overfitcheck.script.script import read_script
from overfitcheck.script.source import Source

HEAD = """
import keras
from keras import layers
from keras.callbacks import EarlyStopping, LearningRateScheduler, ModelCheckpoint
def build():
    net = keras.Sequential([layers.Dense(8), layers.Dense(3)])
    net.compile("adam", "mse")
    return net
net = build()
"""

VALIDATED = "seen = net.fit(x_train, y_train, epochs=1, validation_data=(x_val, y_val){})\n"


def a_loop(body: str, head: str = "for epoch in range(50):") -> str:
    return f"{head}\n{indent(dedent(body), '    ')}"


def loops_in(body: str) -> list[FitLoop]:
    loops = read_script(HEAD + dedent(body), "train.py").custom_loops
    return [each for each in loops if isinstance(each, FitLoop)]


def said(body: str, path: str = "train.py") -> list[str]:
    findings = lint_source(Source(path, HEAD + body), list(load_rules().values())).findings
    return [each.code for each in findings if each.level.value != "info"]


WRITTEN = {
    "one epoch": a_loop("net.fit(x, y, epochs=1)"),
    "the default": a_loop("net.fit(x, y, batch_size=8)"),
    "counted up": a_loop("net.fit(x, y, initial_epoch=epoch, epochs=epoch + 1)"),
    "counted up from one": a_loop(
        "net.fit(x, y, initial_epoch=epoch - 1, epochs=epoch)", "for epoch in range(1, 51):"
    ),
    "two by two": a_loop("net.fit(x, y, epochs=2)", "for number in range(25):"),
    "with a number": a_loop("net.fit(x, y, epochs=1)\nnet.reset_states()", "for i in range(50):"),
    "with the number of epochs": "epochs = 50\n"
    + a_loop("rows = make_rows()\nnet.fit(rows, epochs=1)", "for i in range(epochs):"),
    "by parts": a_loop("for part in parts:\n    net.fit(part[0], part[1], epochs=1)"),
    "by parts, with numbers": a_loop(
        "for i in range(9):\n    net.fit(x[i * 10:i * 10 + 10], y, epochs=1)", "for n in range(50):"
    ).replace("range(9)", "parts"),
    "again in every fold": f"""
for train, test in folds:
    net = build()
{indent(a_loop("net.fit(x, y, epochs=1)"), "    ")}
""",
    "put into another form in each round": "import numpy as np\n"
    + a_loop(
        "net.fit(np.array(xs), np.asarray(ys), epochs=1)\nprint(len(xs))", "for i in range(50):"
    ),
    "cast in each round": a_loop(
        "rows = xs.astype('float32') / 255\nnet.fit(rows, ys.ravel(), epochs=1)",
        "for i in range(50):",
    ),
    "reshaped in each round": a_loop(
        "net.fit(x.reshape(len(x), -1, 1), y, epochs=1)\nnet.save('a.keras')",
        "for i in range(50):",
    ),
    "lists of a function, put into another form in each round": """
import numpy as np
def read():
    xs, ys = [], []
    for line in open("rows.csv"):
        xs.append(line.split(",")[1:])
        ys.append(line.split(",")[0])
    return xs, ys
def train():
    xs, ys = read()
    for i in range(50):
        net.fit(np.array(xs), np.array(ys), epochs=1)
train()
""",
    "in a function": f"""
def train(model, x, y, epochs=50):
{indent(a_loop("model.fit(x, y, epochs=1)", "for e in range(epochs):"), "    ")}
train(net, x, y)
""",
}


@pytest.mark.parametrize("body", WRITTEN.values(), ids=WRITTEN)
def test_fits_of_one_epoch_are_one_training(body: str) -> None:
    (loop,) = loops_in(body)
    assert not loop.is_exempt
    assert loop.has_validation is False
    assert loop.epochs == (50, 50)
    assert said(body) == ["OVF101"]


NONE = {
    "another model in each round": a_loop("net = build()\nnet.fit(x, y, epochs=1)"),
    "a model in each round": a_loop("build().fit(x, y, epochs=1)"),
    "folds": "from sklearn.model_selection import KFold\n"
    + a_loop("net.fit(x[a], y[a], epochs=1)", "for a, b in KFold(30).split(x):"),
    "settings": a_loop("net.fit(x, y, epochs=1, batch_size=n)", "for n in [1, 2, 4, 8, 16, 32]:"),
    "first weights again": "first = net.get_weights()\n"
    + a_loop("net.set_weights(first)\nnet.fit(x, y, epochs=1)"),
    "parts of the rows": a_loop("net.fit(x[i:i + 9], y[i:i + 9], epochs=1)", "for i in range(90):"),
    "files": a_loop("x, y = load(i)\nnet.fit(x, y, epochs=1)", "for i in range(90):"),
    "many epochs": a_loop("net.fit(x, y, epochs=10)"),
    "two models": "both = build()\n" + a_loop("net.fit(x, y, epochs=1)\nboth.fit(x, y, epochs=1)"),
    "GAN": a_loop("net.fit(images, np.ones(9), epochs=1)"),
    "agent": a_loop("goal = net.predict(state)\ngoal[0] = won\nnet.fit(state, goal, epochs=1)"),
    "autoencoder": a_loop("net.fit(x, x, epochs=1)"),
    "whoever calls": "def fit_once(model):\n    model.fit(x, y, epochs=1)\nfit_once(net)\n",
}

FIFTY = "for i in range(50):"

NONE |= {
    "rows that are collected": "import numpy as np\nxs, ys = [], []\n"
    + a_loop("xs.append(state)\nnet.fit(np.array(xs), y, epochs=1)", FIFTY),
    "rows that a function collects": "import numpy as np\nxs, ys = [], []\n"
    "def play():\n    xs.append(state)\n"
    + a_loop("play()\nnet.fit(np.array(xs), y, epochs=1)", FIFTY),
    "rows of an object": "import numpy as np\n"
    + a_loop("game.play()\nnet.fit(np.array(game.states), y, epochs=1)", FIFTY),
    "rows under another name": "import numpy as np\nfrom collections import deque\n"
    "xs = deque()\nkept = xs\n"
    + a_loop("kept.append(state)\nnet.fit(np.array(xs), y, epochs=1)", FIFTY),
    "rows that are handed on": "import numpy as np\n"
    + a_loop("refill(xs)\nnet.fit(np.array(xs), y, epochs=1)", FIFTY),
    "rows that are bound anew": "import numpy as np\n"
    + a_loop("net.fit(np.array(xs), y, epochs=1)\nxs = xs[1:]", FIFTY),
    "rows that are drawn": "import numpy as np\n"
    + a_loop("net.fit(np.array(x[np.random.choice(90, 9)]), y, epochs=1)", FIFTY),
    "rows that are read": "import numpy as np\n"
    + a_loop("net.fit(np.array(read()), y, epochs=1)", FIFTY),
    "rows of a number": "import numpy as np\n"
    + a_loop("net.fit(np.array(x[i]), np.array(y[i]), epochs=1)", FIFTY),
    "targets of a number": "import numpy as np\n"
    + a_loop("net.fit(np.array(x), y[:, i], epochs=1)", FIFTY),
    "targets that are collected": "import numpy as np\nys = []\n"
    + a_loop("ys.append(won)\nnet.fit(np.array(x), np.array(ys), epochs=1)", FIFTY),
    "rows that are computed": "import numpy as np\n"
    + a_loop("net.fit(np.array([turn(each) for each in x]), y, epochs=1)", FIFTY),
}


@pytest.mark.parametrize("body", NONE.values(), ids=NONE)
def test_what_is_no_loop_over_epochs(body: str) -> None:
    assert loops_in(body) == []


LOWEST = "loss = seen.history['val_loss'][0]\n"

SAID = {
    "validated": (a_loop(VALIDATED.format("")), ["OVF501", "OVF801"]),
    "evaluated": (
        a_loop("net.fit(x, y, epochs=1)\nprint(net.evaluate(x_val, y_val))"),
        ["OVF501", "OVF801"],
    ),
    "predicted": (a_loop("net.fit(x, y, epochs=1)\nwrite(net.predict(first))"), ["OVF101"]),
    "played": (
        a_loop("moves = turn(net.predict(board))\nnet.fit(moves, won(moves), epochs=1)"),
        [],
    ),
    "handed on": (a_loop("net.fit(x, y, epochs=1)\nshow(net, x_val)"), []),
    "short": (a_loop(VALIDATED.format(""), "for epoch in range(19):"), []),
    "ended": (a_loop(VALIDATED.format("") + LOWEST + "if loss > best:\n    break\n"), []),
    "kept": (
        a_loop(VALIDATED.format("") + LOWEST + "if loss < best:\n    net.save('best.keras')\n"),
        ["OVF501"],
    ),
    "ended late": (
        a_loop(
            VALIDATED.format("")
            + LOWEST
            + "waited = 0 if loss < lowest else waited + 1\nif waited > 5:\n    break\n"
        )
        + "print(net.evaluate(x_test, y_test))\n",
        ["OVF502"],
    ),
    "a checkpoint for all rounds": (
        "kept = ModelCheckpoint('best.keras', save_best_only=True)\n"
        + a_loop(VALIDATED.format(", callbacks=[kept]")),
        ["OVF501"],
    ),
    "a checkpoint in each round": (
        a_loop(VALIDATED.format(", callbacks=[ModelCheckpoint('a.keras', save_best_only=True)]")),
        ["OVF501"],
    ),
    "a checkpoint of each round": (
        a_loop(VALIDATED.format(", callbacks=[ModelCheckpoint('{epoch}.keras')]")),
        ["OVF501", "OVF801"],
    ),
    "stopped in each round": (
        a_loop(VALIDATED.format(", callbacks=[EarlyStopping(patience=9)]")) + "net.save('a.keras')",
        [],
    ),
    "callbacks from elsewhere": (a_loop(VALIDATED.format(", callbacks=callbacks")), []),
    "fitted elsewhere too": ("net.fit(x, y, epochs=2)\n" + a_loop("net.fit(x, y, epochs=1)"), []),
    "no number": (a_loop("net.fit(x, y, epochs=1)", "for epoch in range(many):"), []),
}


@pytest.mark.parametrize(("body", "expected"), SAID.values(), ids=SAID)
def test_what_the_rules_say(body: str, expected: list[str]) -> None:
    assert said(body) == expected


def test_a_finding_names_the_epochs_of_the_loop_at_its_fit() -> None:
    body = a_loop("print(epoch)\nnet.fit(x, y, epochs=1)")
    result = lint_source(Source("train.py", HEAD + body), [load_rules()["OVF101"]])
    (finding,) = result.findings
    assert "this loop trains net for 50 epochs" in finding.message
    assert finding.location.line == 12
    assert finding.fix is not None
    assert "validation_data" in finding.fix.message


def test_the_loop_has_one_checklist() -> None:
    body = "at = LearningRateScheduler(lower)\nkept = ModelCheckpoint('a', save_best_only=True)\n"
    body += a_loop(VALIDATED.format(", callbacks=[at, kept]"))
    (checklist,) = lint_source(Source("train.py", HEAD + body), []).checklists
    answers = checklist.techniques
    assert checklist.is_loop
    assert answers["validation data"] is Answer.YES
    assert answers["early stopping"] is Answer.NO
    assert answers["learning-rate reduction"] is Answer.YES
    assert answers["best model kept"] is Answer.YES


def test_nothing_is_said_of_loops_in_tests() -> None:
    assert said(a_loop("net.fit(x, y, epochs=1)"), "tests/test_net.py") == []
