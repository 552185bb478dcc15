"""The JSON report of many fits, written as they are judged: none is held in memory."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from typing import Any, TextIO

from overfitcheck.analysis.diagnosis import Diagnosis
from overfitcheck.analysis.summary import Totals
from overfitcheck.report.content import Report
from overfitcheck.report.diagnosis_json import VERSION, dumps, to_json
from overfitcheck.report.summaries import totals_object


def fit_text(diagnosis: Diagnosis) -> str:
    """The object of one fit as text."""
    fit = to_json(Report("", (diagnosis,)))["fits"][0]
    return textwrap.indent(dumps(fit), "    ")


class JsonStream:
    """Writes the report of `overfitcheck analyze --format json`, fit by fit."""

    def __init__(self, out: TextIO) -> None:
        """Write to `out`; nothing before the first fit."""
        self.out = out
        self.fits = 0

    def add(self, text: str) -> None:
        """Write the text of a fit, as `fit_text` gives it."""
        before = f'{{\n  "version": {VERSION},\n  "fits": [' if self.fits == 0 else ","
        self.out.write(f"{before}\n{text}")
        self.fits += 1

    def end(self, totals: Totals, skipped: Sequence[tuple[str, str]]) -> None:
        """Write the rest: the totals, and which files were left out and why."""
        if not self.fits:
            return
        left_out: list[dict[str, Any]] = [{"path": path, "reason": why} for path, why in skipped]
        rest = {"totals": totals_object(totals), "skipped": left_out}
        text = json.dumps(rest, indent=2, ensure_ascii=False, allow_nan=False)
        self.out.write("\n  ],\n" + text.removeprefix("{\n") + "\n")
