"""Names of metrics as Keras writes them: ``Train Loss`` is ``loss``, ``val/acc`` is ``val_acc``.

Other tools and own training loops call the same things otherwise. A name is changed only where
its words leave no doubt, and never into one that is there already.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from overfitcheck.errors import UserError
from overfitcheck.history.history import History

WORD = re.compile(r"[^\s/._\-|:]+")

VALIDATION = frozenset({"val", "valid", "validation"})
TESTING = frozenset({"test", "testing", "eval", "evaluation", "dev"})
TRAINING = frozenset({"train", "training", "trn"})
ROLES = VALIDATION | TESTING | TRAINING
COUNTING = frozenset({"epoch", "epochs", "over", "per", "mean", "avg", "average"})
"""Words that only say over what a metric was taken: ``train_loss_epoch``."""

RATES = frozenset({("learning", "rate"), ("lr",)})


def keras_names(names: Iterable[str], changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """Each name with the one that it is read as; `changes` are the user's own and come first."""
    names = list(dict.fromkeys(names))
    changes = changes or {}
    chosen = {name: changes[name] for name in names if name in changes}
    taken = set(chosen.values()) | {name for name in names if name not in chosen}
    for testing in (False, True):
        for name in names:
            if name in chosen:
                continue
            words = [word.lower() for word in WORD.findall(name)]
            if testing is not (not VALIDATION & set(words) and bool(TESTING & set(words))):
                continue
            wanted = _keras_name(name, words)
            if wanted != name and wanted in taken:
                wanted = name
            taken.add(wanted)
            chosen[name] = wanted
    return {name: chosen[name] for name in names}


def _keras_name(name: str, words: list[str]) -> str:
    if name == "loss" or name.startswith("val_"):
        return name
    rest = [word for word in words if word not in ROLES and word not in COUNTING]
    if tuple(rest) in RATES:
        return "learning_rate"
    marked = len(rest) < len(words) or " " in name or "/" in name or name in ("Loss", "Accuracy")
    if not rest or not marked:
        return name
    validated = (VALIDATION | TESTING) & set(words)
    return ("val_" if validated else "") + "_".join(rest)


def tested_names(names: Mapping[str, str]) -> list[str]:
    """Notes on the metrics of a test set that are read as those of a validation set."""
    return [
        f"{name} is read as {wanted}"
        for name, wanted in names.items()
        if wanted.startswith("val_") and TESTING & {word.lower() for word in WORD.findall(name)}
    ]


def changed(history: History, changes: Mapping[str, str]) -> History:
    """A history with the metrics renamed that the user gave other names."""
    from dataclasses import replace

    wanted = {old: new for old, new in changes.items() if old in history.epochs.columns}
    if not wanted:
        return history
    left = [name for name in history.epochs.columns if name not in wanted]
    for old, new in wanted.items():
        if new in left:
            raise UserError(
                f"{history.source}: {old} cannot be read as {new}: there is a {new} already"
            )
    return replace(history, epochs=history.epochs.rename(columns=wanted))
