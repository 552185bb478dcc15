"""Histories in the event files of TensorBoard, by a plain loop over their records.

The grammar of a file, numbers in little endian::

    file    = { record }
    record  = length (8 bytes)  masked CRC-32C of it (4)  event (length)  masked CRC of that (4)
    event   = a protobuf: wall time, step, { tag, value }

A value is a number (Keras before TensorFlow 2) or a tensor of one number. Keras writes the tags
``epoch_loss``, ``epoch_<metric>`` and ``epoch_learning_rate`` (``epoch_lr``) with steps from 0 into
``train/``, the first two into ``validation/``; older Keras writes ``loss`` and ``val_loss`` into
the folder itself. Tags of batches and of ``evaluate`` are left out. Other tags are taken for
metrics, too, if no tag is one of epochs. A file whose steps go on where those of an earlier one
end belongs to the same fit, else to a new one. The check sum of the length is verified, as a
wrong length would make nonsense of all that follows; a record that is cut or damaged ends its file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from overfitcheck.errors import UserError
from overfitcheck.extras import require
from overfitcheck.history.epochs import Row, history_of, numbered
from overfitcheck.history.history import History
from overfitcheck.history.names import keras_names

FORMAT = "TensorBoard events"

HEAD = struct.Struct("<QI")
LARGEST = 1 << 24
"""Bytes of a record that is read; larger ones hold images or graphs."""

ROLES = {"train": "", "validation": "val_"}
"""Folders that Keras writes into, and what their metrics are called."""

EPOCH_TAG = "epoch_"
OTHER_TAGS = ("batch_", "evaluation_")
FLOATS = {1: struct.Struct("<f"), 2: struct.Struct("<d")}
"""Types of tensors that hold metrics, as TensorFlow numbers them."""

Written = tuple[int, float, float]
"""Step, value and wall time."""

Points = dict[str, dict[int, float]]
"""Values by tag and step."""


@dataclass
class _Course:
    """What one fit wrote for one role; `times` are the wall times of its steps."""

    points: Points = field(default_factory=dict)
    times: dict[int, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def first(self) -> int:
        return min(self.times)

    @property
    def last(self) -> int:
        return max(self.times)

    @property
    def began(self) -> float:
        return min(self.times.values())


def is_event_file(head: bytes) -> bool:
    """Whether a file that begins with `head` holds TensorBoard events."""
    if len(head) < HEAD.size:
        return False
    length, check = HEAD.unpack_from(head)
    return bool(0 < length < LARGEST and _masked_crc(length) == check)


def run_of(file: Path) -> Path:
    """The folder of the run that an event file belongs to."""
    return file.parent.parent if file.parent.name in ROLES else file.parent


def read_tensorboard(files: Sequence[Path], source: str) -> list[History]:
    """The fits in the event files of one run; empty where no metric was written.

    Raises:
        UserError: tensorboard is not installed, or a file cannot be read.
    """
    require("run", "tensorboard")
    courses: dict[str, list[_Course]] = {}
    for file in sorted(files, key=lambda file: file.name):
        role = ROLES.get(file.parent.name, "")
        course = _read_file(file)
        if course.times:
            _append(courses.setdefault(role, []), course)
    trained = courses.pop("", []) or courses.pop("val_", [])
    fits = [(course, _of_time(course, trained, courses.get("val_", []))) for course in trained]
    return [
        _history(numbered(source, number, len(fits)), course, validation)
        for number, (course, validation) in enumerate(fits, 1)
    ]


def _append(courses: list[_Course], course: _Course) -> None:
    """Add what a file holds, to the fit of the file before if its steps go on."""
    if not courses or course.first <= courses[-1].last:
        courses.append(course)
        return
    before = courses[-1]
    for tag, points in course.points.items():
        before.points.setdefault(tag, {}).update(points)
    before.times.update(course.times)
    before.notes.extend(course.notes)


def _of_time(
    course: _Course, trained: Sequence[_Course], validations: Sequence[_Course]
) -> _Course | None:
    """The validation that was written while `course` was trained."""
    if len(trained) == len(validations):
        return validations[list(trained).index(course)]
    for validation in validations:
        before = [each for each in trained if each.began <= validation.began]
        if before and max(before, key=lambda each: each.began) is course:
            return validation
    return None


def _history(source: str, course: _Course, validation: _Course | None) -> History:
    names = keras_names(course.points)
    columns = {names[tag]: points for tag, points in course.points.items()}
    rate = columns.pop("learning_rate", None) or columns.pop("lr", None)
    if rate is not None:
        columns["learning_rate"] = rate
    notes = list(course.notes)
    if validation is not None:
        columns.update({f"val_{tag}": points for tag, points in validation.points.items()})
        notes.extend(validation.notes)
    steps = sorted({step for points in columns.values() for step in points})
    offset = 1 if steps[0] == 0 else 0
    epochs: Sequence[int] = [step + offset for step in steps]
    if len(steps) > 2 and steps[-1] - steps[0] > 20 * len(steps):
        epochs = range(1, len(steps) + 1)
        notes.append(
            f"each of {len(steps)} steps from {steps[0]} to {steps[-1]} is read as an epoch"
        )
    named = list(columns.items())
    rows = [
        Row(
            epoch,
            {name: points[step] for name, points in named if step in points},
            _seconds(course.times, step, before),
        )
        for epoch, step, before in zip(epochs, steps, [None, *steps], strict=False)
    ]
    return history_of(source, rows, notes=notes, read_as=FORMAT)


def _seconds(times: dict[int, float], step: int, before: int | None) -> float | None:
    if before is None or step not in times or before not in times:
        return None
    return max(times[step] - times[before], 0.0)


def _read_file(path: Path) -> _Course:
    """The metrics in one file by their names, those of epochs if there are any."""
    course = _Course()
    try:
        with path.open("rb") as file:
            written = _values(file, course.notes, path.name)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}") from None
    of_epochs = [tag for tag in written if tag.startswith(EPOCH_TAG)]
    chosen = of_epochs or [tag for tag in written if not tag.startswith(OTHER_TAGS)]
    for tag in chosen:
        course.points[tag.removeprefix(EPOCH_TAG)] = {step: n for step, n, _ in written[tag]}
    for tag in sorted(chosen, key=lambda tag: len(written[tag]))[-1:]:
        course.times = {step: time for step, _, time in written[tag]}
    return course


def _values(file: BinaryIO, notes: list[str], name: str) -> dict[str, list[Written]]:
    """Step, value and wall time of every number in a file, by its tag."""
    from google.protobuf.message import DecodeError
    from tensorboard.compat.proto.event_pb2 import Event

    written: dict[str, list[Written]] = {}
    parse, one_float = Event.FromString, FLOATS[1].unpack
    for count, data in enumerate(_records(file)):
        try:
            event = parse(data) if data is not None else None
        except DecodeError:
            event = None
        if event is None:
            notes.append(f"{name} is cut or damaged after {count} records; the rest is left out")
            break
        for value in event.summary.value:
            # The tensor of one float that Keras writes comes first: there may be very many.
            tensor = value.tensor
            content = tensor.tensor_content
            if len(content) == 4 and tensor.dtype == 1:
                number = one_float(content)[0]
            elif (other := _number(value)) is not None:
                number = other
            else:
                continue
            written.setdefault(value.tag, []).append((event.step, number, event.wall_time))
    return written


def _records(file: BinaryIO) -> Iterator[bytes | None]:
    """The events of a file; None for the place where it is damaged or cut."""
    while head := file.read(HEAD.size):
        if len(head) < HEAD.size:
            yield None
            return
        length, check = HEAD.unpack(head)
        if _masked_crc(length) != check:
            yield None
            return
        if length > LARGEST:
            file.seek(length + 4, 1)
            continue
        data = file.read(length + 4)
        if len(data) < length + 4:
            yield None
            return
        yield data[:length]


def _number(value: Any) -> float | None:
    """The metric in a value; None where it is something else, as an image."""
    kind = value.WhichOneof("value")
    if kind == "simple_value":
        return float(value.simple_value)
    if kind != "tensor":
        return None
    tensor = value.tensor
    layout = FLOATS.get(tensor.dtype)
    if layout is None or tensor.tensor_shape.dim:
        return None
    content = tensor.tensor_content
    if len(content) == layout.size:
        return float(layout.unpack(content)[0])
    numbers = tensor.float_val or tensor.double_val
    return float(numbers[0]) if len(numbers) == 1 else None


@lru_cache(maxsize=4096)
def _masked_crc(length: int) -> int:
    """The check sum that TFRecord files write for a length: CRC-32C, rotated, plus a constant."""
    crc = 0xFFFFFFFF
    for byte in length.to_bytes(8, "little"):
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF
