"""The paths of checkpoints, in which Keras fills in the epoch and what it logs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from overfitcheck.script.heirs import file_name
from overfitcheck.script.values import Call, Text, Value, constant, flag

if TYPE_CHECKING:
    from overfitcheck.script.script import Script
    from overfitcheck.script.versions import KerasVersions

PLACES = ("epoch", "batch")
"""What Keras fills in beside the logs of the epoch."""

WEIGHTS = ".weights.h5"

MODEL = ".keras"

ENDING = re.compile(r"(?:\.weights)?\.[A-Za-z]\w*$")


def placeholders(path: Value) -> list[str]:
    """The names in braces that Keras fills in a path, as far as its text is known."""
    text = _known_text(path)
    if "{" not in text:
        return []
    from string import Formatter  # Its import compiles an expression.

    try:
        fields = [field for _, field, _, _ in Formatter().parse(text)]
    except ValueError:
        return []
    names = [field.partition(".")[0].partition("[")[0] for field in fields if field]
    return [name for name in names if name.isidentifier()]


def ending(path: Value) -> str:
    """How a path ends: ``.keras``, ``.weights.h5``; "" where the text shows no ending."""
    found = ENDING.search(_known_text(path))
    return found.group() if found else ""


def surely_taken(versions: KerasVersions, ending: str, weights: bool) -> bool:
    """Whether all these versions take a path with an ending for weights alone, or whole models."""
    if not ending or versions.surely_before(3):
        return ending != ""
    if ending == ".h5" and not weights:
        return versions.surely_from(3, 8)
    return ending == usual_ending(weights)


def usual_ending(weights: bool) -> str:
    """The ending that every Keras takes for weights alone, or for whole models."""
    return WEIGHTS if weights else MODEL


def _known_text(path: Value) -> str:
    text = path.suffix if isinstance(path, Text) else constant(path)
    return text if isinstance(text, str) else ""


def path_text(script: Script, checkpoint: Call) -> str | None:
    """The path of a checkpoint as the script writes it; None where it does not stand there."""
    given = checkpoint.argument("filepath")
    return None if given is None or given.node is None else script.text(given.node.value)


def keeps_every_epoch(checkpoint: Call) -> bool | None:
    """Whether a checkpoint puts each epoch into a file of its own; None where it may do so."""
    if checkpoint.cls is not None:
        return None
    every = constant(checkpoint["save_freq"]) == "epoch" and checkpoint.argument("period") is None
    if flag(checkpoint["save_best_only"]) is not False or not every:
        return False
    path = checkpoint["filepath"]
    if any(name == "epoch" or name.startswith("val_") for name in placeholders(path)):
        return True
    return False if file_name(path) else None
