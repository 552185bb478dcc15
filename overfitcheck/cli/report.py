"""`overfitcheck report`: make the report of a run again from its folder."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from overfitcheck.errors import UserError
from overfitcheck.extras import require

FAILURE = 2


@click.command(short_help="Report what was recorded of a run.")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option("--open", "opened", is_flag=True, help="Open the HTML report in a browser.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["full", "json", "markdown", "html"]),
    default="full",
    show_default=True,
    help="What to print; the files are written in any case.",
)
def command(runs: tuple[str, ...], opened: bool, output_format: str) -> None:
    """Write report.html, report.md, report.json and the curves into each run folder.

    RUN is a folder that `overfitcheck run` has made, finished or not: what was recorded before a
    crash, an interrupt or a kill is reported too. Exit code 2: one of them could not be read.
    """
    require("run", "jinja2", "matplotlib", "pandas", "plotille", "scipy")
    failures = []
    for run in runs:
        try:
            _report(Path(run), output_format, opened)
        except UserError as error:
            failures.append(str(error))
    for failure in failures:
        click.echo(f"overfitcheck: {failure}", err=True)
    if failures:
        sys.exit(FAILURE)


def _report(folder: Path, output_format: str, opened: bool) -> None:
    from overfitcheck.report.run_report import WRITERS, gather_report, write_report

    report = gather_report(folder)
    page = next(path for path in write_report(folder, report) if path.suffix == ".html")
    if output_format == "full":
        from rich.console import Console

        from overfitcheck.report.diagnosis_terminal import print_report

        print_report(report, Console(highlight=False))
    else:
        ending = {"markdown": "md"}.get(output_format, output_format)
        click.echo(WRITERS[f"report.{ending}"](report))
    click.echo(f"overfitcheck: report: {page}", err=True)
    if opened:
        click.launch(page.absolute().as_uri())
