"""A regularization linter and training-log analyzer for Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from overfitcheck.analysis.diagnosis import Diagnosis
    from overfitcheck.analyzing import analyze
    from overfitcheck.finding import Finding
    from overfitcheck.linting import lint
    from overfitcheck.loops import epoch
    from overfitcheck.recording import Recorder

__version__ = "0.1.0"

__all__ = ["Diagnosis", "Finding", "Recorder", "__version__", "analyze", "epoch", "lint"]

_HOMES = {
    "Diagnosis": "overfitcheck.analysis.diagnosis",
    "Recorder": "overfitcheck.recording",
    "Finding": "overfitcheck.finding",
    "analyze": "overfitcheck.analyzing",
    "epoch": "overfitcheck.loops",
    "lint": "overfitcheck.linting",
}
"""Where the public names live; each is imported when it is first asked for."""


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'overfitcheck' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
