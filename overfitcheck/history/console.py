r"""Histories in what Keras prints while it trains.

The grammar, over all ages of Keras (``N`` a number)::

    log      = { header | progress | message | anything }
    header   = "Epoch N/N"       starts an epoch
    progress                     ends it (`overfitcheck.history.progress`)
    message                      is of a callback (`overfitcheck.history.messages`)

Each line as it looked in the end (`overfitcheck.history.lines`); what a machine writes in front
of it, as a time or a container's name, does no harm. An epoch lasts until the next header: a
progress line that a message has cut in two is followed by the whole one, and a bar of the
validation by the line with its results. Later progress lines are those of ``evaluate``. An epoch
whose line never became complete was interrupted, and is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from overfitcheck.history.epochs import Row, history_of, numbered
from overfitcheck.history.history import Event, EventKind, History
from overfitcheck.history.lines import Line, shown_lines
from overfitcheck.history.messages import WORDS, read_message
from overfitcheck.history.progress import Progress, read_progress

FORMAT = "Keras output"

HEADER = re.compile(r"(?:^|[\s|>\]:]|epochs/s)Epoch\s+0*(\d{1,9})\s*/\s*(\d{1,9})(?:\s+(\S.*))?$")
BAR = re.compile(
    rb"(?:\x1b\[1m)?[\r ]*(\d{1,12})/(\d{1,12})(?:\x1b\[0m)? (?:\x1b\[\d+m)*(?:\[|\xe2\x94)"
)
"""A count and the beginning of its bar, at the beginning of a line."""


@dataclass
class _Epoch:
    """An epoch from its header to the next; `closing` is its complete progress line so far."""

    number: int
    line: int
    closing: Progress | None = None
    closed_in: Line | None = None


@dataclass
class _Fit:
    """A fit while it is read."""

    planned: int
    rows: list[Row] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    epoch: _Epoch | None = None
    validates: bool = False
    doubled: int | None = None

    @property
    def last(self) -> int:
        """The number of the last epoch that is over."""
        if self.epoch is not None and self.epoch.closing is not None:
            return self.epoch.number
        return self.rows[-1].epoch if self.rows else 0

    @property
    def current(self) -> int:
        """The epoch that a message at this place speaks of."""
        return self.epoch.number if self.epoch is not None else self.last


def read_console(chunks: Iterable[bytes], source: str) -> list[History]:
    """The fits in the output of a training, in order; empty where there is none."""
    fits = _joined([fit for fit in _fits(chunks) if fit.rows])
    return [
        history_of(
            numbered(source, number, len(fits)),
            fit.rows,
            fit.planned,
            fit.events,
            fit.notes,
            FORMAT,
        )
        for number, fit in enumerate(fits, 1)
    ]


def _fits(chunks: Iterable[bytes]) -> list[_Fit]:
    fits: list[_Fit] = []
    waiting: list[Event] = []
    match_bar = BAR.match
    for line in shown_lines(chunks):
        shown = line.shown
        # Where fragments are lines of their own, nearly all are bars that are not full.
        bar = match_bar(shown)
        if bar is not None and bar[1] != bar[2][1:] and _is_lone_bar(shown, bar[2]):
            continue
        if any(word in shown for word in WORDS):
            text = line.text
            header = HEADER.search(text)
            if header is not None:
                _begin(fits, int(header.group(1)), int(header.group(2)), line.number)
                fits[-1].events.extend(waiting)
                waiting.clear()
                if header.group(3):
                    _progress(line, header.group(3), fits[-1])
                continue
            event = read_message(text, fits[-1].current if fits else 0)
            if event is not None:
                # The scheduler speaks before the header of the epoch it sets the rate of.
                ahead = not fits or (
                    event.kind is EventKind.RATE_SET and event.epoch != fits[-1].current
                )
                (waiting if ahead else fits[-1].events).append(event)
                continue
        if fits and b": " in shown:
            _progress(line, line.text, fits[-1])
    if fits:
        _finish(fits[-1])
    return fits


def _is_lone_bar(shown: bytes, steps: bytes) -> bool:
    """Whether nothing but an unfinished bar is in a line, as a second one glued to it."""
    return b"val_" not in shown and b"poch" not in shown and shown.count(steps) == 1


def _begin(fits: list[_Fit], number: int, planned: int, line: int) -> None:
    """Start an epoch: of the fit at hand, or of a new one where its numbers start again."""
    fit = fits[-1] if fits else None
    if fit is not None and fit.planned == planned:
        epoch = fit.epoch
        if epoch is not None and epoch.number == number and epoch.closing is None:
            return
    if fit is not None:
        _finish(fit)
    if fit is None or planned != fit.planned or number <= fit.last:
        fit = _Fit(planned)
        fits.append(fit)
    fit.epoch = _Epoch(number, line)


def _progress(line: Line, text: str, fit: _Fit) -> None:
    """Close the epoch at hand if the line is its complete progress line."""
    epoch = fit.epoch
    progress = read_progress(text) if epoch is not None else None
    if epoch is None or progress is None:
        return
    before = epoch.closing
    if before is None or _goes_on(before, progress, line):
        epoch.closing, epoch.closed_in = progress, line
    elif before.validated and progress.validated and before.metrics != progress.metrics:
        fit.doubled = fit.doubled or line.number


def _goes_on(before: Progress, progress: Progress, line: Line) -> bool:
    """Whether a complete line replaces the one before: it was cut in two, or not yet validated."""
    if progress.validated and not before.validated:
        return True
    return line.continues and (before.steps is None or before.steps == progress.steps)


def _finish(fit: _Fit) -> None:
    """End the epoch at hand: a row if it was completed, else a note."""
    epoch = fit.epoch
    if epoch is None:
        return
    fit.epoch = None
    progress, line = epoch.closing, epoch.closed_in
    if progress is None or line is None or _is_cut(fit, progress, line):
        fit.notes.append(
            f"epoch {epoch.number} was interrupted and is left out (line {epoch.line})"
        )
        return
    fit.validates = fit.validates or progress.validated
    fit.rows.append(Row(epoch.number, progress.metrics, progress.seconds, line.number))
    if fit.doubled is not None and not any("two trainings" in note for note in fit.notes):
        fit.notes.append(
            f"epoch {epoch.number} ends twice, again in line {fit.doubled}: two trainings wrote "
            "into one log, and their epochs cannot be told apart"
        )


def _is_cut(fit: _Fit, progress: Progress, line: Line) -> bool:
    """Whether the bar of training was full, but its line never came to its end."""
    if not line.ended and progress.short:
        return True
    return fit.validates and not progress.validated and not (line.ended and progress.clean)


def _joined(fits: list[_Fit]) -> list[_Fit]:
    """Fits of a single epoch each, in a row, are the epochs of one training loop."""
    joined: list[_Fit] = []
    for fit in fits:
        before = joined[-1] if joined else None
        if before is not None and before.planned == fit.planned == 1 and len(fit.rows) == 1:
            row = fit.rows[0]
            if set(before.rows[-1].metrics) == set(row.metrics):
                before.rows.append(Row(before.last + 1, row.metrics, row.seconds, row.line))
                continue
        joined.append(fit)
    for fit in joined:
        if len(fit.rows) > 1 and fit.planned == 1:
            fit.notes.append(f"{len(fit.rows)} fits of one epoch each are read as one")
            fit.planned = len(fit.rows)
    return joined
