"""Many logs judged at once: in several processes, holding no more of them than is asked for."""

from __future__ import annotations

import itertools
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Generic, TypeVar

from overfitcheck.analysis.diagnose import diagnose
from overfitcheck.analysis.diagnosis import Diagnosis
from overfitcheck.errors import UserError
from overfitcheck.history.magic import NoHistoryError
from overfitcheck.history.read import Log, read_log
from overfitcheck.history.run_folder import observation_of

Kept = TypeVar("Kept")

CHUNK = 20
"""Logs that a process is given at a time."""

FEW = 100
"""Logs for which it does not pay to start processes."""


@dataclass(frozen=True)
class Judged(Generic[Kept]):
    """What is kept of the diagnoses of one log; `failure` says why there is none.

    `is_log` is false for a file that is no training log at all.
    """

    log: Log
    kept: tuple[Kept, ...]
    failure: str | None = None
    is_log: bool = True


def judge_logs(
    logs: Sequence[Log],
    keep: Callable[[Diagnosis], Kept],
    changes: Mapping[str, str] | None = None,
    jobs: int | None = None,
) -> Iterator[Judged[Kept]]:
    """Judge logs, in their order. `keep` reduces a diagnosis to what is needed of it.

    With many logs, `keep` has to be a function of a module, as it is called in other processes.

    Raises:
        UserError: a process was killed.
    """
    jobs = jobs or os.cpu_count() or 1
    if jobs == 1 or len(logs) <= FEW:
        yield from (_judge(log, keep, changes) for log in logs)
        return
    pool = ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"))
    waiting: deque[Future[list[Judged[Kept]]]] = deque()
    try:
        for chunk in _chunks(logs):
            waiting.append(pool.submit(_judge_chunk, chunk, keep, changes))
            if len(waiting) > 3 * jobs:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    except BrokenProcessPool:
        raise UserError(
            "a process that read logs was killed, perhaps for its memory; try --jobs 1"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _chunks(logs: Sequence[Log]) -> Iterator[list[Log]]:
    rest = iter(logs)
    while chunk := list(itertools.islice(rest, CHUNK)):
        yield chunk


def _judge_chunk(
    logs: Sequence[Log], keep: Callable[[Diagnosis], Kept], changes: Mapping[str, str] | None
) -> list[Judged[Kept]]:
    return [_judge(log, keep, changes) for log in logs]


def _judge(
    log: Log, keep: Callable[[Diagnosis], Kept], changes: Mapping[str, str] | None
) -> Judged[Kept]:
    try:
        histories = read_log(log, changes)
    except UserError as error:
        return Judged(log, (), str(error), not isinstance(error, NoHistoryError))
    judged = (diagnose(history, observation_of(log.path, history)) for history in histories)
    return Judged(log, tuple(keep(each) for each in judged))
