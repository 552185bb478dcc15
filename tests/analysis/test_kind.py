"""Kinds and causes of verdicts, on any monitored metric."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overfitcheck.analysis.diagnose import diagnose
from overfitcheck.analysis.diagnosis import Cause, Diagnosis, Kind, Verdict
from overfitcheck.history.history import History

N = 40
FALLING = [2 * 0.9**n + 0.1 for n in range(N)]
VALLEY = [1 + 0.0015 * (n - 14) ** 2 for n in range(N)]
FLAT = [0.5 + 0.5 * math.exp(-n / 4) for n in range(N)]
RISING = [0.9 - 0.4 * 0.9**n for n in range(N)]
HILL = [0.8 - 0.0003 * (n - 14) ** 2 for n in range(N)]

ZIGZAG = [1.41, 0.49, 1.08, 0.89, 0.91, 0.96, 0.6, 0.95, 0.83, 1.66, 1.05, 0.93]


def noisy(course: list[float], noise: float, seed: int = 0) -> list[float]:
    rng = np.random.default_rng(seed)
    return [float(value) for value in np.asarray(course) + rng.normal(0, noise, len(course))]


def judged(monitor: str | None = None, first: int = 1, **columns: list[float]) -> Diagnosis:
    count = len(next(iter(columns.values())))
    index = pd.RangeIndex(first, first + count, name="epoch")
    return diagnose(
        History("train.log", pd.DataFrame(columns, index=index, dtype=float)), None, monitor
    )


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        ({"loss": FALLING, "val_loss": VALLEY}, None),
        ({"loss": FALLING, "val_loss": VALLEY, "val_accuracy": RISING}, Kind.LOSS_ONLY),
        ({"loss": FALLING, "val_loss": VALLEY, "val_accuracy": HILL}, Kind.LOSS_AND_METRIC),
        ({"loss": FALLING, "val_loss": VALLEY, "val_mae": VALLEY}, Kind.LOSS_AND_METRIC),
        # Of a metric without a better end nobody can say that it became worse.
        ({"loss": FALLING, "val_loss": VALLEY, "val_foo": VALLEY}, None),
    ],
    ids=["no metric", "accuracy goes on rising", "accuracy falls", "error rises", "unknown"],
)
def test_kinds_of_overfitting(columns: dict[str, list[float]], kind: Kind | None) -> None:
    found = judged(**columns)
    assert (found.verdict, found.kind) == (Verdict.OVERFITTING, kind)


def test_a_gap_that_grows_without_a_rise() -> None:
    found = judged(loss=[0.6 * 0.95**n for n in range(N)], val_loss=noisy(FLAT, 0.002))
    assert found.verdict is Verdict.NOT_OVERFITTING
    assert found.kind is Kind.GROWING_GAP
    assert any("gap between val_loss and loss grew" in line for line in found.remarks)
    assert found.recommendation is not None
    assert "remedy against overfitting" in found.recommendation.text


def test_training_and_validation_that_level_off_together_have_no_growing_gap() -> None:
    found = judged(loss=noisy([v - 0.05 for v in FLAT], 0.001), val_loss=noisy(FLAT, 0.002))
    assert (found.verdict, found.kind) == (Verdict.NOT_OVERFITTING, None)
    assert found.recommendation is None


@pytest.mark.parametrize(
    ("columns", "cause"),
    [
        ({"loss": FALLING}, Cause.NO_VALIDATION),
        ({"loss": FALLING[:4], "val_loss": VALLEY[:4]}, Cause.TOO_FEW_EPOCHS),
        ({"loss": FALLING, "val_loss": [0.0] * N}, Cause.CONSTANT),
        ({"loss": [0.0] * N, "val_loss": [0.0] * N}, Cause.CONSTANT),
        ({"loss": FALLING[:12], "val_loss": ZIGZAG}, Cause.TOO_NOISY),
    ],
    ids=["no validation", "few epochs", "constant", "both constant", "noisy"],
)
def test_why_nothing_can_be_told(columns: dict[str, list[float]], cause: Cause) -> None:
    found = judged(**columns)
    assert (found.verdict, found.cause) == (Verdict.UNKNOWN, cause)
    assert found.reason.startswith("cannot tell: ")


def test_an_untracked_loss_is_no_perfect_fit() -> None:
    found = judged(loss=[0.0] * N, val_loss=VALLEY)
    assert "loss is 0 in every epoch: an untracked metric, not a perfect fit" in found.remarks


def test_validation_better_than_training_has_harmless_causes() -> None:
    found = judged(loss=[v + 0.2 for v in FLAT], val_loss=noisy(FLAT, 0.002))
    (told,) = [line for line in found.remarks if "below loss" in line]
    assert "dropout" in told
    assert "rows that stand in both" in told


@pytest.mark.parametrize(
    ("monitor", "columns", "verdict"),
    [
        (None, {"accuracy": RISING, "val_accuracy": HILL}, Verdict.OVERFITTING),
        (None, {"accuracy": RISING, "val_accuracy": RISING}, Verdict.IMPROVING),
        (None, {"loss": FALLING, "val_mae": VALLEY}, Verdict.OVERFITTING),
        ("val_auc", {"loss": FALLING, "val_loss": FLAT, "val_auc": HILL}, Verdict.OVERFITTING),
        (
            "val_accuracy",
            {"loss": FALLING, "val_loss": VALLEY, "val_accuracy": RISING},
            Verdict.IMPROVING,
        ),
        ("val_foo", {"loss": FALLING, "val_loss": VALLEY, "val_foo": VALLEY}, Verdict.UNKNOWN),
        ("val_none", {"loss": FALLING, "val_loss": VALLEY}, Verdict.UNKNOWN),
    ],
)
def test_any_metric_can_be_judged(
    monitor: str | None, columns: dict[str, list[float]], verdict: Verdict
) -> None:
    assert judged(monitor, **columns).verdict is verdict


def test_a_metric_that_is_better_higher_is_told_in_its_own_sense() -> None:
    found = judged("val_accuracy", loss=FALLING, val_loss=FLAT, val_accuracy=noisy(HILL, 0.002))
    assert found.monitor == "val_accuracy"
    assert found.reason.startswith("val_accuracy fell from 0.79")
    assert "below its highest level" in found.reason
    assert found.onset is not None
    assert found.onset.low <= 15 <= found.onset.high
    assert found.waste.epochs == N - found.best["val_accuracy"].epoch


def test_gaps_stand_at_the_best_epoch_the_onset_and_the_end() -> None:
    found = judged(loss=FALLING, val_loss=VALLEY)
    assert found.onset is not None
    gap = found.gaps["loss"]
    assert gap.at_onset == pytest.approx(
        VALLEY[found.onset.epoch - 1] - FALLING[found.onset.epoch - 1]
    )
    assert gap.at_end == pytest.approx(VALLEY[-1] - FALLING[-1])


COURSES = {"valley": VALLEY, "flat": FLAT, "falling": FALLING}


@settings(max_examples=60)
@given(
    st.sampled_from(sorted(COURSES)),
    st.integers(0, 10_000),
    st.floats(1e-3, 1e3),
    st.integers(1, 500),
)
def test_neither_units_nor_numbers_of_epochs_matter(
    name: str, seed: int, factor: float, first: int
) -> None:
    course = noisy(COURSES[name], 0.01, seed)
    plain = judged(loss=FALLING, val_loss=course)
    other = judged(
        first=first, loss=[factor * v for v in FALLING], val_loss=[factor * v for v in course]
    )
    assert (plain.verdict, plain.kind, plain.cause) == (other.verdict, other.kind, other.cause)
    if plain.onset is not None and other.onset is not None:
        assert plain.onset.epoch + first - 1 == other.onset.epoch
        assert plain.onset.low + first - 1 == other.onset.low


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 8))
def test_a_steep_beginning_does_not_change_an_overfitting(seed: int, more: int) -> None:
    course = noisy(VALLEY, 0.01, seed)
    led = [course[0] + 0.5 * n for n in range(more, 0, -1)]
    later = judged(loss=[3.0 + n for n in range(more, 0, -1)] + FALLING, val_loss=led + course)
    plain = judged(loss=FALLING, val_loss=course)
    assert plain.verdict is later.verdict is Verdict.OVERFITTING
    assert plain.onset is not None
    assert later.onset is not None
    assert later.onset.epoch == plain.onset.epoch + more


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 20))
def test_going_on_overfitting_stays_overfitting(seed: int, more: int) -> None:
    course = noisy(VALLEY, 0.01, seed)
    rest = [course[-1] + 0.07 * n for n in range(1, more + 1)]
    longer = judged(loss=[2 * 0.9**n for n in range(N + more)], val_loss=course + rest)
    assert longer.verdict is Verdict.OVERFITTING
