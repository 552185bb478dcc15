"""Data that are made twice in the same way: ``load("test")`` here and ``load("test")`` there."""

from __future__ import annotations

from overfitcheck.script.data import one_step, rows_of
from overfitcheck.script.unsupervised import words_in
from overfitcheck.script.values import Call, Constant, Item, Items, Unknown, Value

CHANGING = frozenset(
    "next pop batch batches sample samples sampled random rand shuffle shuffled permutation draw "
    "choice choices split splits fold folds augment augmented input read readline recv".split()
)
"""Words in names of what does not hand out the same rows each time, though it is called alike."""


def made_alike(first: Value, second: Value) -> bool:
    """Whether two calls, of the same thing with the same arguments, make the same rows."""
    a, b = rows_of(first), rows_of(second)
    if a.cuts != b.cuts or not isinstance(a.origin, Call) or not isinstance(b.origin, Call):
        return False
    return _alike(a.origin, b.origin) and not (_is_gathered(first) or _is_gathered(second))


def _is_gathered(value: Value) -> bool:
    """Whether rows were put into a list in a loop: how many, and what differs, is not told."""
    for _ in range(40):
        step = value.of if isinstance(value, Item) else one_step(value)
        given = value.positional[0].value if isinstance(value, Call) and value.positional else None
        if isinstance(given, Items) and not given.complete and step in given.items:
            return True
        if step is None:
            break
        value = step
    return False


def _alike(first: Call, second: Call) -> bool:
    """Whether two calls hand out the same, as far as their texts tell."""
    if first is second:
        return True
    named = first.function or first.method
    if named is None or first.open or second.open or words_in(*named.split(".")) & CHANGING:
        return False
    if (first.function, first.method, first.cls) != (second.function, second.method, second.cls):
        return False
    if len(first.positional) != len(second.positional) or set(first.keywords) != set(
        second.keywords
    ):
        return False
    given = [(first.receiver, second.receiver)]
    given += [(a.value, b.value) for a, b in zip(first.positional, second.positional, strict=True)]
    given += [(first.keywords[name].value, second.keywords[name].value) for name in first.keywords]
    return all(_same(a, b) for a, b in given)


def _same(first: Value | None, second: Value | None) -> bool:
    """Whether two arguments are surely the same."""
    if isinstance(first, Unknown):
        return first is second and bool(first.name)
    if first is second:
        return True
    if isinstance(first, Constant) and isinstance(second, Constant):
        return type(first.value) is type(second.value) and bool(first.value == second.value)
    if isinstance(first, Items) and isinstance(second, Items):
        same_length = len(first.items) == len(second.items)
        return same_length and all(map(_same, first.items, second.items))
    return isinstance(first, Call) and isinstance(second, Call) and _alike(first, second)
