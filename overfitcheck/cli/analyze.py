"""`overfitcheck analyze`: judge logs that already exist."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overfitcheck.cli.metric_map import metric_map_option
from overfitcheck.cli.output import console_on, progress_wanted, text_output, write_bytes
from overfitcheck.errors import UserError
from overfitcheck.extras import require

if TYPE_CHECKING:
    from overfitcheck.analysis.diagnosis import Diagnosis
    from overfitcheck.analysis.many import Judged
    from overfitcheck.analysis.summary import Summary
    from overfitcheck.history.read import Log

FINDINGS = 1
FAILURE = 2

MANY = 8
"""Fits from which on a table is shown instead of a report of each."""

LISTED = 20
"""Files left out, and fits that fail, that are listed one by one."""

FORMATS = ("full", "table", "json", "csv", "markdown", "parquet", "html")


@dataclass(frozen=True)
class Kept:
    """What a format needs of a fit."""

    summary: Summary
    diagnosis: Diagnosis | None = None
    text: str = ""


@dataclass
class Left:
    """What could not be judged: `failures` were named or are logs, `skipped` merely lay there."""

    failures: list[str]
    skipped: list[tuple[str, str]]
    wrong: bool = False


@click.command(short_help="Say when overfitting began in logs that already exist.")
@click.argument("logs", nargs=-1, required=True, metavar="LOG...")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(FORMATS),
    help=f"A full report of each fit, or a table of all [default: table if more than {MANY}].",
)
@click.option(
    "--sort",
    type=click.Choice(["wasted", "verdict", "epochs", "source"]),
    default="wasted",
    show_default=True,
    help="What the table is sorted by.",
)
@click.option(
    "--output-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report there instead of printing it.",
)
@click.option(
    "--fail-on",
    metavar="CONDITIONS",
    help="Exit with 1 on overfitting|diverged|unknown|wasted:50%; several with | between them.",
)
@metric_map_option
@click.option("--jobs", type=click.IntRange(min=1), help="Processes for many logs [default: all].")
def command(
    logs: tuple[str, ...],
    output_format: str | None,
    sort: str,
    output_file: Path | None,
    fail_on: str | None,
    metric_map: dict[str, str],
    jobs: int | None,
) -> None:
    """Judge training logs: when overfitting began, what every drop of the learning rate did.

    LOG is what Keras printed, a CSVLogger file or another table, a TensorBoard folder, a notebook,
    JSON, an MLflow or Weights & Biases folder, a run folder, or a folder of any of these. Exit
    code 2: one of them could not be read (the others are judged all the same).
    """
    require("run", "pandas", "scipy")
    _check_output(output_format, output_file)
    from overfitcheck.analysis.fail_on import failures_of, parse_fail_on
    from overfitcheck.analysis.many import judge_logs

    conditions = None if fail_on is None else parse_fail_on(fail_on)
    left = Left([], [])
    found = _expanded(logs, left)
    chosen = output_format or ("full" if len(found) <= MANY else "table")
    judged = judge_logs([log for log, _ in found], _keeper(chosen), metric_map, jobs)
    kept = _kept(_with_progress(judged, len(found)), dict(found), left)
    summaries = _report(kept, output_format, chosen, sort, output_file, logs, left)
    _tell(left, bool(summaries))
    failing = [] if conditions is None else failures_of(conditions, summaries)
    _say_some(failing, "fits fail")
    if left.wrong:
        sys.exit(FAILURE)
    if failing:
        sys.exit(FINDINGS)


def _check_output(output_format: str | None, output_file: Path | None) -> None:
    if output_format == "html":
        require("run", "matplotlib", "jinja2", "plotille")
    if output_format == "markdown":
        require("run", "jinja2")
    if output_format == "parquet":
        require("parquet", "pyarrow")
        if output_file is None:
            raise UserError("--format parquet is not for a terminal; give --output-file too")


def _expanded(paths: Sequence[str], left: Left) -> list[tuple[Log, bool]]:
    """The logs at some paths, and whether each was named itself; in a folder, whatever is there."""
    from overfitcheck.history.read import Log, logs_in

    found: dict[Log, bool] = {}
    for path in map(Path, paths):
        if not path.is_dir():
            found[Log(path)] = True
            continue
        inside = list(logs_in(path))
        if not inside:
            left.failures.append(f"{path}: nothing in this folder holds a finished epoch")
            left.wrong = True
        for log in inside:
            found.setdefault(log, log.path == path and not log.files)
    return list(found.items())


def _keeper(chosen: str) -> Callable[[Diagnosis], Kept]:
    return {"full": keep_diagnosis, "html": keep_diagnosis, "json": keep_text}.get(
        chosen, keep_summary
    )


def keep_summary(diagnosis: Diagnosis) -> Kept:
    """What a table needs."""
    from overfitcheck.analysis.summary import summary_of

    return Kept(summary_of(diagnosis))


def keep_diagnosis(diagnosis: Diagnosis) -> Kept:
    """What a report needs."""
    from overfitcheck.analysis.summary import summary_of

    return Kept(summary_of(diagnosis), diagnosis)


def keep_text(diagnosis: Diagnosis) -> Kept:
    """What JSON needs: the text, written where it was judged."""
    from overfitcheck.analysis.summary import summary_of
    from overfitcheck.report.json_stream import fit_text

    return Kept(summary_of(diagnosis), text=fit_text(diagnosis))


def _with_progress(judged: Iterator[Judged[Kept]], count: int) -> Iterator[Judged[Kept]]:
    if count <= MANY or not progress_wanted():
        yield from judged
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(
        judged, "Reading logs", total=count, console=Console(stderr=True), transient=True
    )


def _kept(judged: Iterable[Judged[Kept]], named: dict[Log, bool], left: Left) -> Iterator[Kept]:
    """What is kept of the fits; what could not be judged goes to `left`."""
    for each in judged:
        if each.failure is not None:
            path = str(each.log.path)
            if each.is_log or named[each.log]:
                left.failures.append(each.failure)
            else:
                left.skipped.append((path, each.failure.removeprefix(f"{path}: ")))
            left.wrong = left.wrong or named[each.log]
        yield from each.kept


def _report(
    kept: Iterator[Kept],
    output_format: str | None,
    chosen: str,
    sort: str,
    output_file: Path | None,
    logs: Sequence[str],
    left: Left,
) -> list[Summary]:
    """Write the report; the summaries of all fits."""
    if chosen == "json":
        return _write_json(kept, output_file, left)
    fits = list(kept)
    summaries = [each.summary for each in fits]
    if not fits:
        return []
    if chosen == "full" and output_format is None and len(fits) > MANY:
        chosen = "table"
    if chosen in ("full", "html"):
        diagnoses = tuple(each.diagnosis for each in fits if each.diagnosis is not None)
        _write_full(diagnoses, chosen, logs, output_file)
    else:
        _write_table(summaries, chosen, sort, output_file)
    return summaries


def _write_table(
    summaries: Sequence[Summary], chosen: str, sort: str, output_file: Path | None
) -> None:
    from overfitcheck.analysis.summary import totals_of
    from overfitcheck.report import summaries as table

    ordered, totals = table.sorted_summaries(summaries, sort), totals_of(summaries)
    if chosen == "parquet" and output_file is not None:
        write_bytes(table.as_parquet(ordered), output_file)
        return
    with text_output(output_file) as out:
        if chosen == "csv":
            out.write(table.as_csv(ordered))
        elif chosen == "markdown":
            out.write(table.as_markdown(ordered, totals))
        else:
            table.print_summaries(ordered, totals, console_on(out, table.WIDTH))


def _write_full(
    diagnoses: tuple[Diagnosis, ...], chosen: str, logs: Sequence[str], output_file: Path | None
) -> None:
    with text_output(output_file) as out:
        if chosen == "html":
            from overfitcheck.report.content import Report
            from overfitcheck.report.html import render

            title = ", ".join(logs[:3]) + (" …" if len(logs) > 3 else "")
            out.write(render(Report(title, diagnoses)))
        else:
            from overfitcheck.report.diagnosis_terminal import print_diagnoses

            print_diagnoses(diagnoses, console_on(out))


def _write_json(kept: Iterator[Kept], output_file: Path | None, left: Left) -> list[Summary]:
    from overfitcheck.analysis.summary import totals_of
    from overfitcheck.report.json_stream import JsonStream

    summaries: list[Summary] = []
    with text_output(output_file) as out:
        stream = JsonStream(out)
        for each in kept:
            stream.add(each.text)
            summaries.append(each.summary)
        stream.end(totals_of(summaries), left.skipped)
    return summaries


def _tell(left: Left, judged: bool) -> None:
    """Say what was left out."""
    if not judged and left.skipped and not left.failures:
        left.wrong = True
        left.failures.append(
            f"{len(left.skipped)} files were looked at and none holds a finished epoch; the first: "
            f"{left.skipped[0][0]}: {left.skipped[0][1]}"
        )
    _say_some(left.failures, "could not be read")
    if judged and left.skipped:
        names = ", ".join(path for path, _ in left.skipped[:3])
        more = f" and {len(left.skipped) - 3} more" if len(left.skipped) > 3 else ""
        _say(f"no training logs, left out: {names}{more}")


def _say_some(lines: Sequence[str], what: str) -> None:
    for line in lines[:LISTED]:
        _say(line)
    if len(lines) > LISTED:
        _say(f"{len(lines) - LISTED} more {what}")


def _say(message: str) -> None:
    click.echo(f"overfitcheck: {message}", err=True)
