"""Values of the user's program in a few words that JSON can hold."""

from __future__ import annotations

from typing import Any

LONGEST = 200
"""Characters of a text, and members of a list, that are kept."""

DEPTH = 3


def described(value: Any, depth: int = 0) -> Any:
    """A number, text, list or dict as it is (bounded); anything else by its kind and shape."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return value if len(value) <= LONGEST else value[: LONGEST - 1] + "…"
    if depth < DEPTH and isinstance(value, dict):
        members = list(value.items())[:LONGEST]
        return {str(key): described(item, depth + 1) for key, item in members}
    if depth < DEPTH and isinstance(value, (list, tuple)) and len(value) <= LONGEST:
        return [described(item, depth + 1) for item in value]
    return kind_of(value)


def kind_of(value: Any) -> str:
    """``"ndarray (60000, 784) float32"``, the name of a function, or the name of a class."""
    name = getattr(value, "__name__", None)
    if callable(value) and isinstance(name, str):
        return name
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    size = f" {_sizes(shape)}" if shape is not None and not callable(shape) else ""
    held = f" {getattr(dtype, 'name', dtype)}" if dtype is not None and not callable(dtype) else ""
    return f"{type(value).__name__}{size}{held}"


def _sizes(shape: Any) -> str:
    try:
        return str(tuple(None if size is None else int(size) for size in shape))
    except (TypeError, ValueError):
        return str(shape)
