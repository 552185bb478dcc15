"""`overfitcheck lint`: find what lets a training script overfit."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from overfitcheck.cli.completing import PATH
from overfitcheck.cli.lint_options import OutputOptions, lint_options, options, output_options
from overfitcheck.cli.lint_output import tell
from overfitcheck.errors import UserError
from overfitcheck.project.lint import Outcome, lint_project
from overfitcheck.project.options import LintOptions
from overfitcheck.project.workers import few_collections
from overfitcheck.report.plain_text import printable

FINDINGS = 1
FAILURE = 2

BASELINE = "overfitcheck-baseline.json"
"""Where a baseline is written, unless --baseline names another file."""


@click.command(short_help="Find what lets a training script overfit.")
@click.argument("paths", nargs=-1, metavar="PATH...", type=PATH)
@options
def command(*, add_noqa: bool, write_baseline: bool, watch: bool, **given: Any) -> None:
    """Read training scripts and notebooks without executing them, and say what lets them overfit.

    PATH is a file, a folder, or - for standard input (default: the current folder). Exit code 0:
    nothing but info was found; 1: warnings or errors; 2: something could not be read.
    """
    asked, output = lint_options(given), output_options(given)
    if watch:
        _watch(asked, output)
    elif add_noqa:
        code = _silence(asked)
    elif write_baseline:
        code = _write_baseline(asked)
    else:
        code = _lint(asked, output)
    if code:
        sys.exit(code)


def _lint(asked: LintOptions, output: OutputOptions) -> int:
    with few_collections():
        outcome = lint_project(asked)
        tell(outcome, asked, output)
    return _exit_code(outcome, asked, output)


def _exit_code(outcome: Outcome, asked: LintOptions, output: OutputOptions) -> int:
    if outcome.failures:
        return FAILURE
    if asked.diff:
        return FINDINGS if outcome.diff else 0
    fails = outcome.fails and not output.exit_zero and not asked.fix_only
    return FINDINGS if fails else 0


def _silence(asked: LintOptions) -> int:
    from overfitcheck.project.add_noqa import add_noqa

    outcome = lint_project(asked)
    count = add_noqa(outcome.reports)
    click.echo(f"Silenced {count} finding{'' if count == 1 else 's'}.", err=True)
    return _told(outcome)


def _write_baseline(asked: LintOptions) -> int:
    from dataclasses import replace

    from overfitcheck.project.baseline import write_baseline

    file = asked.baseline or BASELINE
    outcome = lint_project(replace(asked, baseline=None))
    count = write_baseline(Path(file), outcome.reports)
    click.echo(f"{file}: {count} finding{'' if count == 1 else 's'} written", err=True)
    return _told(outcome)


def _told(outcome: Outcome) -> int:
    """Say what could not be read; the exit code."""
    for failure in outcome.failures:
        click.echo(f"overfitcheck: {printable(failure)}", err=True)
    return FAILURE if outcome.failures else 0


def _watch(asked: LintOptions, output: OutputOptions) -> NoReturn:
    """Lint now and after each change, until Ctrl-C."""
    from overfitcheck.project.watch import changes

    for changed in changes(asked):
        click.clear()
        if changed:
            click.echo(f"overfitcheck: {printable(changed)} changed", err=True)
        try:
            tell(lint_project(asked), asked, output)
        except UserError as error:  # A configuration, say, that is just being written.
            click.echo(f"overfitcheck: {printable(str(error))}", err=True)
        click.echo("overfitcheck: watching; end with Ctrl-C", err=True)
    raise AssertionError("changes never end")
