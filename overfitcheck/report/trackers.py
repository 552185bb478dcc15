"""Verdict, onset and waste of each fit, written to where the run's other numbers are."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from overfitcheck.analysis.diagnosis import Diagnosis
from overfitcheck.errors import UserError
from overfitcheck.report.content import Report

PREFIX = "overfitcheck"


def log_to(tracker: str, report: Report, folder: Path) -> str:
    """Write the verdicts of a run to `mlflow`, `wandb` or `tensorboard`; where, in a sentence.

    They go to the run, or the folder, that a fit was seen to be logged to; else to a new one.

    Raises:
        UserError: the tracker refused.
    """
    write = {"mlflow": _to_mlflow, "wandb": _to_wandb, "tensorboard": _to_tensorboard}[tracker]
    try:
        return write(report, folder)
    except Exception as error:
        reason = str(error).partition("\n")[0]
        raise UserError(f"--log-to {tracker}: {type(error).__name__}: {reason}") from error


def numbers_of(diagnosis: Diagnosis) -> dict[str, float]:
    """The numbers of a verdict that a tracker can plot and compare."""
    numbers: dict[str, float] = {"epochs": len(diagnosis.history.epochs)}
    if diagnosis.onset is not None:
        onset = diagnosis.onset
        numbers.update(onset=onset.epoch, onset_low=onset.low, onset_high=onset.high)
    best = diagnosis.best.get("val_loss")
    if best is not None:
        numbers.update(best_epoch=best.epoch, best_val_loss=best.value)
    numbers["wasted_epochs"] = diagnosis.waste.epochs
    if diagnosis.waste.seconds is not None:
        numbers["wasted_seconds"] = diagnosis.waste.seconds
    return {name: float(value) for name, value in numbers.items()}


def _fits(report: Report) -> Iterator[tuple[str, Diagnosis]]:
    """The fits of a run, each with what its names begin with."""
    many = len(report.diagnoses) > 1
    for place, diagnosis in enumerate(report.diagnoses, 1):
        number = diagnosis.history.fit or place
        yield (f"{PREFIX}/fit_{number}" if many else PREFIX), diagnosis


def _tracking(report: Report, tracker: str) -> dict[str, Any]:
    """Where the last fit that was logged to a tracker was logged to."""
    found = [seen.tracking.get(tracker) for seen in report.observations.values()]
    return next((dict(each) for each in reversed(found) if isinstance(each, Mapping)), {})


def _to_mlflow(report: Report, folder: Path) -> str:
    mlflow: Any = importlib.import_module("mlflow")
    known = _tracking(report, "mlflow")
    if known.get("store"):
        mlflow.set_tracking_uri(known["store"])
    before = mlflow.active_run()
    with mlflow.start_run(
        run_id=known.get("run"),
        run_name=None if known else folder.name,
        nested=before is not None,
    ) as run:
        for prefix, diagnosis in _fits(report):
            mlflow.set_tag(f"{prefix}/verdict", diagnosis.verdict.value)
            mlflow.set_tag(f"{prefix}/reason", diagnosis.reason)
            named = {f"{prefix}/{name}": value for name, value in numbers_of(diagnosis).items()}
            mlflow.log_metrics(named)
        return f"verdict logged to MLflow run {run.info.run_id} in {mlflow.get_tracking_uri()}"


def _to_wandb(report: Report, folder: Path) -> str:
    wandb: Any = importlib.import_module("wandb")
    known = _tracking(report, "wandb")
    named = {name: known.get(name) for name in ("id", "project", "entity") if known.get(name)}
    resume = {"resume": "allow"} if known else {"name": folder.name}
    with wandb.init(dir=str(folder), **named, **resume) as run:
        for prefix, diagnosis in _fits(report):
            run.summary[f"{prefix}/verdict"] = diagnosis.verdict.value
            run.summary[f"{prefix}/reason"] = diagnosis.reason
            for name, value in numbers_of(diagnosis).items():
                run.summary[f"{prefix}/{name}"] = value
        return f"verdict logged to W&B run {run.id}"


def _to_tensorboard(report: Report, folder: Path) -> str:
    files: Any = importlib.import_module("tensorboard.summary.writer.event_file_writer")
    events: Any = importlib.import_module("tensorboard.compat.proto.event_pb2")
    summaries: Any = importlib.import_module("tensorboard.compat.proto.summary_pb2")
    log_dir = _tracking(report, "tensorboard").get("log_dir")
    base = Path(str((report.run or {}).get("working_directory") or "."))
    target = (base / log_dir if log_dir else folder / "tensorboard") / PREFIX
    writer = files.EventFileWriter(str(target))
    for prefix, diagnosis in _fits(report):
        step = int(diagnosis.history.epochs.index[-1])
        overfits = float(diagnosis.verdict.value == "overfitting")
        values = [
            summaries.Summary.Value(tag=f"{prefix}/{name}", simple_value=value)
            for name, value in {"overfitting": overfits, **numbers_of(diagnosis)}.items()
        ]
        writer.add_event(events.Event(step=step, summary=summaries.Summary(value=values)))
    writer.close()
    return f"verdict logged to TensorBoard in {target}"
