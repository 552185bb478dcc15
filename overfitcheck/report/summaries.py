"""The table of many fits: in a terminal, as CSV, Markdown or Parquet."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from overfitcheck.analysis.diagnosis import Verdict
from overfitcheck.analysis.summary import Summary, Totals
from overfitcheck.report import wording
from overfitcheck.report.diagnosis_json import number
from overfitcheck.report.diagnosis_terminal import STYLES
from overfitcheck.report.markdown import escaped
from overfitcheck.report.plain_text import printable

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

WORST_FIRST = tuple(
    getattr(Verdict, name)
    for name in ("DIVERGED", "OVERFITTING", "UNKNOWN", "NOT_OVERFITTING", "IMPROVING")
)

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""

WIDTH = 150
"""Columns of the table where it is not printed in a terminal."""

LONGEST_SOURCE = 48

INTEGERS = ("planned_epochs", "best_epoch", "onset", "onset_low", "onset_high")
"""Columns of whole numbers that may be missing."""


def sorted_summaries(summaries: Sequence[Summary], by: str) -> list[Summary]:
    """Summaries with those first that deserve a look: by time or epochs wasted, by verdict."""
    if by == "source":
        return sorted(summaries, key=lambda each: each.source)
    if by == "epochs":
        return sorted(summaries, key=lambda each: (-each.epochs, each.source))
    if by == "verdict":
        return sorted(
            summaries,
            key=lambda each: (WORST_FIRST.index(each.verdict), -each.wasted_share, each.source),
        )
    return sorted(
        summaries,
        key=lambda each: (-(each.wasted_seconds or 0.0), -each.wasted_epochs, each.source),
    )


def as_frame(summaries: Sequence[Summary]) -> pd.DataFrame:
    """The table as a pandas DataFrame, a row a fit."""
    import pandas as pd

    rows = [
        {field.name: getattr(each, field.name) for field in fields(Summary)} for each in summaries
    ]
    frame = pd.DataFrame(rows, columns=[field.name for field in fields(Summary)])
    frame["verdict"] = [each.verdict.value for each in summaries]
    for name in INTEGERS:
        frame[name] = frame[name].astype("Int64")
    for name in ("best_value", "last_value", "gap_at_end", "seconds", "wasted_seconds"):
        frame[name] = frame[name].astype("float64")
    return frame


def as_csv(summaries: Sequence[Summary]) -> str:
    """The table as CSV; no cell can be a formula of a spreadsheet."""
    frame = as_frame(summaries)
    for name in ("source", "monitor", "reason"):
        frame[name] = [_harmless(cell) for cell in frame[name]]
    return str(frame.to_csv(index=False, lineterminator="\n"))


def as_parquet(summaries: Sequence[Summary]) -> bytes:
    """The table as a Parquet file; pyarrow has to be installed."""
    buffer = io.BytesIO()
    as_frame(summaries).to_parquet(buffer, index=False, engine="pyarrow")
    return buffer.getvalue()


def as_markdown(summaries: Sequence[Summary], totals: Totals) -> str:
    """The table in Markdown, with the totals above it."""
    lines = [
        escaped(totals_text(totals)),
        "",
        f"| {' | '.join(HEADINGS)} |",
        f"|{'|'.join('---' for _ in HEADINGS)}|",
        *(f"| {' | '.join(escaped(cell) for cell in _cells(each))} |" for each in summaries),
    ]
    return "\n".join(lines) + "\n"


def print_summaries(summaries: Sequence[Summary], totals: Totals, console: Console) -> None:
    """Print the table and the totals below it; sources without the folder common to all."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    folder = _common_folder([each.source for each in summaries])
    for heading in HEADINGS:
        left = heading in ("fit", "verdict")
        table.add_column(heading, no_wrap=True, justify="left" if left else "right")
    for each in summaries:
        source, verdict, *numbers = _cells(each)
        shown = Text(_shortened(source.removeprefix(folder)))
        table.add_row(shown, Text(verdict, style=STYLES[each.verdict]), *map(Text, numbers))
    if folder:
        console.print(Text(f"in {folder}"), soft_wrap=True)
    console.print(table)
    console.print(Text(totals_text(totals), style="bold"), soft_wrap=True)


HEADINGS = ("fit", "verdict", "epochs", "best", "value", "end", "onset", "wasted", "time wasted")


def _cells(each: Summary) -> tuple[str, ...]:
    onset = wording.MISSING
    if each.onset is not None:
        onset = f"{each.onset} ({each.onset_low}-{each.onset_high})"
    return (
        printable(each.source),
        wording.VERDICTS[each.verdict],
        str(each.epochs),
        wording.MISSING if each.best_epoch is None else str(each.best_epoch),
        _short(each.best_value),
        _short(each.last_value),
        onset,
        f"{each.wasted_epochs} ({100 * each.wasted_share:.0f} %)",
        wording.duration(each.wasted_seconds) or wording.MISSING,
    )


def _common_folder(sources: Sequence[str]) -> str:
    """The folder that all sources are in, with a separator behind it; "" where there is none."""
    if len(sources) < 2:
        return ""
    try:
        common = os.path.commonpath([printable(source) for source in sources])
    except ValueError:
        return ""
    return os.path.join(common, "") if common.strip(os.sep) else ""  # noqa: PTH118


def _shortened(source: str) -> str:
    """A source of at most `LONGEST_SOURCE` characters: its end tells more than its middle."""
    if len(source) <= LONGEST_SOURCE:
        return source
    head = LONGEST_SOURCE // 3
    return f"{source[:head]}…{source[head + 1 - LONGEST_SOURCE :]}"


def _short(value: float | None) -> str:
    return wording.MISSING if value is None else f"{value:.4g}"


def totals_text(totals: Totals) -> str:
    """``40 fits: 12 overfitting (30 %), …; 1200 of 4000 epochs wasted (30 %), 3.1 h of 9.8 h``."""
    counts = [
        f"{totals.verdicts[verdict]} {wording.VERDICTS[verdict]} "
        f"({100 * totals.verdicts[verdict] / totals.fits:.0f} %)"
        for verdict in WORST_FIRST
        if totals.verdicts.get(verdict)
    ]
    fits = "1 fit" if totals.fits == 1 else f"{totals.fits} fits"
    text = (
        f"{fits}: {', '.join(counts)}; {totals.wasted_epochs} of {totals.epochs} epochs came after "
        f"the best one ({100 * totals.wasted_share:.0f} %)"
    )
    if totals.timed:
        of_some = "" if totals.timed == totals.fits else f" ({totals.timed} fits tell their time)"
        wasted, whole = wording.duration(totals.wasted_seconds), wording.duration(totals.seconds)
        text += f", {wasted} of {whole}{of_some}"
    return text


def totals_object(totals: Totals) -> dict[str, Any]:
    """The totals as JSON values."""
    return {
        "fits": totals.fits,
        "verdicts": {verdict.value: count for verdict, count in totals.verdicts.items()},
        "overfitting_share": number(totals.overfitting_share),
        "epochs": totals.epochs,
        "wasted_epochs": totals.wasted_epochs,
        "timed_fits": totals.timed,
        "seconds": number(totals.seconds) if totals.timed else None,
        "wasted_seconds": number(totals.wasted_seconds) if totals.timed else None,
    }


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
