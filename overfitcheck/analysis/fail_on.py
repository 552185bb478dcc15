"""Conditions under which a training counts as failed: ``overfitting|wasted:50%|diverged``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from overfitcheck.analysis.diagnosis import Verdict
from overfitcheck.analysis.summary import Summary
from overfitcheck.errors import UserError

VERDICTS = {
    "overfitting": Verdict.OVERFITTING,
    "diverged": Verdict.DIVERGED,
    "unknown": Verdict.UNKNOWN,
}
"""Verdicts that a training may fail for; the others are no fault."""

WASTED = re.compile(r"wasted:(\d{1,3}(?:\.\d+)?)\s*%")


@dataclass(frozen=True)
class FailOn:
    """Fails a fit whose verdict is one of `verdicts`, or of which `wasted` per cent are wasted."""

    verdicts: frozenset[Verdict] = frozenset()
    wasted: float | None = None

    def reason_of(self, summary: Summary) -> str | None:
        """Why a fit fails, in a few words; None where it does not."""
        for word, verdict in VERDICTS.items():
            if verdict in self.verdicts and summary.verdict is verdict:
                return word
        if self.wasted is not None and 100 * summary.wasted_share >= self.wasted:
            return (
                f"{summary.wasted_epochs} of {summary.epochs} epochs wasted "
                f"({100 * summary.wasted_share:.0f} %)"
            )
        return None


def parse_fail_on(text: str) -> FailOn:
    """The conditions in an option's value, separated by ``|`` or commas.

    Raises:
        UserError: one of them is none.
    """
    verdicts: set[Verdict] = set()
    wasted: float | None = None
    for word in re.split(r"[|,]", text):
        word = word.strip().lower()
        share = WASTED.fullmatch(word)
        if share is not None and 0 < float(share[1]) <= 100:
            wasted = float(share[1])
        elif word in VERDICTS:
            verdicts.add(VERDICTS[word])
        else:
            raise UserError(
                f"--fail-on {word or 'nothing'} is no condition; give "
                f"{', '.join(VERDICTS)} or wasted:50%, several with | between them"
            )
    return FailOn(frozenset(verdicts), wasted)


def failures_of(fail_on: FailOn, summaries: Iterable[Summary]) -> list[str]:
    """A line for each fit that fails."""
    return [
        f"{summary.source} fails: {reason}"
        for summary in summaries
        if (reason := fail_on.reason_of(summary)) is not None
    ]
