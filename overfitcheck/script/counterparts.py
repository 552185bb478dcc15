"""Counterparts: rows made as others were, of another part of the same split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from overfitcheck.script.data import TRAIN_TEST_SPLIT, rows_of, same_rows
from overfitcheck.script.learners import FITTING, scales_columns
from overfitcheck.script.resampling import RESAMPLING
from overfitcheck.script.slices import cut_alike, is_apart
from overfitcheck.script.values import (
    Attribute,
    Call,
    Constant,
    Item,
    Items,
    Operation,
    Slice,
    Symbol,
    Value,
    constant,
)

MOST_PAIRS = 500
"""Pairs of values that are compared for one question."""


@dataclass(frozen=True, eq=False, repr=False)
class Parting:
    """A step that parts rows from their counterpart, or takes one of the two of something larger.

    `call` gives both, or the one; None where they are slices, which begin and end as `cuts` say.
    `further` is "" where it parts them, else which of the two was taken of more: "rows", "other".
    """

    call: Call | None
    part: int = 0
    cuts: tuple[tuple[object, object], ...] = ()
    further: str = ""

    def agrees(self, other: Parting) -> bool:
        """Whether it parts other rows, such as the labels, in the same way."""
        mine, theirs = (self.call, self.part, self.further), (other.call, other.part, other.further)
        return mine == theirs and cut_alike(self.cuts, other.cuts)


@dataclass(frozen=True, eq=False, repr=False)
class Counterpart:
    """How rows are related to others: the partings between them, and what the others were made by.

    Without partings they are the same, or made alike.
    """

    partings: tuple[Parting, ...] = ()
    made: tuple[Value, ...] = ()

    @property
    def distance(self) -> int:
        """How many times either of them was taken of more than the parting gave."""
        return sum(bool(each.further) for each in self.partings)

    @property
    def last_call(self) -> Call | None:
        """The call that gave the others; None where they are a slice."""
        last = [each for each in self.partings if each.further == "other"]
        first = [each for each in self.partings if not each.further]
        return (last or first)[0].call

    def agrees(self, other: Counterpart) -> bool:
        """Whether other rows, such as the labels, were parted in the same way."""
        pairs = ((self.partings, other.partings), (other.partings, self.partings))
        return all(any(a.agrees(b) for b in theirs) for mine, theirs in pairs for a in mine)


ALIKE = Counterpart()


def _joined(found: Iterable[Counterpart], further: Counterpart = ALIKE) -> Counterpart:
    every = [*found, further]
    partings = dict.fromkeys(parting for each in every for parting in each.partings)
    made = dict.fromkeys(value for each in every for value in each.made)
    return Counterpart(tuple(partings), tuple(made))


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """A comparison of rows with others; `known` are the pairs that were looked at already."""

    known: dict[tuple[Value, Value], Counterpart | None] = field(default_factory=dict)

    def counterpart(self, rows: Value, other: Value) -> Counterpart | None:
        """How rows are related to others that were made as they were of another part."""
        found = self._related(rows, other)
        parted = found is not None and any(not each.further for each in found.partings)
        return found if parted else None

    def _related(self, rows: Value, other: Value) -> Counterpart | None:
        if rows is other:
            return ALIKE
        pair = (rows, other)
        if pair not in self.known:
            if len(self.known) > MOST_PAIRS:
                return None
            self.known[pair] = None  # Where values refer to one another in a circle.
            self.known[pair] = (
                self._parted(rows, other)
                or self._made_alike(rows, other)
                or self._taken_of_more(rows, other)
            )
        return self.known[pair]

    def _are_alike(self, pairs: Iterable[tuple[Value, Value]]) -> bool:
        """Whether the values of each pair are the same, or made alike."""
        found = (self._related(first, second) for first, second in pairs)
        return all(each is not None and not each.partings for each in found)

    def _parted(self, rows: Value, other: Value) -> Counterpart | None:
        """The parting whose parts the two are themselves."""
        if not isinstance(rows, Item) or not isinstance(other, Item):
            return None
        first, second = constant(rows.index), constant(other.index)
        if type(first) is int and type(second) is int:
            source = rows.of
            if source is not other.of or not isinstance(source, Call) or first == second:
                return None
            if source.function == TRAIN_TEST_SPLIT and (first % 2 or second != first + 1):
                return None
            return Counterpart((Parting(source),), (other,))
        return self._sliced(rows, other)

    def _sliced(self, rows: Item, other: Item) -> Counterpart | None:
        """The parting of two slices of the same rows that lie apart."""
        rest = [_behind_slice(each.index) for each in (rows, other)]
        if rest[0] is None or rest[1] is None or len(rest[0]) != len(rest[1]):
            return None
        if not same_rows(rows.of, other.of):
            return None
        if not self._are_alike([(rows.of, other.of), *zip(*rest, strict=True)]):
            return None
        cuts = (rows_of(rows).cuts[-1], rows_of(other).cuts[-1])
        return (
            Counterpart((Parting(None, cuts=cuts),), (other,))
            if is_apart(*cuts[:1], cuts[1:])
            else None
        )

    def _made_alike(self, rows: Value, other: Value) -> Counterpart | None:
        """How two are related that were made in the same way of what is related."""
        pairs = _pairs(rows, other)
        if pairs is None:
            return None
        found: list[Counterpart] = []
        for first, second in pairs:
            related = self._related(first, second)
            if related is None:
                return None
            found.append(related)
        joined = _joined(found)
        return _joined([joined], Counterpart(made=(other,))) if joined.partings else joined

    def _taken_of_more(self, rows: Value, other: Value) -> Counterpart | None:
        """How two are related of which one was split off more rows, or resampled from others."""
        more = _taken_of(rows)
        if more is not None:
            related = self.counterpart(more[0], other)
            if related is not None:
                return _joined([related], Counterpart((Parting(*more[1:], further="rows"),)))
        more = _taken_of(other)
        if more is not None and more[1].function == TRAIN_TEST_SPLIT:
            related = self.counterpart(rows, more[0])
            if related is not None:
                parting = Parting(*more[1:], further="other")
                return _joined([related], Counterpart((parting,), (other,)))
        return None


def _behind_slice(index: Value) -> Sequence[Value] | None:
    """What an index that cuts rows out names beside these; None for any other index."""
    if isinstance(index, Slice):
        return None if index.lower is None and index.upper is None else ()
    if isinstance(index, Items) and index.items and isinstance(index.items[0], Slice):
        return None if _behind_slice(index.items[0]) is None else index.items[1:]
    return None


def _taken_of(part: Value) -> tuple[Value, Call, int] | None:
    """The rows that a part was split or resampled from, what did so, and which part it is."""
    if not isinstance(part, Item) or not isinstance(part.of, Call):
        return None
    number, call = constant(part.index), part.of
    if type(number) is not int or call.open:
        return None
    if call.function == TRAIN_TEST_SPLIT and 0 <= number // 2 < len(call.positional):
        return call.positional[number // 2].value, call, number % 2
    if call.method in RESAMPLING and 0 <= number < len(call.positional):
        return call.positional[number].value, call, 0
    return None


Pairs = Sequence[tuple[Value, Value]]


def _pairs(first: Value, second: Value) -> Pairs | None:
    """What two values were made of in the same way, in pairs; None where they were not."""
    if isinstance(first, Constant) and isinstance(second, Constant):
        same = type(first.value) is type(second.value) and first.value == second.value
        return () if same else None
    if isinstance(first, Symbol) and isinstance(second, Symbol):
        return () if first.path == second.path else None
    if isinstance(first, Item) and isinstance(second, Item):
        return [(first.of, second.of), (first.index, second.index)]
    if isinstance(first, Attribute) and isinstance(second, Attribute):
        return [(first.of, second.of)] if first.name == second.name else None
    if isinstance(first, Slice) and isinstance(second, Slice):
        return _given([first.lower, first.upper], [second.lower, second.upper])
    if isinstance(first, Operation) and isinstance(second, Operation):
        same = first.operator == second.operator
        return _given(first.operands, second.operands) if same else None
    if isinstance(first, Items) and isinstance(second, Items):
        same = first.kind == second.kind and first.complete and second.complete
        return _given(first.items, second.items) if same else None
    if isinstance(first, Call) and isinstance(second, Call):
        return _pairs_of_calls(first, second)
    return None


def _given(first: Sequence[Value | None], second: Sequence[Value | None]) -> Pairs | None:
    """Values in pairs; None where one has none beside it."""
    pairs = [(a, b) for a, b in zip(first, second, strict=False) if a is not None and b is not None]
    absent = sum(a is None and b is None for a, b in zip(first, second, strict=False))
    return pairs if len(pairs) + absent == len(first) == len(second) else None


def _pairs_of_calls(first: Call, second: Call) -> Pairs | None:
    """What two calls were given, where both do the same and the second learns nothing by it.

    A scaler that has learned from the rows only transforms their counterpart.
    """
    if first.open or second.open or first.function != second.function:
        return None
    methods = (first.method, second.method)
    if first.method != second.method and methods != ("fit_transform", "transform"):
        return None
    if second.method in FITTING | RESAMPLING or scales_columns(second):
        return None
    if first.cls is not second.cls or first.keywords.keys() != second.keywords.keys():
        return None
    return _given(
        [first.receiver, *_values(first)],
        [second.receiver, *_values(second)],
    )


def _values(call: Call) -> list[Value]:
    """The values of all arguments of a call, those with names in the order of these."""
    named = (call.keywords[name] for name in sorted(call.keywords))
    return [each.value for each in (*call.positional, *named)]
