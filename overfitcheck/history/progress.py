r"""The grammar of a progress line, over all ages of Keras.

::

    progress = [ step "/" steps [ bar ] ] [ "-" ] [ time ] { "-" pair }
    steps    = number | "Unknown"                            the epoch is over when both are equal
    bar      = "[====>...]"  |  "━━━━"                       Keras 1 and 2  |  Keras 3
             | "████ ETA: 00:00s"                            TensorFlow Addons, over or not
    time     = "89s 3ms/sample" | "1s 20ms/step" | "34s"     "ETA: 5s" while it is not over
    pair     = name ":" value                                "loss: 0.2345", "611ms/epoch" is time
    value    = number with four decimals, "nan" or "inf"

What is left of an overwritten line behind a shorter one (``val_acc: 0.5711.594 - ETA: 7s``) ends
at the first pair that cannot be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BARRED = re.compile(r"(\d{1,12})/(\d{1,12})\s*(?:\[[=>.]*\]|[━╸╺]+|█+\s*ETA: [\d:]+s)\s*(?:-\s*)?")
"""A count and its bar; the count may be glued to the end of an overwritten line."""

COUNTED = re.compile(r"(?:^|[\s|>\]:])(\d{1,12})/(\d{1,12}|Unknown)(?=\s|$)\s*(?:-\s*)?")
TIMED = re.compile(r"(?:^|\s|-\s)(\d+(?:\.\d+)?m?s\s+-\s)")
PAIR = re.compile(
    r"([^\s:][^:]*):\s*(-?(?:\d+(?:\.(\d+))?(?:[eE][+-]?\d+)?|nan|inf))", re.IGNORECASE
)
SECONDS = re.compile(r"(?:^|\s)(?:(?:(\d+):)?(\d+):)?(\d+)(?:s(?=\s|$)|$)")
SHORT = re.compile(r"(?:^|\s)(\d+)(ms|us)(?=\s|$)")
PER_STEP = re.compile(r"(\d+)(s|ms|us)/(?:step|sample)")
PER_EPOCH = re.compile(r"^(\d+)(s|ms)/epoch$")
UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
DECIMALS = 4
"""Decimals of a metric as Keras prints it."""

NUMBER = re.compile(r"-?(?:\d+\.\d{4}(?:e[+-]\d{2,3})?|inf|nan)")


@dataclass(frozen=True)
class Progress:
    """What a progress line tells. `steps` is None where it counts none, or does not know them.

    `over` where the line is that of a finished epoch, `clean` where nothing follows its pairs.
    `short` where its last number is not as long as Keras prints them.
    """

    metrics: dict[str, float]
    seconds: float | None
    steps: int | None
    over: bool
    clean: bool
    short: bool

    @property
    def validated(self) -> bool:
        """Whether the line holds validation metrics, as the last one of an epoch does."""
        return any(name.startswith("val_") for name in self.metrics)


def read_progress(text: str) -> Progress | None:
    """The progress in a line; None where it is no progress line, or holds no metric."""
    counted = _last(BARRED, text) or _last(COUNTED, text)
    if counted is not None:
        total = counted.group(2)
        # Keras pads the count to the width of the total: more digits are those of another number.
        done = int(counted.group(1)[-len(total) :])
        steps = int(total) if total != "Unknown" else None
        over, rest = steps is None or done == steps, text[counted.end() :]
    else:
        timed = TIMED.search(text)
        if timed is None:
            return None
        done, steps, over, rest = 0, None, True, text[timed.start(1) :]
    if rest.startswith("ETA"):
        return None
    metrics, seconds, clean = _pairs(rest, done)
    if not metrics:
        return None
    progress = Progress(metrics, seconds, steps, over, clean, _is_short(rest))
    return progress if over or progress.validated else None


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    last = None
    for match in pattern.finditer(text):
        last = match
    return last


def _pairs(rest: str, done: int) -> tuple[dict[str, float], float | None, bool]:
    """Metrics, seconds, and whether nothing is left of an overwritten line behind them."""
    metrics: dict[str, float] = {}
    seconds: float | None = None
    exact, clean = False, True
    for part in rest.split(" - "):
        part = part.strip()
        if part.startswith("ETA"):
            return metrics, seconds, False
        epoch_time = PER_EPOCH.match(part)
        if epoch_time is not None:
            seconds = int(epoch_time.group(1)) * UNITS[epoch_time.group(2)]
            continue
        pair = PAIR.match(part)
        if pair is None:
            if not metrics:
                seconds = _seconds(part, done, seconds)
            clean = clean and not (metrics and part and PER_STEP.fullmatch(part) is None)
            continue
        name, value, decimals = pair.group(1).strip(), pair.group(2), pair.group(3) or ""
        if name in metrics:
            return metrics, seconds, False
        if not metrics:
            exact = len(decimals) == DECIMALS
        if exact and len(decimals) > DECIMALS:
            metrics[name] = float(value[: value.index(".") + 1 + DECIMALS])
            return metrics, seconds, False
        metrics[name] = float(value)
        if pair.end() < len(part):
            return metrics, seconds, False
    return metrics, seconds, clean


def _is_short(rest: str) -> bool:
    """Whether the line ends in a number that Keras would have gone on with."""
    last = rest.rpartition(" - ")[2].strip()
    digits = last.rstrip(".e+-")
    pair = PAIR.match(digits)
    if pair is None or pair.end() < len(digits):
        return False
    return digits != last or NUMBER.fullmatch(pair.group(2)) is None


def _seconds(part: str, done: int, known: float | None) -> float | None:
    """Seconds of ``89s 3ms/sample``; where these are 0, the steps and their time tell more."""
    whole, short = SECONDS.search(part), SHORT.search(part)
    if whole is not None:
        hours, minutes, seconds = (int(group or 0) for group in whole.groups())
        known = 3600.0 * hours + 60.0 * minutes + seconds
    elif short is not None:
        known = int(short.group(1)) * UNITS[short.group(2)]
    per_step = PER_STEP.search(part)
    if per_step is not None and done and (known is None or known < 1):
        return done * int(per_step.group(1)) * UNITS[per_step.group(2)]
    return known
