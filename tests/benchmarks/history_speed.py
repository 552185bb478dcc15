"""How fast histories are read and judged, and how much memory that takes.

    python tests/benchmarks/history_speed.py [--logs 10000]

Each row is measured in a process of its own, on files that are made for it in a temporary folder,
and beside what it is compared with: TensorBoard's EventAccumulator, a plain read of the file's
bytes, `import pandas`. Times are those of the processor, but for the last two rows.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

EXCERPT = Path(__file__).parents[2] / "fixtures" / "logs" / "fer2013_excerpt.log"
POINTS = 100_000
EPOCHS = 1_000
STEPS = 450
CSV_EPOCHS = 100
MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    seconds: float
    told: str
    memory: float
    wanted: str
    met: bool


def write_events(folder: Path) -> None:
    """A folder as Keras 3 writes it: tensors of one float, training and validation."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.record_writer import RecordWriter

    for role in ("train", "validation"):
        (folder / role).mkdir()
        with (folder / role / "events.out.tfevents.1.host.1.0.v2").open("wb") as file:
            writer = RecordWriter(file)
            for step in range(POINTS // 4):
                for tag in ("epoch_loss", "epoch_accuracy"):
                    event = Event(wall_time=1e9 + step, step=step)
                    value = event.summary.value.add(tag=tag)
                    value.metadata.plugin_data.plugin_name = "scalars"
                    value.tensor.dtype = 1
                    value.tensor.tensor_content = struct.pack("<f", 1 / (step + 1))
                    writer.write(event.SerializeToString())


def write_console(path: Path, overwriting: bool) -> None:
    """A thousand epochs of Keras 3 with every fragment of their bars, about 100 MB.

    Fragments overwrite each other, or stand on lines of their own, as where no terminal was seen.
    """
    between = "\b" * 76 + "\r" if overwriting else "\n"
    with path.open("w", encoding="utf-8", newline="") as file:
        for epoch in range(1, EPOCHS + 1):
            file.write(f"Epoch {epoch}/{EPOCHS}\n")
            for step in range(1, STEPS + 1):
                done = 20 * step // STEPS
                bar = f"\x1b[32m{'━' * done}\x1b[0m\x1b[37m{'━' * (20 - done)}\x1b[0m"
                tail = f"accuracy: 0.{step + 4000} - loss: 1.{epoch + 2000}"
                file.write(
                    f"\x1b[1m{step:>3}/{STEPS}\x1b[0m {bar} \x1b[1m3s\x1b[0m 9ms/step - {tail}"
                )
                if step < STEPS:
                    file.write(between)
            file.write(f" - val_accuracy: 0.{epoch + 4000} - val_loss: 1.{epoch + 3000}\n")


def write_tables(folder: Path, count: int) -> None:
    """CSVLogger files whose validation loss turns somewhere."""
    import numpy as np

    rng = np.random.default_rng(1)
    epochs = np.arange(CSV_EPOCHS)
    for number in range(count):
        loss = np.exp(-epochs / 20) + rng.normal(0, 0.01, CSV_EPOCHS)
        rise = 0.004 * np.clip(epochs - rng.integers(10, 120), 0, None)
        val_loss = loss + 0.3 + rise + rng.normal(0, 0.02, CSV_EPOCHS)
        lines = [
            f"{e},{1 - a / 2:.6f},{a:.6f},{1 - b / 2:.6f},{b:.6f}\n"
            for e, a, b in zip(epochs, loss, val_loss, strict=True)
        ]
        file = folder / f"run{number:05d}.csv"
        file.write_text("epoch,accuracy,loss,val_accuracy,val_loss\n" + "".join(lines))


def timed(call: Callable[[], object]) -> float:
    """Seconds of the processor, which the load of others does not lengthen much."""
    began = time.process_time()
    call()
    return time.process_time() - began


def peak_memory() -> float:
    """Megabytes that this process, or the largest of its children, has held at most."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(own, children) / 1024


def time_events(folder: Path) -> Row:
    """A TensorBoard folder beside the EventAccumulator on the same files."""
    from tensorboard.compat.proto import event_pb2  # noqa: F401

    from overfitcheck.history.read import read_histories

    # What is imported on first use is not counted, here and below.
    ours = timed(lambda: _check(len(read_histories(folder)[0].epochs), POINTS // 4))
    memory = peak_memory()
    # TensorBoard comes without TensorFlow and reads without it.
    sys.modules["tensorflow"] = None  # type: ignore[assignment]
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    EventAccumulator(str(folder / "none"))
    guidance = {"tensors": 0, "scalars": 0}
    theirs = sum(
        timed(EventAccumulator(str(folder / role), size_guidance=guidance).Reload)
        for role in ("train", "validation")
    )
    share = ours / theirs
    told = f"{share:.2f} of the {theirs:.1f} s of the EventAccumulator"
    what = f"TensorBoard folder, {POINTS} points"
    return Row(what, ours, told, memory, "<= 0.2", share <= 0.2)


def time_console(path: Path, what: str) -> Row:
    """A console log; megabytes a second."""
    from overfitcheck.history.read import read_histories

    size = path.stat().st_size / 1e6
    plain = timed(path.read_bytes)
    ours = timed(lambda: _check(len(read_histories(path)[0].epochs), EPOCHS))
    told = f"{size:.0f} MB at {size / ours:.0f} MB/s (read alone {size / plain:.0f})"
    return Row(what, ours, told, peak_memory() - size, ">= 50 MB/s", size / ours >= 50)


def time_tables(folder: Path, count: int) -> Row:
    """`overfitcheck analyze` of a folder of CSVLogger files: read, judged and written as a table."""
    command = [sys.executable, "-m", "overfitcheck", "analyze", str(folder), "--format", "csv"]
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    ours = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = (used.ru_utime + used.ru_stime) / count
    share = busy * 10_000 / 2
    told = f"{1000 * busy:.1f} ms of a core a log: 10000 in {share:.0f} s on two cores"
    return Row(f"{count} CSV logs, judged", ours, told, peak_memory(), "<= 60 s", share <= 60)


def time_one(path: Path) -> Row:
    """`overfitcheck analyze` of one small log, beside `import pandas`."""
    pandas, ours = [], []
    for _ in range(9):
        pandas.append(_run("-c", "import pandas"))
        ours.append(_run("-m", "overfitcheck", "analyze", str(path)))
    share = statistics.median(ours) / statistics.median(pandas)
    told = f"{share:.2f} of `import pandas` ({statistics.median(pandas):.2f} s)"
    seconds = statistics.median(ours)
    return Row("one small log, start to end", seconds, told, peak_memory(), "<= 2", share <= 2)


def _run(*arguments: str) -> float:
    """Seconds from the start to the end of a Python process."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def _check(found: int, wanted: int) -> None:
    if found != wanted:
        raise SystemExit(f"{found} epochs were read instead of {wanted}")


def in_own_process(call: Callable[..., Row], *arguments: object) -> Row:
    """What a row says when nothing else was done before in its process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(call, arguments)


def main() -> int:
    """Print the table; 0 if all goals are met."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", 1)[0])
    parser.add_argument("--logs", type=int, default=10_000, help="how many CSV logs")
    options = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "events").mkdir()
        write_events(folder / "events")
        rows.append(in_own_process(time_events, folder / "events"))
        for overwriting in (True, False):
            what = "bars that overwrite" if overwriting else "bars line by line"
            write_console(folder / "train.log", overwriting)
            rows.append(
                in_own_process(time_console, folder / "train.log", f"{EPOCHS} epochs, {what}")
            )
            (folder / "train.log").unlink()
        (folder / "tables").mkdir()
        write_tables(folder / "tables", options.logs)
        rows.append(in_own_process(time_tables, folder / "tables", options.logs))
    rows.append(in_own_process(time_one, EXCERPT))
    for row in rows:
        sign = "" if row.met and row.memory <= 300 else "  <- missed"
        print(
            f"{row.what:<36} {row.seconds:>7.2f} s  {row.memory:>4.0f} MB  {row.told} "
            f"(wanted {row.wanted}){sign}"
        )
    return 0 if all(row.met and row.memory <= 300 for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
