"""`overfitcheck lint`: find what lets a training script overfit."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from overfitcheck.cli.lint_options import OutputOptions, lint_options, options, output_options
from overfitcheck.errors import UserError
from overfitcheck.project.lint import Outcome, lint_project
from overfitcheck.report.formats import renderer

FINDINGS = 1
FAILURE = 2


@click.command(short_help="Find what lets a training script overfit.")
@click.argument("paths", nargs=-1, metavar="PATH...")
@options
def command(**given: Any) -> None:
    """Read training scripts and notebooks without executing them, and say what lets them overfit.

    PATH is a file, a folder, or - for standard input (default: the current folder). Exit code 0:
    nothing but info was found; 1: warnings or errors; 2: something could not be read.
    """
    output = output_options(given)
    outcome = lint_project(lint_options(given))
    tell(outcome, output)
    if outcome.failures:
        sys.exit(FAILURE)
    if outcome.fails and not output.exit_zero:
        sys.exit(FINDINGS)


def tell(outcome: Outcome, output: OutputOptions) -> None:
    """Print an outcome, or write it to the file that was asked for."""
    lines = renderer(output.output_format)(outcome)
    if output.output_file is not None:
        _write(output.output_file, lines)
    else:
        colour = wants_colour()
        for line in lines:
            click.echo(line, color=colour)
    for failure in outcome.failures:
        click.echo(f"overfitcheck: {failure}", err=True)
    if not outcome.reports and not outcome.failures and not output.quiet:
        click.echo("overfitcheck: no Python files or notebooks were found", err=True)


def wants_colour() -> bool | None:
    """Whether to colour, by FORCE_COLOR and NO_COLOR; None leaves it to the terminal."""
    if os.environ.get("FORCE_COLOR"):
        return True
    return False if os.environ.get("NO_COLOR") else None


def _write(file: str, lines: Iterable[str]) -> None:
    text = "".join(f"{click.unstyle(line)}\n" for line in lines)
    try:
        Path(file).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UserError(f"{file}: cannot be written: {error.strerror or error}") from None
