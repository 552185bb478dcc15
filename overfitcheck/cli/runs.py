"""`overfitcheck runs`: list the recorded runs."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from overfitcheck.runner.runs import Run, list_runs, prune


@click.command(short_help="List the recorded runs.")
@click.argument(
    "out", type=click.Path(path_type=Path), default=Path("overfitcheck-runs"), metavar="[DIR]"
)
@click.option(
    "--keep", type=click.IntRange(min=0), metavar="N", help="Delete the oldest runs beyond N first."
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["full", "json"]),
    default="full",
    show_default=True,
)
def command(out: Path, keep: int | None, output_format: str) -> None:
    """List the runs whose folders lie in DIR (overfitcheck-runs), the latest first."""
    gone = prune(out, keep) if keep is not None else []
    for folder in gone:
        click.echo(f"overfitcheck: {folder}: deleted", err=True)
    runs = list_runs(out)
    if output_format == "json":
        click.echo(json.dumps([_object(run) for run in runs], indent=2, ensure_ascii=False))
    elif runs:
        _print(runs)
    else:
        click.echo(
            f"overfitcheck: {out}: no runs; make one with: overfitcheck run SCRIPT", err=True
        )


def _object(run: Run) -> dict[str, object]:
    return {**dataclasses.asdict(run), "folder": str(run.folder)}


def _print(runs: list[Run]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("run", "script", "started", "fits", "epochs", "state", box=None, pad_edge=False)
    for run in runs:
        ended = f"exit code {run.exit_code}" if run.exit_code else run.status
        cells = (str(run.folder), run.script, run.started.replace("T", " ").partition("+")[0])
        counts = (str(run.fits), str(run.epochs))
        table.add_row(*(Text(cell, overflow="fold") for cell in (*cells, *counts, ended)))
    Console(highlight=False).print(table)
