"""The folder of a run: where it lies, and its `run.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from overfitcheck.errors import UserError

FACTS = "recorder.jsonl"
"""What the recorder tells of its process; folded into `run.json` when the run has ended."""


LONGEST = 100
"""Characters of a script's name that the name of a folder has."""


def create_run_folder(out: Path, name: str, started: datetime) -> Path:
    """Make a new folder in `out`, named for the script and the time, that no other run has.

    Raises:
        UserError: no folder can be made there.
    """
    stem = f"{name[:LONGEST]}-{started:%Y%m%dT%H%M%SZ}"
    try:
        out.mkdir(parents=True, exist_ok=True)
        for number in count(1):
            folder = out / (stem if number == 1 else f"{stem}-{number}")
            try:
                folder.mkdir()
            except FileExistsError:
                continue
            return folder
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"{out}: cannot write there ({reason}); choose another --out") from error
    raise AssertionError("count never ends")


def write_run(folder: Path, run: Mapping[str, Any]) -> None:
    """Write `run.json` so that whoever reads it finds the old one or the new one, whole."""
    # The script may have deleted the folder meanwhile.
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / ".run.json"
    unfinished.write_text(json.dumps(run, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    unfinished.replace(folder / "run.json")


def take_facts(folder: Path) -> dict[str, Any]:
    """What the recorder noted: `keras`, `device`, and `notes` (a list of sentences)."""
    facts: dict[str, Any] = {"notes": []}
    file = folder / FACTS
    if not file.exists():
        return facts
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            fact = json.loads(line)
        except ValueError:
            continue
        note = fact.pop("note", None)
        if note is not None and note not in facts["notes"]:
            facts["notes"].append(note)
        facts.update(fact)
    file.unlink()
    return facts


def count_epochs(folder: Path) -> tuple[int, int]:
    """How many fits began and how many epochs were finished, by the recorder's lines."""
    file = folder / "epochs.jsonl"
    lines = file.read_bytes().splitlines() if file.exists() else []
    fits = sum(line.startswith(b'{"event": "fit",') for line in lines)
    epochs = sum(line.startswith(b'{"event": "epoch",') and line.endswith(b"}") for line in lines)
    return fits, epochs
