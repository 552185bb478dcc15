"""What stands below the end of a script never runs: it is neither a fault nor a remedy."""

from textwrap import dedent

import pytest

from overfitcheck.linter import lint_source
from overfitcheck.rule import load_rules
from overfitcheck.script.source import Source

HEAD = """
import os, sys
import keras
net = keras.Sequential([keras.layers.Dense(3)])
net.compile("adam", "mse")
saver = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
net.fit(x, y, epochs=9, validation_split=0.2, callbacks=[saver])
"""

SCORED = "print(net.evaluate(x_test, y_test))\n"

LOADED = "net.load_weights('best.keras')\n"

ENDS = ["exit()", "quit(0)", "sys.exit()", "from sys import exit\nexit(1)", "os._exit(0)"]

GOES_ON = {
    "a branch": "if len(sys.argv) > 1:\n    sys.exit()",
    "a constant": "TRAIN = True\nif TRAIN:\n    exit()",
    "a function": "def leave():\n    exit()\nleave()",
    "a try": "try:\n    exit()\nexcept SystemExit:\n    pass",
    "its own exit": "def exit():\n    print('done')\nexit()",
    "cells": "# %%\nexit()\n# %%",
    "an export": "# In[3]:\nexit()\n",
}


def found(text: str) -> list[str]:
    rules = [load_rules()[code] for code in ("OVF101", "OVF803")]
    return [each.code for each in lint_source(Source("train.py", dedent(text)), rules).findings]


@pytest.mark.parametrize("end", ENDS)
def test_nothing_is_said_of_what_never_runs(end: str) -> None:
    again = "net.fit(x, y, epochs=9)\n"
    assert "OVF101" in found(HEAD + again)
    assert found(HEAD + f"{end}\n" + again) == []
    assert found(HEAD + SCORED + LOADED + SCORED) == []
    assert found(HEAD + SCORED + f"{end}\n" + LOADED + SCORED) == ["OVF803"]
    assert found(HEAD + f"{end}\n" + SCORED) == []


@pytest.mark.parametrize("line", GOES_ON.values(), ids=GOES_ON)
def test_the_script_goes_on(line: str) -> None:
    assert found(HEAD + f"{line}\n" + SCORED) == ["OVF803"]
