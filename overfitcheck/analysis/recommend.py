"""What to do next time, chosen from what was seen and replayed."""

from __future__ import annotations

from collections.abc import Sequence

from overfitcheck.analysis.diagnosis import Kind, Recommendation, Replay, Verdict
from overfitcheck.analysis.thresholds import LITTLE_REGRET
from overfitcheck.analysis.verdict import Judgement
from overfitcheck.history.history import History


def recommend(
    history: History, judgement: Judgement, replays: Sequence[Replay]
) -> Recommendation | None:
    """What the verdict and the replays speak for; None where nothing has to change."""
    if judgement.verdict is Verdict.OVERFITTING:
        return _stop(history, judgement, replays)
    if judgement.verdict is Verdict.IMPROVING:
        return _go_on(history, judgement)
    if judgement.verdict is Verdict.DIVERGED:
        return Recommendation(
            "lower the learning rate, or clip gradients (clipnorm=1.0), and look at the inputs "
            "for values that are not finite",
            judgement.reason,
        )
    if judgement.kind is Kind.GROWING_GAP:
        return Recommendation(
            "add a remedy against overfitting (data, augmentation, dropout, a weight penalty) or a "
            "smaller model before training longer",
            f"{judgement.monitor} stands still while training goes on falling",
        )
    return None


def _stop(
    history: History, judgement: Judgement, replays: Sequence[Replay]
) -> Recommendation | None:
    """The early stopping that would have kept almost the best epoch, and trained least."""
    good = [
        each
        for each in replays
        if each.patience is not None and each.fired and each.regret_share <= LITTLE_REGRET
    ]
    if good:
        chosen = min(good, key=lambda each: each.trained)
        call = chosen.name[:-1] + ", restore_best_weights=True)"
        return Recommendation(
            f"train with {call}",
            f"it would have stopped after epoch {chosen.trained}, kept epoch {chosen.kept}"
            f"{_regret(judgement, chosen)}, and saved {chosen.saved_epochs} of "
            f"{len(history.epochs)} epochs",
        )
    kept = next((each for each in replays if each.name.startswith("ModelCheckpoint")), None)
    if kept is None:
        return None
    return Recommendation(
        f"keep the best weights: ModelCheckpoint(path, monitor={judgement.monitor!r}, "
        "save_best_only=True), and load them afterwards",
        f"epoch {kept.kept} was the best; no early stopping that was replayed would have kept it "
        "and stopped sooner",
    )


def _regret(judgement: Judgement, replay: Replay) -> str:
    if replay.regret <= 0:
        return " (the best)"
    return f" ({judgement.monitor} {replay.regret:.2g} from its best)"


def _go_on(history: History, judgement: Judgement) -> Recommendation:
    stopped = history.planned_epochs is not None and len(history.epochs) < history.planned_epochs
    how = "with more patience" if stopped else "for more epochs"
    return Recommendation(f"train on {how}", judgement.reason)
