"""Run a script on this machine, as `python SCRIPT` would, and collect the run."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from overfitcheck import __version__
from overfitcheck.errors import UserError
from overfitcheck.recorder import settings
from overfitcheck.runner.device import Device, choose_device, find_gpus
from overfitcheck.runner.gpu_use import GpuUse
from overfitcheck.runner.order import (
    Order,
    Outcome,
    check_observations,
    check_script,
    find_interpreter,
)
from overfitcheck.runner.relay import STDERR, STDOUT, copy_window_size, open_channels, relay
from overfitcheck.runner.run_folder import (
    count_epochs,
    create_run_folder,
    take_facts,
    write_run,
)
from overfitcheck.runner.signals import forwarding
from overfitcheck.runner.status_line import StatusLine
from overfitcheck.runner.watch import Watcher

RECORDER = Path(__file__).parent.parent / "recorder" / "start_importlib_bootstrap.py"


def run_script(order: Order) -> Outcome:
    """Run a script to its end; its output goes to ours, its record into a new folder.

    Raises:
        UserError: the script, the interpreter, the device or the folder cannot be had. The script
            has not been started then.
    """
    if not order.is_module:
        check_script(order.script)
    check_observations(order.not_observed)
    order = replace(order, python=find_interpreter(order.python))
    if order.is_notebook:
        from overfitcheck.runner.notebook import check_notebook

        check_notebook(order)
    gpus = [] if order.device == "cpu" else find_gpus()
    device = choose_device(order.device, gpus, os.environ)
    started = datetime.now(timezone.utc)
    folder = create_run_folder(order.out, order.name, started)
    run = _described(order, device, started)
    _note_begin(folder, run)
    clock = time.perf_counter()
    use = GpuUse(device.number)
    if device.kind == "gpu":
        use.start()
    code = _executed(order, folder, device)
    seconds = time.perf_counter() - clock
    facts = take_facts(folder)
    facts["notes"] += [*_not_as_asked(device, facts), *_left_to_the_chief(folder, facts)]
    used = use.end() if device.kind == "gpu" else {}
    try:
        write_run(folder, run | _ended(code, seconds, device, facts, used))
    except OSError as error:
        facts["notes"].append(f"{folder}: the end of the run is not noted ({error.strerror})")
    return Outcome(folder, code, tuple(facts["notes"]))


def _note_begin(folder: Path, run: Mapping[str, Any]) -> None:
    """Write what is run, or leave no folder behind.

    Raises:
        UserError: the disk is full.
    """
    try:
        write_run(folder, run)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        reason = error.strerror or error
        raise UserError(f"{folder}: cannot write there ({reason}); choose another --out") from error


def _executed(order: Order, folder: Path, device: Device) -> int:
    """Run what was ordered, to its exit code."""
    environment = _environment({**device.environment, **_asked_for(order, folder)})
    if order.is_notebook:
        from overfitcheck.runner.notebook import run_notebook

        with _watched(order, folder, None):
            return run_notebook(order, folder, environment)
    words = [order.python, str(RECORDER), *order.words]
    status = StatusLine(STDOUT) if order.live and os.isatty(STDOUT) else None
    with _watched(order, folder, status):
        return _supervised(words, environment, folder / "output.log", status)


@contextmanager
def _watched(order: Order, folder: Path, status: StatusLine | None) -> Iterator[None]:
    """Judge the run while it goes on, where somebody wants to know."""
    if status is None and order.stop_after_onset is None:
        yield
        return
    watcher = Watcher(folder, status.told if status else lambda _: None, order.stop_after_onset)
    watcher.start()
    try:
        yield
    finally:
        watcher.end()


def _asked_for(order: Order, folder: Path) -> dict[str, str | None]:
    """What the recorder is told, in the variables that it and child processes read."""
    return {
        settings.RUN_FOLDER: str(folder.absolute()),
        settings.SWITCHED_OFF: ",".join(order.not_observed) or None,
        settings.ASKING: None if order.stop_after_onset is None else "1",
        settings.CELLS: None,
    }


def _supervised(
    words: list[str], environment: Mapping[str, str], log: Path, status: StatusLine | None
) -> int:
    channels = open_channels(spared=1 if status is not None else 0)

    def resized() -> None:
        for channel in channels.values():
            if channel.terminal:
                copy_window_size(channel.target, channel.read, 1 if status is not None else 0)

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
        between: Callable[[bytes], None] = status.shown if status is not None else lambda _: None
        relay(channels, log, lambda: process.poll() is None, between)
        code = process.wait()
    if status is not None:
        status.end()
    return 128 - code if code < 0 else code


def _environment(changes: Mapping[str, str | None]) -> dict[str, str]:
    environment = {**os.environ, **{name: value for name, value in changes.items() if value}}
    return {name: value for name, value in environment.items() if changes.get(name, "") is not None}


def _described(order: Order, device: Device, started: datetime) -> dict[str, Any]:
    return {
        "version": 1,
        "script": order.file,
        "module": order.script if order.is_module else None,
        "arguments": list(order.arguments),
        "python": order.python,
        "working_directory": str(Path.cwd()),
        "process": os.getpid(),
        "started": started.isoformat(timespec="seconds"),
        "ended": None,
        "seconds": None,
        "exit_code": None,
        "device": {"requested": device.requested, "kind": device.kind, "name": device.name},
        "keras": None,
        "not_observed": list(order.not_observed),
        "overfitcheck": __version__,
    }


def _not_as_asked(device: Device, facts: Mapping[str, Any]) -> list[str]:
    """What the framework made of the device that was asked for, if something else."""
    kind = facts.get("device", {}).get("kind")
    if not device.requested.startswith("gpu") or kind in (None, "gpu"):
        return []
    backend = (facts.get("keras") or {}).get("backend")
    return [
        f"--device {device.requested}: this machine has it ({device.name}), but {backend} trained "
        f"on {kind}; install {backend} with support for it"
    ]


def _left_to_the_chief(folder: Path, facts: Mapping[str, Any]) -> list[str]:
    """Why a worker of a distributed training has no record."""
    if not facts.get("worker") or count_epochs(folder)[0]:
        return []
    return ["this is no chief of a distributed training; only the chief's fits are recorded"]


def _ended(
    code: int, seconds: float, device: Device, facts: Mapping[str, Any], used: Mapping[str, Any]
) -> dict[str, Any]:
    # What the framework found in its process says more than what this machine has.
    found = facts.get("device", {"kind": device.kind, "name": None, "memory": None})
    on_gpu = found["kind"] == "gpu"
    name = found["name"] or (device.name if on_gpu else None)
    return {
        "ended": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
        "exit_code": code,
        "device": {
            "requested": device.requested,
            **found,
            "name": name,
            **(used if on_gpu else {}),
        },
        "keras": facts.get("keras"),
        "notes": facts["notes"],
    }
