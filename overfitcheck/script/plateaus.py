"""A ReduceLROnPlateau beside an EarlyStopping: which of the two comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from overfitcheck.script.values import Call, constant

if TYPE_CHECKING:
    from overfitcheck.script.fit import Fit

USUAL_DELTA = 1e-4
"""The improvement that ReduceLROnPlateau asks for by itself."""

SHORTEST_LIMIT = 2
"""Epochs of a stop that leave no room for a plateau which is well less patient."""


def stops_first(fit: Fit, stop: Call, plateau: Call, monitor: str) -> tuple[int, int] | None:
    """How long the two wait, if both watch `monitor` and the fit surely stops before it reduces.

    None where the reduction comes first, or the text does not tell.
    """
    limit, wait = constant(stop["patience"]), constant(plateau["patience"])
    if not isinstance(limit, int) or not isinstance(wait, int) or wait < limit:
        return None
    if not _count_alike(stop, plateau, monitor) or _cannot_stop(fit, limit):
        return None
    return limit, wait


def _count_alike(stop: Call, plateau: Call, monitor: str) -> bool:
    """Whether both surely count the same epochs as epochs without improvement."""
    return (
        _mode(stop, monitor) == _mode(plateau, monitor)
        and not (stop.cls or plateau.cls)
        and constant(stop["start_from_epoch"]) == 0
        and _asks_no_more(stop, plateau)
    )


def _mode(callback: Call, monitor: str) -> object:
    """The mode of a callback; in place of ``auto`` what that is with each callback and version."""
    mode = constant(callback["mode"])
    if mode == "auto" and monitor.endswith("loss"):
        return "min"
    return "max" if mode == "auto" and monitor.endswith(("acc", "accuracy")) else mode


def _asks_no_more(stop: Call, plateau: Call) -> bool:
    """Whether the plateau takes no improvement for none that the stop counts, or as usual."""
    asked, enough = constant(plateau["min_delta"]), constant(stop["min_delta"])
    if plateau.argument("min_delta") is None:
        return True
    return isinstance(asked, (int, float)) and asked <= max(
        USUAL_DELTA, abs(enough) if isinstance(enough, (int, float)) else 0
    )


def _cannot_stop(fit: Fit, patience: int) -> bool:
    """Whether the fit is over before the stop could come; OVF506 speaks of that."""
    return fit.epochs is not None and patience >= fit.epochs[1]
