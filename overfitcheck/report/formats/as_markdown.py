"""markdown: a comment on a pull request, with the findings and the technique checklist."""

from __future__ import annotations

import re
from collections.abc import Iterator

from overfitcheck.finding import TECHNIQUES, Answer, Checklist, Finding, Level
from overfitcheck.project.lint import Outcome
from overfitcheck.report.findings import place, summary
from overfitcheck.report.plain_text import printable

LONGEST = 60_000
"""Characters of findings; GitHub takes comments of up to 65,536."""

MARKS = {Answer.YES: "✓", Answer.NO: "-", Answer.UNKNOWN: "?", Answer.NOT_APPLICABLE: ""}

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def render(outcome: Outcome) -> Iterator[str]:
    """Warnings and errors in a table, info folded away, and a checklist table."""
    yield "### overfitcheck"
    if outcome.findings or not outcome.failures:  # Nothing passed where nothing could be read.
        yield ""
        yield escaped(summary(outcome.findings))
    serious = [each for each in outcome.findings if each.level is not Level.INFO]
    if serious:
        yield ""
        yield from _table(serious)
    info = [each for each in outcome.findings if each.level is Level.INFO]
    if info:
        yield from _folded("Worth considering", _table(info))
    if outcome.checklists:
        yield from _folded("Techniques against overfitting", _checklists(outcome.checklists))
    if outcome.failures:
        yield from ("", "Could not be read:", "")
        yield from (f"- {escaped(failure)}" for failure in outcome.failures)


def _table(findings: list[Finding]) -> Iterator[str]:
    yield "| where | | what | help |"
    yield "|---|---|---|---|"
    left = LONGEST
    for number, finding in enumerate(findings):
        code = f"{finding.code} {finding.level.value}"
        advice = escaped(finding.fix.message) if finding.fix is not None else ""
        row = f"| `{_where(finding)}` | {code} | {escaped(finding.message)} | {advice} |"
        left -= len(row)
        if left < 0:
            yield f"| | | and {len(findings) - number} more | |"
            return
        yield row


def _where(finding: Finding) -> str:
    return place(finding.location).replace("`", "'").replace("|", "\\|").replace("\n", " ")


def _checklists(checklists: list[Checklist]) -> Iterator[str]:
    yield f"| fit | {' | '.join(TECHNIQUES)} |"
    yield f"|---|{':-:|' * len(TECHNIQUES)}"
    left = LONGEST // 12
    for number, each in enumerate(checklists):
        answers = " | ".join(MARKS[each.techniques[name]] for name in TECHNIQUES)
        row = f"| {escaped(place(each.location))} {escaped(each.fit)} | {answers} |"
        left -= len(row)
        if left < 0:
            yield f"| and {len(checklists) - number} more |{' |' * len(TECHNIQUES)}"
            break
        yield row
    yield ""
    yield "✓ used, - not used, ? the text does not tell, empty: does not apply"


def _folded(title: str, lines: Iterator[str]) -> Iterator[str]:
    yield from ("", f"<details><summary>{title}</summary>", "")
    yield from lines
    yield from ("", "</details>")


def escaped(text: str) -> str:
    """A text as Markdown shows it, on one line of a table."""
    return SPECIAL.sub(r"\\\1", printable(" ".join(text.split())))
