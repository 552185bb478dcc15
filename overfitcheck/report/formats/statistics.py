"""full and concise with --statistics: how often each rule is broken."""

from __future__ import annotations

from collections.abc import Iterator

from overfitcheck.project.lint import Outcome
from overfitcheck.report.findings import statistics


def render(outcome: Outcome) -> Iterator[str]:
    """A line for each rule, the most frequent first."""
    counts = statistics(outcome.findings, outcome.unsafe_fixes)
    widest = max((len(str(each["count"])) for each in counts), default=0)
    for each in counts:
        star = "[*]" if each["fixable"] else "   "
        count, level = f"{each['count']:>{widest}}", f"{each['level']:<7}"
        yield f"{count}  {each['code']}  {level}  {star} {each['name']}"
