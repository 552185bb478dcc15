"""The report of a run as the summary of a GitHub job."""

from __future__ import annotations

import os
from pathlib import Path

from overfitcheck.errors import UserError
from overfitcheck.report.content import Report
from overfitcheck.report.markdown import render_markdown

VARIABLE = "GITHUB_STEP_SUMMARY"
"""Names the file that GitHub shows on the page of a job."""

LARGEST = 1_000_000
"""Bytes; GitHub shows no summary of a step beyond a mebibyte."""


def add_to_job_summary(report: Report) -> None:
    """Append the report as Markdown, where a GitHub job asks for a summary.

    Raises:
        UserError: the file cannot be written to.
    """
    named = os.environ.get(VARIABLE)
    if not named:
        return
    text = render_markdown(report).encode()[:LARGEST].decode("utf-8", "ignore")
    try:
        with Path(named).open("a", encoding="utf-8") as file:
            file.write(text + "\n")
    except OSError as error:
        raise UserError(f"{named}: the job summary cannot be written: {error.strerror}") from None
