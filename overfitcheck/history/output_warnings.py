"""Warnings and log records in the output of a run, and which of them bear on the training.

They are read from ``output.log`` afterwards: nothing is hooked into the warnings and the loggers
of the user's process.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LARGEST = 64 << 20
"""Bytes of the end of an output that are looked at."""

MOST = 200

WARNING = re.compile(r"^(?P<path>[^\n:]{1,300}):(?P<line>\d+): (?P<kind>\w*Warning): (?P<text>.+)$")
"""A warning as Python prints it."""

RECORDS = (
    re.compile(r"^(?P<level>WARNING|ERROR|CRITICAL):(?P<kind>[\w.]+):(?P<text>.+)$"),
    re.compile(
        r"^(?:[\d-]{10} )?[\d:.]+: (?P<level>[WEF]) (?P<kind>[\w/]+)[\w./]*:\d+\] (?P<text>.+)$"
    ),
    re.compile(r"^(?P<level>[WEF])\d{4} [\d:. ]+(?P<kind>[\w/]+)[\w./]*:\d+\] (?P<text>.+)$"),
)
"""Records of Python's loggers, and of TensorFlow's own, in its older and its newer form."""

BEARING = re.compile(
    r"conditioned on metric|which is not available|Can save best model only with"
    r"|ran out of data|Gradients do not exist|Invalid loss|All-NaN|overflow encountered"
    r"|does not have any trainable|`lr` is deprecated|weights? .* not (?:loaded|used)"
    r"|Skipping variable loading|layers? .* has no .*weights|ResourceExhausted|out of memory"
    r"|trainable.* recompil|Discrepancy between trainable weights",
    re.IGNORECASE,
)
"""What bears on the training; Keras's word on an ignored `shuffle=True` is said to all."""


@dataclass(frozen=True)
class Message:
    """A warning or a log record that stood in the output.

    `kind` is the class of a warning or the name of a logger. `bears` says whether it bears on
    what was trained, or with what effect; `count` how often it stood there.
    """

    kind: str
    text: str
    bears: bool
    count: int = 1


def read_messages(run_folder: Path) -> tuple[Message, ...]:
    """The messages in the output of a run, those that bear on the training first."""
    try:
        with (run_folder / "output.log").open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - LARGEST))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ()
    return messages_in(text)


def messages_in(text: str) -> tuple[Message, ...]:
    """The messages in some output, each once, those that bear on the training first."""
    counts = Counter(_found(text))
    messages = [
        Message(kind, words, BEARING.search(words) is not None, count)
        for (kind, words), count in counts.items()
    ]
    return tuple(sorted(messages, key=lambda each: not each.bears)[:MOST])


def _found(text: str) -> Iterator[tuple[str, str]]:
    for line in re.split(r"[\r\n]+", text):
        # A progress bar may end where a message begins.
        line = line.rpartition("\b")[2]
        warning = WARNING.match(line)
        if warning is not None:
            yield warning["kind"], warning["text"].strip()
            continue
        for record in RECORDS:
            found = record.match(line)
            if found is not None:
                yield found["kind"].replace("/", "."), found["text"].strip()
                break
