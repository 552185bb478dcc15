"""One file from its bytes to what the linter says of it: the work that a process is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from overfitcheck.config import Config
from overfitcheck.errors import UserError
from overfitcheck.finding import Checklist, Finding, Level, Location
from overfitcheck.linter import LintResult, lint_source
from overfitcheck.project.options import Fixing
from overfitcheck.rule import Rule
from overfitcheck.script.options import ScriptOptions
from overfitcheck.script.source import Source, read_source

MOST_LINES = 20
"""Lines of a finding that are kept for showing it."""


@dataclass(frozen=True)
class Job:
    """A file to lint, with the configuration that holds for it; `fixing` where it is fixed too."""

    path: str
    config: Config
    fixing: Fixing | None = None


@dataclass(frozen=True)
class FileReport:
    """What the linter says of one file.

    `excerpts` are the source lines of each finding, from its first to its last. `failure` is why
    the file could not be linted. `fixed` are the codes of the fixes that were made, or would be
    made where `diff` shows them; `output` is what they made of standard input.
    """

    path: str
    findings: tuple[Finding, ...] = ()
    excerpts: tuple[tuple[str, ...], ...] = ()
    checklists: tuple[Checklist, ...] = ()
    failure: str | None = None
    fixed: tuple[str, ...] = ()
    diff: tuple[str, ...] = ()
    output: bytes | None = None


def lint_file(job: Job) -> FileReport:
    """Read and lint the file of a job, and fix it where that is asked for."""
    try:
        if job.fixing is not None:
            from overfitcheck.project.fixes import fix_file

            return fix_file(job.path, job.config, job.fixing)
        return lint_text(read_source(Path(job.path)), job.config)
    except UserError as error:
        return FileReport(job.path, failure=str(error))


def lint_text(source: Source, config: Config) -> FileReport:
    """Lint a source under a configuration.

    Raises:
        UserError: the source is no notebook, or a rule failed (the message says which).
    """
    if not source.mentions_keras:
        return FileReport(source.path)
    result = lint_source(source, rules_for(source.path, config), script_options(config))
    return report_of(source, result, config)


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

    ignored = ignored_in(Path(path), config) if config.per_file_ignores else ()
    return _rules(config, Path(path) if ignored else None)


@lru_cache(maxsize=256)
def _rules(config: Config, path: Path | None) -> Sequence[Rule]:
    from overfitcheck.rule import load_rules
    from overfitcheck.selection import choose_rules

    return choose_rules(load_rules(), config, path)


def script_options(config: Config) -> ScriptOptions:
    """How a script is to be read under a configuration."""
    return ScriptOptions(config.keras_version, config.root, dict(config.thresholds))
