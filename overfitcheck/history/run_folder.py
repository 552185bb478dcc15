"""Histories in a run folder: ``epochs.jsonl``, one line an event, and ``run.json``.

The grammar of ``epochs.jsonl``: ``fit`` starts a fit (with the epochs asked for and the names of
its callbacks), ``epoch`` is a finished epoch with its logs, its seconds and the rate that the
optimizer had while it was trained, ``fit_end`` ends the fit. Numbers that are not finite stand as
"nan", "inf" and "-inf". A last line that was cut off, as by a kill, is left out.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from overfitcheck.errors import UserError
from overfitcheck.history.epochs import RATE_NAMES, Row, history_of
from overfitcheck.history.history import Event, EventKind, History
from overfitcheck.history.observation import FitObservation, read_observations

EPOCHS = "epochs.jsonl"


@dataclass
class _Fit:
    planned: int | None
    rows: list[Row] = field(default_factory=list)
    ended: bool = False


def is_run_folder(path: Path) -> bool:
    """Whether a folder is the record of a run."""
    return (path / EPOCHS).is_file() or (path / "run.json").is_file()


def read_run_folder(folder: Path) -> list[History]:
    """The fits of a run, in order; empty where no epoch was finished.

    Raises:
        UserError: the record cannot be read.
    """
    try:
        text = (folder / EPOCHS).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UserError(f"{folder / EPOCHS}: cannot be read: {error.strerror or error}") from None
    fits, notes = _fits(text)
    script = _script(folder)
    finished = [(number, fit) for number, fit in fits.items() if fit.rows]
    seen = read_observations(folder)
    histories = []
    for number, fit in finished:
        history = history_of(
            f"{script}#{number}" if len(finished) > 1 else script,
            fit.rows,
            fit.planned,
            notes=[*notes, *_ending(fit, seen.get(number))],
        )
        histories.append(replace(history, events=_events(seen.get(number)), fit=number))
    return histories


def observation_of(path: Path, history: History) -> FitObservation | None:
    """What a run saw of a fit beside its epochs; None where `path` is no run folder.

    Raises:
        UserError: the record cannot be read.
    """
    if not path.is_dir() or not is_run_folder(path):
        return None
    return read_observations(path).get(history.fit or 0)


def _ending(fit: _Fit, seen: FitObservation | None) -> list[str]:
    if seen is not None and seen.stopped_after is not None:
        return ["--stop-after-onset ended the fit"]
    return [] if fit.ended else ["the fit did not come to its end"]


def _events(seen: FitObservation | None) -> tuple[Event, ...]:
    """What the callbacks of a fit were seen to do, in the order of the epochs."""
    if seen is None:
        return ()
    events = [
        Event(EventKind(deed), epoch, value)
        for callback in seen.callbacks
        for (epoch, deed), value in zip(callback.deeds, callback.values, strict=True)
        if deed in set(EventKind)
    ]
    return tuple(sorted(events, key=lambda event: event.epoch))


def _script(folder: Path) -> str:
    """The script that was run, as the user wrote it; the folder where that is not recorded."""
    try:
        script = json.loads((folder / "run.json").read_text(encoding="utf-8")).get("script")
    except (OSError, ValueError, AttributeError):
        return str(folder)
    return script if isinstance(script, str) else str(folder)


def _fits(text: str) -> tuple[dict[int, _Fit], list[str]]:
    fits: dict[int, _Fit] = {}
    notes: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            _take(json.loads(line), fits)
        except (ValueError, KeyError, TypeError, AttributeError):
            notes.append(f"line {number} of {EPOCHS} is left out: it is cut or damaged")
    return fits, notes


def _take(event: dict[str, Any], fits: dict[int, _Fit]) -> None:
    fit = fits.setdefault(int(event["fit"]), _Fit(None))
    if event["event"] == "fit":
        fit.planned = event.get("epochs")
    elif event["event"] == "fit_end":
        fit.ended = True
    elif event["event"] == "epoch":
        epoch = int(event["epoch"])
        if fit.rows and epoch <= fit.rows[-1].epoch:
            raise ValueError("the epochs of a fit rise")
        metrics = {
            str(name): _number(value)
            for name, value in event["logs"].items()
            if name not in RATE_NAMES
        }
        if event.get("learning_rate") is not None:
            metrics["learning_rate"] = _number(event["learning_rate"])
        seconds = event.get("seconds")
        fit.rows.append(Row(epoch, metrics, None if seconds is None else _number(seconds)))


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float, str)) else math.nan
