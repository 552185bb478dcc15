"""The report of a run: gathered from its folder, and written into it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from overfitcheck.analysis.diagnose import diagnose
from overfitcheck.config import read_config
from overfitcheck.errors import UserError
from overfitcheck.history.history import History
from overfitcheck.history.observation import read_observations
from overfitcheck.history.output_warnings import Message, read_messages
from overfitcheck.history.read import read_histories
from overfitcheck.history.run_folder import is_run_folder, read_run_folder
from overfitcheck.linter import lint_source
from overfitcheck.report.content import Report, kept_epoch
from overfitcheck.report.diagnosis_json import dumps, to_json
from overfitcheck.report.evidence import meet
from overfitcheck.report.figures import draw
from overfitcheck.report.html import render
from overfitcheck.report.markdown import render_markdown
from overfitcheck.rule import load_rules
from overfitcheck.script.source import Source, read_source
from overfitcheck.selection import choose_rules, ignored_in

RESOLUTION = 150
"""Dots an inch of the PNG files."""

WRITERS: dict[str, Callable[[Report], str]] = {
    "report.html": render,
    "report.md": render_markdown,
    "report.json": lambda report: dumps(to_json(report)),
}
"""The files of a report, and what makes their text."""


def gather_report(run_folder: Path) -> Report:
    """Everything that is known of a run: its fits judged, its script read, both brought together.

    Where the script is gone or cannot be read, the run says so, and is reported without it.

    Raises:
        UserError: this is no run folder, or its record cannot be read.
    """
    if not is_run_folder(run_folder):
        raise UserError(f"{run_folder}: is no run folder; see: overfitcheck runs")
    run = read_run(run_folder)
    observations = read_observations(run_folder)
    diagnoses = tuple(
        diagnose(history, observations.get(history.fit or 0))
        for history in histories_of(run_folder)
    )
    report = Report(str(run.get("script") or run_folder.name), diagnoses, run, (), (), observations)
    try:
        return _with_script(report, run)
    except UserError as error:
        notes = [*(run.get("notes") or ()), f"the script is left out: {error}"]
        return replace(report, run={**run, "notes": notes})


def _with_script(report: Report, run: Mapping[str, Any]) -> Report:
    """The report with what the script says, and what the run says of that.

    Raises:
        UserError: the script cannot be read, or a rule failed.
    """
    path = _script_of(run)
    if path is None:
        return report
    source, config = Source(str(run["script"]), read_source(path).raw), read_config(path)
    ignored = ignored_in(path, config)
    linted = lint_source(source, choose_rules(load_rules(), config, ignored))
    rules = choose_rules(load_rules(), config, ignored, of_run=True)
    on_gpu = (run.get("device") or {}).get("kind") == "gpu"
    met = meet(source, rules, linted.findings, report.diagnoses, report.observations, on_gpu=on_gpu)
    return replace(
        report,
        findings=tuple(met),
        checklists=linted.checklists,
        sources={source.path: source},
    )


def histories_of(run_folder: Path) -> list[History]:
    """The recorded fits, else the epochs that a script without a fit has printed, if any.

    Raises:
        UserError: the record cannot be read.
    """
    recorded = read_run_folder(run_folder)
    if recorded:
        return recorded
    try:
        return read_histories(run_folder / "output.log")
    except UserError:
        return []


def _script_of(run: Mapping[str, Any]) -> Path | None:
    """Where the script of a run lies; None where the run has none, or it is gone."""
    script = run.get("script")
    if not isinstance(script, str):
        return None
    folders = (Path(str(run.get("working_directory") or ".")), Path())
    return next((folder / script for folder in folders if (folder / script).is_file()), None)


def write_report(run_folder: Path, report: Report) -> list[Path]:
    """Write the report as HTML, Markdown and JSON, and the curves of each fit as PNG and SVG.

    Returns the paths of what was written.

    Raises:
        UserError: the folder cannot be written to.
    """
    written = []
    try:
        for name, text_of in WRITERS.items():
            written.append(_write(run_folder / name, text_of(report).encode()))
        for number, diagnosis in enumerate(report.diagnoses, 1):
            stem = "curves" if len(report.diagnoses) == 1 else f"curves-{number}"
            figure = draw(diagnosis, kept_epoch(diagnosis))
            for ending in ("png", "svg"):
                written.append(run_folder / f"{stem}.{ending}")
                figure.savefig(written[-1], dpi=RESOLUTION, facecolor="white")
    except OSError as error:
        raise UserError(
            f"{run_folder}: the report cannot be written: {error.strerror or error}"
        ) from None
    return written


def read_run(run_folder: Path) -> dict[str, Any]:
    """run.json with every key that the report shows; None where it was not recorded."""
    known: dict[str, Any] = dict.fromkeys(
        ("script", "arguments", "python", "started", "ended", "seconds", "exit_code", "keras")
    )
    known["script"] = run_folder.name
    try:
        read = json.loads((run_folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        read = {}
    recorded = read if isinstance(read, dict) else {}
    said = [_said(each) for each in read_messages(run_folder) if each.bears]
    return {**known, "device": None, **recorded, "messages": said}


def _said(message: Message) -> str:
    times = f" ({message.count} times)" if message.count > 1 else ""
    return f"{message.kind}: {message.text}{times}"


def _write(path: Path, data: bytes) -> Path:
    """Write a file whole or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path
