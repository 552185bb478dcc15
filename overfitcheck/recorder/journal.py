"""The files that the recorder writes: one line an event, complete and on disk at once."""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Iterator
from typing import Any


class Journal:
    """Appends JSON lines to the files of a run folder; never raises into the user's training.

    A process that the script forks shares the folder but not the fits, so it writes nothing.
    """

    def __init__(self, run_folder: str) -> None:
        self._run_folder = run_folder
        self._process = os.getpid()

    def event(self, event: dict[str, Any]) -> None:
        """Append one event of a fit to `epochs.jsonl`; numbers that JSON lacks become strings."""
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

    def _append(self, name: str, line: dict[str, Any]) -> None:
        if os.getpid() != self._process:
            return
        text = json.dumps(json_value(line), allow_nan=False) + "\n"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        descriptor = os.open(os.path.join(self._run_folder, name), flags, 0o666)
        try:
            # One write a line: what is killed in between leaves whole lines behind.
            os.write(descriptor, text.encode())
        finally:
            os.close(descriptor)


def json_value(value: Any) -> Any:
    """The value as strict JSON: `nan`, `inf` and `-inf` become the strings of these names."""
    if isinstance(value, dict):
        return {str(key): json_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_value(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return value
