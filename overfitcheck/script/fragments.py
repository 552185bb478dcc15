"""Fragments: scripts that use Keras's names without importing them, as answers on the web do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from overfitcheck.script.names import canonical
from overfitcheck.script.signatures import tabled
from overfitcheck.script.values import Symbol

if TYPE_CHECKING:
    from overfitcheck.script.walk import Walk

FRAGMENT_HOMES = ("keras.", "keras.layers.", "keras.callbacks.", "keras.optimizers.")
"""Where a name comes from that a fragment uses as Keras's, and imports nowhere."""

FRAGMENT_MODULES = {
    "keras": "keras",
    "tf": "tensorflow",
    "np": "numpy",
    "pd": "pandas",
    "layers": "keras.layers",
    "optimizers": "keras.optimizers",
    "callbacks": "keras.callbacks",
    "regularizers": "keras.regularizers",
    "losses": "keras.losses",
}
"""Modules that a fragment uses and imports nowhere."""


def in_fragment(walk: Walk, name: str) -> Symbol | None:
    """What an unbound name stands for in a fragment; None where something else may bring it in."""
    if not _is_fragment(walk):
        return None
    if name in FRAGMENT_MODULES:
        return Symbol(FRAGMENT_MODULES[name])
    return next((Symbol(home + name) for home in FRAGMENT_HOMES if tabled(home + name)), None)


def _is_fragment(walk: Walk) -> bool:
    """Whether unbound names may be Keras's own: no star import of anything else, no PyTorch."""
    stars = walk.frame.module().stars
    return all(canonical(star).startswith("keras") for star in stars) and not any(
        path.partition(".")[0] == "torch" for path in walk.imports
    )
