"""Known findings: those in a baseline file are not reported again, wherever their lines moved."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from pathlib import Path

from overfitcheck.errors import UserError
from overfitcheck.project.fingerprint import fingerprints, relative_path, source_text
from overfitcheck.project.records import FileReport

VERSION = 1

LONGEST = 120
"""Characters of a finding's text that the file shows, for its readers."""


@dataclass(frozen=True)
class Baseline:
    """The fingerprints of known findings; paths are as seen from the `folder` of the file."""

    known: frozenset[str]
    folder: Path

    def without_known(self, report: FileReport) -> FileReport:
        """A report without the findings that are known."""
        new = [each not in self.known for each in fingerprints(report, self.folder)]
        return replace(
            report,
            findings=tuple(compress(report.findings, new)),
            excerpts=tuple(compress(report.excerpts, new)),
        )


def read_baseline(file: Path) -> Baseline:
    """Read a baseline file.

    Raises:
        UserError: it cannot be read, or is no baseline.
    """
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        if data["version"] != VERSION:
            raise UserError(f"{file}: is a baseline of another version; write it anew")
        known = frozenset(str(each["fingerprint"]) for each in data["findings"])
    except OSError as error:
        raise UserError(
            f"{file}: cannot be read: {error.strerror or error}; write it with --write-baseline"
        ) from None
    except (ValueError, LookupError, TypeError, RecursionError):
        raise UserError(f"{file}: is no baseline; write it anew with --write-baseline") from None
    return Baseline(known, file.absolute().parent)


def write_baseline(file: Path, reports: Sequence[FileReport]) -> int:
    """Write all findings of some files into a baseline; returns how many there are.

    Raises:
        UserError: the file cannot be written.
    """
    entries = [entry for report in reports for entry in _entries(report, file.absolute().parent)]
    entries.sort(key=lambda entry: (entry["path"], entry["code"], entry["text"]))
    text = json.dumps({"version": VERSION, "findings": entries}, indent=2, ensure_ascii=False)
    try:
        file.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise UserError(f"{file}: cannot be written: {error.strerror or error}") from None
    return len(entries)


def _entries(report: FileReport, folder: Path) -> Iterator[dict[str, str]]:
    prints = fingerprints(report, folder)
    for finding, excerpt, print_ in zip(report.findings, report.excerpts, prints, strict=True):
        yield {
            "path": relative_path(report.path, folder),
            "code": finding.code,
            "text": source_text(excerpt)[:LONGEST],
            "fingerprint": print_,
        }
