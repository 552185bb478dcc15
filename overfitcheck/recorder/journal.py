"""The files that the recorder writes: one line an event, complete and on disk at once."""

from __future__ import annotations

import contextlib
import errno
import json
import math
import os
from collections.abc import Iterator
from typing import Any

try:
    import fcntl
except ImportError:  # Windows, where no process is forked either
    fcntl = None  # type: ignore[assignment]


FITS = "epochs.jsonl"
OBSERVATIONS = "observations.jsonl"
FACTS = "recorder.jsonl"

MOST_KEPT = 20_000
"""Lines of this process that are kept in memory, for a folder that is deleted meanwhile."""


class Journal:
    """Appends JSON lines to the files of a run folder.

    Processes that the script forks write to the same files, whole lines between whole lines. What
    cannot be written now (the disk is full) is tried again with the next line; a folder that has
    been deleted is made again with all that this process has written.
    """

    def __init__(self, run_folder: str) -> None:
        self._run_folder = run_folder
        self._written: dict[str, list[bytes]] = {}
        self._waiting: dict[str, list[bytes]] = {}
        self._process = os.getpid()

    def begin_fit(self, asked_for: dict[str, Any]) -> int:
        """Append the event that begins a fit and return the fit's number in this run, from 1."""
        self._restore_folder()
        path = os.path.join(self._run_folder, FITS)
        with open(path, "a+b", buffering=0) as file:
            # Two fits of forked processes are not to be one.
            keep_others_out(file.fileno())
            file.seek(0)
            held = file.read()
            number: int = 1 + sum(
                line.startswith(b'{"event": "fit",') for line in held.splitlines()
            )
            line = line_of({"event": "fit", "fit": number, **asked_for})
            # What a full disk has cut off is not to be joined with this.
            file.write(line if held.endswith(b"\n") or not held else b"\n" + line)
        self._remember(FITS, line)
        return number

    def event(self, event: dict[str, Any]) -> None:
        """Append one event of a fit to `epochs.jsonl`."""
        self._append(FITS, event)

    def observation(self, observation: dict[str, Any]) -> None:
        """Append one observation of a fit to `observations.jsonl`."""
        self._append(OBSERVATIONS, observation)

    def fact(self, name: str, value: Any) -> None:
        """Append one fact about the process (`keras`, `device`, `note`) to `recorder.jsonl`."""
        self._append(FACTS, {name: value})

    @property
    def run_folder(self) -> str:
        """Where the files lie."""
        return self._run_folder

    @contextlib.contextmanager
    def swallowing(self, consequence: str) -> Iterator[None]:
        """Note an error of the recorder, and what it costs, instead of raising it."""
        try:
            yield
        except Exception as error:
            with contextlib.suppress(Exception):
                self.fact("note", f"{consequence}: {type(error).__name__}: {error}")

    def _append(self, name: str, content: dict[str, Any]) -> None:
        line = line_of(content)
        waiting = self._waiting.pop(name, [])
        # What a full disk has cut off is ended first, so that the next line stands for itself.
        lines = [*([b"\n"] if waiting else []), *waiting, line]
        self._remember(name, line)
        if self._restore_folder():
            return
        for number, each in enumerate(lines):
            try:
                write_line(os.path.join(self._run_folder, name), each)
            except OSError:
                self._waiting[name] = [each for each in lines[number:] if each != b"\n"]
                raise

    def _remember(self, name: str, line: bytes) -> None:
        if self._process != os.getpid():
            # A forked process has its parent's lines in its memory, and they are not its own.
            self._process, self._written, self._waiting = os.getpid(), {}, {}
        kept = self._written.setdefault(name, [])
        kept.append(line)
        del kept[:-MOST_KEPT]

    def _restore_folder(self) -> bool:
        """Make a deleted folder again, with all lines of this process; whether it was needed."""
        if os.path.isdir(self._run_folder):
            return False
        os.makedirs(self._run_folder, exist_ok=True)
        note = line_of({"note": "the run folder was deleted meanwhile; what was known is kept"})
        self._written.setdefault(FACTS, []).append(note)
        for name, lines in self._written.items():
            write_line(os.path.join(self._run_folder, name), b"".join(lines))
        return True


def keep_others_out(descriptor: int) -> None:
    """Wait until no other process writes, and let none write until the file is closed.

    File systems without locks (some network drives) are written to as they are.
    """
    if fcntl is not None:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)


def write_line(path: str, line: bytes) -> None:
    """Append a line in one write: what is killed in between leaves whole lines behind.

    Raises:
        OSError: it could not be written, or not all of it.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        # Else a fit that begins meanwhile takes a line half written for one that was cut off.
        keep_others_out(descriptor)
        if os.write(descriptor, line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
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
