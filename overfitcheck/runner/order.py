"""What to run and what became of it: the words of the command line, checked before anything."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from overfitcheck.errors import UserError

OBSERVATIONS = (
    "arguments",
    "call",
    "callbacks",
    "data",
    "evaluate",
    "labels",
    "model",
    "overlap",
    "tracking",
)
"""What a run observes beside the epochs; each can be switched off, and `all` of them."""


@dataclass(frozen=True)
class Order:
    """What to run: the words of the command line.

    `is_module` says that `script` is the name of a module, as behind ``python -m``. `live` shows
    a line below the script's output when it matters; `stop_after_onset` ends a fit that many
    epochs after its onset.
    """

    script: str
    arguments: tuple[str, ...]
    python: str
    out: Path
    device: str
    is_module: bool = False
    not_observed: tuple[str, ...] = ()
    live: bool = False
    stop_after_onset: int | None = None

    @property
    def words(self) -> list[str]:
        """What stands behind the interpreter's name on the command line."""
        return [*(["-m"] if self.is_module else []), self.script, *self.arguments]

    @property
    def file(self) -> str:
        """The script's file; a module's as far as it lies in the working directory."""
        if not self.is_module:
            return self.script
        stem = Path(*self.script.split("."))
        candidates = (stem.with_suffix(".py"), stem / "__main__.py")
        return next((str(path) for path in candidates if path.is_file()), self.script)

    @property
    def name(self) -> str:
        """What the run is called: the script without its folder and ending, or the module."""
        return self.script if self.is_module else Path(self.script).stem

    @property
    def is_notebook(self) -> bool:
        """Whether the cells of a notebook are to be run."""
        return not self.is_module and self.script.endswith(".ipynb")


@dataclass(frozen=True)
class Outcome:
    """What became of a run.

    `exit_code` is the script's own, or 128 and the number of the signal that ended it.
    `notes` say in a sentence each what the recorder could not do.
    """

    folder: Path
    exit_code: int
    notes: tuple[str, ...]


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
