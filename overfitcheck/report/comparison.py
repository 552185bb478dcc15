"""A comparison as text: its tables in a terminal, as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from overfitcheck.analysis.compare import Difference, Side
from overfitcheck.report import wording
from overfitcheck.report.diagnosis_json import number
from overfitcheck.report.markdown import escaped
from overfitcheck.report.plain_text import printable

if TYPE_CHECKING:
    from rich.console import Console

VERSION = 1

FITS = ("side", "fit", "verdict", "best", "onset", "after the best epoch")
CHANGES = ("measure", "first", "second", f"change ({wording.CONFIDENCE_TEXT})", "p", "better")

ONE_A_SIDE = (
    "one fit a side: a difference may be chance; train again with other seeds to see how large"
)


@dataclass(frozen=True, eq=False)
class Pair:
    """Two sides and what differs between them."""

    first: Side
    second: Side
    differences: tuple[Difference, ...]

    @property
    def title(self) -> str:
        """``b against a``."""
        return f"{self.second.name} against {self.first.name}"

    @property
    def is_chance_known(self) -> bool:
        """Whether there are intervals at all."""
        return any(each.low is not None for each in self.differences)


@dataclass(frozen=True, eq=False)
class Comparison:
    """All sides, and each but the first against the first."""

    sides: tuple[Side, ...]
    pairs: tuple[Pair, ...]


def fit_rows(comparison: Comparison) -> list[tuple[str, ...]]:
    """A row for each fit, under `FITS`."""
    return [
        (
            side.name,
            diagnosis.history.source,
            wording.VERDICTS[diagnosis.verdict],
            wording.best_text(diagnosis),
            wording.onset_text(diagnosis),
            wording.waste_text(diagnosis),
        )
        for side in comparison.sides
        for diagnosis in side.diagnoses
    ]


def change_rows(pair: Pair) -> list[tuple[str, ...]]:
    """A row for each measure, under `CHANGES`."""
    return [
        (
            each.measure,
            _mean(each, 0),
            _mean(each, 1),
            _change(each),
            wording.MISSING if each.p is None else f"{each.p:.2g}",
            _better(pair, each),
        )
        for each in pair.differences
    ]


def _mean(difference: Difference, side: int) -> str:
    count = difference.counts[side]
    return f"{difference.means[side]:.5g}" + (f" (mean of {count})" if count > 1 else "")


def _change(difference: Difference) -> str:
    if difference.low is None or difference.high is None:
        return f"{difference.change:+.3g}"
    return f"{difference.change:+.3g} ({difference.low:+.3g} to {difference.high:+.3g})"


def _better(pair: Pair, difference: Difference) -> str:
    if difference.low is None:
        return "cannot tell"
    if difference.favours is None:
        return "no clear difference"
    return (pair.first, pair.second)[difference.favours].name


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print the fits, and then what differs."""
    from rich.text import Text

    console.print(_table(FITS, fit_rows(comparison)))
    for pair in comparison.pairs:
        console.print(Text(printable(pair.title), style="bold"))
        console.print(_table(CHANGES, change_rows(pair)))
        if not pair.is_chance_known:
            console.print(Text(ONE_A_SIDE, style="dim"))


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(escape(printable(cell)) for cell in row))
    return table


def to_markdown(comparison: Comparison) -> str:
    """The tables as Markdown."""
    parts = ["# Comparison", _markdown(FITS, fit_rows(comparison))]
    for pair in comparison.pairs:
        parts += [f"## {escaped(pair.title)}", _markdown(CHANGES, change_rows(pair))]
        if not pair.is_chance_known:
            parts.append(ONE_A_SIDE)
    return "\n\n".join(parts) + "\n"


def _markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *([escaped(c) for c in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def to_json(comparison: Comparison) -> dict[str, Any]:
    """The comparison as JSON values: the fits of each side, and each pair's differences."""
    return {
        "version": VERSION,
        "sides": [
            {
                "name": side.name,
                "fits": [
                    {
                        "source": each.history.source,
                        "verdict": each.verdict.value,
                        "epochs": len(each.history.epochs),
                        "best": {
                            name: {"epoch": best.epoch, "value": number(best.value)}
                            for name, best in each.best.items()
                        },
                        "onset": each.onset.epoch if each.onset is not None else None,
                    }
                    for each in side.diagnoses
                ],
            }
            for side in comparison.sides
        ],
        "pairs": [
            {
                "first": pair.first.name,
                "second": pair.second.name,
                "differences": [asdict(each) for each in pair.differences],
            }
            for pair in comparison.pairs
        ],
    }
