"""Fixing files: what the fixes of the linter make of them is written back, or shown as a diff."""

from __future__ import annotations

import codecs
import difflib
import io
import os
import re
import stat
import tempfile
import tokenize
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from overfitcheck.config import Config
from overfitcheck.errors import UserError
from overfitcheck.finding import Finding
from overfitcheck.fixing import fix_source
from overfitcheck.project.jobs import at_least, report_of, rules_for, script_options
from overfitcheck.project.options import Fixing
from overfitcheck.project.records import FileReport
from overfitcheck.script.notebook import written_lines
from overfitcheck.script.source import Source, read_source


def fix_file(path: str, config: Config, fixing: Fixing) -> FileReport:
    """Fix a file, and lint what it has become.

    Raises:
        UserError: the file cannot be read, linted, fixed or written.
    """
    source = read_source(Path(path))
    report, after = fix_text(source, config, fixing)
    if after != source and fixing.write:
        write_back(Path(path), source, after)
    return report


def fix_text(source: Source, config: Config, fixing: Fixing) -> tuple[FileReport, Source]:
    """Fix a source, and lint what it has become.

    Raises:
        UserError: the source is no notebook, a rule failed, or a fix made no Python.
    """
    if not source.mentions_keras:
        return FileReport(source.path), source

    def wanted(finding: Finding) -> bool:
        shown = at_least(finding.level, config.level)
        return shown and finding.fix is not None and finding.fix.applies(fixing.unsafe)

    rules, options = rules_for(source.path, config), script_options(source.path, config)
    fixed = fix_source(source, rules, options, wanted)
    report = report_of(fixed.source, fixed.result, config)
    codes = tuple(sorted(fixed.applied.elements()))
    changes = () if fixing.write else tuple(diff(source, fixed.source))
    return replace(report, fixed=codes, diff=changes), fixed.source


def write_back(path: Path, before: Source, after: Source) -> None:
    """Put the text of `after` into the file that `before` was read from.

    The file is replaced in one step and keeps its encoding, its mode and, where it is a link,
    the link.

    Raises:
        UserError: the file cannot be written, has changed meanwhile, or its encoding has no
            sign for something in the text.
    """
    try:
        target = path.resolve(strict=True)
        _replace(target, encoded(before, after, target.read_bytes()))
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise UserError(f"{path}: cannot be written: {reason or error}") from None


def encoded(before: Source, after: Source, data: bytes) -> bytes:
    """The text of `after` as bytes, in the encoding of `data`, which `before` was read from.

    Raises:
        UserError: `data` is not what was read, or its encoding has no sign for something new.
    """
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    if before.path.endswith(".ipynb"):
        encoding = "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8"
    try:
        if before.raw.encode(encoding) != data:
            raise UserError(f"{before.path}: is not what was read any more, so nothing was fixed")
        return after.raw.encode(encoding)
    except UnicodeEncodeError:
        reason = f"a fix needs a sign that {encoding} does not have"
        raise UserError(f"{before.path}: {reason}, so nothing was fixed") from None


def _replace(target: Path, data: bytes) -> None:
    """Write a file beside the target, of the same mode, and put it in its place."""
    mode = stat.S_IMODE(target.stat().st_mode)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(mode)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def diff(before: Source, after: Source) -> Iterator[str]:
    """What would change, as lines of a unified diff; that of a notebook is cell by cell."""
    if before.notebook is None:
        yield from _diff(before.path, _lines(before.raw), _lines(after.raw))
        return
    written, fixed = written_lines(before.raw), written_lines(after.raw)
    for cell in before.notebook.cells:
        old, new = ([f"{line}\n" for line in each[cell]] for each in (written, fixed))
        yield from _diff(f"{before.path}:cell {cell}", old, new)


def _lines(text: str) -> list[str]:
    """The lines of a text, each with what ends it."""
    return re.findall(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+", text)


def _diff(name: str, before: list[str], after: list[str]) -> Iterator[str]:
    # difflib.unified_diff takes a line that stands often in a long text, a blank one, for none.
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes()):
        if number == 0:
            yield from (f"--- {name}", f"+++ {name}")
        (_, first, _, new_first, _), (_, _, last, _, new_last) = group[0], group[-1]
        yield f"@@ -{_range(first, last)} +{_range(new_first, new_last)} @@"
        for tag, start, end, new_start, new_end in group:
            sign = " " if tag == "equal" else "-"
            yield from _signed(sign, before[start:end])
            yield from _signed("+", after[new_start:new_end]) if sign == "-" else ()


def _range(first: int, last: int) -> str:
    """Lines of a text in the head of a change: from which one on, and how many if not one."""
    count = last - first
    return f"{first + 1}" if count == 1 else f"{first + bool(count)},{count}"


def _signed(sign: str, lines: list[str]) -> Iterator[str]:
    for line in lines:
        yield sign + line.removesuffix("\n")
        if not line.endswith(("\n", "\r")):
            yield "\\ No newline at end of file"
