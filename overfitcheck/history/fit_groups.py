"""Several fits of a run: which go on from each other, which repeat each other, which search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from overfitcheck.history.observation import FitObservation


class GroupKind(str, Enum):
    """What the fits of a group have to do with each other."""

    SINGLE = "single"
    CONTINUED = "continued"
    """One model, fitted several times: a warm-up and its fine-tuning."""
    REPEATED = "repeated"
    """One place in the script, other models: the folds of a cross-validation, or a loop."""
    SEARCH = "search"
    """Fits that a library called for the user, each of another model: a search of settings."""


@dataclass(frozen=True)
class FitGroup:
    """Fits that belong together, by their numbers, in order."""

    kind: GroupKind
    fits: tuple[int, ...]
    through: str | None = None


def group_fits(observations: Mapping[int, FitObservation]) -> tuple[FitGroup, ...]:
    """The fits of a run, grouped, in the order of their first fits."""
    chains = _chains(observations)
    families: dict[object, list[list[int]]] = {}
    for chain in chains:
        families.setdefault(_origin(observations[chain[0]]), []).append(chain)
    groups = []
    for members in families.values():
        numbers = tuple(sorted(number for chain in members for number in chain))
        through = observations[numbers[0]].through
        if len(members) > 1:
            kind = GroupKind.SEARCH if through else GroupKind.REPEATED
        else:
            kind = GroupKind.CONTINUED if len(numbers) > 1 else GroupKind.SINGLE
        groups.append(FitGroup(kind, numbers, through))
    return tuple(sorted(groups, key=lambda group: group.fits[0]))


def _chains(observations: Mapping[int, FitObservation]) -> list[list[int]]:
    """The fits of each model, in order; a fit whose model is not known stands alone."""
    chains: dict[object, list[int]] = {}
    for number, seen in sorted(observations.items()):
        key = (seen.process, seen.model) if seen.model is not None else ("alone", number)
        chains.setdefault(key, []).append(number)
    return list(chains.values())


def _origin(seen: FitObservation) -> object:
    """What repeated fits have in common: the line that calls, and the library between."""
    if not seen.place:
        return seen.number
    return (seen.place[0].path, seen.place[0].cell, seen.place[0].line, seen.through)
