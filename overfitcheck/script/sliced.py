"""Rows that a script parts by slices: which fit or score has those that no training sees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from overfitcheck.script.data import Rows, rows_of
from overfitcheck.script.flow import ingredients
from overfitcheck.script.slices import is_apart, is_window, reaches_beyond
from overfitcheck.script.splits import is_made_of, judgements
from overfitcheck.script.values import Attribute, Call, Item, Value

if TYPE_CHECKING:
    from overfitcheck.script.fit import Fit
    from overfitcheck.script.script import Script


def sliced_after(
    script: Script, rows: Value, made: Sequence[Call], within: Sequence[Fit] = ()
) -> Call | None:
    """The fit or score on a slice of what was `made` of rows, where another slice is trained on.

    The models of the fits `within` hold what learned from the rows, and need nothing made of them.
    """
    whole = rows_of(rows)
    learned = list(ingredients(rows, lambda each: isinstance(each, (Item, Attribute))))
    mine = [each for each in made if is_made_of(each, learned)]
    for fit in script.fits:
        through = None if fit in within else made
        for one in (whole, *_gathered(fit.x, whole, mine)):
            judge = _judge_of_slice(script, fit, one, through)
            if judge is not None:
                return judge
    return None


def _gathered(data: Value, whole: Rows, made: Sequence[Call]) -> Iterator[Rows]:
    """What data were sliced from that was gathered of what was `made` of the rows, like windows."""
    for part in ingredients(data) if made else ():
        rows = rows_of(part) if isinstance(part, Item) else whole
        if rows.cuts and rows.origin is not whole.origin:
            if any(each is one for each in ingredients(rows.origin) for one in made):
                yield Rows(rows.origin)


def _judge_of_slice(
    script: Script, fit: Fit, whole: Rows, through: Sequence[Call] | None
) -> Call | None:
    """The fit or score on a slice of some rows that lies apart from the one a fit trains on."""
    trained = _slices(fit.x, whole, through)
    for judge, data in judgements(script) if trained else ():
        if through is None and not _judges(judge, fit):
            continue
        for part in _slices(data, whole, through):
            if all(_is_apart(part, other) for other in trained):
                return judge if isinstance(judge, Call) else judge.call
    return None


Cuts = tuple[tuple[object, object], ...]
"""The slices that were cut out of rows, from the outside in."""


def _is_apart(cuts: Cuts, others: Cuts) -> bool:
    """Whether a part of some rows is apart from another, or goes on behind it, where they differ.

    Windows of one length begin with the same cut, which each round of a loop makes elsewhere.
    """
    different = ((cut, other) for cut, other in zip(cuts, others, strict=False) if cut != other)
    return any(
        is_apart(cut, [other]) or reaches_beyond(cut, other) for cut, other in islice(different, 1)
    )


def _judges(judge: Fit | Call, fit: Fit) -> bool:
    """Whether the model of a fit is what is judged."""
    return fit.model.value is judge.receiver if isinstance(judge, Call) else judge is fit


def _slices(data: Value, whole: Rows, made: Sequence[Call] | None) -> set[Cuts]:
    """Which slices of `whole` data come from, as far as they came through what was `made`."""
    parts = list(ingredients(data))
    if made is not None and not any(each is one for each in parts for one in made):
        return set()
    depth = len(whole.cuts)
    cut = (rows_of(each) for each in parts if isinstance(each, Item))
    found = {rows.cuts[depth:] for rows in cut if _is_part(rows, whole, depth)}
    windows = {cuts[:end] for cuts in found for end in range(1, len(cuts)) if is_window(cuts[0])}
    return found - windows


def _is_part(rows: Rows, whole: Rows, depth: int) -> bool:
    return (
        rows.origin is whole.origin and len(rows.cuts) > depth and rows.cuts[:depth] == whole.cuts
    )
