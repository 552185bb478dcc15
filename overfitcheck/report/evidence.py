"""Text and run meet: what a run says of each finding of the text, and what only the run shows."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from overfitcheck.errors import UserError
from overfitcheck.finding import Evidence, Finding, Fix, Location, RunSays
from overfitcheck.linter import location_of
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import Rule
from overfitcheck.script.source import Source
from overfitcheck.suppression import suppressions_in

if TYPE_CHECKING:
    from overfitcheck.analysis.diagnosis import Diagnosis
    from overfitcheck.history.observation import FitObservation, Place
    from overfitcheck.script.fit import Fit
    from overfitcheck.script.script import Script

STRONGEST_FIRST = (RunSays.CONFIRMED, RunSays.REFUTED)


@dataclass(frozen=True)
class MetFinding:
    """A finding with what the run says of it.

    The `evidence` of the finding is the text, the run or both; `message` is the run's sentence,
    empty where it says nothing; `cost` what the mistake has cost; `fits` the numbers of the fits
    that say so.
    """

    finding: Finding
    says: RunSays
    message: str = ""
    cost: str = ""
    fits: tuple[int, ...] = ()


def meet(
    source: Source,
    rules: Sequence[Rule],
    findings: Sequence[Finding],
    diagnoses: Sequence[Diagnosis],
    observations: Mapping[int, FitObservation],
    *,
    on_gpu: bool = False,
) -> list[MetFinding]:
    """Each finding of a script's text with what a run of it says, then what only the run shows.

    Args:
        source: the script.
        rules: the rules that hold for it.
        findings: what they say of its text.
        diagnoses: the fits of the run, judged.
        observations: what the run saw of them, by number.
        on_gpu: whether the run trained on a GPU.

    Raises:
        UserError: a rule failed; the message says which.
    """
    script = _script(source)
    seen = [_observed(source, script, each, observations, on_gpu) for each in diagnoses]
    return list(_Meeting(source, script, rules, seen).of(findings))


class _Meeting:
    """One script and the fits of one run of it."""

    def __init__(
        self,
        source: Source,
        script: Script | None,
        rules: Sequence[Rule],
        seen: Sequence[ObservedFit],
    ) -> None:
        self._source = source
        self._script = script
        self._rules = {rule.code: rule for rule in rules}
        self._seen = seen
        self._silenced = suppressions_in(source.text)

    def of(self, findings: Sequence[Finding]) -> Iterator[MetFinding]:
        """The findings of the text, met, then those of the run alone."""
        outcomes = {code: self._outcomes(rule) for code, rule in self._rules.items()}
        told: set[tuple[str, int]] = set()
        for finding in findings:
            said = outcomes.get(finding.code, [])
            if said:
                about = self._fits_of(finding)
                said = [(n, o) for n, o in said if about is None or self._seen[n].fit in about]
                told.update((finding.code, number) for number, _ in said)
            yield self._met(finding, said)
        for code, said in outcomes.items():
            left = [(n, o) for n, o in said if (code, n) not in told]
            yield from self._shown_by_run(self._rules[code], left)

    def _outcomes(self, rule: Rule) -> list[tuple[int, Outcome]]:
        """What each fit of the run (by its place in `_seen`) says of a rule."""
        try:
            said = [(number, rule.outcome(seen)) for number, seen in enumerate(self._seen)]
        except Exception as error:
            raise UserError(
                f"{self._source.path}: rule {rule.code} failed on the run "
                f"({type(error).__name__}: {error}); please report this, and go on with "
                f"--ignore {rule.code}"
            ) from error
        return [(number, outcome) for number, outcome in said if outcome is not None]

    def _fits_of(self, finding: Finding) -> list[Fit | None] | None:
        """The fits of the text that a finding is about; None for a finding about all of it."""
        rule = self._rules[finding.code]
        if self._script is None or rule.subject != "fit":
            return None
        found: list[Fit | None] = [
            fit
            for fit in self._script.fits
            if any(
                location_of(self._source, self._script, draft.anchor) == finding.location
                for draft in rule.check(fit)
            )
        ]
        nodes = {fit.node for fit in found if fit is not None}
        same_place = [fit for fit in self._script.fits if fit.node in nodes]
        return [*same_place, None] if len(self._script.alternatives) == 1 else list(same_place)

    def _met(self, finding: Finding, said: Sequence[tuple[int, Outcome]]) -> MetFinding:
        for says in STRONGEST_FIRST:
            agreeing = [(number, outcome) for number, outcome in said if outcome.says is says]
            if agreeing:
                outcome = agreeing[0][1]
                level = outcome.level if says is RunSays.CONFIRMED else None
                finding = replace(finding, evidence=Evidence.BOTH, level=level or finding.level)
                numbers = self._numbers(agreeing)
                return MetFinding(finding, says, outcome.message, outcome.cost, numbers)
        return MetFinding(finding, RunSays.NOT_OBSERVED)

    def _shown_by_run(
        self, rule: Rule, said: Sequence[tuple[int, Outcome]]
    ) -> Iterator[MetFinding]:
        """Confirmed without a word of the text: one finding for each place and message."""
        places: dict[Location, list[tuple[int, Outcome]]] = {}
        for number, outcome in said:
            if outcome.says is RunSays.CONFIRMED:
                places.setdefault(self._place(self._seen[number]), []).append((number, outcome))
        for place, agreeing in places.items():
            outcome = agreeing[0][1]
            if place.cell is None and self._silenced.silences(
                rule.code, place.line, place.end_line
            ):
                continue
            fix = Fix(outcome.advice) if outcome.advice else None
            level = outcome.level or rule.level
            finding = Finding(
                rule.code, rule.name, level, place, outcome.message, fix, Evidence.RUN
            )
            numbers = self._numbers(agreeing)
            yield MetFinding(finding, RunSays.CONFIRMED, outcome.message, outcome.cost, numbers)

    def _numbers(self, said: Sequence[tuple[int, Outcome]]) -> tuple[int, ...]:
        return tuple(self._seen[n].diagnosis.history.fit or n + 1 for n, _ in said)

    def _place(self, seen: ObservedFit) -> Location:
        if seen.fit is not None and self._script is not None:
            return location_of(self._source, self._script, seen.fit.node)
        if seen.observation is not None and seen.observation.place:
            place = seen.observation.place[0]
            return Location(place.path, place.line, 1, place.line, 1, place.cell)
        return Location(self._source.path, 1, 1, 1, 1)


def _observed(
    source: Source,
    script: Script | None,
    diagnosis: Diagnosis,
    observations: Mapping[int, FitObservation],
    on_gpu: bool,
) -> ObservedFit:
    """A fit of the run with what was seen of it and with its text, where they are known."""
    seen = observations.get(diagnosis.history.fit or 0)
    return ObservedFit(diagnosis, seen, _fit(source, script, seen), on_gpu)


def _script(source: Source) -> Script | None:
    """The model of a script; None where its text is not Python or not about Keras."""
    from overfitcheck.script.script import ScriptSyntaxError, read_script

    if not source.mentions_keras:
        return None
    try:
        return read_script(source.text, source.path, source.notebook)
    except ScriptSyntaxError:
        return None


def _fit(source: Source, script: Script | None, seen: FitObservation | None) -> Fit | None:
    """The fit of the text that was run: the one on the line of the call, or the only one."""
    if script is None:
        return None
    if seen is not None and seen.place:
        for place in seen.place:
            if _is_same_file(place.path, source.path):
                for fit in script.fits:
                    if _holds(location_of(source, script, fit.node), place):
                        return fit
        return None
    alternatives = script.alternatives
    return alternatives[0][0] if len(alternatives) == 1 else None


def _is_same_file(seen: str, named: str) -> bool:
    """Whether a path that a run saw is the script's, which may have been named from elsewhere."""
    parts = Path(os.path.normpath(named)).parts
    return Path(seen).resolve() == Path(named).resolve() or Path(seen).parts[-len(parts) :] == parts


def _holds(location: Location, place: Place) -> bool:
    return location.cell == place.cell and location.line <= place.line <= location.end_line
