"""Linting everything that a command line names."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from overfitcheck.config import Config
from overfitcheck.errors import UserError
from overfitcheck.finding import Checklist, Finding, Level
from overfitcheck.project.configs import Configs
from overfitcheck.project.files import find_files
from overfitcheck.project.jobs import Job, at_least, lint_text
from overfitcheck.project.look import Looked, first_look
from overfitcheck.project.options import LintOptions
from overfitcheck.project.records import FileReport
from overfitcheck.script.source import decode


@dataclass(frozen=True, eq=False, repr=False)
class Outcome:
    """What came of linting: a report a file, in the order of the files, and what went wrong.

    `fail_levels` are the levels from which on a finding fails the run, one a file; `unsafe_fixes`
    tells whether the unsafe fixes are wanted too.
    """

    reports: tuple[FileReport, ...]
    failures: tuple[str, ...]
    fail_levels: tuple[Level, ...]
    unsafe_fixes: bool = False

    @property
    def fails(self) -> bool:
        """Whether a finding weighs enough to fail the run."""
        return any(
            at_least(finding.level, level)
            for report, level in zip(self.reports, self.fail_levels, strict=True)
            for finding in report.findings
        )

    @property
    def findings(self) -> list[Finding]:
        """All findings, in the order of files and places."""
        return [finding for report in self.reports for finding in report.findings]

    @property
    def fixed(self) -> Counter[str]:
        """How many fixes were made, or would be made, by code."""
        return Counter(code for report in self.reports for code in report.fixed)

    @property
    def diff(self) -> list[str]:
        """What the fixes would change, as lines of unified diffs."""
        return [line for report in self.reports for line in report.diff]

    @property
    def checklists(self) -> list[Checklist]:
        """The technique checklists of all fits."""
        return [checklist for report in self.reports for checklist in report.checklists]


def lint_project(options: LintOptions) -> Outcome:
    """Lint the files that the options name.

    Raises:
        UserError: a configuration cannot be read, or names a rule that does not exist.
    """
    configs = Configs(options)
    failures: list[str] = []
    jobs = list(_jobs(options, configs, failures))
    reports = _reports(jobs, options)
    failures += [report.failure for report in reports if report.failure is not None]
    if options.baseline is not None:
        from overfitcheck.project.baseline import read_baseline

        baseline = read_baseline(Path(options.baseline))
        reports = [baseline.without_known(report) for report in reports]
    levels = tuple(job.config.fail_level for job in jobs)
    return Outcome(tuple(reports), tuple(failures), levels, options.unsafe_fixes)


def _reports(jobs: Sequence[Job], options: LintOptions) -> list[FileReport]:
    """What the linter says of each file: at once where that is known, else by working it out.

    Raises:
        UserError: a configuration names a rule that does not exist.
    """
    looked = [
        Looked(job, _standard_input(options.stdin_filename, job))
        if job.path == "-"
        else first_look(job, options)
        for job in jobs
    ]
    remembered = {each.job.config for each in looked if each.remembered}
    check_configs({job.config for job in jobs} - remembered)
    waiting = [each.job for each in looked if each.report is None]
    done: Iterator[FileReport] = iter(())
    if waiting:
        from overfitcheck.project.workers import do_jobs

        done = iter(do_jobs(waiting, options.jobs))
    return [each.report or next(done) for each in looked]


def check_configs(configs: Iterable[Config]) -> None:
    """Make sure that configurations name only rules that exist.

    Raises:
        UserError: one of them names another.
    """
    naming = [config for config in configs if config.names_rules]
    if not naming:  # Loading the rules imports libcst: not where nothing needs them.
        return
    from overfitcheck.rule import load_rules
    from overfitcheck.selection import check_codes

    rules = load_rules()
    for config in naming:
        check_codes(rules, config)


def _standard_input(name: str, job: Job) -> FileReport:
    try:
        data = sys.stdin.buffer.read()
        source = decode(data, name)
        if job.fixing is None:
            return lint_text(source, job.config)
        from overfitcheck.project.fixes import encoded, fix_text

        report, after = fix_text(source, job.config, job.fixing)
        return replace(report, output=encoded(source, after, data))
    except UserError as error:
        return FileReport(name, failure=str(error))


def _jobs(options: LintOptions, configs: Configs, failures: list[str]) -> Iterator[Job]:
    """The files to lint, each once; why the others cannot be linted goes to `failures`."""
    seen: set[Path] = set()
    for path in options.paths:
        if path == "-":
            yield Job("-", configs.of(Path(options.stdin_filename)), options.fixing)
            continue
        try:
            for file in find_files(Path(path), configs, failures):
                if file.absolute() not in seen:
                    seen.add(file.absolute())
                    yield Job(str(file), configs.of(file), options.fixing)
        except UserError as error:
            failures.append(str(error))
