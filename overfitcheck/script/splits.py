"""How a script parts its rows: which rows a split holds out, and what is split later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.script.columns import gathered_from
from overfitcheck.script.data import TRAIN_TEST_SPLIT, Rows, part_of, rows_of, same_rows
from overfitcheck.script.flow import ingredients
from overfitcheck.script.scoring import EVALUATIONS, PREDICTIONS, first_argument
from overfitcheck.script.slices import is_window, overlap
from overfitcheck.script.unsupervised import words_in
from overfitcheck.script.values import (
    Attribute,
    Call,
    Constant,
    Item,
    Items,
    Table,
    Unknown,
    Value,
    constant,
)

if TYPE_CHECKING:
    from overfitcheck.script.fit import Fit
    from overfitcheck.script.script import Script


@dataclass(frozen=True, eq=False, repr=False)
class Split:
    """A call that holds some of its rows out: a split, or a fit with ``validation_split``."""

    call: Call
    rows: tuple[Value, ...]


def splits_in(script: Script) -> Iterator[Split]:
    """All splits of rows that a script makes by call."""
    for call in script.calls:
        if is_split(call):
            yield Split(call, tuple(each.value for each in call.positional))
    for fit in script.fits:
        share = constant(fit["validation_split"])
        if isinstance(share, float) and share > 0 and not fit.validation:
            rows = (fit.x, fit.y) if fit.y is not None else (fit.x,)
            inputs = fit.x.entries.values() if isinstance(fit.x, Table) else ()
            yield Split(fit.call, (*rows, *inputs))


def split_after(script: Script, call: Call, rows: Value) -> Split | None:
    """The first split after a call that parts these very rows, or the table that they stand in."""
    learned = list(gathered_from(rows))
    for split in splits_in(script):
        if split.call.order > call.order and not split.call.context.excludes(call.context):
            if any(same_rows(each, one) for each in split.rows for one in learned):
                return split
    return None


def split_before(call: Call, rows: Value, made: Sequence[Call]) -> Split | None:
    """The earlier split of these very rows whose training part is what something is `made` of."""
    learned = list(gathered_from(rows))
    for each in made:
        data = first_argument(each)
        split = split_of(data) if data is not None and not is_held_out(data) else None
        if split is None or split.order > call.order or split.context.excludes(call.context):
            continue
        whole = tuple(part.value for part in split.positional)
        if any(same_rows(part, one) for part in whole for one in learned):
            return Split(split, whole)
    return None


def split_of_made(script: Script, rows: Value, made: Sequence[Call]) -> Split | None:
    """The first split that parts rows, or windows of them, after something was `made` of them."""
    learned = list(ingredients(rows, lambda each: isinstance(each, (Item, Attribute))))
    mine = [each for each in made if is_made_of(each, learned)]
    for split in splits_in(script) if mine else ():
        if any(split.call.order > each.order for each in mine):
            parts = (each for part in split.rows for each in ingredients(part, _looks_up))
            if any(each is one for each in parts for one in mine):
                return split
    return _fold_of_made(script, mine) if mine else None


def _fold_of_made(script: Script, made: Sequence[Call]) -> Split | None:
    """The split into folds by whose numbers of rows a fit takes some of what was `made`."""
    if not any(map(is_fold_split, script.calls)):
        return None
    for fit in script.fits:
        for part in ingredients(fit.x):
            if not isinstance(part, Item) or not is_fold(part.index, 0):
                continue
            if any(each is one for each in ingredients(part.of) for one in made):
                calls = (each for each in ingredients(part.index) if isinstance(each, Call))
                return next((Split(each, ()) for each in calls if is_fold_split(each)), None)
    return None


def _looks_up(value: Value) -> bool:
    """Whether rows are looked up by a column of what was split, as films by those of ratings."""
    index = value.index if isinstance(value, Item) else None
    if isinstance(index, Attribute) and index.name == "values":
        index = index.of
    column = isinstance(index, Item) and isinstance(constant(index.index), str)
    return column and index is not None and comes_from_split(index)


def learns_from_one(call: Call, rows: Value, split: Split) -> bool:
    """Whether a loop learns anew from each of the items that are split later, as from an image."""
    loops = _around(call) - _around(split.call)
    origin = rows_of(rows).origin
    if isinstance(origin, Call):
        return bool(loops & _around(origin))
    index = origin.index if isinstance(origin, Item) else None
    if isinstance(index, Items) and index.kind == "tuple" and index.items:
        index = index.items[0]
    return bool(loops) and isinstance(index, (Unknown, Item))


def _around(call: Call) -> set[object]:
    """The loops and comprehensions around a call."""
    return {*call.context.loops, *call.context.comprehensions}


def is_made_of(call: Call, learned: Sequence[Value]) -> bool:
    """Whether what was learned is applied to rows that it was learned from."""
    data = first_argument(call)
    given = [data] if data is not None else []
    if isinstance(data, Items) and len(data.items) == 1:
        given += [each.of for each in data.items if isinstance(each, Item)]  # One row at a time.
    if data is not None and call.method == "sequences_to_matrix":
        # Its rows were looked up in the words that it knows: ``tokenizer.word_index[word]``.
        return any(each is one for each in ingredients(data) for one in learned)
    return any(part_of(rows, each) or _continues(each, rows) for rows in given for each in learned)


def _continues(longer: Value, rows: Value) -> bool:
    """Whether a list was made of a shorter one and of others: ``train_texts + test_texts``."""
    if not isinstance(rows, Items) or not isinstance(longer, Items):
        return False
    held = {id(each) for each in longer.items if not isinstance(each, Constant)}
    return 0 < len(rows.items) < len(longer.items) and held.issuperset(map(id, rows.items))


def is_split(call: Call) -> bool:
    """Whether a call parts rows: ``train_test_split`` or ``folds.split(x)``."""
    return call.function == TRAIN_TEST_SPLIT or (call.method == "split" and is_fold_split(call))


FOLDS = ("KFold", "ShuffleSplit", "LeaveOneOut", "LeavePOut", "LeaveOneGroupOut")
"""Ends of the names of what splits rows into folds that are independent of one another."""


def is_fold_split(value: Value) -> bool:
    """Whether a value is ``folds.split(x)`` of scikit-learn, or the ``KFold(n)`` of its youth."""
    return splitter_of(value) is not None


def splitter_of(value: Value) -> Call | None:
    """What makes the folds that a value gives; None where it gives none."""
    if not isinstance(value, Call):
        return None
    splitter = value.receiver if value.method == "split" else value
    if not isinstance(splitter, Call):
        return None
    of_sklearn = (splitter.function or "").startswith("sklearn.model_selection.")
    iterated = value is splitter and splitter.short_name.endswith(FOLDS)
    return splitter if of_sklearn and (iterated or value.method == "split") else None


def split_of(value: Value) -> Call | None:
    """The ``train_test_split`` whose part some rows are; None where they are something else."""
    origin = rows_of(value).origin
    if isinstance(origin, Item) and isinstance(origin.of, Call):
        return origin.of if origin.of.function == TRAIN_TEST_SPLIT else None
    return None


def taken_from(rows: Value) -> Iterator[Value]:
    """Rows, what a split or a round over folds took them from, what that was taken from, …"""
    for _ in range(10):
        yield rows
        origin = rows_of(rows).origin
        if not isinstance(origin, Item):
            return
        number, split = constant(origin.index), split_of(origin)
        if split is not None and isinstance(number, int) and not split.open:
            if not 0 <= number // 2 < len(split.positional):
                return
            rows = split.positional[number // 2].value
        elif is_fold(origin.index, 0) or is_fold(origin.index, 1):
            rows = origin.of
        else:
            return


def is_held_out(value: Value) -> bool:
    """Whether rows are surely the part that a split, or a data set's author, holds out."""
    origin = rows_of(value).origin
    if isinstance(origin, Item) and split_of(origin) is not None:
        number = constant(origin.index)
        return isinstance(number, int) and number % 2 == 1
    if isinstance(origin, Item) and isinstance(origin.of, Item):
        source = origin.of
        if isinstance(source.of, Call) and source.of.short_name == "load_data":
            return bool(constant(source.index) == 1)
    return isinstance(origin, Item) and is_fold(origin.index, 1)


def is_of_training(rows: Value) -> bool:
    """Whether rows were computed from training parts of splits, and from no part held out."""
    parts = [
        constant(each.index)
        for each in ingredients(rows)
        if isinstance(each, Item) and split_of(each) is each.of
    ]
    numbers = [number for number in parts if isinstance(number, int)]
    return bool(parts) and len(numbers) == len(parts) and not any(each % 2 for each in numbers)


def is_fold(index: Value, part: int) -> bool:
    """Whether an index is the `part`-th of what ``folds.split(x)`` gives in each round."""
    if not isinstance(index, Item) or constant(index.index) != part:
        return False
    return any(is_fold_split(each) for each in ingredients(index.of))


def comes_from_split(value: Value) -> bool:
    """Whether rows were computed from what a split gave."""
    return any(isinstance(each, Call) and is_split(each) for each in ingredients(value))


def is_of_fold(script: Script, rows: Value) -> bool:
    """Whether rows are those of a fold, or were made in a loop over folds."""
    if any(is_fold_split(each) for each in ingredients(rows)):
        return True
    while isinstance(rows, (Item, Attribute)):
        rows = rows.of
    made_in = rows.context.loops if isinstance(rows, Call) else ()
    if any(_names_folds(script, loop) for loop in made_in):
        return True
    around = [script.walk.iterables.get(loop) for loop in made_in]
    return any(is_fold_split(each) for over in around if over for each in ingredients(over))


def _names_folds(script: Script, loop: object) -> bool:
    """Whether a loop says that it runs over folds, wherever they come from."""
    if type(loop) is not cst.For:
        return False
    return bool(words_in(f"{script.text(loop.target)} {script.text(loop.iter)}") & FOLD_WORDS)


FOLD_WORDS = frozenset({"fold", "folds", "kfold", "kfolds"})


def trains_on(script: Script, rows: Value) -> bool:
    """Whether a fit surely trains on rows, all or some of them."""
    return any(part_of(rows, fit.x) or same_rows(rows, fit.x) for fit in script.fits)


def judgements(script: Script) -> Iterator[tuple[Fit | Call, Value]]:
    """Data that models are judged by: of each fit that validates, and of each score."""
    for fit in script.fits:
        if fit.validation:
            yield fit, fit.validation[0]
    for call in script.calls:
        if call.method in (*EVALUATIONS, *PREDICTIONS) and call.method != "__call__":
            data = first_argument(call)
            if data is not None:
                yield call, data


def holds_out_more(fit: Fit) -> bool:
    """Whether a third part of the data, neither trained nor validated on, has a name.

    It was cut out of the rows that the validation data come from, or held out by a split or
    loader further up, and its name was not given to what this fit is given.
    """
    validation, trained = _without_windows(fit.validation[0]), _without_windows(fit.x)
    known = (validation.cuts, trained.cuts)
    used = {*_lineage(validation.origin), *_lineage(trained.origin)}
    sources = set(map(id, _sources(validation.origin)))
    bound = fit.script.walk.bound
    for place, (name, value) in enumerate(bound):
        rows = _without_windows(value)
        if rows.origin is validation.origin and validation.cuts:
            if rows.cuts and not any(overlap(rows.cuts, cuts) for cuts in known):
                return True
        elif is_held_out(rows.origin) and _part(rows.origin) not in used:
            if sources & set(map(id, _sources(rows.origin)[:1])):
                later = next((each for other, each in bound[place + 1 :] if other == name), None)
                if later is None or _part(rows_of(later).origin) not in used:
                    return True
    return False


def _without_windows(value: Value) -> Rows:
    """Where rows come from, without the windows that a loop slides over them."""
    rows = rows_of(value)
    return Rows(rows.origin, tuple(takewhile(lambda cut: not is_window(cut), rows.cuts)))


def _part(origin: Value) -> tuple[int, object] | None:
    """The part of a split or of a loaded data set that rows, or their labels, are."""
    if not isinstance(origin, Item):
        return None
    if isinstance(origin.of, Item):
        return id(origin.of.of), constant(origin.of.index)
    number = constant(origin.index)
    return id(origin.of), number % 2 if isinstance(number, int) else None


def _lineage(rows: Value) -> Iterator[tuple[int, object] | None]:
    """The part of a split that rows are, the part that was split then, …"""
    for each in taken_from(rows):
        yield _part(rows_of(each).origin)


def _sources(rows: Value) -> list[Value]:
    """The splits and loaders that rows came through, the nearest first."""
    found: list[Value] = []
    for _ in range(10):
        part = rows.of if isinstance(rows, Item) else None
        if isinstance(part, Item):
            part = part.of
        if not isinstance(part, Call):
            break
        found.append(part)
        if part.function != TRAIN_TEST_SPLIT or not part.positional:
            break
        rows = rows_of(part.positional[0].value).origin
    return found
