"""`overfitcheck run`: run a training script and watch it overfit."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from overfitcheck.config import read_config
from overfitcheck.errors import UserError
from overfitcheck.runner.local import run_script
from overfitcheck.runner.order import Order, Outcome
from overfitcheck.runner.run_folder import count_epochs
from overfitcheck.runner.runs import prune

if TYPE_CHECKING:
    from overfitcheck.analysis.fail_on import FailOn
    from overfitcheck.report.content import Report

FINDINGS = 1
FAILURE = 2
KILLED = 137
"""What a shell calls the end of a process by SIGKILL, which nobody can heed."""


@click.command(short_help="Run a training script and watch it overfit.")
@click.argument("script", metavar="SCRIPT")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- SCRIPT ARGS...]")
@click.option("--report", is_flag=True, help="Judge the run and write report.html, plots, JSON.")
@click.option("--open", "opened", is_flag=True, help="Make the report and open it in a browser.")
@click.option(
    "--device",
    default="auto",
    show_default=True,
    metavar="auto|cpu|gpu|gpu:N",
    help="What the script may train on.",
)
@click.option(
    "--python",
    default=sys.executable,
    metavar="PATH",
    help="The interpreter to run the script with (default: this one).",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("overfitcheck-runs"),
    show_default=True,
    metavar="DIR",
    help="Where to put the folder of the run.",
)
@click.option(
    "-m",
    "--module",
    "is_module",
    is_flag=True,
    help="SCRIPT is the name of a module, as for python -m.",
)
@click.option(
    "--no-observe",
    "not_observed",
    multiple=True,
    metavar="NAME",
    help="Leave an observation out: data, labels, overlap, callbacks, arguments ... or all.",
)
@click.option("--live", is_flag=True, help="Say below the output when overfitting is suspected.")
@click.option(
    "--stop-after-onset",
    type=click.IntRange(min=1),
    metavar="N",
    help="End a fit N epochs after it began to overfit.",
)
@click.option(
    "--log-to",
    "trackers",
    multiple=True,
    type=click.Choice(["mlflow", "wandb", "tensorboard"]),
    help="Write the verdict to where the run's other numbers are.",
)
@click.option(
    "--fail-on",
    metavar="CONDITIONS",
    help="Exit with 1, where the script ended with 0, on overfitting|diverged|unknown|wasted:50%.",
)
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    metavar="N",
    help="Delete the oldest runs in DIR beyond N when this one has ended "
    "(default: keep-runs of the configuration, else none is deleted).",
)
def command(
    script: str,
    arguments: tuple[str, ...],
    report: bool,
    opened: bool,
    trackers: tuple[str, ...],
    fail_on: str | None,
    keep: int | None,
    **options: Any,
) -> None:
    """Run SCRIPT as `python SCRIPT` would and record every epoch of every fit.

    SCRIPT may be a notebook too. The script's output, traceback and exit code stay its own; what
    overfitcheck says comes after them on stderr. A run that fails, or is killed, keeps the epochs
    it has finished.
    """
    report = report or opened
    order = Order(script, arguments, **options)
    wanted = report or bool(trackers) or fail_on is not None
    _require(wanted, trackers, order)
    conditions = _conditions(fail_on)
    kept = keep or read_config(Path(order.file)).keep_runs
    outcome = run_script(order)
    for note in outcome.notes:
        _say(note)
    gathered = _gathered(outcome.folder) if wanted else None
    judged = gathered is not None and bool(gathered.diagnoses)
    _say(_summary(script, outcome, None if gathered is None else judged))
    code = outcome.exit_code
    try:
        if gathered is not None and judged:
            if report:
                page = _report(outcome.folder, gathered)
                if opened:
                    click.launch(page.absolute().as_uri())
            _log_to(trackers, outcome.folder, gathered)
            code = code or _failed(conditions, gathered)
    except UserError as error:
        _say(str(error))
        code = code or FAILURE
    if kept is not None:
        prune(order.out, kept)
    sys.exit(code)


def _conditions(fail_on: str | None) -> FailOn | None:
    """What the run is to fail on; said before the training where it is no condition."""
    if fail_on is None:
        return None
    from overfitcheck.analysis.fail_on import parse_fail_on

    return parse_fail_on(fail_on)


def _failed(conditions: FailOn | None, report: Report) -> int:
    """1 where a fit meets one of the conditions, each of which is said in a line; else 0."""
    if conditions is None:
        return 0
    from overfitcheck.analysis.fail_on import failures_of
    from overfitcheck.analysis.summary import summary_of

    failures = failures_of(conditions, map(summary_of, report.diagnoses))
    for failure in failures:
        _say(failure)
    return FINDINGS if failures else 0


def _say(message: str) -> None:
    click.echo(f"overfitcheck: {' '.join(message.split())}", err=True)


def _summary(script: str, outcome: Outcome, judged: bool | None) -> str:
    """What was recorded; `judged` is None where nobody has looked at what the script printed."""
    fits, epochs = count_epochs(outcome.folder)
    ending = f" ({_ending(outcome.exit_code)})" if outcome.exit_code else ""
    if epochs:
        counted = f"{_counted(epochs, 'epoch')} of {_counted(fits, 'fit')}"
        return f"{script}{ending}: {counted} recorded in {outcome.folder}"
    missing = "no epoch was finished" if fits else "no fit was recorded"
    if judged is None and not outcome.exit_code and _has_printed(outcome.folder):
        rest = f"overfitcheck report {outcome.folder} judges epochs that it printed, if any"
        return f"{script}: {missing}; {rest}"
    rest = "the epochs it printed are judged instead" if judged else "there is nothing to judge"
    return f"{script}{ending}: {missing}, so {rest}"


def _has_printed(folder: Path) -> bool:
    log = folder / "output.log"
    return log.exists() and log.stat().st_size > 0


def _ending(code: int) -> str:
    """An exit code, and what it may mean where the script itself could say nothing."""
    meaning = ": killed, as when memory runs out" if code == KILLED else ""
    return f"exit code {code}{meaning}"


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _require(judged: bool, trackers: Sequence[str], order: Order) -> None:
    """Say that something is missing before the training, and not after it."""
    from overfitcheck.extras import require

    if judged or order.live or order.stop_after_onset is not None:
        require("run", "jinja2", "matplotlib", "pandas", "plotille", "scipy")
    for tracker in trackers:
        require(tracker, tracker)


def _gathered(folder: Path) -> Report:
    from overfitcheck.report.run_report import gather_report

    return gather_report(folder)


def _report(folder: Path, report: Report) -> Path:
    """Print the verdicts, write the report into the run's folder, and return its page."""
    from rich.console import Console

    from overfitcheck.report.diagnosis_terminal import print_report
    from overfitcheck.report.job_summary import add_to_job_summary
    from overfitcheck.report.run_report import write_report

    page = next(path for path in write_report(folder, report) if path.suffix == ".html")
    print_report(report, Console(stderr=True))
    _say(f"report: {page}")
    add_to_job_summary(report)
    return page


def _log_to(trackers: Sequence[str], folder: Path, report: Report) -> None:
    from overfitcheck.report.trackers import log_to

    for tracker in trackers:
        _say(log_to(tracker, report, folder))
