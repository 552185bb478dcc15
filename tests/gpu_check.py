"""Check on a machine with an NVIDIA GPU that a run uses it, records it and changes nothing.

    python tests/gpu_check.py [--backend jax] [--python PATH]

The interpreter needs Keras and the backend with GPU support. Prints the figures of the device, then
one line a check, and ends with exit code 1 if a check fails, with 2 where there is no GPU.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from overfitcheck.runner.device import find_gpus

COMMAND = [sys.executable, "-c", "from overfitcheck.cli.main import main; main()", "run"]

TRAINING = """
import hashlib
import keras
import numpy as np

keras.utils.set_random_seed(3)
numbers = np.random.RandomState(0)
x = numbers.rand(4000, 64).astype("float32")
y = (x[:, :8].sum(axis=1) + numbers.randn(4000) > 4).astype("int64")
model = keras.Sequential(
    [keras.layers.Dense(2048, activation="relu") for _ in range(2)]
    + [keras.layers.Dense(1, activation="sigmoid")]
)
model.compile("adam", "binary_crossentropy")
history = model.fit(x, y, epochs=30, batch_size=256, verbose=0, validation_split=0.5)
weights = b"".join(np.ascontiguousarray(w).tobytes() for w in model.get_weights())
print(hashlib.sha256(weights).hexdigest(), history.history)
"""

DETERMINISTIC = {
    "XLA_FLAGS": "--xla_gpu_deterministic_ops=true --xla_gpu_autotune_level=0",
    "TF_DETERMINISTIC_OPS": "1",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


def main() -> int:
    """Run all checks; 0 if they hold, 2 where there is nothing to check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backend", default="jax", choices=["jax", "tensorflow", "torch"])
    parser.add_argument("--python", default=sys.executable)
    given = parser.parse_args()
    if not find_gpus():
        print("gpu_check: no NVIDIA GPU found on this machine: nothing to check", file=sys.stderr)
        return 2
    environment = {**os.environ, **DETERMINISTIC, "KERAS_BACKEND": given.backend}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "train.py").write_text(TRAINING)
        checks = list(checked(folder, given.python, environment))
    for says, holds in checks:
        print(f"{'ok  ' if holds else 'FAIL'} {says}")
    return 0 if all(holds for _, holds in checks) else 1


def checked(folder: Path, python: str, environment: dict[str, str]) -> list[tuple[str, bool]]:
    """Each check in words, and whether it holds."""
    plain, again = (started([python, "train.py"], folder, environment) for _ in range(2))
    on_gpu = run(folder, environment, python, "--device", "gpu", "--report")
    first = run(folder, environment, python, "--device", "gpu:0")
    on_cpu = run(folder, environment, python, "--device", "cpu")
    missing = started([*COMMAND, "train.py", "--device", "gpu:99"], folder, environment)
    device = on_gpu["run"]["device"]
    print(json.dumps({"device": device, "seconds": on_gpu["run"]["seconds"]}, indent=2))
    print(f"device memory at most: {on_gpu['memory']}")
    print(f"waste: {on_gpu['waste']}")
    return [
        ("the script trains without overfitcheck", plain.returncode == 0),
        ("and twice the same, so that runs can be compared", again.stdout == plain.stdout),
        ("--device gpu trains on the GPU", device["kind"] == "gpu"),
        ("the GPU has a name", bool(device["name"])),
        ("the memory of the GPU is known", bool(device.get("memory") or on_gpu["memory"])),
        ("weights and history are those of the plain run", on_gpu["output"] == plain.stdout),
        ("--device gpu:0 trains on the GPU", first["run"]["device"]["kind"] == "gpu"),
        ("--device cpu does not", on_cpu["run"]["device"]["kind"] == "cpu"),
        ("a GPU that is not there is refused in one line", refused(missing)),
        ("the waste is counted in seconds", on_gpu["waste"].get("seconds") is not None),
        ("the report calls them GPU time", " of GPU time" in on_gpu["report"]),
    ]


def refused(ended: subprocess.CompletedProcess[str]) -> bool:
    """Whether nothing was started and one line says why."""
    lines = ended.stderr.splitlines()
    return ended.returncode == 2 and len(lines) == 1 and "found on this machine" in lines[0]


def run(folder: Path, environment: dict[str, str], python: str, *options: str) -> dict[str, Any]:
    """What a run of the training printed and recorded."""
    out = folder / "-".join(options)
    words = [*COMMAND, "train.py", "--python", python, "--out", str(out), *options]
    ended = started(words, folder, environment)
    if ended.returncode:
        raise SystemExit(f"{' '.join(options)}: exit code {ended.returncode}\n{ended.stderr}")
    [made] = out.iterdir()
    lines = [json.loads(each) for each in (made / "observations.jsonl").read_text().splitlines()]
    ends = [each for each in lines if each["observation"] == "end"]
    report = made / "report.json"
    fits = json.loads(report.read_text())["fits"] if report.exists() else []
    return {
        "run": json.loads((made / "run.json").read_text()),
        "output": ended.stdout,
        "memory": ends[0]["memory"] if ends else None,
        "waste": fits[0]["waste"] if fits else {},
        "report": (made / "report.md").read_text() if report.exists() else "",
    }


def started(
    words: list[str], folder: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """A process that has ended."""
    return subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


if __name__ == "__main__":
    sys.exit(main())
