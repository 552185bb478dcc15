"""The runs in a folder: which there are, and which of them may go."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from overfitcheck.runner.run_folder import count_epochs


@dataclass(frozen=True)
class Run:
    """A run as its folder tells: `status` is ``ended``, ``running`` or ``broken off``."""

    folder: Path
    script: str
    started: str
    status: str
    exit_code: int | None
    seconds: float | None
    fits: int
    epochs: int


def list_runs(out: Path) -> list[Run]:
    """The runs whose folders lie in `out`, the latest first; none where `out` does not exist."""
    return sorted(_runs(out), key=lambda run: (run.started, run.folder.name), reverse=True)


def prune(out: Path, keep: int) -> list[Path]:
    """Delete the oldest runs in `out` beyond `keep`; one that goes on is left alone.

    Only folders that overfitcheck has made are touched.
    """
    gone = [run.folder for run in list_runs(out)[keep:] if run.status != "running"]
    for folder in gone:
        shutil.rmtree(folder, ignore_errors=True)
    return gone


def _runs(out: Path) -> Iterator[Run]:
    if not out.is_dir():
        return
    for folder in out.iterdir():
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            described = json.loads((folder / "run.json").read_text(encoding="utf-8"))
            if "overfitcheck" in described and not folder.is_symlink():
                yield _run(folder, described)


def _run(folder: Path, described: dict[str, Any]) -> Run:
    fits, epochs = count_epochs(folder)
    return Run(
        folder=folder,
        script=" ".join([str(described["script"]), *described.get("arguments", ())]),
        started=str(described["started"]),
        status="ended" if described.get("ended") else _unfinished(described.get("process")),
        exit_code=described.get("exit_code"),
        seconds=described.get("seconds"),
        fits=fits,
        epochs=epochs,
    )


def _unfinished(process: Any) -> str:
    """Whether the process that runs it is still there."""
    try:
        os.kill(int(process), 0)
    except PermissionError:
        return "running"
    except (OSError, TypeError, ValueError, OverflowError):
        return "broken off"
    return "running"
