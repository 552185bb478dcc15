"""Stacks and tracebacks that a script shows, or others for it: none has a frame of the recorder."""

from __future__ import annotations

import re
import sys

import pytest

from .conftest import TINY_KERAS
from .test_matrix import PYTHONS

STACKS = """
import logging, sys, threading

def show(where):
    import inspect, traceback
    print(where, file=sys.stderr)
    traceback.print_stack()
    logging.warning("here", stack_info=True)
    print([(each.filename, each.lineno, each.function) for each in inspect.stack()])
    print(traceback.extract_stack()[0].lineno, len(traceback.format_stack(limit=2)))
    print([frame.f_code.co_name for frame, line in traceback.walk_stack(sys._getframe())])

show("before Keras is there")
import keras

class Shows(keras.Callback):
    def on_epoch_end(self, epoch, logs=None):
        show(f"epoch {epoch}")

def train():
    keras.Model().fit(epochs=2, callbacks=[Shows()])

train()
thread = threading.Thread(target=train)
thread.start()
thread.join()
"""


def test_stacks_are_those_of_plain_python(run_both):
    pair = run_both(sys.executable, STACKS, PYTHONPATH=str(TINY_KERAS))
    assert pair.plain.stderr.count(b"Stack (most recent call last)") == 5
    assert pair.recorded.stderr == pair.plain.stderr
    assert pair.recorded.stdout == pair.plain.stdout
    assert not [fact for fact in pair.recorded.facts if "note" in fact]


WARNS = """
import warnings
import keras

class Warns(keras.Callback):
    def on_epoch_end(self, epoch, logs=None):
        for level in range(1, 8):
            warnings.warn(f"level {level}", stacklevel=level)

def train():
    keras.Model().fit(epochs=1, callbacks=[Warns()])

train()
"""


def test_warnings_name_the_callers_of_plain_python(run_both):
    pair = run_both(sys.executable, WARNS, PYTHONPATH=str(TINY_KERAS))
    assert pair.plain.stderr.count(b"UserWarning: level") == 7
    assert pair.recorded.stderr == pair.plain.stderr


OWN = """
import os, sys
with open("traceback.py", "w") as file:
    file.write("print('the own one')")
sys.modules.pop("traceback", None)
import traceback
print(hasattr(traceback, "walk_stack"))
"""


def test_a_file_beside_the_script_may_be_called_as_a_module_that_shows_stacks(run_both):
    pair = run_both(sys.executable, OWN)
    assert pair.plain.stdout == b"the own one\nFalse\n"
    assert (pair.recorded.stdout, pair.recorded.stderr) == (pair.plain.stdout, pair.plain.stderr)


FAILS_IN_THE_GRAPH = """
import keras
import numpy as np

keras.utils.set_random_seed(1)
x, y = np.zeros((40, 2), "float32"), np.full(40, 7)
model = keras.Sequential([keras.layers.Dense(3)])
model.compile("sgd", "sparse_categorical_crossentropy")

def train():
    model.fit(x, y, epochs=2, verbose=0)

train()
"""


@pytest.mark.parametrize("python", PYTHONS)
def test_an_error_in_a_graph_is_told_as_without_the_recorder(run_both, python):
    pair = run_both(python, FAILS_IN_THE_GRAPH, KERAS_BACKEND="tensorflow")
    assert b"defined at (most recent call last)" in pair.plain.stderr
    assert told(pair.recorded.stderr) == told(pair.plain.stderr)


def told(stderr: bytes) -> bytes:
    """An error without times, and without the numbers that TensorFlow gives its functions."""
    lines = [line for line in stderr.splitlines() if not re.match(rb"[IWE]\d{4} ", line)]
    return re.sub(rb"(__inference_\w+?)_\d+", rb"\1", b"\n".join(lines))
