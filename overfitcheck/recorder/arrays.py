"""The data given to a fit as arrays of the user's own numpy, without copying what is large."""

from __future__ import annotations

import contextlib
import sys
from typing import Any

LARGEST_COPY = 256 << 20
"""Bytes that may be copied to look at data that is no numpy array."""


def arrays_in(data: Any) -> list[Any] | None:
    """The arrays of equal length in `data` (one, or several in lists and dicts), or None."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is None or data is None:
        return None
    members = [as_array(numpy, member) for member in _members(data)]
    if not members or any(member is None or member.ndim == 0 for member in members):
        return None
    lengths = {int(member.shape[0]) for member in members}
    return members if len(lengths) == 1 else None


def as_array(numpy: Any, value: Any) -> Any:
    """A value as a numpy array; None for what is no array, and for too much to copy."""
    if isinstance(value, numpy.ndarray):
        return value if value.dtype != object else None
    size = getattr(value, "nbytes", None)
    if callable(size) or (size is not None and not isinstance(size, int)):
        size = None
    if size is not None and size > LARGEST_COPY:
        return None
    kind = type(value)
    module = kind.__module__.split(".")[0]
    with contextlib.suppress(Exception):
        if module == "torch" and hasattr(value, "detach"):
            return value.detach().cpu().numpy()
        if module == "tensorflow" and hasattr(value, "numpy"):
            return numpy.asarray(value.numpy())
        if module == "pandas" and hasattr(value, "to_numpy"):
            return as_array(numpy, value.to_numpy())
        if module in ("jax", "jaxlib"):
            return numpy.asarray(value)
    return None


def _members(data: Any) -> list[Any]:
    if isinstance(data, dict):
        return [member for key in sorted(data, key=str) for member in _members(data[key])]
    if isinstance(data, (list, tuple)):
        return [member for item in data for member in _members(item)]
    return [data]


def sliced(arrays: list[Any] | None, start: int, stop: int | None) -> list[Any] | None:
    """The same rows of each array."""
    return None if arrays is None else [array[start:stop] for array in arrays]


def fingerprint(arrays: list[Any] | None) -> Any:
    """Something that two sets of equal rows share, and others do not; None without arrays.

    It is made of the shapes and of 64 rows, evenly spread.
    """
    if not arrays:
        return None
    numpy: Any = sys.modules["numpy"]
    count = int(arrays[0].shape[0])
    places = numpy.unique(numpy.linspace(0, max(count - 1, 0), 64).astype(numpy.int64))
    kept = [array[places].tobytes() if count else b"" for array in arrays]
    return tuple((array.shape, str(array.dtype), hash(part)) for array, part in zip(arrays, kept))  # noqa: B905
