"""Fits that belong together: rounds, trials, one model trained on; which are shown in full."""

from dataclasses import replace

import pandas as pd

from overfitcheck.analysis.diagnose import diagnose
from overfitcheck.analysis.diagnosis import Diagnosis, Verdict
from overfitcheck.history.history import History
from overfitcheck.history.observation import FitObservation, Place
from overfitcheck.report.content import Report
from overfitcheck.report.groups import groups_of, shown_in_full
from overfitcheck.report.html import render


def judged(number: int, best: float = 0.5) -> Diagnosis:
    losses = [1.0, 0.8, 0.7, 0.6, best]
    frame = pd.DataFrame(
        {"loss": losses, "val_loss": losses}, index=pd.Index(range(1, 6), name="epoch")
    )
    return diagnose(History(f"train.py#{number}", frame, fit=number))


def seen(number: int, line: int, model: int, through: str | None = None) -> FitObservation:
    return FitObservation(number, (Place("train.py", line, "fit"),), model=model, through=through)


def grouped(*observations: FitObservation) -> list[tuple[str, list[str]]]:
    report = Report(
        "train.py",
        tuple(judged(each.number) for each in observations),
        observations={each.number: each for each in observations},
    )
    return [(each.title, [member.role for member in each.members]) for each in groups_of(report)]


def test_rounds_of_a_loop_are_one_group() -> None:
    assert grouped(seen(1, 30, 1), seen(2, 30, 2), seen(3, 30, 3)) == [
        ("repeated in line 30", ["round 1 of 3", "round 2 of 3", "round 3 of 3"])
    ]


def test_rounds_that_train_one_model_on_say_so() -> None:
    ((title, _),) = grouped(seen(1, 30, 1), seen(2, 30, 1))
    assert title == "repeated in line 30, the same model trained on"


def test_trials_of_a_search_are_one_group() -> None:
    assert grouped(seen(1, 9, 1, "keras_tuner"), seen(2, 9, 2, "keras_tuner"), seen(3, 12, 3)) == [
        ("search by keras_tuner", ["trial 1 of 2", "trial 2 of 2"]),
        ("", [""]),
    ]


def test_a_fine_tuning_trains_the_model_of_the_warm_up_on() -> None:
    assert grouped(seen(1, 10, 1), seen(2, 20, 1)) == [
        ("", [""]),
        ("", ["trains the model of fit 1 on"]),
    ]


def test_logs_from_elsewhere_stand_alone() -> None:
    report = Report("logs", (judged(1), judged(2)))
    assert [group.title for group in groups_of(report)] == ["", ""]


def test_what_is_said_of_a_group() -> None:
    observations = {n: seen(n, 30, n) for n in (1, 2)}
    report = Report("train.py", (judged(1, 0.4), judged(2, 0.5)), observations=observations)
    (group,) = groups_of(report)
    assert "best val_loss 0.45 on average (standard deviation 0.071)" in group.summary
    assert "0 of 2 overfit" in group.summary


def test_of_many_fits_the_gravest_are_shown_in_full() -> None:
    many = [judged(number) for number in range(1, 31)]
    many[20] = replace(many[20], verdict=Verdict.DIVERGED)
    assert shown_in_full(many) == [*range(11), 20]
    text = render(Report("many", tuple(many)))
    assert "12 of the 30 fits are shown in full" in text
    assert text.count('<figure class="overview">') == 12
    assert 'href="#fit-21"' in text
    assert 'href="#fit-20"' not in text
