"""`overfitcheck lint`: find what lets a training script overfit."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from overfitcheck.config import Config, choose_rules, read_config
from overfitcheck.errors import UserError
from overfitcheck.finding import Level
from overfitcheck.linter import LintResult, lint_source
from overfitcheck.report.findings import RENDERERS
from overfitcheck.rule import Rule, load_rules
from overfitcheck.script.discovery import find_files
from overfitcheck.script.source import Source, decode, read_source

FINDINGS = 1
FAILURE = 2


@click.command(short_help="Find what lets a training script overfit.")
@click.argument("paths", nargs=-1, metavar="PATH...")
@click.option("--select", multiple=True, metavar="CODES", help="Check only these rules.")
@click.option("--ignore", multiple=True, metavar="CODES", help="Leave these rules out.")
@click.option("--isolated", is_flag=True, help="Read no configuration.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even where there are findings.")
@click.option(
    "--output-format",
    "output_format",
    type=click.Choice(sorted(RENDERERS)),
    default="full",
    show_default=True,
)
@click.option("--stdin-filename", default="-", metavar="NAME", help="Name of standard input (-).")
def command(
    paths: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    isolated: bool,
    exit_zero: bool,
    output_format: str,
    stdin_filename: str,
) -> None:
    """Read training scripts and notebooks without executing them, and say what lets them overfit.

    PATH is a file, a folder, or - for standard input (default: the current folder). Exit code 0:
    nothing but info was found; 1: warnings or errors; 2: something could not be read.
    """
    config = Config() if isolated else read_config(Path(paths[0] if paths else "."))
    config = config.override(_codes(select), _codes(ignore))
    failures: list[str] = []
    sources = list(_sources(paths or (".",), stdin_filename, failures))
    linted = _lint(sources, config, failures)
    for line in RENDERERS[output_format](linted):
        click.echo(line)
    for failure in failures:
        click.echo(f"overfitcheck: {failure}", err=True)
    if not sources and not failures:
        click.echo("overfitcheck: no Python files or notebooks were found", err=True)
    if failures:
        sys.exit(FAILURE)
    levels = {finding.level for _, result in linted for finding in result.findings}
    if levels - {Level.INFO} and not exit_zero:
        sys.exit(FINDINGS)


def _codes(given: Sequence[str]) -> list[str]:
    """Codes of an option that may be repeated or hold several, as in ``OVF1,OVF504``."""
    return [code for each in given for code in each.upper().replace(",", " ").split()]


def _sources(paths: Sequence[str], stdin_name: str, failures: list[str]) -> Iterator[Source]:
    """The sources that can be read; why the others cannot goes to `failures`."""
    for path in paths:
        try:
            if path == "-":
                yield decode(sys.stdin.buffer.read(), stdin_name)
                continue
            for file in find_files([Path(path)]):
                yield from _readable(file, failures)
        except UserError as error:
            failures.append(str(error))


def _readable(file: Path, failures: list[str]) -> Iterator[Source]:
    try:
        yield read_source(file)
    except UserError as error:
        failures.append(str(error))


def _lint(
    sources: Sequence[Source], config: Config, failures: list[str]
) -> list[tuple[Source, LintResult]]:
    # Loading the rules imports libcst: where no file is about Keras there is no need to wait.
    needed = config.names_rules or any(source.mentions_keras for source in sources)
    rules: list[Rule] = choose_rules(load_rules(), config) if needed else []
    linted: list[tuple[Source, LintResult]] = []
    for source in sources:
        try:
            linted.append((source, lint_source(source, rules)))
        except UserError as error:
            failures.append(str(error))
    return linted
