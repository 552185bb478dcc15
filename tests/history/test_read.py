"""Real and written logs, read through the public door."""

from __future__ import annotations

import json
import math
import pickle
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from overfitcheck.errors import UserError
from overfitcheck.history.history import Event, EventKind, History
from overfitcheck.history.read import read_histories

EXCERPT = Path(__file__).parents[2] / "fixtures" / "logs" / "fer2013_excerpt.log"


def read(folder: Path, content: str | bytes, name: str = "train.log") -> list[History]:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_histories(path)


def test_excerpt_has_seven_epochs_and_the_rate_they_were_trained_at() -> None:
    (history,) = read_histories(EXCERPT)
    assert list(history.epochs.index) == list(range(32, 39))
    assert history.planned_epochs == 50
    assert history.events == (Event(EventKind.RATE_REDUCED, 35, 1e-4),)
    rates = list(history.epochs["learning_rate"])
    assert all(map(math.isnan, rates[:4])) and rates[4:] == [1e-4] * 3
    assert history.epochs["val_loss"].idxmin() == 33
    assert history.epochs["val_acc"].idxmax() == 38
    assert list(history.epochs["seconds"]) == [89, 88, 89, 103, 92, 91, 91]


def test_logged_rate_is_corrected_where_the_plateau_has_lowered_it(tmp_path: Path) -> None:
    (history,) = read(
        tmp_path,
        "\nEpoch 1: LearningRateScheduler setting learning rate to 0.019999999552965164.\n"
        "Epoch 1/3\n\r 1/15 [=>....] - ETA: 5s - loss: 0.7902\n"
        "Epoch 1: ReduceLROnPlateau reducing learning rate to 0.009999999776482582.\n"
        + "\b"
        * 40
        + "\r15/15 [====] - 1s 20ms/step - loss: 0.72 - val_loss: 0.70 - lr: 0.0100\n"
        "\nEpoch 2: LearningRateScheduler setting learning rate to 0.009999999776482582.\n"
        "Epoch 2/3\n15/15 [====] - 0s 20ms/step - loss: 0.71 - val_loss: 0.71 - lr: 0.0100\n"
        "Epoch 2: early stopping\nRestoring model weights from the end of the best epoch: 1.\n",
    )
    assert list(history.epochs["learning_rate"]) == [0.02, 0.01]
    assert list(history.epochs["seconds"]) == [1, 0.3]
    assert len(history.notes) == 1 and "epoch 1" in history.notes[0]
    assert history.events[-2:] == (
        Event(EventKind.EARLY_STOP, 2),
        Event(EventKind.WEIGHTS_RESTORED, 2, 1.0),
    )


@pytest.mark.parametrize(
    ("text", "losses"),
    [
        ("Epoch 1/2\n74s - loss: 0.4 - val_acc: 0.9\n", [0.4]),
        ("Epoch 1/2\n15/15 - 0s - loss: 0.4 - 611ms/epoch - 41ms/step\n", [0.4]),
        ("Epoch 1/2\n15/15 - 1s - 54ms/step - loss: 7.7057e-04\n", [7.7057e-4]),
        ("Epoch 1/2\n\x1b[1m15/15\x1b[0m \x1b[32m━━━━\x1b[0m \x1b[1m1s\x1b[0m 5ms/step - loss: 0.4\n", [0.4]),
        ("Epoch 1/2\n[1m15/15[0m [32m━━━━[0m [1m1s[0m 5ms/step - loss: 0.4\n", [0.4]),
        ("Epoch 1/2\r\n9/9 [==] - 1s - loss: inf\r\nEpoch 2/2\r\n9/9 [==] - 1s - loss: 1e20\r\n", [math.inf, 1e20]),
        ("Epoch 1/1\n9/9 [==] - 1s - loss: 0.5 - val_acc: 0.5711.594 - ETA: 7s - loss: 0.6\n", [0.5]),
        ("Epoch 1/1\nEpoch 1/1\n9/9 [==] - 1s - loss: 0.5\n20/20 [==] - 0s - loss: 0.9\n", [0.5]),
        ("2026-01-01T00:00:00Z Epoch 1/1\n2026-01-01T00:00:09Z 9/9 [==] - 1s - loss: 0.5\n", [0.5]),
        ("Warning: missing from loss dictionary, on purpose\nEpoch 1/1\n9/9 [==] - 1s - loss: 0.5\n", [0.5]),
    ],
)  # fmt: skip
def test_styles_of_progress_lines(tmp_path: Path, text: str, losses: list[float]) -> None:
    (history,) = read(tmp_path, text)
    assert list(history.epochs["loss"]) == losses


def test_interrupted_epoch_is_left_out_with_a_note(tmp_path: Path) -> None:
    text = "Epoch 1/3\n9/9 [==] - 1s - loss: 0.5\nEpoch 2/3\n8/9 [=>] - ETA: 0s - loss: 0.4"
    (history,) = read(tmp_path, text)
    assert list(history.epochs.index) == [1]
    assert "epoch 2 was interrupted" in history.notes[0]


def test_several_fits_in_one_file(tmp_path: Path) -> None:
    fit = "Epoch 1/2\n9/9 [==] - 1s - loss: 0.5\nEpoch 2/2\n9/9 [==] - 1s - loss: 0.4\n"
    first, second = read(tmp_path, fit + fit)
    assert first.source.endswith("train.log#1") and second.source.endswith("train.log#2")
    assert len(first.epochs) == len(second.epochs) == 2


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("first", [0, 1])
def test_tables_count_from_one(tmp_path: Path, delimiter: str, first: int) -> None:
    rows = [
        ["epoch", "loss", "lr", "time"],
        [str(first), "0.5", "0.01", "x"],
        [str(first + 1), "nan", "NA", ""],
    ]
    text = "".join(delimiter.join(row) + "\n" for row in rows)
    (history,) = read(tmp_path, text)
    assert list(history.epochs.index) == [1, 2]
    assert list(history.epochs.columns) == ["loss", "learning_rate"]


def test_appended_csv_runs_are_several_histories(tmp_path: Path) -> None:
    histories = read(tmp_path, "epoch,loss\n0,0.5\n1,0.4\n0,0.6\n1,0.3\n")
    assert [list(h.epochs["loss"]) for h in histories] == [[0.5, 0.4], [0.6, 0.3]]


def test_run_folder_with_a_cut_last_line(tmp_path: Path) -> None:
    lines = [
        {"event": "fit", "fit": 1, "epochs": 3},
        {
            "event": "epoch",
            "fit": 1,
            "epoch": 1,
            "seconds": 0.5,
            "learning_rate": 0.01,
            "logs": {"loss": "inf"},
        },
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines) + '{"event": "epo'
    (tmp_path / "epochs.jsonl").write_text(text)
    (history,) = read_histories(tmp_path)
    assert history.planned_epochs == 3 and list(history.epochs["loss"]) == [math.inf]
    assert list(history.epochs["learning_rate"]) == [0.01]
    assert any("cut" in note for note in history.notes)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (bytes(range(256)), "binary"),
        (pickle.dumps({"loss": [1]}), "pickle"),
        (b"hello\n", "no finished epoch"),
    ],
)
def test_errors_are_one_line_that_names_the_file(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(UserError, match=said) as error:
        read(tmp_path, content)
    assert "train.log" in str(error.value) and "\n" not in str(error.value)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        read_histories(tmp_path / "none.log")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary()
    | st.lists(st.sampled_from([b"epoch,loss\n", b"1,2\n", b"Epoch 1/2\n", b"Epoch 00002: x", b"9/9 - 1s - loss: ", b"0.5", b"\r", b"\b", b"\n", b"\xff", b'"', b"1e999", b"-", b"[1m"])).map(b"".join)
)  # fmt: skip
def test_any_bytes_give_histories_or_one_user_error(tmp_path: Path, content: bytes) -> None:
    try:
        histories = read(tmp_path, content)
    except UserError as error:
        assert "\n" not in str(error)
    else:
        assert histories and all(len(history.epochs) for history in histories)
        assert all(history.epochs.index.is_monotonic_increasing for history in histories)
