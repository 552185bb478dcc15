"""How long the linter takes, beside what parsing alone, other linters and bare imports take.

    python tests/benchmarks/lint_speed.py FOLDER… [--tools DIRECTORY] [--files N] [--rounds N]

FOLDER holds scripts, some of which mention Keras; DIRECTORY the programs flake8, fixit and pylint
(the `bin` of a virtual environment of their own), as far as they are to be compared with. Files
without Keras are those of Python's standard library.

What parsing alone takes is compared on the first N scripts of the folders: on whole projects, as
they are linted, because a script also has the modules read that it imports. How much faster two
processes are is measured on those scripts, on N scripts and notebooks from evenly everywhere in the folders,
and on the folders with everything in them.

What is compared runs in turns, in processes of its own, and the median of the rounds counts: other
work on the machine then weighs on both sides alike. A ratio is told for the time on the clock and
for the time of the processor. The first round, which also compiles modules, does not count.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

PYTHON = sys.executable
LINT = (PYTHON, "-m", "overfitcheck", "lint", "--isolated", "--exit-zero", "--quiet")
ALONE = (*LINT, "--no-cache", "--jobs", "1")

PARSING = """
import sys, time, libcst
texts = [open(path, encoding="utf-8").read() for path in sys.stdin.read().splitlines()]
start, used = time.perf_counter(), time.process_time()
for text in texts:
    libcst.parse_module(text)
print(time.perf_counter() - start, time.process_time() - used)
"""

PARSABLE = """
import sys, libcst
for path in sys.stdin.read().splitlines():
    try:
        libcst.parse_module(open(path, encoding="utf-8").read())
    except (libcst.ParserSyntaxError, UnicodeDecodeError):
        continue
    print(path)
"""

FIXIT_RULE = "fixit.rules:NoRedundantLambda"

LINES = 100
"""Lines of the script that a cold start is measured with."""


@dataclass(frozen=True)
class Cost:
    """What one process took: seconds on the clock and of the processor, and its largest size."""

    wall: float
    cpu: float
    megabytes: float = 0.0


def run(command: Sequence[str | Path], files: Sequence[Path] = ()) -> Cost:
    """Run a command on some files, and throw away what it prints."""
    environment = {
        key: each for key, each in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"
    }
    start = time.perf_counter()
    process = subprocess.Popen(
        [*map(str, command), *map(str, files)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(map(str, command))} failed: {process.returncode}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def parse(files: Sequence[Path]) -> Cost:
    """What `libcst.parse_module` alone takes for some files: no start, no import, no reading."""
    done = subprocess.run(
        [PYTHON, "-c", PARSING],
        input="\n".join(map(str, files)),
        capture_output=True,
        text=True,
        check=True,
    )
    wall, cpu = map(float, done.stdout.split())
    return Cost(wall, cpu)


def in_turns(rounds: int, *measured: Callable[[], Cost]) -> list[Cost]:
    """The median cost of each."""
    taken = [[each() for each in measured] for _ in range(rounds + 1)][1:]
    return [
        Cost(
            median(cost.wall for cost in costs),
            median(cost.cpu for cost in costs),
            max(cost.megabytes for cost in costs),
        )
        for costs in zip(*taken, strict=True)
    ]


def row(what: str, cost: Cost, beside: Cost, target: str) -> None:
    """Print two costs and their ratio."""
    print(
        f"{what:<44}{cost.wall:>9.3f} s{beside.wall:>9.3f} s"
        f"{cost.wall / beside.wall:>9.2f}{cost.cpu / max(beside.cpu, 1e-9):>9.2f}  {target}",
        flush=True,
    )


def keras_files(folders: Sequence[Path], most: int) -> list[Path]:
    """The first scripts in UTF-8 that mention Keras and that libcst can parse."""
    found = (path for folder in folders for path in sorted(folder.rglob("*.py")) if path.is_file())
    chosen = [path for path in found if b"keras" in path.read_bytes()][: most + most // 5]
    # Another process parses them: one that is started counts the size of this one as its own.
    done = subprocess.run(
        [PYTHON, "-c", PARSABLE],
        input="\n".join(map(str, chosen)),
        capture_output=True,
        text=True,
        check=True,
    )
    return [Path(path) for path in done.stdout.splitlines()][:most]


def keras_sources(folders: Sequence[Path], most: int) -> list[Path]:
    """Scripts and notebooks that mention Keras: so many of them, or all, from evenly everywhere."""
    found = [
        path
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".py", ".ipynb") and path.is_file() and b"keras" in path.read_bytes()
    ]
    count = min(most, len(found))
    return [found[number * len(found) // count] for number in range(count)]


def other_files(most: int) -> list[Path]:
    """Modules of the standard library that mention neither Keras nor TensorFlow."""
    found = sorted(Path(os.__file__).parent.glob("*.py"))
    wanted = []
    for path in found:
        data = path.read_bytes().lower()
        if b"keras" not in data and b"tensorflow" not in data:
            wanted.append(path)
    return wanted[:most]


def measure_processes(what: str, paths: Sequence[Path], rounds: int) -> None:
    """Two processes beside one."""
    one, two = in_turns(
        rounds, lambda: run(ALONE, paths), lambda: run((*LINT, "--no-cache", "--jobs", "2"), paths)
    )
    row(f"one process : two, {what}", one, two, ">= 1.7 (clock)")


def measure_runs(files: Sequence[Path], rounds: int) -> None:
    """One process beside parsing alone; a second run beside the first."""
    ours, parsing = in_turns(rounds, lambda: run(ALONE, files), lambda: parse(files))
    row("one process, no cache : parse_module alone", ours, parsing, "<= 1.3")
    first, second = in_turns(rounds, *cached(files))
    row("first run : cached run", first, second, ">= 10")
    print(f"{'peak memory of one process':<44}{ours.megabytes:>9.0f} MB{'':>29}<= 150")


def cached(files: Sequence[Path]) -> tuple[Callable[[], Cost], Callable[[], Cost]]:
    """A run that fills an empty cache, and one that finds it full."""
    folders: list[str] = []

    def first() -> Cost:
        folders.append(tempfile.mkdtemp())
        return run((*LINT, "--jobs", "1", "--cache-dir", folders[-1]), files)

    return first, lambda: run((*LINT, "--jobs", "1", "--cache-dir", folders[-1]), files)


def measure_starts(files: Sequence[Path], rounds: int) -> None:
    """Linting one file beside a bare import."""
    script = min(files, key=lambda path: abs(path.read_bytes().count(b"\n") - LINES))
    other = other_files(1)
    cold, libcst, plain, click = in_turns(
        rounds * 3,
        lambda: run(ALONE, [script]),
        lambda: run((PYTHON, "-c", "import libcst")),
        lambda: run(ALONE, other),
        lambda: run((PYTHON, "-c", "import click")),
    )
    lines = script.read_bytes().count(b"\n")
    row(f"one script of {lines} lines : import libcst", cold, libcst, "<= 1.5")
    row("one file without Keras : import click", plain, click, "<= 2")


def measure_others(rounds: int) -> None:
    """What each file without Keras takes."""
    files = other_files(500)
    many, one = in_turns(rounds, lambda: run(ALONE, files), lambda: run(ALONE, files[:1]))
    each = (many.wall - one.wall) / (len(files) - 1) * 1000
    print(f"{f'each of {len(files)} files without Keras':<44}{each:>9.3f} ms{'':>29}<= 1 ms")


def measure_tools(files: Sequence[Path], tools: Path, rounds: int) -> None:
    """Other linters on the same files, each in one process as far as it can be told to."""
    commands: dict[str, tuple[str | Path, ...]] = {
        "flake8": (tools / "flake8", "--isolated", "-j", "1"),
        "fixit": (tools / "fixit", "--rules", FIXIT_RULE, "lint"),
        "pylint": (tools / "pylint", "--exit-zero", "-j", "1"),
    }
    there = {name: each for name, each in commands.items() if Path(each[0]).exists()}
    ours, *theirs = in_turns(
        rounds,
        lambda: run(ALONE, files),
        *(lambda command=command: run(command, files) for command in there.values()),
    )
    for name, cost in zip(there, theirs, strict=True):
        row(f"{name} : overfitcheck, {len(files)} files", cost, ours, "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--tools", type=Path, help="where flake8, fixit and pylint are")
    parser.add_argument("--files", type=int, default=160)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    files = keras_files(options.folders, options.files)
    size = sum(path.stat().st_size for path in files)
    print(f"{len(files)} scripts that mention Keras, {size / 1e6:.2f} MB")
    print(f"{'':<44}{'first':>11}{'second':>11}{'clock':>9}{'cpu':>9}  wanted")
    measure_runs(files, options.rounds)
    sources = keras_sources(options.folders, options.files)
    measure_processes(f"{len(files)} scripts", files, options.rounds)
    measure_processes(f"{len(sources)} with notebooks", sources, options.rounds)
    measure_processes("all there is", options.folders, options.rounds)
    measure_starts(files, options.rounds)
    measure_others(options.rounds)
    if options.tools is not None:
        measure_tools(files[:: max(len(files) // 30, 1)], options.tools, 1)


if __name__ == "__main__":
    main()
