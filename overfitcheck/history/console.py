r"""Histories in what Keras prints while it trains.

The grammar, over all ages of Keras (``N`` a number, ``value`` a number, ``nan`` or ``inf``)::

    log      = { header | progress | message | anything }
    header   = "Epoch N/N"                                   starts an epoch
    progress = [ "N/N" [ bar ] ] [ "-" ] [ time ] { "-" pair }   ends it when both N are equal
    bar      = "[====>...]"  |  "━━━━"                       Keras 1 and 2  |  Keras 3
    time     = "89s 3ms/sample" | "1s 20ms/step" | "34s"     "ETA: 5s" while it is not over
    pair     = name ":" value                                "loss: 0.2345", "611ms/epoch" is time
    message  = "Epoch N: ReduceLROnPlateau reducing learning rate to value." and others

``\r`` and ``\b`` overwrite a line: what stands after the last of them counts. Colour codes are
taken out. What is left of an overwritten line behind a shorter one (``val_acc: 0.5711.594 -
ETA: 7s``) ends at the first pair that cannot be. A progress line outside an epoch is that of
``evaluate``. An epoch whose line never became complete was interrupted, and is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from overfitcheck.history.epochs import Row, history_of
from overfitcheck.history.history import Event, EventKind, History

CODES = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\[\d{1,2}(?:;\d+)*m"
)
"""Colour and cursor codes, also those whose escape character was lost (``[1m``)."""

HEADER = re.compile(r"(?:^|\s)Epoch\s+0*(\d{1,9})\s*/\s*(\d{1,9})\s*$")
PROGRESS = re.compile(
    r"(?:^|\s)(\d{1,12})/(\d{1,12}|Unknown)\s*(?:\[[=>.]*\]|[━╸╺]+)?\s*(?:-\s*)?(.*)$"
)
TIMED = re.compile(r"(?:^|\s|-\s)(\d+(?:\.\d+)?m?s\s+-\s.*)$")
PAIR = re.compile(r"([^\s:][^:]*):\s*(-?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|nan|inf))", re.IGNORECASE)
SECONDS = re.compile(r"^(?:(\d+):)?(\d+)(?:s$|$)|^(\d+)(ms|us)$")
PER_STEP = re.compile(r"(\d+)(s|ms|us)/(?:step|sample)")
PER_EPOCH = re.compile(r"^(\d+)(s|ms)/epoch$")
UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6}

MESSAGES: tuple[tuple[EventKind, re.Pattern[str]], ...] = (
    (
        EventKind.RATE_REDUCED,
        re.compile(r"Epoch 0*(\d+): ReduceLROnPlateau reducing learning rate to ([\d.eE+-]*\d)"),
    ),
    (
        EventKind.RATE_SET,
        re.compile(
            r"Epoch 0*(\d+): LearningRateScheduler (?:setting|reducing) learning rate to "
            r"([\d.eE+-]*\d)"
        ),
    ),
    (EventKind.EARLY_STOP, re.compile(r"Epoch 0*(\d+): early stopping")),
    (
        EventKind.CHECKPOINT_SAVED,
        re.compile(r"Epoch 0*(\d+): (?:\S+ improved from .*, )?saving model to"),
    ),
)
RESTORED = re.compile(r"Restoring model weights from the end of the best epoch(?:: (\d+))?")


@dataclass
class _Fit:
    """A fit while it is read. `open` is the epoch that was begun and is not complete."""

    planned: int | None
    rows: list[Row] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    open: int | None = None
    partial: bool = False

    @property
    def last(self) -> int:
        return self.rows[-1].epoch if self.rows else 0


def read_console(text: str, source: str) -> list[History]:
    """The fits in the output of a training, in order; empty where there is none."""
    fits = [fit for fit in _fits(text) if fit.rows]
    fits = _joined(fits)
    return [
        history_of(
            source if len(fits) == 1 else f"{source}#{number}",
            fit.rows,
            fit.planned,
            fit.events,
            fit.notes,
        )
        for number, fit in enumerate(fits, 1)
    ]


def visible(text: str) -> Iterator[str]:
    """The lines of a terminal output as they looked in the end."""
    for line in text.split("\n"):
        # What overwrites with blanks alone leaves what stood there before.
        line = line.rstrip("\r\b \t")
        cut = max(line.rfind("\r"), line.rfind("\b"))
        shown = line[cut + 1 :]
        if "\x1b" in shown or "m" in shown:
            shown = CODES.sub("", shown)
        yield shown


def _fits(text: str) -> list[_Fit]:
    fit = _Fit(None)
    fits = [fit]
    waiting: list[Event] = []
    for line in visible(text):
        if "Epoch" in line or "Restoring" in line:
            header = HEADER.search(line)
            if header is not None:
                fit = _begin(fits, int(header.group(1)), int(header.group(2)))
                fit.events.extend(waiting)
                waiting.clear()
                continue
            event = _event(line, fit)
            if event is not None:
                # The scheduler speaks before the header of the epoch it sets the rate of.
                ahead = event.kind is EventKind.RATE_SET and event.epoch != fit.open
                (waiting if ahead else fit.events).append(event)
                continue
        if fit.open is not None and ": " in line:
            _progress(line, fit)
    _abandon(fits[-1])
    return fits


def _begin(fits: list[_Fit], epoch: int, planned: int) -> _Fit:
    """Start an epoch: of the fit at hand, or of a new one where its numbers start again."""
    fit = fits[-1]
    if fit.open == epoch and fit.planned == planned:
        return fit
    _abandon(fit)
    fresh = fit.planned is not None and (planned != fit.planned or epoch <= fit.last)
    if fresh:
        fit = _Fit(planned)
        fits.append(fit)
    fit.planned, fit.open, fit.partial = planned, epoch, False
    return fit


def _abandon(fit: _Fit) -> None:
    if fit.open is not None:
        fit.notes.append(f"epoch {fit.open} was interrupted and is left out")
        fit.open = None


def _event(line: str, fit: _Fit) -> Event | None:
    for kind, pattern in MESSAGES:
        match = pattern.search(line)
        if match is not None:
            value = float(match.group(2)) if match.re.groups > 1 else None
            return Event(kind, int(match.group(1)), value)
    match = RESTORED.search(line)
    if match is None:
        return None
    best = float(match.group(1)) if match.group(1) else None
    return Event(EventKind.WEIGHTS_RESTORED, fit.open or fit.last, best)


def _progress(line: str, fit: _Fit) -> None:
    """Close the open epoch if the line is its complete progress line."""
    match = PROGRESS.search(line)
    steps = None
    if match is not None:
        done, total, rest = match.groups()
        complete = done == total or total == "Unknown"
        steps = int(done)
    else:
        timed = TIMED.search(line)
        if timed is None:
            return
        complete, rest = True, timed.group(1)
    if rest.startswith("ETA"):
        return
    metrics, seconds = _pairs(rest, steps)
    if not metrics or not (complete or any(name.startswith("val_") for name in metrics)):
        return
    assert fit.open is not None
    fit.rows.append(Row(fit.open, metrics, seconds))
    fit.open = None


def _pairs(rest: str, steps: int | None) -> tuple[dict[str, float], float | None]:
    """Metrics and seconds of a progress line, up to what is left of an overwritten one."""
    metrics: dict[str, float] = {}
    seconds: float | None = None
    for part in rest.split(" - "):
        part = part.strip()
        if part.startswith("ETA"):
            break
        epoch_time = PER_EPOCH.match(part)
        if epoch_time is not None:
            seconds = int(epoch_time.group(1)) * UNITS[epoch_time.group(2)]
            continue
        pair = PAIR.match(part)
        if pair is None:
            if not metrics:
                seconds = _seconds(part, steps, seconds)
            continue
        name = pair.group(1).strip()
        if name in metrics:
            break
        metrics[name] = float(pair.group(2))
        if pair.end() < len(part) and not part[pair.end() :].isspace():
            break
    return metrics, seconds


def _seconds(part: str, steps: int | None, known: float | None) -> float | None:
    """Seconds of ``89s 3ms/sample``; where these are 0, the steps and their time tell more."""
    words = part.split()
    whole = SECONDS.match(words[0]) if words else None
    if whole is not None and whole.group(4):
        known = int(whole.group(3)) * UNITS[whole.group(4)]
    elif whole is not None:
        known = 60.0 * int(whole.group(1) or 0) + int(whole.group(2))
    per_step = PER_STEP.search(part)
    if per_step is not None and steps is not None and (known is None or known < 1):
        return steps * int(per_step.group(1)) * UNITS[per_step.group(2)]
    return known


def _joined(fits: list[_Fit]) -> list[_Fit]:
    """Fits of a single epoch each, in a row, are the epochs of one training loop."""
    joined: list[_Fit] = []
    for fit in fits:
        before = joined[-1] if joined else None
        single = fit.planned == 1 and len(fit.rows) == 1
        if before is not None and single and before.planned == 1:
            if set(before.rows[-1].metrics) == set(fit.rows[0].metrics):
                row = fit.rows[0]
                before.rows.append(Row(before.last + 1, row.metrics, row.seconds))
                before.partial = True
                continue
        joined.append(fit)
    for fit in joined:
        if len(fit.rows) > 1 and fit.planned == 1:
            fit.notes.append(f"{len(fit.rows)} fits of one epoch each are read as one")
            fit.planned = len(fit.rows)
    return joined
