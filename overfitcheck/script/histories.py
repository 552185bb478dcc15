"""The keys that a script reads of the history of a fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.script.values import (
    ANY,
    FILLED,
    Attribute,
    Call,
    Constant,
    Item,
    Items,
    Table,
    Unknown,
    Value,
    column_key,
    constant,
    options,
)

if TYPE_CHECKING:
    from overfitcheck.script.fit import Fit
    from overfitcheck.script.walk import Walk

FIT_METHODS = frozenset({"fit", "fit_generator"})
"""Methods that train, and return a history."""

RENAMING = frozenset({"insert", "rename", "update"})
"""Methods that may give a table columns of other names, in place."""


def keys_read(fit: Fit) -> Iterator[tuple[str, cst.CSTNode]]:
    """The keys that are read of its ``history.history`` without asking first, and where."""
    mine = [
        (key, node)
        for history, key, node, order in fit.script.walk.history_reads
        if isinstance(key, str) and _is_of(history, order, fit)
    ]
    asked = {key for key, node in mine if node is None}
    yield from ((key, node) for key, node in mine if node is not None and key not in asked)


def note_columns(walk: Walk, of: Value, index: Items, node: cst.Subscript) -> None:
    """Keep the keys that are read of a history at once: ``table[["acc", "val_acc"]]``, ``loc``."""
    written = node.slice[-1].slice
    if isinstance(of, Attribute) and of.name == "loc" and len(index.items) == 2:
        of, named = of.of, index.items[1]
    else:
        named = index if len(node.slice) == 1 else of
    if not isinstance(of, Call) or not isinstance(named, Items) or named.kind != "list":
        return
    values = written.value if isinstance(written, cst.Index) else None
    if isinstance(values, cst.List) and len(values.elements) == len(named.items):
        for key, element in zip(named.items, values.elements, strict=True):
            if isinstance(key, Constant):
                walk.note_history(of, key.value, element.value)


def whose_history(keys: Value, key: object) -> Value | None:
    """What was returned by the fit whose ``history`` a key is read of; None for anything else.

    The ``history`` may be kept in a list, or be made a table, to which columns may be added.
    """
    (kept,) = _kept(keys)[:1] or (keys,)
    added = {column_key(ANY), column_key(str(key)), "columns"}
    if isinstance(kept, Call) and kept.function == "pandas.DataFrame" and kept.positional:
        if added & set(kept.attributes) or any(call.method in RENAMING for call in kept.calls):
            return None
        kept = kept.positional[0].value
    if not isinstance(kept, Attribute) or kept.name != "history" or added & set(kept.attributes):
        return None
    return kept.of


def _kept(value: Value) -> list[Value]:
    """What an item of a list or dict may be that keeps nothing but what fits returned.

    Numbers and None, which are put there to be replaced, do not count.
    """
    if not isinstance(value, Item):
        return []
    kept = [each for each in _inside(value.of, value.index) if not isinstance(each, Constant)]
    made = [each.of if isinstance(each, Attribute) else each for each in kept]
    fits = all(isinstance(each, Call) and each.method in FIT_METHODS for each in made)
    return kept if fits else []


def _inside(of: Value, index: Value) -> list[Value]:
    """What a list or dict has been seen to hold; the parts at `index` for the rows of a list."""
    number = constant(index)
    if isinstance(of, Item) and isinstance(number, int):
        counted = _behind(of.of, number)
        if counted is not None:
            return _inside(counted, Unknown())
        rows = (each for each in _inside(of.of, of.index) if isinstance(each, Items))
        parts = (part for row in rows for part in row.items[number : number + 1])
        return [each for part in parts for each in options(part)]
    if not isinstance(of, (Items, Table)):
        return []
    held = [*(of.items if isinstance(of, Items) else of.entries.values())]
    held += [of.attributes[FILLED]] if FILLED in of.attributes else []
    return [each for one in held for each in options(one)]


def _behind(pairs: Value, number: int) -> Value | None:
    """The list whose items stand at a place of what ``zip`` or ``enumerate`` of it goes through."""
    if not isinstance(pairs, Call) or pairs.function not in ("builtins.zip", "builtins.enumerate"):
        return None
    place = number if pairs.short_name == "zip" else number - 1
    return pairs.positional[place].value if 0 <= place < len(pairs.positional) else None


def _is_of(history: Value, order: int, fit: Fit) -> bool:
    """Whether a history is what a fit returned, or what its model holds at some time."""
    if any(each is fit.call for each in (*options(history), *_kept(history))):
        return True
    if not isinstance(history, Attribute) or history.name != "history":
        return False
    earlier = (each for each in fit.script.fits if each.call.order <= order)
    last = [each for each in earlier if fit.script.same(history.of, each)][-1:]
    return bool(last) and last[0].call is fit.call
