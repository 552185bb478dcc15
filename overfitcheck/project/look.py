"""A first look at a file: is it about Keras at all, and is it known already what it says?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from overfitcheck.errors import UserError
from overfitcheck.project.jobs import Job
from overfitcheck.project.options import LintOptions
from overfitcheck.project.records import FileReport
from overfitcheck.script.source import decode, mentions_keras, read_data


@dataclass(frozen=True, eq=False, repr=False)
class Looked:
    """What a first look showed: the report of the file, or the job that is left to do.

    `remembered` tells that the report was made earlier.
    """

    job: Job
    report: FileReport | None = None
    remembered: bool = False


def first_look(job: Job, options: LintOptions) -> Looked:
    """Read a file; nothing that takes long is done or even imported."""
    try:
        data = read_data(Path(job.path))
        if not mentions_keras(data) and not decode(data, job.path).mentions_keras:
            return Looked(job, FileReport(job.path))
    except UserError as error:
        return Looked(job, FileReport(job.path, failure=str(error)))
    job = replace(job, size=len(data))
    if not options.cache or job.fixing is not None:
        return Looked(job)
    from overfitcheck.project.cache import cache_for

    cache = cache_for(job.config, options.cache_dir)
    report = cache.get(job.path, job.config, data)
    return Looked(replace(job, cache=cache), report, report is not None)
