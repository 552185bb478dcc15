"""Notebooks: executed as they are, with the errors and the signals that their cells would have."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import nbclient
import nbformat
import pytest

from .test_run_options import MAIN, TINY_KERAS, epochs_of, only_run, run


def notebook(*cells: str) -> str:
    code = [
        {
            "cell_type": "code",
            "id": f"c{n}",
            "metadata": {},
            "source": text,
            "outputs": [],
            "execution_count": None,
        }
        for n, text in enumerate(cells)
    ]
    title = {"cell_type": "markdown", "id": "t", "metadata": {}, "source": "# Training"}
    return json.dumps({"cells": [title, *code], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def test_a_notebook_is_executed_and_its_fits_are_found_in_their_cells(tmp_path):
    text = notebook("import keras\n%time\nprint('here')", "\nkeras.Model().fit(\n    epochs=3\n)")
    (tmp_path / "train.ipynb").write_text(text)
    done = run(tmp_path, "train.ipynb")
    assert done.returncode == 0, done.stderr
    assert "here\n" in done.stdout
    assert "[1.0, 0.5, 0.3333333333333333]" in done.stdout
    assert (tmp_path / "train.ipynb").read_text() == text
    assert len(epochs_of(only_run(tmp_path))) == 3
    lines = (only_run(tmp_path) / "observations.jsonl").read_text().splitlines()
    [place] = json.loads(lines[0])["place"]
    assert (place["cell"], place["line"], Path(place["path"]).name) == (2, 2, "train.ipynb")
    executed = json.loads((only_run(tmp_path) / "executed.ipynb").read_text())
    assert executed["cells"][1]["outputs"]


def test_a_notebook_that_fails_keeps_what_was_finished(tmp_path):
    (tmp_path / "a.ipynb").write_text(
        notebook("import keras\nkeras.Model().fit(epochs=2)", "1 / 0")
    )
    done = run(tmp_path, "a.ipynb")
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert len(epochs_of(only_run(tmp_path))) == 2


WAITS = """
import keras, pathlib, time
keras.Model().fit(epochs=3)
pathlib.Path("started").touch()
CATCHING
"""


@pytest.mark.parametrize(
    ("catching", "signals", "code"),
    [
        ("time.sleep(60)", [signal.SIGINT], 130),
        ("try: time.sleep(60)\nexcept KeyboardInterrupt: print('caught')", [signal.SIGINT], 0),
        ("time.sleep(60)", [signal.SIGTERM], 143),
    ],
)
def test_a_notebook_heeds_signals_as_a_script_does(tmp_path, catching, signals, code):
    (tmp_path / "train.ipynb").write_text(notebook(WAITS.replace("CATCHING", catching)))
    process = subprocess.Popen(
        [*MAIN, "run", "train.ipynb"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(TINY_KERAS)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (tmp_path / "started").exists() and process.poll() is None:
        time.sleep(0.05)
    time.sleep(0.3)
    for number in signals:
        process.send_signal(number)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == code, stderr
    assert len(epochs_of(only_run(tmp_path))) == 3
    assert ("caught" in stdout) is (code == 0)
    assert "the kernel died" not in stderr


FAILS_IN_FIT = """
import keras
class Fails(keras.Callback):
    def on_epoch_end(self, epoch, logs=None):
        raise ValueError("no more")
keras.Model().fit(epochs=3, callbacks=[Fails()])
"""


def test_what_a_notebook_shows_of_an_error_is_the_same_as_without_the_recorder(tmp_path):
    (tmp_path / "train.ipynb").write_text(notebook(FAILS_IN_FIT))
    done = run(tmp_path, "train.ipynb")
    assert done.returncode == 1
    _, cell = nbformat.read(only_run(tmp_path) / "executed.ipynb", 4).cells
    plain = nbformat.read(tmp_path / "train.ipynb", 4)
    nbclient.NotebookClient(plain, allow_errors=True).execute(
        env={**os.environ, "PYTHONPATH": str(TINY_KERAS)}
    )
    _, expected = plain.cells
    assert cell.outputs == expected.outputs
    assert "no more" in expected.outputs[0]["evalue"]
