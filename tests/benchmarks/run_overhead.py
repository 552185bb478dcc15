"""What watching costs: time an epoch, at the start and for looking at data, in pairs.

    python tests/benchmarks/run_overhead.py [--repetitions 40] [--backend tensorflow]

Each kind of training (plain, recorded, with Keras's CSVLogger, with its TensorBoard callback) runs
in one process in turns, so that whatever else the machine does falls on all of them alike; a
figure is the median of the differences to the plain training just before. Prints a table.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

EPOCHS = 10
"""Epochs of one fit whose time is measured."""

BATCHES = 1000
"""Batches of an epoch of a tf.data pipeline whose labels only come out of it."""

START = Path(__file__).parents[2] / "overfitcheck" / "recorder" / "start_importlib_bootstrap.py"
COMMAND = "from overfitcheck.cli.main import main; main()"


def main() -> None:
    """Measure everything, or (as the child of that) a training."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=40)
    parser.add_argument("--backend", default="tensorflow")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measured_epochs(given.repetitions)))
        return
    with tempfile.TemporaryDirectory() as folder:
        show_epochs(Path(folder), given.repetitions, given.backend)
        show_start(Path(folder), given.repetitions)
        show_observations(Path(folder))


def show_epochs(folder: Path, repetitions: int, backend: str) -> None:
    """Added milliseconds an epoch, of the shortest epochs and of epochs of about a second."""
    run_folder = folder / "run"
    run_folder.mkdir()
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    asked = {"KERAS_BACKEND": backend, "OVERFITCHECK_RUN": str(run_folder)}
    words = [sys.executable, str(START), str(Path(__file__).absolute()), "--measure"]
    done = subprocess.run(
        [*words, "--repetitions", str(repetitions)],
        cwd=folder,
        env={**os.environ, **quiet, **asked},
        stdout=subprocess.PIPE,
        check=True,
    )
    measured = json.loads(done.stdout.splitlines()[-1])
    print(f"\nthe recorder's own work: {measured.pop('hooks') * 1000:.3f} ms an epoch ({backend})")
    for length, figures in measured.items():
        print(f"\nepochs of {figures['plain'] * 1000:.1f} ms ({length}, {backend}): added an epoch")
        for name, seconds in figures.items():
            if name != "plain":
                share = seconds / figures["plain"]
                print(f"  {name:12s} {seconds * 1000:+8.3f} ms  {share:+8.2%}")


def measured_epochs(repetitions: int) -> dict[str, Any]:
    """Median seconds of a plain epoch, and what each kind of training adds to one."""
    import keras
    import numpy as np

    model = keras.Sequential([keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    recorded = type(model).fit
    plain = recorded.__wrapped__
    rows = np.random.RandomState(0).rand(64, 4).astype("float32")
    labels = np.arange(BATCHES * 32) % 3
    pipeline: Any = None
    if "tensorflow" in sys.modules:
        slices = sys.modules["tensorflow"].data.Dataset.from_tensor_slices
        pairs = slices((np.repeat(rows, BATCHES // 2, axis=0), labels))
        pipeline = pairs.map(lambda row, label: (row * 2, label)).batch(32).prefetch(2)

    class Waits(keras.callbacks.Callback):
        """Makes an epoch last, as a long training would, without any work of its own."""

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            time.sleep(1.0)

    def trained(fit: Callable[..., Any], epochs: int, *callbacks: Any) -> float:
        began = time.perf_counter()
        fit(
            model,
            rows,
            rows[:, :1],
            batch_size=64,
            epochs=epochs,
            verbose=0,
            validation_data=(rows, rows[:, :1]),
            callbacks=list(callbacks),
        )
        return (time.perf_counter() - began) / epochs

    def kinds(epochs: int, *others: Any) -> dict[str, Callable[[], float]]:
        made = {
            "plain": lambda: trained(plain, epochs, *others),
            "recorded": lambda: trained(recorded, epochs, *others),
            "CSVLogger": lambda: trained(plain, epochs, *others, keras.callbacks.CSVLogger("log")),
        }
        if "tensorflow" in sys.modules:
            board = keras.callbacks.TensorBoard
            made["TensorBoard"] = lambda: trained(plain, epochs, *others, board("board"))
        return made

    def drawn(fit: Callable[..., Any]) -> float:
        began = time.perf_counter()
        fit(model, pipeline, epochs=1, verbose=0)
        return time.perf_counter() - began

    first = {"plain": lambda: drawn(plain), "recorded": lambda: drawn(recorded)}
    counted = f"once a fit, the first of {BATCHES} batches whose labels are counted"
    pipelines = {} if pipeline is None else {counted: in_turns(first, repetitions)}
    return {
        "hooks": seconds_of_hooks(model, keras.callbacks.Callback),
        "the shortest": in_turns(kinds(EPOCHS), repetitions),
        "a second long": in_turns(kinds(3, Waits()), max(5, repetitions // 10)),
        **pipelines,
    }


def seconds_of_hooks(model: Any, base: Any) -> float:
    """What the recorder does at the two ends of an epoch, by itself."""
    from overfitcheck.recorder.fit_record import FitRecord, recording_callback
    from overfitcheck.recorder.journal import Journal
    from overfitcheck.recorder.observer import Observer

    journal = Journal(os.environ["OVERFITCHECK_RUN"])
    callback = recording_callback(base, FitRecord(journal, {}, Observer(journal, model, {}, None)))
    callback.set_model(model)
    callback.set_params({"epochs": 1000})
    callback.on_train_begin()
    logs = dict.fromkeys(("loss", "mae", "val_loss", "val_mae"), 0.123456789)
    taken = []
    for epoch in range(1000):
        began = time.perf_counter()
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, logs)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def in_turns(kinds: dict[str, Callable[[], float]], repetitions: int) -> dict[str, float]:
    """Medians: of the first kind itself, of the others what they add to it."""
    for train in kinds.values():
        train()
    names = list(kinds)
    taken: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(repetitions):
        for name in names:
            taken[name].append(kinds[name]())
    first = taken[names[0]]
    return {
        name: statistics.median(
            times if name == names[0] else [a - b for a, b in zip(times, first, strict=True)]
        )
        for name, times in taken.items()
    }


def show_start(folder: Path, repetitions: int) -> None:
    """Seconds that an empty script takes, and what the recorder and the command add."""
    (folder / "empty.py").write_text("")
    environment = {**os.environ, "OVERFITCHECK_RUN": str(folder / "run")}

    def started(*words: str) -> Callable[[], float]:
        def start() -> float:
            began = time.perf_counter()
            command = [sys.executable, *words]
            subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
            return time.perf_counter() - began

        return start

    kinds = {
        "python": started("empty.py"),
        "recorder": started(str(START), "empty.py"),
        "overfitcheck run": started("-c", COMMAND, "run", "--device", "cpu", "empty.py"),
    }
    figures = in_turns(kinds, repetitions)
    print(f"\nstart-up: plain python takes {figures['python']:.3f} s; added to it")
    for name in ("recorder", "overfitcheck run"):
        print(f"  {name:18s} {figures[name]:+.3f} s")


def show_observations(folder: Path) -> None:
    """Seconds that looking at 60,000 rows of 784 numbers takes, beside 10,000 held out."""
    import numpy as np

    from overfitcheck.recorder.journal import Journal
    from overfitcheck.recorder.observer import Observer

    class Model:
        """As much of a model as is looked at."""

        layers: tuple[Any, ...] = ()

    numbers = np.random.RandomState(0)
    print("\nlooking at 60,000 rows of 784 numbers, and 10,000 for validation")
    for kind in ("uint8", "float32", "float64"):
        x, held_out = (numbers.randint(0, 256, (n, 784)).astype(kind) for n in (60_000, 10_000))
        y, targets = numbers.randint(0, 10, 60_000), numbers.randint(0, 10, 10_000)
        arguments = {"x": x, "y": y, "validation_data": (held_out, targets)}
        taken = []
        for _ in range(5):
            observer = Observer(Journal(str(folder)), Model(), arguments, None)
            began = time.perf_counter()
            observer.train_begins(1, [])
            taken.append(time.perf_counter() - began)
        print(f"  {kind:8s} {statistics.median(taken):.3f} s (longest {max(taken):.3f} s)")


if __name__ == "__main__":
    main()
