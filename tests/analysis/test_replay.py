"""Replays, kept weights and recommendations of histories whose course is known."""

import math

import pandas as pd
import pytest

from overfitcheck.analysis.diagnose import diagnose
from overfitcheck.analysis.diagnosis import Diagnosis, KeptBy, Replay, Verdict
from overfitcheck.history.history import Event, EventKind, History
from overfitcheck.history.observation import CallbackSeen, FitObservation

VALLEY = [1 + 0.002 * (n - 9) ** 2 for n in range(40)]
FALLING = [2 * 0.9**n for n in range(40)]


def history(
    events: tuple[Event, ...] = (), planned: int | None = None, **columns: list[float]
) -> History:
    count = len(next(iter(columns.values())))
    index = pd.RangeIndex(1, count + 1, name="epoch")
    frame = pd.DataFrame(columns, index=index, dtype=float)
    return History("train.log", frame, planned, events)


def judged(events: tuple[Event, ...] = (), seen: FitObservation | None = None) -> Diagnosis:
    return diagnose(history(events, loss=FALLING, val_loss=VALLEY, seconds=[3.0] * 40), seen)


def replay(diagnosis: Diagnosis, name: str) -> Replay:
    return next(each for each in diagnosis.replays if each.name.startswith(name))


@pytest.mark.parametrize("patience", [3, 5, 10, 20])
def test_what_a_patience_would_have_kept_and_saved(patience: int) -> None:
    found = replay(judged(), f"EarlyStopping(patience={patience})")
    assert (found.trained, found.kept, found.fired) == (10 + patience, 10, True)
    assert found.saved_epochs == 30 - patience
    assert found.saved_seconds == 3.0 * (30 - patience)
    assert found.regret == 0


def test_a_patience_too_short_for_a_bump_regrets_it() -> None:
    course = [1.0, 0.9, 0.95, 0.96, 0.97, 0.5, 0.4, 0.3, 0.2, 0.2]
    found = replay(
        diagnose(history(loss=FALLING[:10], val_loss=course)), "EarlyStopping(patience=3)"
    )
    assert (found.trained, found.kept) == (5, 2)
    assert found.regret == pytest.approx(0.7)
    assert found.regret_share == pytest.approx(3.5)
    assert found.saved_seconds is None


def test_checkpoint_and_stopping_at_the_onset() -> None:
    found = judged()
    assert found.onset is not None
    checkpoint, onset = replay(found, "ModelCheckpoint"), replay(found, "stop at the onset")
    assert (checkpoint.trained, checkpoint.kept, checkpoint.saved_epochs) == (40, 10, 0)
    assert (onset.trained, onset.kept) == (found.onset.epoch, found.onset.epoch)


def test_the_scripts_own_early_stopping() -> None:
    stopper = CallbackSeen("EarlyStopping", {"patience": 6, "restore_best_weights": False})
    found = judged(seen=FitObservation(1, callbacks=(stopper,), callbacks_known=True))
    own = next(each for each in found.replays if each.own)
    assert own.name == "the script's own EarlyStopping(patience=6)"
    assert (own.trained, own.kept) == (16, 16)
    assert own.regret == pytest.approx(VALLEY[15] - 1)


def test_the_recommended_stop_keeps_the_best_and_trains_least() -> None:
    told = judged().recommendation
    assert told is not None
    assert told.text == "train with EarlyStopping(patience=3, restore_best_weights=True)"
    assert "kept epoch 10 (the best)" in told.reason
    assert "saved 27 of 40 epochs" in told.reason


def test_where_no_patience_would_have_stopped_in_time_a_checkpoint_is_recommended() -> None:
    found = diagnose(history(loss=FALLING[:12], val_loss=[*VALLEY[:9], 1.2, 1.3, 1.4]))
    assert found.verdict is Verdict.OVERFITTING
    assert found.recommendation is not None
    late = diagnose(history(loss=FALLING[:11], val_loss=[*VALLEY[:9], 1.3, 1.5]))
    assert late.verdict is Verdict.OVERFITTING
    assert late.recommendation is not None
    assert late.recommendation.text.startswith("keep the best weights: ModelCheckpoint")


def test_a_fit_that_still_improves_is_to_train_on() -> None:
    still = diagnose(history(loss=FALLING, val_loss=[2 - 0.03 * n for n in range(40)]))
    assert still.recommendation is not None
    assert still.recommendation.text == "train on for more epochs"
    stopped = diagnose(
        history(planned=100, loss=FALLING, val_loss=[2 - 0.03 * n for n in range(40)])
    )
    assert stopped.recommendation is not None
    assert stopped.recommendation.text == "train on with more patience"


def test_a_fit_that_diverged_is_to_learn_more_slowly() -> None:
    broken = diagnose(
        history(loss=[1.0, 0.9, *[math.nan] * 5], val_loss=[1.0, 0.9, *[math.nan] * 5])
    )
    assert broken.recommendation is not None
    assert "lower the learning rate" in broken.recommendation.text


RESTORED = Event(EventKind.WEIGHTS_RESTORED, 40, 10)
STOPPED = Event(EventKind.EARLY_STOP, 40)
SAVED = Event(EventKind.CHECKPOINT_SAVED, 10, VALLEY[9], "val_loss")


@pytest.mark.parametrize(
    ("events", "seen", "epoch", "by", "file"),
    [
        ((), None, 40, KeptBy.UNSAID, None),
        ((STOPPED,), None, 40, KeptBy.LAST, None),
        ((STOPPED, RESTORED), None, 10, KeptBy.RESTORED, None),
        ((Event(EventKind.WEIGHTS_RESTORED, 40),), None, 10, KeptBy.RESTORED, None),
        ((SAVED,), None, 40, KeptBy.LAST, 10),
        ((Event(EventKind.CHECKPOINT_SAVED, 40),), None, 40, KeptBy.LAST, 40),
        ((), FitObservation(1, kept_epoch=12), 12, KeptBy.RESTORED, None),
        ((), FitObservation(1, kept_epoch=40), 40, KeptBy.LAST, None),
        ((), FitObservation(1), 40, KeptBy.UNSAID, None),
    ],
)
def test_kept_weights(
    events: tuple[Event, ...], seen: FitObservation | None, epoch: int, by: KeptBy, file: int | None
) -> None:
    kept = judged(events, seen).kept
    assert kept is not None
    assert (kept.epoch, kept.by, kept.file_epoch) == (epoch, by, file)
    assert kept.value == pytest.approx(VALLEY[epoch - 1])
    assert kept.cost == pytest.approx(VALLEY[epoch - 1] - 1)


def test_what_keeping_the_last_weights_cost_is_said() -> None:
    told = [line for line in judged((STOPPED, SAVED)).remarks if "weights of epoch" in line]
    assert told == [
        "the fit ended with the weights of epoch 40, the last: val_loss 2.8, 1.8 worse than at its "
        "best; the checkpoint file holds those of epoch 10, the best by val_loss"
    ]


def test_nothing_is_replayed_without_validation() -> None:
    found = diagnose(history(loss=FALLING))
    assert found.replays == ()
    assert found.kept is None
    assert found.recommendation is None
