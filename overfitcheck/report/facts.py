"""The numbers of a fit and of a run, as pairs of a name and a value to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from overfitcheck.analysis.diagnosis import Diagnosis, Gap, Kept, KeptBy, Schedule
from overfitcheck.history.observation import DataSeen, FitObservation, Overlap
from overfitcheck.report import wording
from overfitcheck.report.content import Report

Facts = list[tuple[str, str]]

KEPT_BY = {
    KeptBy.LAST: "the last epoch",
    KeptBy.RESTORED: "restored",
    KeptBy.UNSAID: "the last epoch, unless a callback has restored others without a word",
}

MOST_CLASSES = 10
"""Classes whose rows are counted out; of more, the most frequent and the rarest are."""


def fit_facts(report: Report, diagnosis: Diagnosis) -> Facts:
    """What was reached, when, and what came after it."""
    facts = [("read", read) for read in [read_text(diagnosis)] if read]
    facts += [
        (f"best {name}", f"{best.value:.5g} at epoch {best.epoch}")
        for name, best in diagnosis.best.items()
    ]
    facts.append(("onset", wording.onset_text(diagnosis)))
    facts += [(f"gap of {name}", _gap(gap)) for name, gap in diagnosis.gaps.items()]
    facts.append(("after the best epoch", _waste(report, diagnosis)))
    if diagnosis.kept is not None:
        facts.append(("kept weights", kept_text(diagnosis.kept, diagnosis.monitor or "loss")))
    if diagnosis.schedule is not None:
        facts.append(("learning rate", schedule_text(diagnosis.schedule)))
    advice = recommendation_text(diagnosis, report.caveats_of(diagnosis))
    if advice:
        facts.append(("recommendation", advice))
    seen = report.observation_of(diagnosis)
    return facts if seen is None else [*facts, *_observed(seen)]


def read_text(diagnosis: Diagnosis) -> str:
    """What the fit was read from: ``Keras output, lines 12 to 480``; "" for a recorded run."""
    history = diagnosis.history
    if not history.format or history.fit is not None:
        return ""
    lines = f", lines {history.lines[0]} to {history.lines[1]}" if history.lines else ""
    return f"{history.format}{lines}"


def recommendation_text(diagnosis: Diagnosis, caveats: Sequence[str] = ()) -> str:
    """What to do next time, and why; "" where nothing has to change."""
    if caveats:
        return "first validate on rows that are not trained on: this curve decides nothing"
    told = diagnosis.recommendation
    return "" if told is None else f"{told.text}: {told.reason}"


def _gap(gap: Gap) -> str:
    onset = f"{gap.at_onset:+.3g} at the onset, " if gap.at_onset is not None else ""
    return f"{gap.at_best:+.3g} at the best epoch, {onset}{gap.at_end:+.3g} at the end"


def kept_text(kept: Kept, monitor: str) -> str:
    """Which weights a fit ended with, what that costs, and what a checkpoint file holds."""
    cost = f", {monitor} {kept.cost:.3g} from its best" if kept.cost > 0 else ", the best"
    told = f"those of epoch {kept.epoch} ({KEPT_BY[kept.by]}){cost}"
    if kept.file_epoch is None:
        return told
    of = f", the best of {kept.file_monitor}" if kept.file_monitor else ""
    return f"{told}; the checkpoint file has those of epoch {kept.file_epoch}{of}"


def schedule_text(schedule: Schedule) -> str:
    """How the learning rate went: ``steps, 0.001 to 1e-05``."""
    name = schedule.kind.value.replace("_", "-")
    rise = f", warm-up over {schedule.warm_up} epochs" if schedule.warm_up else ""
    if schedule.first == schedule.last == schedule.highest:
        return f"{wording.rate(schedule.first)}, {name}"
    return f"{wording.rate(schedule.first)} to {wording.rate(schedule.last)}, {name}{rise}"


def _waste(report: Report, diagnosis: Diagnosis) -> str:
    device = (report.run or {}).get("device") or {}
    on = " of GPU time" if device.get("kind") == "gpu" and diagnosis.waste.seconds else ""
    return wording.waste_text(diagnosis) + on


def _observed(seen: FitObservation) -> Iterator[tuple[str, str]]:
    if seen.parameters is not None:
        yield "weights of the model", f"{seen.parameters:,}"
    for name, data in (("training data", seen.training), ("validation data", seen.validation)):
        if data is not None:
            yield name, data_text(data)
    if seen.overlap is not None:
        yield "rows in both", overlap_text(seen.overlap)
    if seen.validation_is_training:
        yield "validation", "is the training data itself"
    if seen.memory:
        yield "device memory at most", wording.bytes_text(seen.memory)


def data_text(data: DataSeen) -> str:
    """How many rows, of which classes, and what tells: ``1,200 rows (arrays); class 0: 900, …``."""
    rows = f"{data.samples:,} rows" if data.samples is not None else "rows not counted"
    looked_at = f"; looked at {data.looked_at}" if data.looked_at else ""
    return f"{rows} ({data.kind}){_classes(data)}{looked_at}"


def _classes(data: DataSeen) -> str:
    if not data.classes:
        return ""
    counts = list(data.classes.items())
    if len(counts) > MOST_CLASSES:
        (most, largest), (least, smallest) = counts[0], counts[-1]
        told = f"{len(counts)} classes, {largest:,} of {most} to {smallest:,} of {least}"
    else:
        told = ", ".join(f"class {label}: {count:,}" for label, count in counts)
    ratio = f" ({data.ratio:.3g} to 1)" if data.ratio is not None else ""
    return f"; {told}{ratio}"


def overlap_text(overlap: Overlap) -> str:
    """How many validation rows stand in the training rows too."""
    looked_at = f"; looked at {overlap.looked_at}" if overlap.looked_at else ""
    share = f"{100 * overlap.share:.3g} %"
    return f"{overlap.rows:,} of {overlap.compared:,} validation rows ({share}){looked_at}"


def run_facts(run: Mapping[str, Any]) -> Facts:
    """Where and how the script was run."""
    arguments = " ".join(map(str, run.get("arguments") or ()))
    facts = [("script", f"{run.get('script')} {arguments}".strip())]
    if run.get("python"):
        facts.append(("python", str(run["python"])))
    keras = run.get("keras")
    if keras:
        backend = f" on {keras['backend']}" if keras.get("backend") else ""
        facts.append(("Keras", f"{keras.get('version')}{backend}"))
    device = run.get("device")
    if device:
        facts.append(("device", _device(device)))
    facts += [("said in the output", str(told)) for told in run.get("messages") or ()]
    return [*facts, *(("note", str(note)) for note in run.get("notes") or ())]


def _device(device: Mapping[str, Any]) -> str:
    told = [str(device.get("name") or device.get("kind"))]
    if isinstance(device.get("memory"), (int, float)):
        told.append(wording.bytes_text(device["memory"]))
    if isinstance(device.get("utilisation"), (int, float)):
        told.append(f"{device['utilisation']:.0f} % busy")
    return ", ".join(told)
