"""What the runner asks of the recorder, in variables that child processes inherit."""

from __future__ import annotations

import os

RUN_FOLDER = "OVERFITCHECK_RUN"
"""Names the folder of the run (an absolute path)."""

SWITCHED_OFF = "OVERFITCHECK_OFF"
"""Names, with commas between, what is not to be observed."""

ASKING = "OVERFITCHECK_ASK"
"""Set where the recorder asks the runner after each epoch whether to stop."""

CELLS = "OVERFITCHECK_CELLS"
"""Names a file with the cells of the notebook that is executed."""


def run_folder() -> str | None:
    """The folder of the run that this process belongs to, if it belongs to one."""
    return os.environ.get(RUN_FOLDER) or None


def observes(name: str) -> bool:
    """Whether something is to be observed: `arguments`, `data`, `overlap`, `callbacks` …"""
    off = os.environ.get(SWITCHED_OFF, "").split(",")
    return name not in off and "all" not in off


def asks() -> bool:
    """Whether to ask after each epoch whether the fit is to stop."""
    return bool(os.environ.get(ASKING))
