"""Which fits of a run belong together: rounds of a loop, trials of a search, one model's fits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from overfitcheck.analysis.diagnosis import Diagnosis, Verdict
from overfitcheck.history.observation import FitObservation, Place
from overfitcheck.report.content import Report

MOST_IN_FULL = 12
"""Fits of a run that are reported in full; of more, those of the gravest verdicts are."""

GRAVEST_FIRST = (
    Verdict.DIVERGED,
    Verdict.OVERFITTING,
    Verdict.UNKNOWN,
    Verdict.IMPROVING,
    Verdict.NOT_OVERFITTING,
)


@dataclass(frozen=True)
class Member:
    """A fit of a group: its place among the diagnoses (from 0), and what it is there."""

    position: int
    role: str


@dataclass(frozen=True)
class Group:
    """Fits that belong together, and what is to be said of them all (nothing of a single one)."""

    title: str
    members: tuple[Member, ...]
    summary: str = ""


def groups_of(report: Report) -> list[Group]:
    """The fits of a report in groups, in the order in which the groups begin."""
    kinds: dict[object, list[int]] = {}
    for position, diagnosis in enumerate(report.diagnoses):
        seen = report.observation_of(diagnosis)
        kinds.setdefault(_kind(position, seen), []).append(position)
    return [_group(report, positions) for positions in kinds.values()]


def _kind(position: int, seen: FitObservation | None) -> object:
    """What fits of one group have in common: the search, else the line that calls fit."""
    if seen is None or not seen.place:
        return position
    return ("search", seen.through, seen.place[0]) if seen.through else seen.place


def _group(report: Report, positions: Sequence[int]) -> Group:
    seen = [report.observation_of(report.diagnoses[position]) for position in positions]
    first = seen[0]
    if len(positions) == 1 or first is None:
        return Group("", (Member(positions[0], _continued(report, positions[0])),))
    word = "trial" if first.through else "round"
    members = tuple(
        Member(position, f"{word} {number} of {len(positions)}")
        for number, position in enumerate(positions, 1)
    )
    title = (
        f"search by {first.through}" if first.through else f"repeated in {_line(first.place[0])}"
    )
    if len({each.model for each in seen if each is not None}) == 1:
        title += ", the same model trained on"
    return Group(title, members, _summary([report.diagnoses[each] for each in positions]))


def _line(place: Place) -> str:
    cell = f"cell {place.cell}, " if place.cell is not None else ""
    return f"{cell}line {place.line}"


def _continued(report: Report, position: int) -> str:
    """Which fit before trained the same model, if any did."""
    seen = report.observation_of(report.diagnoses[position])
    if seen is None or seen.model is None:
        return ""
    for earlier in reversed(range(position)):
        other = report.observation_of(report.diagnoses[earlier])
        if other is not None and (other.model, other.process) == (seen.model, seen.process):
            return f"trains the model of fit {earlier + 1} on"
    return ""


def _summary(diagnoses: Sequence[Diagnosis]) -> str:
    """Mean and standard deviation of the best values over the fits of a group, and verdicts."""
    names = [name for name in diagnoses[0].best if all(name in each.best for each in diagnoses)]
    told = [_spread(name, [each.best[name].value for each in diagnoses]) for name in names]
    overfit = sum(each.verdict is Verdict.OVERFITTING for each in diagnoses)
    return "; ".join([*told, f"{overfit} of {len(diagnoses)} overfit"])


def _spread(name: str, values: Sequence[float]) -> str:
    finite = [value for value in values if math.isfinite(value)]
    if len(finite) < 2:
        return f"best {name} {finite[0]:.4g}" if finite else f"best {name} not finite"
    return f"best {name} {mean(finite):.4g} on average (standard deviation {stdev(finite):.2g})"


def shown_in_full(diagnoses: Sequence[Diagnosis]) -> list[int]:
    """Which fits are reported in full, by their places, in their order."""
    ranks: Mapping[Verdict, int] = {verdict: n for n, verdict in enumerate(GRAVEST_FIRST)}
    gravest = sorted(range(len(diagnoses)), key=lambda at: (ranks[diagnoses[at].verdict], at))
    return sorted(gravest[:MOST_IN_FULL])
