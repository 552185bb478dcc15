"""What whoever reads a script may tell about it: version, project, thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, eq=False, repr=False)
class ScriptOptions:
    """How a script is to be read.

    `keras_version` is that of the configuration (``"3.8"``, ``">=2.11,<3"``); None lets the pins
    of the project and the script itself tell. `root` is the folder of the project, within which
    pins are looked for and imports of local modules are followed (as data, nothing is executed);
    None keeps everything but the text out of sight. `thresholds` replace numbers of rules, by
    name (``{"many-epochs": 50}``).
    """

    keras_version: str | None = None
    root: Path | None = None
    thresholds: Mapping[str, float] = field(default_factory=dict)


DEFAULTS = ScriptOptions()
