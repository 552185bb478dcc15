"""Files are shared out among processes: in order, in even parts, and each of them once."""

from __future__ import annotations

import os
import signal
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overfitcheck.config import Config
from overfitcheck.errors import UserError
from overfitcheck.project import processes
from overfitcheck.project.jobs import Job
from overfitcheck.project.processes import shared_out
from overfitcheck.project.workers import shares_of

CONFIG = Config()


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=60), st.integers(1, 32))
def test_shares(sizes: list[int], count: int) -> None:
    jobs = [Job(f"{number}.py", CONFIG, size=size) for number, size in enumerate(sizes)]
    shares = shares_of(jobs, count)
    assert [job for share in shares for job in share] == jobs
    assert all(shares)
    assert len(shares) <= count
    for share in shares:
        assert sum(job.size for job in share) <= sum(sizes) / count + max(sizes) + 1


HERE = os.getpid()

needs_forks = pytest.mark.skipif(
    not processes.FORKS, reason="a process that begins anew does not know this one"
)


def squared(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def refused_elsewhere(number: int) -> int:
    if os.getpid() != HERE:
        raise ValueError("no such number")
    time.sleep(0.01)  # Meanwhile the other process takes one.
    return number


def ended_elsewhere(number: int) -> int:
    if os.getpid() != HERE:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.01)
    return number


@pytest.mark.parametrize("forks", [True, False] if processes.FORKS else [False])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_everything_is_done_once_and_in_order(
    monkeypatch: pytest.MonkeyPatch, forks: bool, count: int
) -> None:
    monkeypatch.setattr(processes, "FORKS", forks)
    blocks = [range(20), range(20, 25), range(25, 40)]
    made = shared_out(squared, blocks, count, 1000)
    assert [[square for square, _ in block] for block in made] == [
        [number * number for number in block] for block in blocks
    ]
    assert 1 <= len({process for block in made for _, process in block}) <= count


@needs_forks
def test_what_fails_in_another_process_is_raised_here() -> None:
    with pytest.raises(ValueError, match="no such number"):
        shared_out(refused_elsewhere, [range(30), range(30, 60)], 2, 1000)


@needs_forks
def test_a_process_that_was_ended_is_told() -> None:
    with pytest.raises(UserError, match="try again with --jobs 1"):
        shared_out(ended_elsewhere, [range(30), range(30, 60)], 2, 1000)
