"""Whether the linter gets through every Python file and notebook there is.

    python tests/benchmarks/lint_robustness.py FOLDER... [--seconds 20] [--slowest 10]

Each file is linted in a process with a time limit, about Keras or not (`--only-keras` leaves the
others out). Printed are the files that fail, those that take more than `LIMIT` seconds for each
1,000 lines, and the slowest. What cannot be read (no text, no notebook) is one line and no failure.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

from overfitcheck import linter
from overfitcheck.errors import UserError
from overfitcheck.rule import load_rules
from overfitcheck.script.options import ScriptOptions
from overfitcheck.script.source import Source, is_about_keras, read_source

LIMIT = 2.0
"""Seconds for each 1,000 lines; shorter files may take as long."""


@dataclass(frozen=True)
class Trial:
    """How linting one file went: `outcome` is "linted", "unread", or what went wrong."""

    path: str
    lines: int
    seconds: float
    outcome: str

    @property
    def failed(self) -> bool:
        return self.outcome not in ("linted", "unread")

    @property
    def slow(self) -> bool:
        return self.seconds > LIMIT * max(self.lines / 1000, 1)


class AboutKeras(Source):
    """A source that is looked at whatever it is about."""

    mentions_keras = True


linter.holds_training = lambda text: True  # Texts in which nothing trains are read here too.


def _stop(number: int, frame: FrameType | None) -> None:
    raise TimeoutError("took too long")


def trial(path: Path, root: Path, seconds: int) -> Trial:
    """Lint one file, within a time limit."""
    signal.signal(signal.SIGALRM, _stop)
    signal.alarm(seconds)
    began = time.perf_counter()
    done = Trial(str(path), 0, 0.0, "linted")
    try:
        source = read_source(path)
        done = replace(done, lines=source.text.count("\n") + 1)
        rules = list(load_rules().values())
        linter.lint_source(AboutKeras(source.path, source.raw), rules, ScriptOptions(root=root))
    except UserError as error:
        unread = not any(word in str(error) for word in ("please report", " failed ("))
        done = replace(done, outcome="unread" if unread else str(error))
    except BaseException as error:
        done = replace(done, outcome=f"{type(error).__name__}: {error}")
    finally:
        signal.alarm(0)
    return replace(done, seconds=time.perf_counter() - began)


def files_in(folder: Path, only_keras: bool) -> Iterator[Path]:
    """All scripts and notebooks below a folder."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".py", ".ipynb") and path.is_file():
            text = path.read_bytes().decode("utf-8", "replace") if only_keras else ""
            if not only_keras or is_about_keras(text):
                yield path


def main() -> None:
    """Lint everything, and print what is not well."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--seconds", type=int, default=20, help="time limit for one file")
    parser.add_argument("--slowest", type=int, default=10, help="how many of the slowest to print")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only-keras", action="store_true")
    asked = parser.parse_args()
    jobs = [(path, f) for f in asked.folders for path in files_in(f, asked.only_keras)]
    with ProcessPoolExecutor(asked.processes) as pool:
        limits = [asked.seconds] * len(jobs)
        paths, roots = [path for path, _ in jobs], [root for _, root in jobs]
        trials = list(pool.map(trial, paths, roots, limits, chunksize=16))
    for each in trials:
        if each.failed:
            print(f"FAILED  {each.path}: {each.outcome}")
        elif each.slow:
            print(f"SLOW    {each.path}: {each.seconds:.1f} s for {each.lines} lines")
    for each in sorted(trials, key=lambda each: -each.seconds)[: asked.slowest]:
        print(f"        {each.seconds:6.2f} s  {each.lines:6} lines  {each.path}")
    counts = Counter("failed" if each.failed else each.outcome for each in trials)
    lines, seconds = sum(each.lines for each in trials), sum(each.seconds for each in trials)
    slow = sum(each.slow for each in trials)
    print(f"{len(trials)} files, {lines} lines, {seconds:.0f} s: {dict(counts)}, {slow} slow")
    sys.exit(1 if counts["failed"] or slow else 0)


if __name__ == "__main__":
    main()
