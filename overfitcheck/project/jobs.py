"""One file from its bytes to what the linter says of it: the work that a process is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from overfitcheck.config import Config
from overfitcheck.errors import UserError
from overfitcheck.finding import Level, LintResult, Location
from overfitcheck.project.options import Fixing
from overfitcheck.project.records import FileReport
from overfitcheck.project.roots import project_root
from overfitcheck.script.options import ScriptOptions
from overfitcheck.script.source import Source, decode, read_data

if TYPE_CHECKING:
    from overfitcheck.project.cache import Cache
    from overfitcheck.rule import Rule

MOST_LINES = 20
"""Lines of a finding that are kept for showing it."""


@dataclass(frozen=True, eq=False, repr=False)
class Job:
    """A file to lint, with the configuration that holds for it.

    `fixing` where it is fixed too; `cache` where what it says is to be remembered. `size` is that
    of the file in bytes, as far as it is known.
    """

    path: str
    config: Config
    fixing: Fixing | None = None
    cache: Cache | None = None
    size: int = 0


def lint_file(job: Job) -> FileReport:
    """Read and lint the file of a job, and fix it where that is asked for."""
    try:
        if job.fixing is not None:
            from overfitcheck.project.fixes import fix_file

            return fix_file(job.path, job.config, job.fixing)
        data = read_data(Path(job.path))
        source = decode(data, job.path)
        result = lint_under(source, job.config)
        report = report_of(source, result, job.config)
        if job.cache is not None:
            job.cache.put(report, job.config, data, result.rests_on)
        return report
    except UserError as error:
        return FileReport(job.path, failure=str(error))


def lint_text(source: Source, config: Config) -> FileReport:
    """Lint a source under a configuration.

    Raises:
        UserError: the source is no notebook, or a rule failed (the message says which).
    """
    return report_of(source, lint_under(source, config), config)


def lint_under(source: Source, config: Config) -> LintResult:
    """What the linter says of a source under a configuration.

    Raises:
        UserError: the source is no notebook, or a rule failed (the message says which).
    """
    if not source.mentions_keras:
        return LintResult()
    from overfitcheck.linter import lint_source

    return lint_source(source, rules_for(source.path, config), script_options(source.path, config))


def report_of(source: Source, result: LintResult, config: Config) -> FileReport:
    """A result with the lines that show it; findings below the level of the configuration go."""
    shown = tuple(each for each in result.findings if at_least(each.level, config.level))
    excerpts = tuple(excerpt(source, each.location) for each in shown)
    return FileReport(source.path, shown, excerpts, result.checklists)


def at_least(level: Level, least: Level) -> bool:
    """Whether a level weighs as much as another."""
    order = list(Level)
    return order.index(level) <= order.index(least)


def excerpt(source: Source, location: Location) -> tuple[str, ...]:
    """The source lines of a place; nothing where the source has no such lines."""
    lines = source.lines(location.cell)
    last = min(location.end_line, location.line + MOST_LINES - 1)
    return tuple(line.rstrip("\r") for line in lines[max(location.line - 1, 0) : last])


def rules_for(path: str, config: Config) -> Sequence[Rule]:
    """The rules to ask of a file.

    Raises:
        UserError: the configuration names a rule that does not exist.
    """
    from overfitcheck.selection import ignored_in

    return _rules(config, ignored_in(Path(path), config))


@lru_cache(maxsize=256)
def _rules(config: Config, ignored: tuple[str, ...]) -> Sequence[Rule]:
    from overfitcheck.rule import load_rules
    from overfitcheck.selection import choose_rules

    return choose_rules(load_rules(), config, ignored)


def script_options(path: str, config: Config) -> ScriptOptions:
    """How a script is to be read under a configuration."""
    root = project_root(Path(path).parent, config.root, config.folders)
    return ScriptOptions(config.keras_version, root, dict(config.thresholds))
