"""Doing jobs in several processes, where there is enough to do that it pays."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from overfitcheck.project.jobs import Job, lint_file
from overfitcheck.project.records import FileReport

PAYS_FROM = 200_000
"""Bytes of scripts for which another process is worth its start."""

SHARES_EACH = 24
"""Shares of the files for each process: enough that all are done at about the same time."""

COLLECT_EVERY = 300_000
"""New objects between two looks for garbage: a syntax tree is many objects, and none is garbage."""

LARGE = 200_000
"""Bytes of a script whose tree takes so much memory that garbage is looked for before it."""


def do_jobs(jobs: Sequence[Job], processes: int | None = None) -> list[FileReport]:
    """What the linter says of each file, in their order.

    `processes` None stands for as many as there are processor cores, as far as they pay.

    Raises:
        UserError: a process was ended from outside.
    """
    count = min(processes or _processes(jobs), len(jobs))
    with few_collections():
        if count <= 1:
            return _lint_all(jobs)
        return _in_processes(jobs, count)


@contextmanager
def few_collections() -> Iterator[None]:
    """Look for garbage rarely: walking over all that was loaded costs more than it frees."""
    before = gc.get_threshold()
    gc.set_threshold(COLLECT_EVERY, *before[1:])
    gc.freeze()
    try:
        yield
    finally:
        gc.freeze()  # What is young now goes to what is old: it is not looked at once more.
        gc.unfreeze()
        gc.set_threshold(*before)


def _processes(jobs: Sequence[Job]) -> int:
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return min(cores, _size(jobs) // PAYS_FROM + 1)


def _in_processes(jobs: Sequence[Job], count: int) -> list[FileReport]:
    """Let each process begin with a block of neighbours, and with what is large in it.

    So no process is left with much to do at the end.

    Raises:
        UserError: a process was ended from outside.
    """
    from overfitcheck.project.processes import FORKS, shared_out

    if FORKS:
        _warm_up()  # What is loaded before the fork is loaded once, and shared.
    shares = [shares_of(block, SHARES_EACH) for block in shares_of(jobs, count)]
    large = 2 * _size(jobs) // (count * SHARES_EACH) + 1
    blocks = [sorted(each, key=lambda share: -(_size(share) // large)) for each in shares]
    done = shared_out(_lint_all, blocks, count, COLLECT_EVERY)
    reports = {
        id(share): made
        for block, results in zip(blocks, done, strict=True)
        for share, made in zip(block, results, strict=True)
    }
    return [report for block in shares for share in block for report in reports[id(share)]]


def _size(jobs: Sequence[Job]) -> int:
    return sum(job.size for job in jobs)


def shares_of(jobs: Sequence[Job], count: int) -> list[list[Job]]:
    """Jobs in so many shares of about one size, or fewer; what stands side by side stays together.

    Files of one folder import the same modules, which one process then reads once.
    """
    total = _size(jobs)
    shares: dict[int, list[Job]] = {}
    before = 0
    for job in jobs:
        middle = before + job.size / 2
        number = min(int(middle * count / total), count - 1) if total else 0
        shares.setdefault(number, []).append(job)
        before += job.size
    return [*shares.values()]


def _lint_all(jobs: Sequence[Job]) -> list[FileReport]:
    return [_lint(job) for job in jobs]


def _lint(job: Job) -> FileReport:
    if job.size > LARGE:
        gc.collect()
    return lint_file(job)


FIRST = "import keras\nmodel = keras.Sequential()\nmodel.fit(x, y, epochs=2)\n"


def _warm_up() -> None:
    """Read a script, so that all that any of them needs is loaded."""
    from overfitcheck.linter import lint_source
    from overfitcheck.rule import load_rules
    from overfitcheck.script.source import Source

    lint_source(Source("train.py", FIRST), list(load_rules().values()))
