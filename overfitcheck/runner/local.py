"""Run a script on this machine, as `python SCRIPT` would, and collect the run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from overfitcheck import __version__
from overfitcheck.errors import UserError
from overfitcheck.recorder import settings
from overfitcheck.runner.device import Device, choose_device, find_gpus
from overfitcheck.runner.relay import STDERR, STDOUT, copy_window_size, open_channels, relay
from overfitcheck.runner.run_folder import create_run_folder, take_facts, write_run
from overfitcheck.runner.signals import forwarding

RECORDER = Path(__file__).parent.parent / "recorder" / "start.py"


@dataclass(frozen=True)
class Order:
    """What to run: the words of the command line."""

    script: str
    arguments: tuple[str, ...]
    python: str
    out: Path
    device: str
    is_module: bool = False
    not_observed: tuple[str, ...] = ()

    @property
    def words(self) -> list[str]:
        """What stands behind the interpreter's name on the command line."""
        return [*(["-m"] if self.is_module else []), self.script, *self.arguments]


OBSERVATIONS = (
    "arguments",
    "call",
    "callbacks",
    "data",
    "evaluate",
    "model",
    "overlap",
    "tracking",
)
"""What a run observes beside the epochs; each can be switched off, and `all` of them."""


@dataclass(frozen=True)
class Outcome:
    """What became of a run.

    `exit_code` is the script's own, or 128 and the number of the signal that ended it.
    `notes` say in a sentence each what the recorder could not do.
    """

    folder: Path
    exit_code: int
    notes: tuple[str, ...]


def run_script(order: Order) -> Outcome:
    """Run a script to its end; its output goes to ours, its record into a new folder.

    Raises:
        UserError: the script, the interpreter, the device or the folder cannot be had. The script
            has not been started then.
    """
    if not order.is_module:
        check_script(order.script)
    check_observations(order.not_observed)
    python = find_interpreter(order.python)
    gpus = [] if order.device == "cpu" else find_gpus()
    device = choose_device(order.device, gpus, os.environ)
    started = datetime.now(timezone.utc)
    folder = create_run_folder(order.out, order.script, started)
    run = _described(replace(order, python=python), device, started)
    write_run(folder, run)
    words = [python, str(RECORDER), *order.words]
    environment = _environment({**device.environment, **_asked_for(order, folder)})
    clock = time.perf_counter()
    code = _supervised(words, environment, folder / "output.log")
    seconds = time.perf_counter() - clock
    facts = take_facts(folder)
    try:
        write_run(folder, run | _ended(code, seconds, device, facts))
    except OSError as error:
        facts["notes"].append(f"{folder}: the end of the run is not noted ({error.strerror})")
    return Outcome(folder, code, tuple(facts["notes"]))


def check_script(script: str) -> None:
    """Make sure that a script can be read.

    Raises:
        UserError: there is no such file, or it may not be read.
    """
    try:
        with Path(script).open("rb"):
            return
    except OSError as error:
        raise UserError(f"{script}: {error.strerror}; name a Python script to run") from error


def check_observations(names: Sequence[str]) -> None:
    """Make sure that what is switched off is something that is observed.

    Raises:
        UserError: there is no such observation.
    """
    for name in names:
        if name not in (*OBSERVATIONS, "all"):
            known = ", ".join((*OBSERVATIONS, "all"))
            raise UserError(f"--no-observe {name}: no such observation; choose from {known}")


def _asked_for(order: Order, folder: Path) -> dict[str, str | None]:
    """What the recorder is told, in the variables that it and child processes read."""
    return {
        settings.RUN_FOLDER: str(folder.absolute()),
        settings.SWITCHED_OFF: ",".join(order.not_observed) or None,
        settings.ASKING: None,
    }


def find_interpreter(python: str) -> str:
    """The path of an interpreter, given as a path or as a name on PATH.

    Raises:
        UserError: there is none, or it is no Python that the recorder can run in.
    """
    found = shutil.which(python)
    if found is None:
        raise UserError(f"--python {python}: no such interpreter; give the path of a Python")
    if found != sys.executable and not _is_python(found):
        raise UserError(f"--python {python}: not a Python 3.8 or newer; give the path of one")
    return found


def _is_python(program: str) -> bool:
    question = "import sys; print(sys.version_info >= (3, 8))"
    try:
        asked = subprocess.run(
            [program, "-S", "-c", question], capture_output=True, timeout=60, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return asked.stdout.strip() == b"True"


def _supervised(words: list[str], environment: Mapping[str, str], log: Path) -> int:
    channels = open_channels()

    def resized() -> None:
        for channel in channels.values():
            if channel.terminal:
                copy_window_size(channel.target, channel.read)

    with forwarding(resized) as forwarder:
        try:
            process = subprocess.Popen(
                words,
                env=environment,
                stdout=channels[STDOUT].written,
                stderr=channels[STDERR].written,
            )
        finally:
            for written in {channel.written for channel in channels.values()}:
                os.close(written)
        forwarder.attach(process)
        relay(channels, log, lambda: process.poll() is None)
        code = process.wait()
    return 128 - code if code < 0 else code


def _environment(changes: Mapping[str, str | None]) -> dict[str, str]:
    environment = {**os.environ, **{name: value for name, value in changes.items() if value}}
    return {name: value for name, value in environment.items() if changes.get(name, "") is not None}


def _described(order: Order, device: Device, started: datetime) -> dict[str, Any]:
    return {
        "version": 1,
        "script": order.script,
        "module": order.is_module,
        "arguments": list(order.arguments),
        "python": order.python,
        "working_directory": str(Path.cwd()),
        "started": started.isoformat(timespec="seconds"),
        "ended": None,
        "seconds": None,
        "exit_code": None,
        "device": {"requested": device.requested, "kind": device.kind, "name": device.name},
        "keras": None,
        "overfitcheck": __version__,
    }


def _ended(code: int, seconds: float, device: Device, facts: Mapping[str, Any]) -> dict[str, Any]:
    # What the framework found in its process says more than what this machine has.
    found = facts.get("device", {"kind": device.kind, "name": None, "memory": None})
    name = found["name"] or (device.name if found["kind"] == "gpu" else None)
    return {
        "ended": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
        "exit_code": code,
        "device": {"requested": device.requested, **found, "name": name},
        "keras": facts.get("keras"),
        "notes": facts["notes"],
    }
