"""Verdicts on histories whose course is known."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overfitcheck.analysis.diagnose import diagnose
from overfitcheck.analysis.diagnosis import Diagnosis, EffectVerdict, Verdict
from overfitcheck.history.history import History
from overfitcheck.history.read import read_histories

LOGS = Path(__file__).parents[2] / "fixtures" / "logs"


def history(first: int = 1, **columns: Sequence[float]) -> History:
    count = len(next(iter(columns.values())))
    index = pd.RangeIndex(first, first + count, name="epoch")
    return History("train.log", pd.DataFrame(columns, index=pd.Index(index), dtype=float))


def noisy(course: Sequence[float], noise: float, seed: int = 0) -> list[float]:
    rng = np.random.default_rng(seed)
    return [float(value) for value in np.asarray(course) + rng.normal(0, noise, len(course))]


FALLING = [2 * 0.9**n + 0.1 for n in range(40)]
VALLEY = [1 + 0.0015 * (n - 14) ** 2 for n in range(40)]
FLAT = [0.5 + 0.5 * math.exp(-n / 4) for n in range(40)]


@pytest.mark.parametrize(
    ("columns", "verdict"),
    [
        ({"loss": FALLING, "val_loss": noisy(VALLEY, 0.02)}, Verdict.OVERFITTING),
        ({"loss": FALLING, "val_loss": noisy(FLAT, 0.01)}, Verdict.NOT_OVERFITTING),
        ({"loss": FALLING, "val_loss": noisy(FALLING, 0.005)}, Verdict.IMPROVING),
        ({"loss": FALLING}, Verdict.UNKNOWN),
        ({"loss": FALLING[:4], "val_loss": [1, 2, 3, 4]}, Verdict.UNKNOWN),
        ({"loss": FALLING, "val_loss": [0.0] * 40}, Verdict.UNKNOWN),
        ({"loss": [*FALLING[:20], *[math.nan] * 20], "val_loss": VALLEY}, Verdict.DIVERGED),
        ({"loss": [1, 0.9, 2, 40, 900, 1e6], "val_loss": [1, 1, 2, 40, 1e3, 1e6]}, Verdict.DIVERGED),
        ({"loss": FALLING, "val_loss": [*VALLEY[:39], math.inf]}, Verdict.DIVERGED),
        # Both rise: the training went wrong, it did not memorise.
        ({"loss": noisy(VALLEY, 0.001), "val_loss": noisy(VALLEY, 0.02)}, Verdict.NOT_OVERFITTING),
        # A loss below zero, as of a likelihood, has its valley too.
        ({"loss": FALLING, "val_loss": [value - 3 for value in VALLEY]}, Verdict.OVERFITTING),
    ],
    ids=["valley", "flat", "falling", "no validation", "short", "untracked", "nan", "explosion",
         "inf", "both rise", "negative"],
)  # fmt: skip
def test_verdicts(columns: dict[str, list[float]], verdict: Verdict) -> None:
    assert diagnose(history(**columns)).verdict is verdict


def test_the_onset_is_where_the_course_turns() -> None:
    found = diagnose(history(loss=FALLING, val_loss=noisy(VALLEY, 0.01)))
    assert found.onset is not None
    assert found.onset.low <= 15 <= found.onset.high
    assert abs(found.onset.epoch - 15) <= 5
    assert str(found.onset.epoch) in found.reason


def test_epochs_are_counted_as_they_are_printed() -> None:
    shifted = diagnose(history(101, loss=FALLING, val_loss=VALLEY))
    plain = diagnose(history(1, loss=FALLING, val_loss=VALLEY))
    assert shifted.onset is not None
    assert plain.onset is not None
    assert shifted.onset.epoch == plain.onset.epoch + 100


@pytest.fixture(scope="module")
def fer() -> Diagnosis:
    (read,) = read_histories(LOGS / "fer2013_excerpt.log")
    return diagnose(read)


def test_fer2013_is_deep_in_overfitting_although_val_acc_creeps_up(fer: Diagnosis) -> None:
    assert fer.verdict is Verdict.OVERFITTING
    assert (fer.best["val_loss"].epoch, fer.best["val_loss"].value) == (33, 3.7183)
    assert (fer.best["val_acc"].epoch, fer.best["val_acc"].value) == (38, 0.5483)
    assert any("val_acc still creeps up" in remark for remark in fer.remarks)
    assert any("0.8539 in training and 0.5483 in validation" in remark for remark in fer.remarks)


def test_fer2013_drop(fer: Diagnosis) -> None:
    (drop,) = fer.drops
    assert (drop.epoch, drop.old_rate, drop.new_rate) == (35, None, 1e-4)
    assert drop.effects["loss"].verdict is EffectVerdict.HELPED
    accuracy = drop.effects["val_acc"]
    assert accuracy.before_after == pytest.approx(0.026, abs=0.001)
    assert accuracy.change == pytest.approx(0.007, abs=0.001)
    assert accuracy.low is not None and accuracy.high is not None
    assert accuracy.low < 0 < accuracy.high
    assert accuracy.verdict is EffectVerdict.NO_CLEAR_EFFECT
    worse = drop.effects["val_loss"]
    assert worse.change is not None and worse.change > 0


def stepped(size: float, noise: float) -> History:
    course = [1.0 - 0.01 * n for n in range(12)] + [1.0 - 0.01 * n - size for n in range(12, 20)]
    rates = [0.01] * 12 + [0.001] * 8
    return history(loss=noisy(course, noise), val_loss=noisy(course, noise, 1), learning_rate=rates)


@pytest.mark.parametrize(
    ("size", "verdict"),
    [(0.3, EffectVerdict.HELPED), (-0.3, EffectVerdict.HURT), (0.0, EffectVerdict.NO_CLEAR_EFFECT)],
)
def test_effect_of_a_drop(size: float, verdict: EffectVerdict) -> None:
    (drop,) = diagnose(stepped(size, 0.01)).drops
    assert (drop.epoch, drop.old_rate, drop.new_rate) == (12, 0.01, 0.001)
    for name in ("loss", "val_loss"):
        effect = drop.effects[name]
        assert effect.verdict is verdict
        assert effect.change == pytest.approx(-size, abs=0.05)


def test_a_drop_with_too_few_epochs_around_it() -> None:
    rates = [0.01, 0.01, 0.001, 0.001, 0.001, 0.001]
    (drop,) = diagnose(history(loss=FALLING[:6], val_loss=VALLEY[:6], learning_rate=rates)).drops
    assert {effect.verdict for effect in drop.effects.values()} == {EffectVerdict.UNKNOWN}


@pytest.mark.parametrize(
    "rates",
    [
        [0.01 * 0.95**n for n in range(40)],
        [0.005 * (1 + math.cos(math.pi * n / 40)) for n in range(40)],
        [0.01] * 40,
        [0.0001 * (n + 1) for n in range(40)],
        [0.01 + 1e-12 * (n % 2) for n in range(40)],
    ],
    ids=["exponential", "cosine", "constant", "warm-up", "rounding"],
)
def test_schedules_without_drops(rates: list[float]) -> None:
    found = diagnose(history(loss=FALLING, val_loss=VALLEY, learning_rate=rates))
    assert found.drops == ()


def test_waste_counts_epochs_and_seconds_after_the_best() -> None:
    found = diagnose(history(loss=FALLING, val_loss=VALLEY, seconds=[2.0] * 40))
    assert (found.waste.epochs, found.waste.seconds) == (25, 50.0)
    unknown = diagnose(history(loss=FALLING, val_loss=VALLEY, seconds=[math.nan] * 40))
    assert unknown.waste.seconds is None


@pytest.mark.parametrize(
    ("metric", "epoch"),
    [("val_loss", 2), ("val_accuracy", 3), ("val_auc_1", 3), ("val_out_acc", 3), ("val_mae", 2)],
)
def test_which_way_metrics_improve(metric: str, epoch: int) -> None:
    found = diagnose(history(**{"loss": [1, 2, 3], metric: [0.5, 0.1, 0.9]}))
    assert found.best[metric].epoch == epoch


def test_a_metric_that_nobody_knows_has_no_best() -> None:
    assert "val_foo" not in diagnose(history(loss=[1, 2], val_foo=[1, 2])).best


NUMBERS = st.floats(allow_nan=True, allow_infinity=True, width=32)


@settings(max_examples=200)
@given(st.integers(0, 60), st.data())
def test_any_numbers_are_judged(count: int, data: st.DataObject) -> None:
    names = ["loss", "val_loss", "val_accuracy", "learning_rate"]
    columns = {name: data.draw(st.lists(NUMBERS, min_size=count, max_size=count)) for name in names}
    found = diagnose(history(**columns))
    assert found.reason
    for name, best in found.best.items():
        values = found.history.epochs[name].to_numpy()
        finite = values[np.isfinite(values)]
        assert best.value in (finite.min(), finite.max())


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.floats(0.5, 50))
def test_the_unit_of_the_loss_does_not_matter(seed: int, factor: float) -> None:
    course = noisy(VALLEY if seed % 2 else FLAT, 0.02, seed)
    plain = diagnose(history(loss=FALLING, val_loss=course))
    scaled = diagnose(
        history(loss=[factor * v for v in FALLING], val_loss=[factor * v for v in course])
    )
    assert plain.verdict is scaled.verdict
    assert (plain.onset and plain.onset.epoch) == (scaled.onset and scaled.onset.epoch)
