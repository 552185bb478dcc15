"""Files are shared out among processes: in order, in even parts, and each of them once."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from overfitcheck.config import Config
from overfitcheck.project.jobs import Job
from overfitcheck.project.workers import shares_of

CONFIG = Config()


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=60), st.integers(1, 32))
def test_shares(sizes: list[int], count: int) -> None:
    jobs = [Job(f"{number}.py", CONFIG, size=size) for number, size in enumerate(sizes)]
    shares = shares_of(jobs, count)
    assert [job for share in shares for job in share] == jobs
    assert all(shares)
    for share in shares:
        assert len(share) == 1 or sum(job.size for job in share) <= sum(sizes) / count
    for one, other in pairwise(shares):
        together = sum(job.size for job in one) + other[0].size
        assert together > sum(sizes) / count
