"""A search of KerasTuner: its trials are recorded, told apart from other fits, and one group."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from overfitcheck.cli.main import main

SEARCH = """
import keras, keras_tuner, numpy as np
x = np.random.default_rng(0).normal(size=(60, 4)).astype("float32")
y = (x[:, 0] > 0).astype("int32")

def build(hp):
    units = hp.Int("units", 2, 16, step=2)
    model = keras.Sequential([keras.layers.Dense(units), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model

data = dict(x=x[:40], y=y[:40], validation_data=(x[40:], y[40:]), epochs=2, verbose=0)
tuner = keras_tuner.RandomSearch(build, objective="val_loss", max_trials=2, directory="trials")
tuner.search(**data)
best = build(tuner.get_best_hyperparameters()[0])
best.fit(**data)
"""


def test_trials_of_a_search_are_one_group(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SEARCH, encoding="utf-8")
    program = f"import sys; from {main.__module__} import main; sys.exit(main())"
    words = [sys.executable, "-c", program, "run", "train.py", "--report"]
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    subprocess.run(words, cwd=tmp_path, check=True, env=environment, capture_output=True)
    (folder,) = (tmp_path / "overfitcheck-runs").iterdir()
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert [len(fit["epochs"]) for fit in report["fits"]] == [2, 2, 2]
    search, last = report["groups"]
    assert search["title"] == "search by keras_tuner"
    assert [each["role"] for each in search["members"]] == ["trial 1 of 2", "trial 2 of 2"]
    assert [each["fit"] for each in last["members"]] == [3]
