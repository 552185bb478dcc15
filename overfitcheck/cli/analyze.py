"""`overfitcheck analyze`: judge logs that already exist."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overfitcheck.errors import UserError
from overfitcheck.extras import require

if TYPE_CHECKING:
    from overfitcheck.analysis.diagnosis import Diagnosis

FAILURE = 2


@click.command(short_help="Say when overfitting began in logs that already exist.")
@click.argument("logs", nargs=-1, required=True, metavar="LOG...")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["full", "json", "html"]),
    default="full",
    show_default=True,
)
@click.option(
    "--output-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report there instead of printing it.",
)
def command(logs: tuple[str, ...], output_format: str, output_file: Path | None) -> None:
    """Judge training logs: when overfitting began, what every drop of the learning rate did.

    LOG is a run folder, a CSVLogger file, what Keras printed, or a folder of these. Exit code 2:
    one of them could not be read (the others are judged all the same).
    """
    require("run", "pandas", "scipy")
    diagnoses, failures = _judge(logs)
    if diagnoses:
        _report(diagnoses, output_format, output_file, logs)
    for failure in failures:
        click.echo(f"overfitcheck: {failure}", err=True)
    if failures:
        sys.exit(FAILURE)


def _judge(logs: tuple[str, ...]) -> tuple[list[Diagnosis], list[str]]:
    from overfitcheck.analysis.diagnose import diagnose
    from overfitcheck.history.read import read_histories

    diagnoses: list[Diagnosis] = []
    failures: list[str] = []
    for log in logs:
        try:
            diagnoses.extend(diagnose(history) for history in read_histories(Path(log)))
        except UserError as error:
            failures.append(str(error))
    return diagnoses, failures


def _report(
    diagnoses: list[Diagnosis], output_format: str, output_file: Path | None, logs: tuple[str, ...]
) -> None:
    if output_format == "full":
        text = _as_text(diagnoses, to_file=output_file is not None)
    elif output_format == "json":
        from overfitcheck.report.content import Report
        from overfitcheck.report.diagnosis_json import dumps, to_json

        text = dumps(to_json(Report("", tuple(diagnoses)))) + "\n"
    else:
        require("run", "matplotlib", "jinja2")
        from overfitcheck.report.content import Report
        from overfitcheck.report.html import render

        title = ", ".join(logs[:3]) + (" …" if len(logs) > 3 else "")
        text = render(Report(title, tuple(diagnoses)))
    if output_file is None:
        click.echo(text, nl=False)
        return
    try:
        output_file.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"{output_file}: the report cannot be written: {reason}") from None


def _as_text(diagnoses: list[Diagnosis], *, to_file: bool) -> str:
    import io

    from rich.console import Console

    from overfitcheck.report.diagnosis_terminal import print_diagnoses

    terminal = sys.stdout.isatty() and not to_file
    buffer = io.StringIO()
    width = None if terminal else 100
    console = Console(file=buffer, force_terminal=terminal, width=width, highlight=False)
    print_diagnoses(diagnoses, console)
    return buffer.getvalue()
