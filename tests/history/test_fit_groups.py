"""Several fits of a run are grouped, and told apart."""

from __future__ import annotations

from overfitcheck.history.fit_groups import FitGroup, GroupKind, group_fits
from overfitcheck.history.observation import FitObservation, Place


def seen(number: int, line: int, model: int, through: str | None = None) -> FitObservation:
    place = (Place("train.py", line, "<module>"),)
    return FitObservation(number, place=place, model=model, through=through, process=1)


def groups(*fits: FitObservation) -> tuple[FitGroup, ...]:
    return group_fits({fit.number: fit for fit in fits})


def test_a_warm_up_and_its_fine_tuning_are_one_training():
    [group] = groups(seen(1, 10, 1), seen(2, 20, 1))
    assert group == FitGroup(GroupKind.CONTINUED, (1, 2))


def test_folds_repeat_each_other_also_where_each_is_fitted_twice():
    assert groups(*(seen(n, 10, n) for n in (1, 2, 3))) == (
        FitGroup(GroupKind.REPEATED, (1, 2, 3)),
    )
    twice = [seen(1, 10, 1), seen(2, 20, 1), seen(3, 10, 2), seen(4, 20, 2)]
    assert groups(*twice) == (FitGroup(GroupKind.REPEATED, (1, 2, 3, 4)),)


def test_a_search_is_told_from_the_fit_that_follows_it():
    search = [seen(n, 10, n, "keras_tuner") for n in (1, 2)]
    found = groups(*search, seen(3, 30, 3))
    assert found == (
        FitGroup(GroupKind.SEARCH, (1, 2), "keras_tuner"),
        FitGroup(GroupKind.SINGLE, (3,)),
    )


def test_fits_of_which_nothing_was_seen_stand_alone():
    found = groups(FitObservation(1), FitObservation(2))
    assert [group.kind for group in found] == [GroupKind.SINGLE] * 2
