"""The report of a run, written into its run folder."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from overfitcheck.analysis.diagnosis import Diagnosis
from overfitcheck.errors import UserError
from overfitcheck.finding import Checklist, Finding
from overfitcheck.report.diagnosis_json import dumps, to_json
from overfitcheck.report.figures import draw
from overfitcheck.report.html import render
from overfitcheck.script.source import read_source

RESOLUTION = 150
"""Dots an inch of the PNG files."""


def write_run_report(
    run_folder: Path,
    diagnoses: Sequence[Diagnosis],
    findings: Sequence[Finding],
    checklists: Sequence[Checklist],
) -> list[Path]:
    """Write report.html, report.json and the curves of each fit; the paths of what was written.

    Raises:
        UserError: the folder cannot be written to.
    """
    run = read_run(run_folder)
    report = to_json(diagnoses, run=run, findings=findings, checklists=checklists)
    page = render(
        diagnoses,
        title=str(run.get("script", run_folder.name)),
        run=run,
        findings=findings,
        checklists=checklists,
        source_lines=_lines_of(findings),
    )
    written = [run_folder / "report.html", run_folder / "report.json"]
    try:
        _write(written[0], page.encode())
        _write(written[1], dumps(report).encode())
        for number, diagnosis in enumerate(diagnoses, 1):
            stem = "curves" if len(diagnoses) == 1 else f"curves-{number}"
            figure = draw(diagnosis)
            for ending in ("png", "svg"):
                path = run_folder / f"{stem}.{ending}"
                facecolor = "white" if ending == "png" else "none"
                figure.savefig(path, dpi=RESOLUTION, facecolor=facecolor)
                written.append(path)
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
    return {**known, "device": None, **recorded}


def _lines_of(findings: Sequence[Finding]) -> Mapping[tuple[str, int | None], Sequence[str]]:
    lines: dict[tuple[str, int | None], Sequence[str]] = {}
    for finding in findings:
        where = finding.location
        if (where.path, where.cell) in lines:
            continue
        try:
            source = read_source(Path(where.path))
        except UserError:
            continue
        lines[where.path, where.cell] = source.lines(where.cell)
    return lines


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_bytes(data)
    partial.replace(path)
