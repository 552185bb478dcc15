"""Labels that a script writes down class by class: the last rows are all of one class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from overfitcheck.script.order import was_shuffled
from overfitcheck.script.written_labels import stretches

if TYPE_CHECKING:
    from overfitcheck.script.fit import Fit


def stands_sorted(fit: Fit) -> bool:
    """Whether the rows of a fit surely stand class by class, and nothing shuffles any rows."""
    found = stretches(fit.y) if fit.y is not None else ()
    labels = {each.label for each in found}
    sorted_ = len(labels) == len(found) > 1 and all(each.is_long for each in found)
    return sorted_ and not was_shuffled(fit.script)
