"""Classes that a notebook has counted: what a cell's saved output says of the labels of a fit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from overfitcheck.script.data import TRAIN_TEST_SPLIT, one_step, rows_of
from overfitcheck.script.values import Attribute, Call, Item, Value, column_names, constant

if TYPE_CHECKING:
    from overfitcheck.script.fit import Fit
    from overfitcheck.script.script import Script

ROW = re.compile(r"^(.*\S)[ \t]+(\d+(?:\.\d+)?)[ \t]*$", re.MULTILINE)
SERIES = re.compile(
    r"((?:^.*\S[ \t]+\d+(?:\.\d+)?[ \t]*\n)+)(?:Name: [^,\n]*, )?dtype: (?:int|float)64",
    re.MULTILINE,
)
"""How pandas shows ``y.value_counts()``, where it leaves no class out."""

PAIR = re.compile(r"(?:^|, )(.+?): (\d+)(?=, |$)")
COUNTER = re.compile(r"Counter\(\{([^{}]*)\}\)")
"""How Python shows ``Counter(y)``."""

ARRAYS = re.compile(r"\(array\(\[([^\]]*)\][^)]*\), array\(\[([\d\s,]*)\][^)]*\)\)")
"""How NumPy shows ``np.unique(y, return_counts=True)``."""

NO_COLUMNS = ("values", "T", "iloc", "loc", "data", "str", "cat")
"""Attributes of a table or column that are no columns."""


@dataclass(frozen=True)
class Counted:
    """How many rows each class has (or which share of them), as the output of a cell shows."""

    cell: int
    classes: Mapping[str, float]

    @property
    def ratio(self) -> float:
        """How many times as frequent the most frequent class is as the rarest."""
        return max(self.classes.values()) / max(min(self.classes.values()), 1e-9)

    def __str__(self) -> str:
        ordered = sorted(self.classes, key=self.classes.__getitem__)
        most, least = ordered[-1], ordered[0]
        if all(isinstance(each, int) for each in self.classes.values()):
            shown = f"{self.classes[most]:,} rows of {most} and {self.classes[least]:,} of {least}"
        else:
            shown = f"{self.classes[most]:.0%} of {most} and {self.classes[least]:.0%} of {least}"
        return f"cell {self.cell} counted {shown}"


def counted_classes(fit: Fit) -> Counted | None:
    """The classes that a notebook counted before a fit, where these are the labels of the fit."""
    notebook = fit.script.notebook
    if notebook is None or not notebook.outputs or fit.y is None:
        return None
    counted: dict[int, list[Value]] = {}
    for call, value in _counts(fit.script):
        if call.order < fit.call.order and fit.script.holds(call.node):
            cell, _ = notebook.place(fit.script.line(call.node))
            counted.setdefault(cell, []).append(value)
    labels = list(_sources(fit.y))
    for cell, values in reversed(counted.items()):
        classes = classes_in(notebook.outputs.get(cell, ""))
        if classes and all(_is_among(value, labels) for value in values):
            return Counted(cell, classes)
    return None


def classes_in(text: str) -> dict[str, float]:
    """The classes that an output shows with their numbers; none unless it shows one such list."""
    series = [ROW.findall(found) for found in SERIES.findall(text)]
    counters = [PAIR.findall(found) for found in COUNTER.findall(text)]
    arrays = [
        list(zip(names.replace(",", " ").split(), numbers.replace(",", " ").split(), strict=False))
        for names, numbers in ARRAYS.findall(text)
    ]
    lists = [*series, *counters, *arrays]
    if len(lists) != 1 or len(lists[0]) < 2:
        return {}
    return {name: float(n) if "." in n else int(n) for name, n in lists[0]}


def _counts(script: Script) -> Iterator[tuple[Call, Value]]:
    """The calls that count the classes of something, and what they count."""
    for call in script.calls:
        if call.method == "value_counts" and call.receiver is not None:
            yield call, call.receiver
        elif call.positional and call.function == "collections.Counter":
            yield call, call.positional[0].value
        elif call.positional and call.function == "numpy.unique":
            if "return_counts" in call.keywords:
                yield call, call.positional[0].value


def _is_among(value: Value, labels: list[Value]) -> bool:
    """Whether a value is one of the labels, or of what they were made of."""
    for each in _sources(value):
        column = _column(each)
        if any(each is one or (column is not None and column == _column(one)) for one in labels):
            return True
        if isinstance(each, Item):
            return False  # Some of the rows, which may be those that are held out.
    return False


def _sources(labels: Value) -> Iterator[Value]:
    """Labels and what they were made of, up to the column of a table that they are."""
    value: Value | None = labels
    for _ in range(40):
        if value is None:
            return
        yield value
        if _column(value) is not None:
            return
        value = _step(value)


def _step(value: Value) -> Value | None:
    """What labels were made of: the rows that were split, encoded or chosen."""
    if isinstance(value, Item):
        split, number = value.of, constant(value.index)
        if isinstance(split, Call) and split.function == TRAIN_TEST_SPLIT:
            known = isinstance(number, int) and number // 2 < len(split.positional)
            return split.positional[number // 2].value if known else None
        return value.of
    step = one_step(value)
    if step is None and isinstance(value, Call):
        given = value.positional[0].value if value.positional else None
        return value.receiver if value.receiver is not None else given
    return step


def _column(value: Value) -> tuple[int, str] | None:
    """The table that a value is a column of, and its name; None where it is something else."""
    if isinstance(value, Item):
        names = column_names(value.index)
        return (id(rows_of(value.of).origin), names[0]) if names and len(names) == 1 else None
    if isinstance(value, Attribute) and value.name not in NO_COLUMNS:
        return id(rows_of(value.of).origin), value.name
    return None
