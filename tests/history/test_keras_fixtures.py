"""What Keras 2.15 and 3.15 really printed reads back as what they really trained.

The logs and the histories beside them were made by ``tests/history/make_keras_logs.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from overfitcheck.history.history import EventKind, History
from overfitcheck.history.read import read_histories

LOGS = Path(__file__).parents[2] / "fixtures" / "logs" / "keras"
NAMES = sorted(path.stem for path in LOGS.glob("*.log"))
WHOLE = [name for name in NAMES if "tqdm" not in name]
TALKING = [name for name in NAMES if "callbacks" in name]

PREFIXES: dict[str, Callable[[int], str]] = {
    "github": lambda line: f"2026-11-25T04:15:{line % 60:02d}.0123456Z ",
    "gitlab": lambda line: f"2026-11-25T04:15:{line % 60:02d}.012345Z 01O ",
    "date": lambda line: f"11/25/2026 04:15:{line % 60:02d} ",
    "short date": lambda line: f"[25/11 04:15:{line % 60:02d}] ",
    "logging": lambda line: f"2026-11-25 04:15:{line % 60:02d},123 INFO:train:",
    "compose": lambda line: "train-1  | ",
    "kubernetes": lambda line: f"pod/train-5d4 2026-11-25T04:15:{line % 60:02d}.01Z stdout F ",
    "mpi": lambda line: "[1,0]<stdout>:",
}  # fmt: skip


def truth(name: str) -> list[dict[str, list[float]]]:
    fits: list[dict[str, list[float]]] = json.loads((LOGS / f"{name}.json").read_text())["fits"]
    return fits


def check(histories: list[History], fits: list[dict[str, list[float]]], precision: float) -> None:
    assert len(histories) == len(fits)
    for history, fit in zip(histories, fits, strict=True):
        for name, values in fit.items():
            if name in ("epoch", "lr", "learning_rate"):
                continue
            trained = dict(zip(fit["epoch"], values, strict=True))
            for epoch, value in history.epochs[name].items():
                assert value == pytest.approx(trained[epoch], rel=precision, abs=6e-5)


@pytest.mark.parametrize("name", WHOLE)
def test_every_epoch_is_read_with_its_numbers(name: str) -> None:
    histories, fits = read_histories(LOGS / f"{name}.log"), truth(name)
    assert [list(history.epochs.index) for history in histories] == [fit["epoch"] for fit in fits]
    check(histories, fits, 1e-6)


@pytest.mark.parametrize("name", TALKING)
def test_what_callbacks_did_is_an_event(name: str) -> None:
    (history,) = read_histories(LOGS / f"{name}.log")
    rates = truth(name)[0].get("lr") or truth(name)[0]["learning_rate"]
    assert history.epochs["learning_rate"].tolist() == pytest.approx(rates, rel=1e-6)
    events = history.events
    reduced = [event for event in events if event.kind is EventKind.RATE_REDUCED]
    assert [event.epoch for event in reduced][:2] == [3, 5]
    (saved,) = [event for event in events if event.kind is EventKind.CHECKPOINT_SAVED]
    assert (saved.epoch, saved.monitor) == (1, "val_loss")
    assert saved.value == pytest.approx(history.epochs["val_loss"].loc[1], abs=6e-5)
    assert [event.epoch for event in events if event.kind is EventKind.EARLY_STOP] == [9]
    (restored,) = [event for event in events if event.kind is EventKind.WEIGHTS_RESTORED]
    assert restored.value == 1.0


@pytest.mark.parametrize("name", [name for name in NAMES if "tqdm" in name])
def test_epochs_that_tqdm_drew(name: str) -> None:
    (history,) = read_histories(LOGS / f"{name}.log")
    check([history], truth(name), 6e-3)
    assert 12 in history.epochs.index and len(history.epochs) >= 6
    assert "too quick for tqdm" in history.notes[0]


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("name", ["keras3-callbacks-1", "keras2-callbacks-2", "keras3-outputs-2"])
def test_what_a_machine_writes_in_front_does_no_harm(
    tmp_path: Path, name: str, prefix: str
) -> None:
    lines = (LOGS / f"{name}.log").read_text(encoding="utf-8").split("\n")
    log = tmp_path / "ci.log"
    log.write_text("\n".join(PREFIXES[prefix](n) + line for n, line in enumerate(lines)))
    as_it_was, found = read_histories(LOGS / f"{name}.log"), read_histories(log)
    assert [told(history) for history in found] == [told(history) for history in as_it_was]


def told(history: History) -> Any:
    return history.epochs.to_dict("list"), list(history.epochs.index), history.events


def test_a_container_log_is_the_output_in_it(tmp_path: Path) -> None:
    text = (LOGS / "keras3-callbacks-1.log").read_text(encoding="utf-8")
    log = tmp_path / "container.log"
    entries = [{"log": line, "stream": "stdout"} for line in text.splitlines(keepends=True)]
    log.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    (as_it_was,), (found,) = read_histories(LOGS / "keras3-callbacks-1.log"), read_histories(log)
    assert found.epochs.to_dict() == as_it_was.epochs.to_dict()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_other_encodings(tmp_path: Path, encoding: str) -> None:
    text = (LOGS / "keras3-plain-1.log").read_text(encoding="utf-8")
    log = tmp_path / "train.log"
    log.write_bytes(text.encode(encoding))
    (as_it_was,), (found,) = read_histories(LOGS / "keras3-plain-1.log"), read_histories(log)
    assert found.epochs.to_dict() == as_it_was.epochs.to_dict()
