"""Histories in files that are no console output: each format through the public door."""

from __future__ import annotations

import json
import math
import sqlite3
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from overfitcheck.errors import UserError
from overfitcheck.history.history import History
from overfitcheck.history.read import read_histories

LOSSES = {"loss": [0.5, 0.4, 0.3], "val_loss": [0.6, 0.5, 0.7]}


def read(path: Path, content: str | bytes) -> list[History]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_histories(path)


def columns(history: History) -> dict[str, list[float]]:
    return {str(name): values.tolist() for name, values in history.epochs.items()}


RECORDS = [
    {"epoch": n, "loss": a, "val_loss": b}
    for n, (a, b) in enumerate(zip(LOSSES["loss"], LOSSES["val_loss"], strict=True))
]


@pytest.mark.parametrize(
    "document",
    [
        LOSSES,
        {"history": LOSSES, "params": {"epochs": 3}, "epoch": [0, 1, 2]},
        RECORDS,
        {"epochs": RECORDS},
        {"version": 1, "fits": [{"source": "train.py", "epochs": RECORDS}]},
        {name: {str(n): v for n, v in enumerate(values)} for name, values in LOSSES.items()},
        {"columns": list(LOSSES), "index": [0, 1, 2], "data": [[.5, .6], [.4, .5], [.3, .7]]},
        {"metrics": {"train_loss": LOSSES["loss"], "valid_loss": LOSSES["val_loss"]}},
    ],
)  # fmt: skip
@pytest.mark.parametrize("indent", [None, 2])
def test_json_of_every_shape(tmp_path: Path, document: Any, indent: int | None) -> None:
    (history,) = read(tmp_path / "history", json.dumps(document, indent=indent))
    assert columns(history) == LOSSES
    assert list(history.epochs.index) == [1, 2, 3]


def test_a_document_of_several_histories(tmp_path: Path) -> None:
    histories = read(tmp_path / "all.json", json.dumps({"small": LOSSES, "large": LOSSES}))
    assert [Path(history.source).name for history in histories] == [
        "all.json: small",
        "all.json: large",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "{'loss': [0.5, 0.4, 0.3], 'val_loss': [0.6, 0.5, 0.7]}",
        "{'loss': [np.float64(0.5), np.float64(0.4), np.float64(0.3)], 'val_loss': [0.6, 0.5, 0.7]}",
        "Training is over\nhistory: {'loss': [0.5, 0.4, 0.3], 'val_loss': [0.6, 0.5, 0.7]}\nbye",
    ],
)
def test_a_dictionary_that_a_script_printed(tmp_path: Path, text: str) -> None:
    (history,) = read(tmp_path / "out.txt", text)
    assert columns(history) == LOSSES


def test_not_a_number_in_json(tmp_path: Path) -> None:
    (history,) = read(tmp_path / "h.json", '{"loss": [NaN, null, "nan", Infinity]}')
    assert [math.isnan(value) for value in columns(history)["loss"]] == [True, True, True, False]


def test_wandb_json_lines_with_validation_apart(tmp_path: Path) -> None:
    lines = []
    for n in range(3):
        lines.append({"epoch": n, "loss": LOSSES["loss"][n], "_step": n, "_runtime": 10.0 * n + 8})
        lines.append(
            {"epoch": n, "val_loss": LOSSES["val_loss"][n], "_step": n, "_runtime": 10.0 * (n + 1)}
        )
    text = "".join(json.dumps(line) + "\n" for line in lines) + '{"epoch": 3, "lo'
    (history,) = read(tmp_path / "wandb-history.jsonl", text)
    assert columns(history) == {**LOSSES, "seconds": [10.0, 10.0, 10.0]}
    assert history.lines == (2, 6)
    assert history.notes == ("line 7 is left out: it is cut, or no JSON object",)


def test_wandb_folder(tmp_path: Path) -> None:
    folder = tmp_path / "wandb" / "offline-run-20261125_041500-abc"
    text = "".join(json.dumps(record) + "\n" for record in RECORDS)
    read(folder / "files" / "wandb-history.jsonl", text)
    assert columns(read_histories(folder)[0]) == LOSSES
    assert columns(read_histories(tmp_path)[0]) == LOSSES


def test_wandb_folder_with_the_output_alone(tmp_path: Path) -> None:
    folder = tmp_path / "run-20261125_041500-abc"
    read(folder / "files" / "output.log", "Epoch 1/1\n9/9 - 1s - loss: 0.5\n")
    (folder / "run-abc.wandb").write_bytes(b":W&B\x19\xbe\x00\x00")
    assert columns(read_histories(folder)[0])["loss"] == [0.5]
    (folder / "files" / "output.log").unlink()
    with pytest.raises(UserError, match="export it as CSV"):
        read_histories(folder)


def test_wandb_export_is_a_fit_a_run(tmp_path: Path) -> None:
    text = (
        '"Step","sun-1 - loss","sun-1 - loss__MIN","sun-1 - loss__MAX","sea-2 - loss"\n'
        '"0","0.5","0.5","0.5","0.9"\n"1","0.4","0.4","0.4",""\n'
    )
    first, second = read(tmp_path / "export.csv", text)
    assert first.source.endswith("export.csv: sun-1") and second.source.endswith(": sea-2")
    assert columns(first) == {"loss": [0.5, 0.4]} and columns(second) == {"loss": [0.9]}


def test_lightning_metrics(tmp_path: Path) -> None:
    text = (
        "epoch,lr-Adam,step,train_loss_epoch,train_loss_step,val_loss\n"
        "0,,49,,0.71,\n0,,99,,,0.6\n0,,99,0.5,,\n1,,149,,0.6,\n1,,199,,,0.5\n1,,199,0.4,,\n"
    )
    (history,) = read(tmp_path / "metrics.csv", text)
    assert columns(history) == {"val_loss": [0.6, 0.5], "loss": [0.5, 0.4]}
    assert list(history.epochs.index) == [1, 2]


def test_a_table_that_pandas_printed(tmp_path: Path) -> None:
    text = "    loss  val_loss\n0    0.5       0.6\n..   ...       ...\n9    0.1       0.7\n"
    (history,) = read(tmp_path / "table.txt", text)
    assert columns(history) == {"loss": [0.5, 0.1], "val_loss": [0.6, 0.7]}
    assert list(history.epochs.index) == [1, 10]


def test_names_of_other_tools(tmp_path: Path) -> None:
    text = "Epoch;Train Loss;Test Loss;Train Accuracy;Learning Rate\n1;0.5;0.6;0.9;0.01\n"
    (history,) = read(tmp_path / "table.csv", text)
    found = columns(history)
    assert found.pop("learning_rate") == [0.01]
    assert found == {"loss": [0.5], "val_loss": [0.6], "accuracy": [0.9]}
    assert history.notes == ("Test Loss is read as val_loss",)


def test_a_test_loss_beside_a_validation_loss_keeps_its_name(tmp_path: Path) -> None:
    (history,) = read(tmp_path / "table.csv", "epoch,test_loss,val_loss,loss\n1,0.1,0.2,0.3\n")
    assert columns(history) == {"test_loss": [0.1], "val_loss": [0.2], "loss": [0.3]}


def test_metric_map_before_the_table_is_known_as_one(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("epoch,err,held\n0,0.5,0.6\n")
    with pytest.raises(UserError):
        read_histories(path)
    (history,) = read_histories(path, {"err": "loss", "held": "val_loss"})
    assert columns(history) == {"loss": [0.5], "val_loss": [0.6]}


def test_metric_map_does_not_hide_a_metric(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_text("Epoch 1/1\n9/9 - 1s - loss: 0.5 - mae: 0.4\n")
    with pytest.raises(UserError, match="there is a loss already"):
        read_histories(path, {"mae": "loss"})


def test_mlflow_folder(tmp_path: Path) -> None:
    run = tmp_path / "mlruns" / "0" / "3f2a"
    for name, values in LOSSES.items():
        lines = "".join(f"{1000 * (60 * n)} {v} {n}\n" for n, v in enumerate(values))
        (run / "metrics").mkdir(parents=True, exist_ok=True)
        (run / "metrics" / name).write_text(lines)
    (run / "metrics" / "batch_loss").write_text("".join(f"1 0.1 {n}\n" for n in range(99)))
    (run / "meta.yaml").write_text("run_id: 3f2a\nrun_name: bold-fox-1\n")
    (history,) = read_histories(tmp_path / "mlruns")
    assert history.source.endswith("3f2a: bold-fox-1")
    found = columns(history)
    assert found["loss"] == LOSSES["loss"] and found["val_loss"] == LOSSES["val_loss"]
    assert found["seconds"][1:] == [60.0, 60.0]
    assert history.notes == ("batch_loss has more steps than the loss and is left out",)


def test_mlflow_database_is_read_and_not_written(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE runs (run_uuid TEXT, name TEXT, start_time INT)")
        database.execute(
            "CREATE TABLE metrics (key TEXT, value REAL, timestamp INT, run_uuid TEXT, step INT, is_nan INT)"
        )
        for run in ("a", "b"):
            database.execute("INSERT INTO runs VALUES (?, ?, 0)", (run, f"name-{run}"))
            for name, values in LOSSES.items():
                database.executemany(
                    "INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)",
                    [(name, v, 1000 * n, run, n, 0) for n, v in enumerate(values)],
                )
    database.close()
    before = path.read_bytes()
    histories = read_histories(path)
    assert [history.source.rpartition(": ")[2] for history in histories] == ["name-a", "name-b"]
    assert all(columns(history)["val_loss"] == LOSSES["val_loss"] for history in histories)
    assert path.read_bytes() == before and [file.name for file in tmp_path.iterdir()] == [
        "mlflow.db"
    ]


def test_another_database(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE runs (a TEXT)")
    database.close()
    with pytest.raises(UserError, match="no readable database of MLflow"):
        read_histories(path)


def notebook(*cells: Sequence[dict[str, Any]]) -> str:
    made = [{"cell_type": "markdown", "source": "# Training"}]
    made += [
        {"cell_type": "code", "source": "model.fit()", "outputs": list(outputs)}
        for outputs in cells
    ]
    return json.dumps({"nbformat": 4, "cells": made})


def test_a_notebook_has_a_fit_a_cell(tmp_path: Path) -> None:
    epochs = "Epoch 1/2\n9/9 [=] - 1s - loss: 0.5\nEpoch 2/2\n"
    text = notebook(
        [
            {"output_type": "stream", "name": "stdout", "text": [epochs[:20], epochs[20:]]},
            {"output_type": "stream", "name": "stdout", "text": "9/9 [=] - 1s - loss: 0.4\n"},
        ],
        [
            {
                "output_type": "execute_result",
                "data": {"text/plain": ["   loss  val_loss\n", "0   0.5   0.6\n"]},
            }
        ],
        [{"output_type": "display_data", "data": {"image/png": "AAAA"}}],
    )
    first, second = read(tmp_path / "train.ipynb", text)
    assert first.source.endswith("train.ipynb cell 1") and columns(first)["loss"] == [0.5, 0.4]
    assert second.source.endswith("cell 2") and columns(second)["val_loss"] == [0.6]
    assert first.format == "notebook: Keras output"


def event(step: int, tag: str, value: float, wall_time: float, simple: bool) -> bytes:
    from tensorboard.compat.proto.event_pb2 import Event

    made = Event(step=step, wall_time=wall_time)
    added = made.summary.value.add(tag=tag)
    if simple:
        added.simple_value = value
    else:
        added.tensor.dtype = 1
        added.tensor.tensor_content = struct.pack("<f", value)
    return bytes(made.SerializeToString())


def write_events(path: Path, events: list[bytes]) -> None:
    from tensorboard.summary.writer.record_writer import RecordWriter

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        writer = RecordWriter(file)
        for each in events:
            writer.write(each)


def write_run(folder: Path, values: Sequence[float], begin: float, first: int = 0) -> None:
    for role, shift in (("train", 0.0), ("validation", 0.25)):
        events = []
        for step, value in enumerate(values, first):
            time = begin + 10 * step
            events.append(event(step, "epoch_loss", value + shift, time, simple=False))
            events.append(event(9 * step, "evaluation_loss_vs_iterations", 7, time, simple=False))
            events.append(event(9 * step, "batch_loss", 7, time, simple=False))
        write_events(folder / role / f"events.out.tfevents.{int(begin)}.host.1.0.v2", events)


def test_tensorboard_as_keras_3_writes_it(tmp_path: Path) -> None:
    write_run(tmp_path / "logs", [0.5, 0.25, 0.125], begin=100)
    (history,) = read_histories(tmp_path / "logs")
    found = columns(history)
    assert found["loss"] == [0.5, 0.25, 0.125] and found["val_loss"] == [0.75, 0.5, 0.375]
    assert found["seconds"][1:] == [10.0, 10.0]
    assert list(history.epochs.columns) == ["loss", "val_loss", "seconds"]


def test_tensorboard_as_keras_2_0_wrote_it(tmp_path: Path) -> None:
    events = [
        event(step, tag, 1 / (step + 1) + shift, 100.0 + step, simple=True)
        for step in range(2)
        for tag, shift in (("loss", 0.0), ("val_loss", 1.0), ("lr", 2.0))
    ]
    write_events(tmp_path / "events.out.tfevents.1.host", events)
    (history,) = read_histories(tmp_path)
    assert columns(history)["val_loss"] == [2.0, 1.5]
    assert columns(history)["learning_rate"] == [3.0, 2.5]


def test_tensorboard_runs_and_restarts(tmp_path: Path) -> None:
    write_run(tmp_path / "a", [0.5, 0.25], begin=100)
    write_run(tmp_path / "a", [0.125, 0.0625], begin=200, first=2)
    write_run(tmp_path / "a", [0.75, 0.5], begin=300)
    write_run(tmp_path / "b", [1.0], begin=400)
    histories = read_histories(tmp_path)
    assert [Path(history.source).name for history in histories] == ["a#1", "a#2", "b"]
    assert columns(histories[0])["loss"] == [0.5, 0.25, 0.125, 0.0625]
    assert columns(histories[0])["val_loss"] == [0.75, 0.5, 0.375, 0.3125]
    assert columns(histories[1])["val_loss"] == [1.0, 0.75]


@pytest.mark.parametrize("damage", ["cut", "length", "event"])
def test_a_damaged_event_file_keeps_what_came_before(tmp_path: Path, damage: str) -> None:
    write_run(tmp_path, [0.5, 0.25, 0.125], begin=100)
    file = next((tmp_path / "train").iterdir())
    data = bytearray(file.read_bytes())
    starts = [0]
    while starts[-1] < len(data):
        starts.append(starts[-1] + 16 + struct.unpack_from("<Q", data, starts[-1])[0])
    last = starts[-4]
    if damage == "cut":
        del data[last + 20 :]
    elif damage == "length":
        data[last : last + 8] = b"\xff" * 8
    else:
        data[last + 12 : last + 20] = b"\xff" * 8
    file.write_bytes(bytes(data))
    (history,) = read_histories(tmp_path)
    assert columns(history)["loss"][:2] == [0.5, 0.25]
    told = f"{file.name} is cut or damaged after 6 records; the rest is left out"
    assert history.notes == (told,)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x93NUMPY\x01\x00", "a NumPy file, which is never loaded; save the history as JSON"),
        (b"\x89HDF\r\n\x1a\n\x00", "an HDF5 file, which is never loaded"),
        (b"PK\x03\x04\x14", "a zip file, as .npz and .keras are"),
        (b"(dp0\nS'loss'\n", "a pickle, which is never loaded; .*json.dump"),
        (b"\x80\x04\x95", "a pickle, which is never loaded"),
        (b"\x1f\x8b\x08\x00", "unpack it first: gunzip history"),
        (b'{"a": 1}', "holds no finished epoch"),
        (b"[[[[[[[[", "holds no finished epoch"),
    ],
)
def test_what_is_never_loaded(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(UserError, match=said):
        read(tmp_path / "history", content)
