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
from overfitcheck.project.options import LintOptions
from overfitcheck.report.findings import fixed_line
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
    asked = lint_options(given)
    outcome = lint_project(asked)
    if asked.fixing is not None:
        tell_fixes(outcome, asked)
    if asked.fixing is None or (asked.fixing.write and not asked.fix_only):
        tell(outcome, output)
    else:
        tell_failures(outcome)
    if outcome.failures:
        sys.exit(FAILURE)
    if asked.diff:
        sys.exit(FINDINGS if outcome.diff else 0)
    if asked.fix_only:
        return
    if outcome.fails and not output.exit_zero:
        sys.exit(FINDINGS)


def tell(outcome: Outcome, output: OutputOptions) -> None:
    """Print an outcome, or write it to the file that was asked for."""
    lines = renderer(output.output_format)(outcome)
    printed = any(report.output is not None for report in outcome.reports)
    if output.output_file is not None:
        _write(output.output_file, lines)
    else:
        colour = wants_colour()
        for line in lines:
            click.echo(line, color=colour, err=printed)
    tell_failures(outcome)
    if not outcome.reports and not outcome.failures and not output.quiet:
        click.echo("overfitcheck: no Python files or notebooks were found", err=True)


def tell_failures(outcome: Outcome) -> None:
    """Say what could not be linted or fixed, and why."""
    for failure in outcome.failures:
        click.echo(f"overfitcheck: {failure}", err=True)


def tell_fixes(outcome: Outcome, asked: LintOptions) -> None:
    """Print what fixes would change, or the fixed text of standard input."""
    if not asked.diff:
        for report in outcome.reports:
            if report.output is not None:
                click.echo(report.output, nl=False)
        if asked.fix_only:
            click.echo(fixed_line(outcome.fixed), err=True)
        return
    colours = {"+": "green", "-": "red", "@": "cyan"}
    for line in outcome.diff:
        click.echo(click.style(line, fg=colours.get(line[:1])), color=wants_colour())
    click.echo(fixed_line(outcome.fixed, "Would fix"), err=True)


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
