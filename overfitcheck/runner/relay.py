"""Pass a process's output on as it comes, byte for byte, and keep a copy."""

from __future__ import annotations

import contextlib
import os
import selectors
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

STDOUT, STDERR = 1, 2
CHUNK = 65536
PATIENCE = 0.2
"""Seconds without output after which a process that has ended is believed to be silent.

Processes that the script leaves behind may hold its output open for ever.
"""


@dataclass(frozen=True)
class Channel:
    """One way out of the process: it writes to `written`, we read `read` and write to `targets`."""

    read: int
    written: int
    target: int
    terminal: bool


def open_channels(spared: int = 0) -> dict[int, Channel]:
    """A channel each for standard output and error, or the same one where both go to one place.

    A process whose output goes to a terminal sees a terminal, where the system has them, with
    `spared` rows less than ours.
    """
    first = _open(STDOUT, spared)
    return {STDOUT: first, STDERR: first if _same_place() else _open(STDERR, spared)}


def _same_place() -> bool:
    return os.path.samestat(os.fstat(STDOUT), os.fstat(STDERR))


def _open(target: int, spared: int) -> Channel:
    if os.name == "posix" and os.isatty(target):
        read, written = _open_terminal(target, spared)
        return Channel(read, written, target, terminal=True)
    read, written = os.pipe()
    return Channel(read, written, target, terminal=False)


def _open_terminal(like: int, spared: int) -> tuple[int, int]:
    import pty
    import termios

    master, slave = pty.openpty()
    attributes = termios.tcgetattr(slave)
    # The real terminal makes \\r\\n of \\n; done here too, the copy would not be what was written.
    attributes[1] &= ~termios.OPOST
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    copy_window_size(like, master, spared)
    return master, slave


def copy_window_size(terminal: int, copy: int, spared: int = 0) -> None:
    """Make one terminal as wide as another, and as high but for some rows."""
    import fcntl
    import struct
    import termios

    with contextlib.suppress(OSError):
        size = fcntl.ioctl(terminal, termios.TIOCGWINSZ, bytes(8))
        rows, *others = struct.unpack("HHHH", size)
        fcntl.ioctl(copy, termios.TIOCSWINSZ, struct.pack("HHHH", max(rows - spared, 0), *others))


def relay(
    channels: dict[int, Channel],
    log: Path,
    alive: Callable[[], bool],
    between: Callable[[bytes], None] = lambda last_byte: None,
) -> None:
    """Read until every channel has ended, or until the process is gone and all is silent.

    `between` is called whenever something was passed on, and in silence, with the last byte.
    """
    last_byte = b""
    with _keeping(log) as keep, selectors.DefaultSelector() as selector:
        for channel in set(channels.values()):
            selector.register(channel.read, selectors.EVENT_READ, channel)
        while selector.get_map():
            between(last_byte)
            ready = selector.select(PATIENCE)
            if not ready and not alive():
                break
            for key, _ in ready:
                passed = _pass_on(key.data, keep)
                last_byte = passed[-1:] or last_byte
                if not passed:
                    selector.unregister(key.fd)
                    # Nobody reads on: the process learns it as it would have without us.
                    os.close(key.fd)
        for key in list(selector.get_map().values()):
            os.close(key.fd)


def _pass_on(channel: Channel, keep: Callable[[bytes], None]) -> bytes:
    """What was passed on; nothing where a channel has ended, at either side."""
    try:
        data = os.read(channel.read, CHUNK)
    except OSError:
        # On Linux a terminal that nobody writes to any more ends with an error.
        return b""
    keep(data)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(channel.target, rest) :]
    except OSError:
        return b""
    return data


@contextlib.contextmanager
def _keeping(log: Path) -> Iterator[Callable[[bytes], None]]:
    with log.open("wb", buffering=0) as file:
        failed = False

        def keep(data: bytes) -> None:
            nonlocal failed
            if failed:
                return
            try:
                file.write(data)
            except OSError as error:
                failed = True
                print(f"overfitcheck: {log}: {error.strerror}; output is lost", file=sys.stderr)

        yield keep
