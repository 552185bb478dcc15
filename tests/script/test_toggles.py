"""Toggles: what stands in an arm that is never taken does not happen."""

from textwrap import dedent

import pytest

from overfitcheck.linter import lint_source
from overfitcheck.rule import load_rules
from overfitcheck.script.script import read_script
from overfitcheck.script.source import Source

HEAD = """
import argparse, os, sys
import keras
from keras.callbacks import EarlyStopping
net = keras.Sequential([keras.layers.Dense(3)])
net.compile("adam", "mse")
callbacks = []
"""

FIT = "net.fit(x, y, epochs=50, validation_split=0.2, callbacks=callbacks)\n"

STOP = "callbacks.append(EarlyStopping(patience=3))\n"

DEAD = {
    "a name": ("STOP = False", "STOP"),
    "a number": ("STOP = 0", "STOP > 0"),
    "a word": ("MODE = 'plain'", "MODE == 'careful'"),
    "one of some words": ("MODE = 'plain'", "MODE in ('careful', 'slow')"),
    "none of some words": ("MODE = 'plain'", "MODE not in ['plain']"),
    "identity": ("STOP = False", "STOP is True"),
    "other identity": ("STOP = True", "STOP is not True"),
    "negation": ("FAST = True", "not FAST"),
    "both": ("STOP = False", "STOP and len(x) > 100"),
    "a dict": ("settings = {'stop': False}", "settings['stop']"),
    "a class": ("class Settings:\n    stop = False\n", "Settings.stop"),
}


def stops(body: str) -> bool | None:
    (fit,) = read_script(HEAD + dedent(body), "train.py").fits
    return fit.callbacks.has("EarlyStopping")


@pytest.mark.parametrize(("toggle", "test"), DEAD.values(), ids=DEAD)
def test_a_remedy_in_a_dead_arm_is_none(toggle: str, test: str) -> None:
    assert stops(f"{toggle}\nif {test}:\n    {STOP}{FIT}") is False
    assert stops(f"{toggle}\nif {test}:\n    pass\nelse:\n    {STOP}{FIT}") is True
    told = lint_source(
        Source("train.py", HEAD + f"{toggle}\nif {test}:\n    {STOP}{FIT}"),
        [load_rules()["OVF501"]],
    )
    assert [each.code for each in told.findings] == ["OVF501"]


OPEN = {
    "a form": "STOP = False #@param {type: 'boolean'}",
    "a form with a type": "STOP: bool = False #@param {type: 'boolean'}",
    "an option": "p = argparse.ArgumentParser()\np.add_argument('--stop', action='store_true')\n"
    "STOP = p.parse_args().stop",
    "the environment": "STOP = os.environ.get('STOP', '0') == '1'",
    "an argument": "STOP = False\nif len(sys.argv) > 1:\n    STOP = True",
    "an import": "STOP = False\ntry:\n    import tqdm\n    STOP = True\nexcept ImportError:\n    pass",
    "a function": "STOP = False\ndef be_careful():\n    global STOP\n    STOP = True\n",
}


@pytest.mark.parametrize("toggle", OPEN.values(), ids=OPEN)
def test_somebody_may_turn_it(toggle: str) -> None:
    assert stops(f"{toggle}\nif STOP:\n    {STOP}{FIT}") is True


def test_whoever_calls_may_turn_it() -> None:
    body = f"def train(stop=False):\n    callbacks = []\n    if stop:\n        {STOP}    {FIT}"
    assert stops(body) is True
    assert stops(body + "train()\n") is False


def test_a_method_may_turn_it() -> None:
    body = f"""
class Trainer:
    def __init__(self):
        self.careful = False
    {{}}
    def train(self):
        callbacks = []
        if self.careful:
            {STOP.strip()}
        {FIT.strip()}
Trainer().train()
"""
    assert stops(body.format("")) is False
    assert stops(body.format("def take_care(self):\n        self.careful = True")) is True


@pytest.mark.parametrize(
    "later",
    ["first = False", "first, lowest = False, 1", "if True:\n        first = False"],
)
def test_a_loop_may_turn_it_in_a_later_round(later: str) -> None:
    body = "first = True\nfor number in range(1000):\n    if first:\n        print(number)\n"
    body += f"    else:\n        net.save('later.keras')\n    {later}\n"
    calls = read_script(HEAD + body, "train.py").calls
    assert "save" in [each.method for each in calls]
    kept = read_script(HEAD + body.replace(later, "pass"), "train.py").calls
    assert "save" not in [each.method for each in kept]


def test_what_a_round_binds_first_is_known() -> None:
    body = (
        "for number in range(1000):\n    last = False\n    if last:\n        net.save('a.keras')\n"
    )
    assert not [
        each for each in read_script(HEAD + body, "train.py").calls if each.method == "save"
    ]


@pytest.mark.parametrize(("toggle", "expected"), [("False", ["OVF501"]), ("True", [])])
def test_a_break_in_a_dead_arm_ends_no_loop(toggle: str, expected: list[str]) -> None:
    body = f"""
CAREFUL = {toggle}
lowest, waited = 99, 0
for epoch in range(90):
    for rows, labels in batches:
        net.train_on_batch(rows, labels)
    val_loss = net.evaluate(x_val, y_val)
    if val_loss < lowest:
        lowest, waited = val_loss, 0
        net.save("lowest.keras")
    else:
        waited += 1
    if CAREFUL:
        if waited > 10:
            break
"""
    findings = lint_source(Source("train.py", HEAD + body), [load_rules()["OVF501"]]).findings
    assert [each.code for each in findings] == expected
