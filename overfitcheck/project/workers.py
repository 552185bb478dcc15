"""Doing jobs in several processes, where there is enough to do that it pays."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from overfitcheck.errors import UserError
from overfitcheck.project.jobs import Job, lint_file
from overfitcheck.project.records import FileReport

PAYS_FROM = 200_000
"""Bytes of scripts for which another process is worth its start."""

COLLECT_EVERY = 300_000
"""New objects between two looks for garbage: a syntax tree is many objects, and none is garbage."""


def do_jobs(jobs: Sequence[Job], processes: int | None = None) -> list[FileReport]:
    """What the linter says of each file, in their order.

    `processes` None stands for as many as there are processor cores, as far as they pay.

    Raises:
        UserError: a process was ended from outside.
    """
    count = min(processes or _processes(jobs), len(jobs))
    with few_collections():
        if count <= 1:
            return [lint_file(job) for job in jobs]
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
    return min(cores, sum(job.size for job in jobs) // PAYS_FROM + 1)


def _in_processes(jobs: Sequence[Job], count: int) -> list[FileReport]:
    """Give the largest files out first, so that no process is left with one at the end."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    forks = sys.platform == "linux"
    if forks:
        _warm_up()  # What is loaded before the fork is loaded once, and shared.
    context = multiprocessing.get_context("fork" if forks else "spawn")
    order = sorted(range(len(jobs)), key=lambda number: -jobs[number].size)
    executor = ProcessPoolExecutor(count, context, initializer=_start)
    try:
        waiting = {number: executor.submit(lint_file, jobs[number]) for number in order}
        return [waiting[number].result() for number in range(len(jobs))]
    except BrokenProcessPool:
        raise UserError(
            "a process that was linting was ended from outside, perhaps for want of memory; "
            "try again with --jobs 1"
        ) from None
    finally:
        executor.shutdown(cancel_futures=True)


def _warm_up() -> None:
    from overfitcheck.rule import load_rules

    load_rules()


def _start() -> None:
    """In a new process: leave Ctrl-C to the one that waits, and look for garbage rarely."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(COLLECT_EVERY, *gc.get_threshold()[1:])
    gc.freeze()
