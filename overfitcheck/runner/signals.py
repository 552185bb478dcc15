"""Hand the signals that we are sent on to the script, once each."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

FORWARDED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")


class Forwarder:
    """Sends signals to a process; those that come before it runs are kept for it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting: list[int] = []

    def attach(self, process: subprocess.Popen[bytes]) -> None:
        """Name the process; it gets at once what was sent while it was being started."""
        self._process = process
        while self._waiting:
            process.send_signal(self._waiting.pop(0))

    def __call__(self, number: int, frame: Any) -> None:
        """Handle a signal."""
        if self._process is None:
            self._waiting.append(number)
        elif number not in (signal.SIGINT, getattr(signal, "SIGQUIT", None)) or not _by_terminal():
            self._process.send_signal(number)


@contextlib.contextmanager
def forwarding(resized: Callable[[], None]) -> Iterator[Forwarder]:
    """Forward signals while the block runs, and call `resized` when the terminal's size changes.

    A signal that is ignored stays ignored, as for a script started with nohup.
    """
    forwarder = Forwarder()
    handlers = {name: forwarder for name in FORWARDED if hasattr(signal, name)}
    before = {}
    for number in (getattr(signal, name) for name in handlers):
        if signal.getsignal(number) != signal.SIG_IGN:
            before[number] = signal.signal(number, forwarder)
    if hasattr(signal, "SIGWINCH"):
        before[signal.SIGWINCH] = signal.signal(signal.SIGWINCH, lambda *_: resized())
    try:
        yield forwarder
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _by_terminal() -> bool:
    """Whether a keyboard signal comes from our terminal, which has sent it to the script too."""
    if os.name != "posix":
        return True
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
