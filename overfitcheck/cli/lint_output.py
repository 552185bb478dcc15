"""How `overfitcheck lint` tells an outcome: on the terminal, or in a file."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from overfitcheck.cli.lint_options import OutputOptions
from overfitcheck.errors import UserError
from overfitcheck.project.lint import Outcome
from overfitcheck.project.options import LintOptions
from overfitcheck.report.findings import fixed_line
from overfitcheck.report.formats import renderer
from overfitcheck.report.plain_text import printable


def tell(outcome: Outcome, asked: LintOptions, output: OutputOptions) -> None:
    """Print an outcome, or write it to the file that was asked for."""
    if asked.fixing is not None:
        _tell_fixes(outcome, asked)
    if asked.fixing is None or (asked.fixing.write and not asked.fix_only):
        _tell_findings(outcome, output)
    if output.show_fixes:
        for line in _fixes(outcome):
            click.echo(line, err=True)
    for failure in outcome.failures:
        click.echo(f"overfitcheck: {printable(failure)}", err=True)
    if not outcome.reports and not outcome.failures and not output.quiet:
        click.echo("overfitcheck: no Python files or notebooks were found", err=True)


def _tell_findings(outcome: Outcome, output: OutputOptions) -> None:
    lines = renderer(output.output_format, output.statistics, output.quiet)(outcome)
    printed = any(report.output is not None for report in outcome.reports)
    if output.output_file is not None:
        _write(output.output_file, lines)
    else:
        text = "\n".join(lines)
        if text:  # At once: every echo empties its buffer.
            click.echo(text, color=wants_colour(), err=printed)


def _tell_fixes(outcome: Outcome, asked: LintOptions) -> None:
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


def _fixes(outcome: Outcome) -> Iterator[str]:
    """What was fixed, file by file: ``train.py: 2 x OVF706``."""
    for report in outcome.reports:
        if report.fixed:
            counts = sorted(Counter(report.fixed).items())
            told = ", ".join(f"{count} x {code}" for code, count in counts)
            yield f"{printable(report.path)}: {told}"


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
