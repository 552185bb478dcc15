"""Choose the device a script sees, without importing any framework."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from overfitcheck.errors import UserError

DRIVER_FOLDER = Path("/proc/driver/nvidia/gpus")
HIDDEN = ("", "-1")
"""Values of CUDA_VISIBLE_DEVICES that show no GPU."""


@dataclass(frozen=True)
class Device:
    """What was asked for, what the script gets, and how its environment says so.

    `kind` is `cpu`, `gpu` or `unknown`; `name` is the name of the GPU, `number` its place among
    those of this machine, where they are known.
    A value of None in `environment` stands for a variable that must not be set.
    """

    requested: str
    kind: str
    name: str | None = None
    environment: Mapping[str, str | None] = field(default_factory=dict)
    number: int | None = None


def choose_device(requested: str, gpus: Sequence[str], environment: Mapping[str, str]) -> Device:
    """Turn `auto`, `cpu`, `gpu` or `gpu:N` into a device of this machine.

    Args:
        requested: the word from the command line.
        gpus: the names of the GPUs of this machine, in the order of nvidia-smi.
        environment: the variables that the script would inherit.

    Raises:
        UserError: the word is none of these, or this machine lacks the GPU.
    """
    visible = environment.get("CUDA_VISIBLE_DEVICES")
    if requested == "auto":
        kind = "gpu" if gpus and visible not in HIDDEN else "cpu"
        return Device(requested, kind, gpus[0] if kind == "gpu" and len(gpus) == 1 else None)
    if requested == "cpu":
        return Device(
            requested, "cpu", None, {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}
        )
    match = re.fullmatch(r"gpu(?::(\d+))?", requested)
    if match is None:
        raise UserError(f"--device {requested}: no such device; choose auto, cpu, gpu or gpu:N")
    number = int(match[1] or 0)
    if number >= len(gpus):
        found = f"only {len(gpus)} GPU(s)" if gpus else "no NVIDIA GPU"
        raise UserError(f"--device {requested}: {found} found on this machine; try --device cpu")
    if match[1] is None:
        changes: dict[str, str | None] = (
            {} if visible not in HIDDEN else {"CUDA_VISIBLE_DEVICES": None}
        )
        return Device(requested, "gpu", gpus[0], changes, 0)
    # CUDA counts the fastest GPU first unless told to count as nvidia-smi does.
    order = {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": str(number)}
    return Device(requested, "gpu", gpus[number], order, number)


def find_gpus() -> list[str]:
    """The names of this machine's NVIDIA GPUs, from nvidia-smi or else from the driver."""
    try:
        listed = subprocess.run(
            ["nvidia-smi", "-L"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return _driver_gpus(DRIVER_FOLDER)
    return re.findall(r"^GPU \d+: (.+?)(?: \(UUID.*)?$", listed.stdout, re.MULTILINE)


def _driver_gpus(folder: Path) -> list[str]:
    names = []
    for information in sorted(folder.glob("*/information")):
        model = re.search(r"^Model:\s*(.+)$", information.read_text(), re.MULTILINE)
        names.append(model[1].strip() if model else "NVIDIA GPU")
    return names
