"""`overfitcheck compare`: trainings over each other, and what differs between them."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatch
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overfitcheck.cli.metric_map import metric_map_option
from overfitcheck.cli.output import console_on, text_output
from overfitcheck.errors import UserError
from overfitcheck.extras import require

if TYPE_CHECKING:
    from overfitcheck.analysis.compare import Side
    from overfitcheck.analysis.diagnosis import Diagnosis
    from overfitcheck.report.comparison import Comparison

FORMATS = ("full", "json", "markdown", "html")

IMAGES = (".png", ".svg", ".pdf")

FEWEST_SIDES = 2


@click.command(short_help="Compare trainings with each other.")
@click.argument("logs", nargs=-1, required=True, metavar="A B...")
@click.option(
    "--group",
    "groups",
    multiple=True,
    metavar="NAME=PATTERN",
    help="Put the logs whose path fits a pattern on one side; may be repeated.",
)
@click.option("--format", "output_format", type=click.Choice(FORMATS), default="full")
@click.option(
    "--output-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the comparison there instead of printing it.",
)
@click.option(
    "--out",
    "figure",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw the curves over each other into this file (.png, .svg or .pdf).",
)
@metric_map_option
def command(
    logs: tuple[str, ...],
    groups: tuple[str, ...],
    output_format: str,
    output_file: Path | None,
    figure: Path | None,
    metric_map: dict[str, str],
) -> None:
    """Compare the best values, onsets and times of trainings, and draw their curves.

    Each of A, B... is one side: whatever `overfitcheck analyze` reads, or a folder with one log for
    each of several seeds. Every side is compared with the first. With several fits a side, each
    difference has a 90 % interval; with one, it may be chance.
    """
    require("run", "pandas", "scipy")
    if figure is not None and figure.suffix.lower() not in IMAGES:
        raise UserError(f"--out {figure}: ends in none of {', '.join(IMAGES)}")
    compared = _compared(_sides(logs, groups, metric_map))
    with text_output(output_file) as out:
        if output_format == "full":
            from overfitcheck.report.comparison import print_comparison

            print_comparison(compared, console_on(out))
        else:
            out.write(_text(compared, output_format))
    if figure is not None:
        _draw(compared, figure)


def _sides(
    logs: Sequence[str], groups: Sequence[str], metric_map: dict[str, str]
) -> tuple[Side, ...]:
    from overfitcheck.analysis.compare import Side

    names = short_names(logs)
    sides = [
        Side(name, tuple(_judged(log, metric_map))) for name, log in zip(names, logs, strict=True)
    ]
    if groups:
        fits = [each for side in sides for each in side.diagnoses]
        sides = [_grouped(group, fits) for group in groups]
    if len(sides) < FEWEST_SIDES:
        raise UserError("a comparison needs two sides: name two logs, or give two --group")
    return tuple(sides)


def short_names(paths: Sequence[str]) -> list[str]:
    """The paths without the folders that all of them begin with; as they are where two are one."""
    parts = [Path(path).parts for path in paths]
    shared = 0
    while all(len(each) > shared + 1 for each in parts) and len({e[shared] for e in parts}) == 1:
        shared += 1
    names = [str(Path(*each[shared:])) for each in parts if each]
    return names if len(set(names)) == len(paths) else list(paths)


def _judged(log: str, metric_map: dict[str, str]) -> list[Diagnosis]:
    from overfitcheck.analysis.diagnose import diagnose
    from overfitcheck.history.read import read_histories

    return [diagnose(history) for history in read_histories(Path(log), metric_map)]


def _grouped(group: str, fits: Sequence[Diagnosis]) -> Side:
    from overfitcheck.analysis.compare import Side

    name, sign, pattern = group.partition("=")
    if not (name and sign and pattern):
        raise UserError(f"--group {group}: is not NAME=PATTERN, as in 'dropout=*dropout*'")
    found = tuple(each for each in fits if fnmatch(each.history.source, pattern))
    if not found:
        raise UserError(f"--group {group}: no log that was named fits {pattern}")
    return Side(name, found)


def _compared(sides: tuple[Side, ...]) -> Comparison:
    from overfitcheck.analysis.compare import differences
    from overfitcheck.report.comparison import Comparison, Pair

    first = sides[0]
    return Comparison(
        sides,
        tuple(
            Pair(first, second, tuple(differences(first, second, sides)))
            for second in islice(sides, 1, None)
        ),
    )


def _text(compared: Comparison, output_format: str) -> str:
    if output_format == "json":
        from overfitcheck.report.comparison import to_json
        from overfitcheck.report.diagnosis_json import dumps

        return dumps(to_json(compared)) + "\n"
    if output_format == "markdown":
        from overfitcheck.report.comparison import to_markdown

        return to_markdown(compared)
    require("run", "matplotlib", "jinja2")
    from overfitcheck.report.compare_html import render_comparison

    return render_comparison(compared)


def _draw(compared: Comparison, path: Path) -> None:
    require("run", "matplotlib")
    from overfitcheck.report.compare_figure import draw_comparison

    try:
        draw_comparison(compared).savefig(path, dpi=150, facecolor="white")
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror or error}") from None
