"""The report as Markdown, for a pull request or a page of a wiki."""

from __future__ import annotations

import re

from overfitcheck import __version__
from overfitcheck.finding import TECHNIQUES
from overfitcheck.report import wording
from overfitcheck.report.content import Report, worst_first
from overfitcheck.report.facts import fit_facts, run_facts
from overfitcheck.report.findings import place
from overfitcheck.report.groups import groups_of, shown_in_full
from overfitcheck.report.templating import environment

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$])")


def render_markdown(report: Report) -> str:
    """The report; what scripts and logs say in it is text, never markup."""
    templates = environment(markup=False)
    templates.filters.update(md=escaped, code=as_code)
    return templates.get_template("report.md.j2").render(
        report=report,
        fits=[
            (report.diagnoses[at], fit_facts(report, report.diagnoses[at]))
            for at in shown_in_full(report.diagnoses)
        ],
        groups=groups_of(report),
        findings=worst_first(report.findings),
        facts=run_facts(report.run or {}),
        techniques=TECHNIQUES,
        wording=wording,
        place=place,
        version=__version__,
    )


def escaped(text: object) -> str:
    """Text on one line in which nothing is Markdown or HTML."""
    return SPECIAL.sub(r"\\\1", " ".join(str(text).split()))


def as_code(text: object) -> str:
    """Text on one line, in as many backticks as it takes."""
    line = " ".join(str(text).split())
    longest = max((len(found) for found in re.findall("`+", line)), default=0)
    fence = "`" * (longest + 1)
    padding = " " if longest else ""
    # A bar would end the cell of a table, even in code.
    return f"{fence}{padding}{line}{padding}{fence}".replace("|", "\\|")
