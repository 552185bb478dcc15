"""What a report says, whatever it is written as: HTML, Markdown, JSON or a terminal."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from overfitcheck.analysis.diagnosis import Diagnosis, KeptBy
from overfitcheck.finding import Checklist, Finding, Location, RunSays
from overfitcheck.history.observation import FitObservation
from overfitcheck.report.evidence import MetFinding
from overfitcheck.script.source import Source

LEAKS = ("OVF103", "OVF110")
"""Rules that say, of a run, that validation rows were trained on."""

CONTEXT = 1
"""Lines of a script shown around what a suggested change touches."""


@dataclass(frozen=True, eq=False)
class Report:
    """The verdicts on some fits and, where a run is reported, what its script and run say.

    `run` is run.json, None for logs from elsewhere. `observations` are what the run saw of its
    fits, by their numbers. `sources` are the files that findings point at, by their paths, as
    they are when the report is made.
    """

    title: str
    diagnoses: tuple[Diagnosis, ...]
    run: Mapping[str, Any] | None = None
    findings: tuple[MetFinding, ...] = ()
    checklists: tuple[Checklist, ...] = ()
    observations: Mapping[int, FitObservation] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)

    def line_of(self, location: Location) -> str:
        """The source line that a finding points at; "" where the file is gone."""
        source = self.sources.get(location.path)
        lines = source.lines(location.cell) if source is not None else []
        return lines[location.line - 1].strip() if 0 < location.line <= len(lines) else ""

    def observation_of(self, diagnosis: Diagnosis) -> FitObservation | None:
        """What the run saw of a fit; None where nothing was."""
        return self.observations.get(diagnosis.history.fit or 0)

    def caveats_of(self, diagnosis: Diagnosis) -> tuple[str, ...]:
        """Why the verdict on a fit is not to be trusted: its validation data are no others."""
        return tuple(
            f"the verdict rests on validation data that cannot show overfitting: {met.message} "
            f"({met.finding.code})"
            for met in self.findings
            if met.finding.code in LEAKS
            and met.says is RunSays.CONFIRMED
            and diagnosis.history.fit in met.fits
        )

    def change_of(self, finding: Finding) -> tuple[str, ...]:
        """The suggested change of a finding as the lines of a diff; none without one."""
        from overfitcheck.fixing import apply_fixes

        source = self.sources.get(finding.location.path)
        if source is None or finding.fix is None or not finding.fix.edits:
            return ()
        changed = apply_fixes(source, [finding.fix])
        return diff_lines(source.text.splitlines(), changed.text.splitlines())


def diff_lines(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """The hunks between two texts, without the lines that name files and line numbers."""
    found = difflib.unified_diff(before, after, n=CONTEXT, lineterm="")
    hunks = list(found)[2:]
    return tuple("⋮" if line.startswith("@@") else line for line in hunks)[1:]


def kept_epoch(diagnosis: Diagnosis) -> int | None:
    """The epoch whose weights the model had after a fit; None where nobody knows."""
    kept = diagnosis.kept
    return kept.epoch if kept is not None and kept.by is not KeptBy.UNSAID else None


def worst_first(findings: Sequence[MetFinding]) -> list[MetFinding]:
    """Findings by level, errors first, in the order of the script within a level."""
    order = {"error": 0, "warning": 1, "info": 2}
    return sorted(findings, key=lambda each: order[each.finding.level.value])
