"""The keys of the epoch logs, as Keras names them after ``compile`` (what a monitor may watch)."""

from __future__ import annotations

from dataclasses import dataclass

from overfitcheck.script.models import Model, snake_case
from overfitcheck.script.values import (
    Call,
    Constant,
    Function,
    Items,
    Symbol,
    Table,
    Value,
    constant,
    options,
)

CLASS_NAMES = {"AUC": "auc", "Precision": "precision", "Recall": "recall"}
"""Metric strings that Keras 2 logs in lower case and Keras 3 as they are written."""

MODELS = ("keras.Model", "keras.models.clone_model")
"""What makes a model whose outputs, as far as they are known, stand in the text."""

ALWAYS = frozenset({"loss", "lr", "learning_rate"})
"""Keys that are logged whatever is compiled (the rate where a callback changes it)."""


@dataclass(frozen=True)
class LogKeys:
    """The keys that the epochs of a fit log.

    `metrics` are names as Keras logs them, of training; `numbered` those of unnamed metric
    objects, which Keras may number (``auc_1``); `validation` says whether each also comes with
    ``val_`` in front (None where the text cannot tell). A model that the text does not show is not
    `whole`: it may have several outputs, whose names stand before their metrics.
    """

    metrics: frozenset[str]
    numbered: frozenset[str]
    validation: bool | None
    whole: bool = True

    def has(self, key: str) -> bool | None:
        """Whether `key` is logged; None where the text cannot tell."""
        name = key.removeprefix("val_")
        stem, _, number = name.rpartition("_")
        known = (
            name in self.metrics or name in ALWAYS or (number.isdigit() and stem in self.numbered)
        )
        if not known:
            return False if self.whole or other_spelling(name) in self.metrics else None
        if key.startswith("val_"):
            return False if name in ("lr", "learning_rate") else self.validation
        return True


def log_keys_of(compiled: Call | None, model: Model, validation: bool | None) -> LogKeys | None:
    """The log keys of a fit; None where the text does not show all of them."""
    if compiled is None or compiled.open or compiled.surplus or model.overrides_training:
        return None
    cls = model.value.cls if isinstance(model.value, Call) else None
    received = model.value.calls if isinstance(model.value, Call) else []
    if cls is not None or any(call.method == "add_metric" for call in received):
        return None
    if any(isinstance(compiled[name], (Items, Table)) for name in ("loss", "loss_weights")):
        return None
    outputs = model.layers.outputs
    value = model.value
    whole = outputs is not None or not isinstance(value, Call) or _has_one_output(value)
    if not whole and isinstance(value, Call) and value.function in MODELS:
        return None
    if outputs is not None and len(outputs) > 1:
        return None
    names: set[str] = {"loss"}
    numbered: set[str] = set()
    for argument in ("metrics", "weighted_metrics"):
        if not _collect(compiled, argument, names, numbered):
            return None
    return LogKeys(frozenset(names), frozenset(numbered), validation, whole)


def _has_one_output(value: Call) -> bool:
    """Whether a model that is not understood layer by layer surely has a single output."""
    if value.function == "keras.Sequential":
        return True
    given = value.argument("outputs")
    return given is not None and not isinstance(given.value, (Items, Table))


def _collect(compiled: Call, argument: str, names: set[str], numbered: set[str]) -> bool:
    """Add the keys of a list of metrics; False where some are not known."""
    given = compiled.argument(argument)
    if given is None or constant(given.value, ...) is None:
        return True
    for value in options(given.value):
        if isinstance(value, Items) and value.complete:
            metrics = value.items
        elif isinstance(value, Table) and value.complete and len(value.entries) == 1:
            inner = next(iter(value.entries.values()))
            metrics = inner.items if isinstance(inner, Items) else [inner]
        else:
            metrics = [value]
        for metric in metrics:
            keys = keys_of(metric)
            if keys is None:
                return False
            names.update(keys)
            if isinstance(metric, Call) and metric.argument("name") is None:
                numbered.update(keys)
            if argument == "weighted_metrics":
                names.update(f"weighted_{key}" for key in keys)
    return True


def keys_of(metric: Value) -> set[str] | None:
    """The keys one metric may be logged under; None where they are not known."""
    name = constant(metric)
    if isinstance(name, str):
        return {name, CLASS_NAMES.get(name, name)}
    if isinstance(metric, Function):
        return {metric.name} if metric.name != "<lambda>" else {"lambda", "<lambda>"}
    if isinstance(metric, Symbol) and metric.path.startswith(("keras.metrics.", "keras.losses.")):
        return {metric.path.rpartition(".")[2]}
    if isinstance(metric, Call):
        return _object_keys(metric)
    return None


def _object_keys(metric: Call) -> set[str] | None:
    if metric.cls is not None or not (metric.function or "").startswith("keras.metrics."):
        return None
    given = metric.argument("name")
    if given is not None and not (isinstance(given.value, Constant) and given.value.value is None):
        name = constant(given.value)
        return {name} if isinstance(name, str) else None
    if metric.open or metric.short_name in ("MeanMetricWrapper", "Mean", "Sum"):
        return None
    if metric.argument("name") is None and metric.short_name in ("BinaryIoU", "IoU"):
        return None
    default = metric["name"]
    return {snake_case(metric.short_name), *([constant(default)] if constant(default) else [])}


SPELLINGS = {"acc": "accuracy", "accuracy": "acc"}


def other_spelling(key: str) -> str | None:
    """``val_accuracy`` for ``val_acc`` and the other way round; None for other keys."""
    name = key.rpartition("_")[2]
    other = SPELLINGS.get(name)
    return None if other is None else key.removesuffix(name) + other


def own_metrics(compiled: Call | None) -> frozenset[str]:
    """The keys of metrics that are functions or classes of the script itself."""
    given = compiled.argument("metrics") if compiled is not None else None
    found: set[str] = set()
    for value in options(given.value) if given is not None else ():
        for metric in value.items if isinstance(value, Items) else [value]:
            if isinstance(metric, Function):
                found.add(metric.name)
            elif isinstance(metric, Call) and metric.cls is not None:
                name = metric.keywords.get("name")
                known = constant(name.value) if name is not None else None
                found.add(known if isinstance(known, str) else snake_case(metric.cls.name))
    return frozenset(found)
