"""Rows that stand in two sets of arrays: found by a hash of each row, then compared byte by byte.

Only the user's own numpy is used. Nothing here touches a random stream.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

WHOLE_ROW = 4096
"""Bytes of a row that are all hashed; of a longer one this many are, evenly spread."""

PIECE = 8 << 20
"""Bytes that are hashed at a time."""

MOST_ROWS = 2_000_000
MOST_COMPARED = 64 << 20
"""Bytes of rows with equal hashes that are compared."""


class Rows:
    """The rows of one or several arrays of equal length, side by side.

    `count` of the `total` rows are looked at, from the first on.
    """

    def __init__(self, arrays: list[Any], seconds: float) -> None:
        self._numpy = sys.modules["numpy"]
        self._arrays = arrays
        self.total = int(arrays[0].shape[0])
        self.hashes = self._hashed(time.perf_counter() + seconds)
        self.count = len(self.hashes)

    def _hashed(self, until: float) -> Any:
        """One 64-bit number a row, as far as the time goes."""
        numpy = self._numpy
        width = sum(_bytes_of_row(array) for array in self._arrays)
        step = max(1, PIECE // max(width, 1))
        pieces = [numpy.zeros(0, dtype=numpy.uint64)]
        for start in range(0, min(self.total, MOST_ROWS), step):
            stop = min(start + step, self.total, MOST_ROWS)
            sums = numpy.zeros(stop - start, dtype=numpy.uint64)
            for number, array in enumerate(self._arrays):
                sums += self._sums(array[start:stop], number)
            pieces.append(sums)
            if time.perf_counter() > until:
                break
        return numpy.concatenate(pieces)

    def _sums(self, array: Any, number: int) -> Any:
        numpy = self._numpy
        bytes_of = as_bytes(numpy, array)
        if bytes_of.shape[1] > WHOLE_ROW:
            spread = numpy.linspace(0, bytes_of.shape[1] - 1, WHOLE_ROW).astype(numpy.int64)
            bytes_of = bytes_of[:, spread]
        missing = -bytes_of.shape[1] % 8
        if missing:
            bytes_of = numpy.pad(bytes_of, ((0, 0), (0, missing)))
        words = numpy.ascontiguousarray(bytes_of).view(numpy.uint64)
        # A row's hash is a sum of its words, each mixed with its place: order of rows is no matter.
        factors = mixed(numpy, numpy.arange(1, words.shape[1] + 1, dtype=numpy.uint64), number)
        words = words ^ (words >> numpy.uint64(29))
        return (words * factors).sum(axis=1, dtype=numpy.uint64)

    def row(self, place: int) -> bytes:
        """All bytes of a row."""
        return b"".join(
            as_bytes(self._numpy, array[place : place + 1]).tobytes() for array in self._arrays
        )


def overlap(training: Rows, validation: Rows) -> dict[str, Any]:
    """How many validation rows have a twin among the training rows, with what tells how natural."""
    numpy = sys.modules["numpy"]
    trained, places = numpy.unique(training.hashes, return_index=True)
    found = numpy.searchsorted(trained, validation.hashes)
    found[found == len(trained)] = 0
    alike = numpy.nonzero(trained[found] == validation.hashes)[0] if len(trained) else found[:0]
    twins = sum(_same(training, validation, places, found, alike))
    distinct = len(numpy.unique(validation.hashes))
    return {
        "rows": twins,
        "compared": validation.count,
        "distinct": distinct,
        "repeated": training.count - len(trained),
        "trained": training.count,
        "looked_at": f"{_part(validation)} validation rows against {_part(training)} training rows",
    }


def _same(training: Rows, validation: Rows, places: Any, found: Any, alike: Any) -> Iterator[bool]:
    """Whether rows of equal hash are equal; beyond a bound their hashes are believed."""
    left = MOST_COMPARED
    for place in alike.tolist():
        if left <= 0:
            yield True
            continue
        ours = validation.row(place)
        left -= 2 * len(ours)
        yield ours == training.row(int(places[found[place]]))


def as_bytes(numpy: Any, array: Any) -> Any:
    """An array as a table of bytes, a line a row."""
    array = numpy.ascontiguousarray(array)
    return array.reshape(array.shape[0], -1).view(numpy.uint8).reshape(array.shape[0], -1)


def mixed(numpy: Any, numbers: Any, salt: int) -> Any:
    """Odd 64-bit numbers that look random (splitmix64)."""
    state = numbers * numpy.uint64(0x9E3779B97F4A7C15) + numpy.uint64(salt * 2 + 1)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        state = (state ^ (state >> numpy.uint64(shift))) * numpy.uint64(factor)
    return (state ^ (state >> numpy.uint64(31))) | numpy.uint64(1)


def _bytes_of_row(array: Any) -> int:
    return int(array.nbytes // max(array.shape[0], 1))


def _part(rows: Rows) -> str:
    return (
        f"all {rows.total:,}" if rows.count == rows.total else f"{rows.count:,} of {rows.total:,}"
    )
