"""Telling a finding again although lines have moved: by what it says of which text."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from overfitcheck.project.records import FileReport


def relative_path(path: str, base: Path) -> str:
    """A path as it is seen from a folder, with forward slashes."""
    return Path(os.path.relpath(Path(path).absolute(), base.absolute())).as_posix()


def source_text(excerpt: tuple[str, ...]) -> str:
    """The text of a finding, without the space that formatting changes."""
    return " ".join(" ".join(excerpt).split())


def fingerprints(report: FileReport, base: Path) -> Iterator[str]:
    """One for each finding of a file, in their order.

    It stands for the rule, the path as seen from a folder, the text of the finding and how many
    of the same came before; no line number, so it stays when lines above come or go.
    """
    from hashlib import sha256

    path = relative_path(report.path, base)
    before: Counter[tuple[str, str]] = Counter()
    for finding, excerpt in zip(report.findings, report.excerpts, strict=True):
        text = source_text(excerpt)
        parts = (finding.code, path, text, str(before[finding.code, text]))
        before[finding.code, text] += 1
        yield sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
