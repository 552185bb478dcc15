"""Diagnoses as JSON, in a documented schema (``templates/report.schema.json``), version 1."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from overfitcheck.analysis.diagnosis import Diagnosis, Drop, Effect
from overfitcheck.finding import Checklist
from overfitcheck.report.content import Report, kept_epoch
from overfitcheck.report.evidence import MetFinding
from overfitcheck.report.findings import finding_object
from overfitcheck.report.groups import Group, groups_of

VERSION = 1

SCHEMA = Path(__file__).with_name("templates") / "report.schema.json"


def to_json(report: Report) -> dict[str, Any]:
    """The report as JSON values. Numbers that are not finite become null."""
    found: dict[str, Any] = {
        "version": VERSION,
        "fits": [
            {**_fit(each), "caveats": list(report.caveats_of(each))} for each in report.diagnoses
        ],
    }
    if report.run is not None:
        found["run"] = dict(report.run)
        found["groups"] = [_group(group) for group in groups_of(report)]
        found["findings"] = [_finding(each) for each in report.findings]
        found["checklists"] = [_checklist(each) for each in report.checklists]
    return found


def _group(group: Group) -> dict[str, Any]:
    members = [{"fit": each.position + 1, "role": each.role} for each in group.members]
    return {"title": group.title, "summary": group.summary, "members": members}


def _finding(met: MetFinding) -> dict[str, Any]:
    said = {"says": met.says.value, "message": met.message, "cost": met.cost}
    return {**finding_object(met.finding), "run": {**said, "fits": list(met.fits)}}


def dumps(report: Mapping[str, Any]) -> str:
    """The report as text; valid JSON without NaN."""
    return json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False)


def _fit(diagnosis: Diagnosis) -> dict[str, Any]:
    onset = diagnosis.onset
    return {
        "source": diagnosis.history.source,
        "format": diagnosis.history.format,
        "lines": list(diagnosis.history.lines) if diagnosis.history.lines else None,
        "planned_epochs": diagnosis.history.planned_epochs,
        "epochs": _epochs(diagnosis),
        "verdict": diagnosis.verdict.value,
        "reason": diagnosis.reason,
        "best": {
            name: {"epoch": best.epoch, "value": number(best.value)}
            for name, best in diagnosis.best.items()
        },
        "onset": None
        if onset is None
        else {
            "epoch": onset.epoch,
            "low": onset.low,
            "high": onset.high,
            "rise": number(onset.rise),
            "noise": number(onset.noise),
        },
        "gaps": {name: _values(gap) for name, gap in diagnosis.gaps.items()},
        "drops": [_drop(drop) for drop in diagnosis.drops],
        "waste": {"epochs": diagnosis.waste.epochs, "seconds": number(diagnosis.waste.seconds)},
        "monitor": diagnosis.monitor,
        "kind": diagnosis.kind,
        "cause": diagnosis.cause,
        "kept_epoch": kept_epoch(diagnosis),
        "kept": _values(diagnosis.kept),
        "schedule": _values(diagnosis.schedule),
        "replays": [_values(each) for each in diagnosis.replays],
        "recommendation": _values(diagnosis.recommendation),
        "remarks": list(diagnosis.remarks),
    }


def _epochs(diagnosis: Diagnosis) -> list[dict[str, Any]]:
    frame = diagnosis.history.epochs
    names = [str(name) for name in frame.columns]
    columns = [frame[name].tolist() for name in names]
    return [
        {"epoch": int(epoch), **{name: number(v) for name, v in zip(names, values, strict=True)}}
        for epoch, values in zip(frame.index.tolist(), zip(*columns, strict=True), strict=True)
    ]


def _drop(drop: Drop) -> dict[str, Any]:
    return {
        "epoch": drop.epoch,
        "from": number(drop.old_rate),
        "to": number(drop.new_rate),
        "effects": {name: _effect(effect) for name, effect in drop.effects.items()},
    }


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "change": number(effect.change),
        "low": number(effect.low),
        "high": number(effect.high),
        "verdict": effect.verdict.value,
        "before_after": number(effect.before_after),
        "later": number(effect.later),
        "later_epoch": effect.later_epoch,
    }


def _values(record: object) -> dict[str, Any] | None:
    """The fields of a flat record under their names; None where there is no record."""
    if record is None:
        return None
    assert is_dataclass(record) and not isinstance(record, type)
    return {
        name: number(value) if isinstance(value, float) else value
        for name, value in asdict(record).items()
    }


def _checklist(checklist: Checklist) -> dict[str, Any]:
    return {
        "path": checklist.location.path,
        "line": checklist.location.line,
        "cell": checklist.location.cell,
        "model": checklist.model,
        "loop": checklist.is_loop,
        "techniques": {name: answer.value for name, answer in checklist.techniques.items()},
    }


def number(value: float | None) -> float | None:
    """A number that JSON can hold; None where it is missing or not finite."""
    return value if value is not None and math.isfinite(value) else None
