"""Run one script twice, as plain Python and under the recorder, and look at both."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import overfitcheck.recorder

START = Path(overfitcheck.recorder.__file__).with_name("start_importlib_bootstrap.py")

TINY_KERAS = Path(__file__).with_name("tiny_keras")
"""A folder with a Keras that imports and trains in no time."""


@dataclass(frozen=True)
class Ended:
    """How a process ended, and what it left behind."""

    returncode: int
    stdout: bytes
    stderr: bytes
    run_folder: Path

    @property
    def events(self) -> list[dict[str, Any]]:
        """The recorded lines."""
        file = self.run_folder / "epochs.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def observations(self) -> list[dict[str, Any]]:
        """What was seen beside the epochs."""
        file = self.run_folder / "observations.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def facts(self) -> list[dict[str, Any]]:
        """What the recorder said of its process."""
        file = self.run_folder / "recorder.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def fit(self, number: int, kind: str) -> list[dict[str, Any]]:
        """The lines of one kind that belong to one fit."""
        return [line for line in self.events if (line["fit"], line["event"]) == (number, kind)]


@dataclass(frozen=True)
class Pair:
    """The same script without and with the recorder."""

    plain: Ended
    recorded: Ended


RunBoth = Callable[..., Pair]


@pytest.fixture(scope="session")
def run_both(tmp_path_factory: pytest.TempPathFactory) -> RunBoth:
    """`run_both(python, source, *arguments)`: the script's folder is the working directory."""

    def run(
        python: str,
        source: str | bytes,
        *arguments: str,
        name: str = "train.py",
        module: str = "",
        **variables: str,
    ) -> Pair:
        folder = tmp_path_factory.mktemp("script")
        script = folder / name
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_bytes(source if isinstance(source, bytes) else source.encode())
        run_folder = tmp_path_factory.mktemp("run")
        typed = ["-m", module] if module else [name]
        plain = _ended([python, *typed, *arguments], folder, run_folder, **variables)
        recording = [python, str(START), *typed, *arguments]
        recorded = {**variables, "OVERFITCHECK_RUN": str(run_folder)}
        return Pair(plain, _ended(recording, folder, run_folder, **recorded))

    return run


def _ended(words: Sequence[str], folder: Path, run_folder: Path, **variables: str) -> Ended:
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    environment = {**os.environ, **quiet, **variables}
    ended = subprocess.run(
        words,
        cwd=folder,
        env=environment,
        capture_output=True,
        check=False,
        preexec_fn=heed_interrupts,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr, run_folder)


def heed_interrupts() -> None:
    """Undo what a shell does to a test run in its background: it makes it ignore SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
