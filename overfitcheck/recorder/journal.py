"""The files that the recorder writes: one line an event, complete and on disk at once."""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Iterator
from typing import Any

try:
    import fcntl
except ImportError:  # Windows, where no process is forked either
    fcntl = None  # type: ignore[assignment]


class Journal:
    """Appends JSON lines to the files of a run folder.

    Processes that the script forks write to the same files, whole lines between whole lines.
    """

    def __init__(self, run_folder: str) -> None:
        self._run_folder = run_folder

    def begin_fit(self, asked_for: dict[str, Any]) -> int:
        """Append the event that begins a fit and return the fit's number in this run, from 1."""
        path = os.path.join(self._run_folder, "epochs.jsonl")
        with open(path, "a+b", buffering=0) as file:
            if fcntl is not None:
                # Until the file is closed: two fits of forked processes are not to be one.
                fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            number = 1 + sum(line.startswith(b'{"event": "fit",') for line in file)
            file.write(line_of({"event": "fit", "fit": number, **asked_for}))
        return number

    def event(self, event: dict[str, Any]) -> None:
        """Append one event of a fit to `epochs.jsonl`."""
        self._append("epochs.jsonl", event)

    def fact(self, name: str, value: Any) -> None:
        """Append one fact about the process (`keras`, `device`, `note`) to `recorder.jsonl`."""
        self._append("recorder.jsonl", {name: value})

    @contextlib.contextmanager
    def swallowing(self, consequence: str) -> Iterator[None]:
        """Note an error of the recorder, and what it costs, instead of raising it."""
        try:
            yield
        except Exception as error:
            with contextlib.suppress(Exception):
                self.fact("note", f"{consequence}: {type(error).__name__}: {error}")

    def _append(self, name: str, content: dict[str, Any]) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        descriptor = os.open(os.path.join(self._run_folder, name), flags, 0o666)
        try:
            # One write a line: what is killed in between leaves whole lines behind.
            os.write(descriptor, line_of(content))
        finally:
            os.close(descriptor)


def line_of(content: dict[str, Any]) -> bytes:
    """The content as one line of strict JSON; numbers that JSON lacks become strings."""
    return json.dumps(_json_value(content), allow_nan=False).encode() + b"\n"


def _json_value(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _json_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json_value(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return value
