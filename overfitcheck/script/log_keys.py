"""The keys of the epoch logs, as Keras names them after ``compile`` (what a monitor may watch)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from overfitcheck.script.keras_names import snake_case
from overfitcheck.script.models import Model, outputs_of
from overfitcheck.script.values import (
    Attribute,
    Call,
    Class,
    Constant,
    Function,
    Items,
    Symbol,
    Table,
    Value,
    constant,
    options,
)
from overfitcheck.script.versions import ANY, KerasVersions, Version, written

if TYPE_CHECKING:
    from overfitcheck.script.fit import Fit

CLASS_NAMES = {"AUC": "auc", "Precision": "precision", "Recall": "recall"}
"""Metric strings that Keras 2 logs in lower case and Keras 3 as they are written."""

MODELS = ("keras.Model", "keras.models.clone_model")
"""What makes a model whose outputs, as far as they are known, stand in the text."""

OLD_RATE, RATE = "lr", "learning_rate"
"""The learning rate in the logs of Keras 2 and of Keras 3, where a callback changes it."""


@dataclass(frozen=True, eq=False, repr=False)
class LogKeys:
    """The keys that the epochs of a fit log.

    `metrics` are names as Keras logs them, of training; `numbered` those of unnamed metric
    objects, which Keras may number (``auc_1``); `validation` says whether each also comes with
    ``val_`` in front (None where the text cannot tell). A model that the text does not show is not
    `whole`: it may have several outputs, whose names stand before their metrics. `rates` are the
    names that the learning rate may have; `prefixed` says that each key but the loss has the name
    of an output in front, which the text need not tell. `added` are keys that callbacks add.
    """

    metrics: frozenset[str]
    numbered: frozenset[str]
    validation: bool | None
    whole: bool = True
    rates: frozenset[str] = frozenset({OLD_RATE, RATE})
    prefixed: bool = False
    added: frozenset[str] = frozenset()

    def has(self, key: str) -> bool | None:
        """Whether `key` is logged; None where the text cannot tell."""
        if key in self.added:
            return True
        name = key.removeprefix("val_")
        stem, _, number = name.rpartition("_")
        is_rate = name in self.rates
        if not is_rate and name not in self.metrics:
            if not number.isdigit() or stem not in self.numbered:
                return self._unlike(name)
        if key.startswith("val_"):
            return False if is_rate else self.validation
        return True

    def is_of_training(self, key: str) -> bool:
        """Whether a key surely is a metric of the training rows."""
        return key not in self.added and not key.startswith("val_") and self.has(key) is True

    @property
    def before(self) -> frozenset[str]:
        """What Keras before 2.3, which had no metric objects, called its metrics."""
        return frozenset(map(_before, self.metrics - self.numbered))

    def like(self, key: str) -> str:
        """What a message lists as logged in place of a key: of validation, where that is asked."""
        front = "val_" if key.startswith("val_") and self.validation else ""
        return ", ".join(front + name for name in sorted(self.metrics))

    def _unlike(self, name: str) -> bool | None:
        """Whether a key that is none of these is logged all the same: False, or None."""
        bare = self.prefixed and name in SPELLINGS
        known = self.whole or bare or other_spelling(name) in self.metrics or name in RATES
        return False if known else None


def log_keys_of(
    compiled: Call | None,
    model: Model,
    validation: bool | None,
    versions: KerasVersions = ANY,
) -> LogKeys | None:
    """The log keys of a fit; None where the text does not show all of them."""
    if compiled is None or compiled.open or compiled.surplus or model.overrides_training:
        return None
    cls = model.value.cls if isinstance(model.value, Call) else None
    received = model.value.calls if isinstance(model.value, Call) else []
    outputs = model.layers.outputs
    if any(call.method == "add_metric" for call in received):
        return None
    if cls is not None and (outputs is None or _logs_more(cls)):
        return None
    value = model.value
    if outputs is not None and len(outputs) > 1:
        return _keys_of_outputs(compiled, value, outputs, validation, versions)
    if any(_is_of_outputs(compiled[name]) for name in ("loss", "loss_weights")):
        return None
    whole = outputs is not None or not isinstance(value, Call) or _has_one_output(value)
    if not whole and isinstance(value, Call) and value.function in MODELS:
        return None
    names: set[str] = {"loss"}
    numbered: set[str] = set()
    for argument in ("metrics", "weighted_metrics"):
        if not _collect(compiled, argument, names, numbered, versions):
            return None
    rates = _rates(versions)
    return LogKeys(frozenset(names), frozenset(numbered), validation, whole, rates)


def _is_of_outputs(losses: Value | None) -> bool:
    """Whether these may be losses of several outputs: a list of just one stands for itself."""
    if isinstance(losses, Items):
        return not losses.complete or len(losses.items) != 1
    return isinstance(losses, Table)


def _logs_more(cls: Class) -> bool:
    """Whether a class of models may have metrics beside those that it is compiled with."""
    overridden = ("metrics", "compile", "compute_metrics", "test_step")
    return any(cls.member(each) for each in overridden) or "add_metric" in cls.text


def _rates(versions: KerasVersions) -> frozenset[str]:
    if versions.surely_from(3):
        return frozenset({RATE})
    return frozenset({OLD_RATE} if versions.surely_before(3) else {OLD_RATE, RATE})


def _keys_of_outputs(
    compiled: Call,
    model: Value,
    outputs: tuple[Call, ...],
    validation: bool | None,
    versions: KerasVersions,
) -> LogKeys:
    """The log keys of a model with several outputs: all but the loss have a name in front."""
    given = outputs_of(model) if isinstance(model, Call) else None
    names = [constant(layer["name"]) for layer in outputs]
    if given is not None and isinstance(given.value, Table):
        names += list(given.value.entries)
    keys: set[str] = {"loss", *(f"{name}_loss" for name in names)}
    numbered: set[str] = set()
    known = all(isinstance(name, str) for name in names) and len({*outputs}) == len(outputs)
    for argument in ("metrics", "weighted_metrics"):
        listed = compiled.argument(argument)
        for of, metric in _by_output(listed.value, names) if listed is not None else ():
            metrics: set[str] = set()
            unnamed: set[str] = set()
            known = known and _add(metric, argument, metrics, unnamed, versions)
            keys.update(f"{name}_{key}" for name in of for key in metrics)
            numbered.update(f"{name}_{key}" for name in of for key in unnamed)
    if not known:
        keys, numbered = {"loss"}, set()
    return LogKeys(
        frozenset(keys), frozenset(numbered), validation, known, _rates(versions), prefixed=True
    )


def _by_output(metrics: Value, names: list[object]) -> Iterator[tuple[list[object], Value]]:
    """Each metric with the names of the outputs that may have it.

    A dict says which outputs those are, a list of lists as long as there are outputs does too.
    """
    parts: list[tuple[list[object], Value]] = [(names, metrics)]
    if isinstance(metrics, Table) and metrics.complete and metrics.entries.keys() <= set(names):
        parts = [([name], value) for name, value in metrics.entries.items()]
    elif isinstance(metrics, Items) and metrics.complete and len(metrics.items) == len(names):
        if all(isinstance(each, (Items, Table)) for each in metrics.items):
            parts = [([name], value) for name, value in zip(names, metrics.items, strict=True)]
    for of, value in parts:
        for metric in _each(value):
            yield of, metric


def _each(metrics: Value) -> list[Value]:
    """The metrics in a list or a dict, and in those that it holds."""
    if isinstance(metrics, Items) and metrics.complete:
        parts = metrics.items
    elif isinstance(metrics, Table) and metrics.complete:
        parts = list(metrics.entries.values())
    else:
        return [metrics]
    return [each for part in parts for each in _each(part)]


def _has_one_output(value: Call) -> bool:
    """Whether a model that is not understood layer by layer surely has a single output."""
    if value.function == "keras.Sequential":
        return True
    given = outputs_of(value)
    return given is not None and not isinstance(given.value, (Items, Table))


def _collect(
    compiled: Call, argument: str, names: set[str], numbered: set[str], versions: KerasVersions
) -> bool:
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
        if any(constant(metric, ...) is None for metric in metrics):
            return False  # Of one output, None is what an exercise leaves to be filled in.
        if not all(_add(metric, argument, names, numbered, versions) for metric in metrics):
            return False
    return True


def _add(
    metric: Value, argument: str, names: set[str], numbered: set[str], versions: KerasVersions
) -> bool:
    """Add the keys of one metric; False where they are not known."""
    keys = {"loss"} if constant(metric, ...) is None else keys_of(metric, versions)
    if keys is None:
        return False
    names.update(keys)
    if isinstance(metric, Call) and metric.argument("name") is None:
        numbered.update(keys)
    if argument == "weighted_metrics":
        names.update(f"weighted_{key}" for key in keys)
    return True


def keys_of(metric: Value, versions: KerasVersions = ANY) -> set[str] | None:
    """The keys one metric may be logged under; None where they are not known."""
    name = constant(metric)
    if isinstance(name, str):
        old = CLASS_NAMES.get(name, name)
        if versions.surely_from(3):
            return {name}
        return {old} if versions.surely_before(3) else {name, old}
    if isinstance(metric, Function):
        return _function_keys(metric, versions)
    if isinstance(metric, Symbol) and metric.path.startswith(("keras.metrics.", "keras.losses.")):
        return {metric.path.rpartition(".")[2]}
    if isinstance(metric, Call):
        return _object_keys(metric)
    return None


def _function_keys(metric: Function, versions: KerasVersions = ANY) -> set[str] | None:
    """What a function is logged under: its name, which the script may set; Keras 3 respells it."""
    given = metric.attributes.get("name"), metric.attributes.get("__name__")
    named, renamed = (None if _is_asked(each, metric) else each for each in given)
    if named is not None:
        name = constant(named)
        return {name} if isinstance(name, str) else None
    name = metric.name if renamed is None else constant(renamed)
    if not isinstance(name, str):
        return None
    new = snake_case(re.sub(r"\W", "", name))
    if versions.surely_from(3):
        return {new}
    return {name} if versions.surely_before(3) else {name, new}


def _is_asked(attribute: Value | None, of: Value) -> bool:
    """Whether an attribute is one that a script has only read, and never set."""
    return isinstance(attribute, Attribute) and attribute.of is of


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

RATES = {OLD_RATE: RATE, RATE: OLD_RATE}

AS_WRITTEN: Version = (2, 3)
"""Since when a metric is logged under the string that compile is given."""

SURELY_AS_WRITTEN: Version = (2, 4)
"""Since when that holds in TensorFlow too: the Keras of TensorFlow 1 counts as an older one."""

BEFORE = {
    "accuracy": "acc",
    **dict.fromkeys(("mse", "MSE"), "mean_squared_error"),
    **dict.fromkeys(("mae", "MAE"), "mean_absolute_error"),
    **dict.fromkeys(("mape", "MAPE"), "mean_absolute_percentage_error"),
    **dict.fromkeys(("msle", "MSLE"), "mean_squared_logarithmic_error"),
}
"""What was logged before for such strings, where it was something else."""


def logs(fit: Fit, key: str) -> bool | None:
    """Whether the epochs of a fit log a key; None where the text cannot tell."""
    if fit.log_keys is not None:
        return fit.log_keys.has(key)
    return False if key.startswith("val_") and is_unvalidated(fit, key) else None


def never_logged(fit: Fit, key: str) -> bool:
    """Whether no version of Keras logs a key, nor its other spelling (OVF504)."""
    keys = fit.log_keys
    if keys is None:
        return logs(fit, key) is False
    names = (key, other_spelling(key))
    return all(keys.has(name) is False for name in names if name is not None)


def since_when(fit: Fit, key: str) -> str:
    """``" since Keras 2.3"`` of a key that is not logged, where older versions may have done it."""
    keys = fit.log_keys
    if keys is None or fit.script.versions.surely_from(*AS_WRITTEN):
        return ""
    unvalidated = key.startswith("val_") and keys.validation is False
    once = not unvalidated and key.removeprefix("val_") in keys.before
    return f" since Keras {written(AS_WRITTEN)}" if once else ""


def is_of_training(fit: Fit, key: str) -> bool:
    """Whether a key surely is a metric of the training rows, as the versions call it."""
    keys, versions = fit.modern_log_keys, fit.script.versions
    if keys is None:
        return False
    if fit.log_keys is None and versions.may_be_before(*AS_WRITTEN) and key in keys.before:
        return key not in keys.added
    return versions.may_be_from(*AS_WRITTEN) and keys.is_of_training(key)


def _before(name: str) -> str:
    """What a metric was called before Keras 2.3: ``kind_acc`` for ``kind_accuracy``."""
    front, line, metric = name.rpartition("_")
    return front + line + BEFORE.get(metric, metric)


def is_unvalidated(fit: Fit, key: str) -> bool:
    """Whether nothing gives a fit a key of validation: it has no data for it, and no callback."""
    alone = fit.has_validation is False and not fit.callbacks.may_add(key)
    return alone and not fit.model.overrides_training


def other_spelling(key: str) -> str | None:
    """``val_accuracy`` for ``val_acc``, ``lr`` for ``learning_rate`` and back; None for others."""
    if key in RATES:
        return RATES[key]
    name = key.rpartition("_")[2]
    other = SPELLINGS.get(name)
    return None if other is None else key.removesuffix(name) + other


def spelt_as_compiled(keys: LogKeys | None, key: str) -> str | None:
    """The other spelling of a key, where its metric is compiled so, whether or not it validates."""
    other = other_spelling(key)
    if keys is None or other is None or keys.has(key.removeprefix("val_")) is not False:
        return None
    return other if keys.has(other.removeprefix("val_")) is True else None


def metric_named(compiled: Call | None, key: str) -> str | None:
    """What a metric of Keras is that a script has given a name: ``auc`` for ``AUC(name="pr")``."""
    given = compiled.argument("metrics") if compiled is not None else None
    for value in options(given.value) if given is not None else ():
        for metric in value.items if isinstance(value, Items) else [value]:
            if not isinstance(metric, Call) or metric.cls is not None:
                continue
            name = metric.argument("name")
            if name is not None and constant(name.value) == key:
                if (metric.function or "").startswith("keras.metrics."):
                    return snake_case(metric.short_name)
    return None


def own_metrics(compiled: Call | None) -> frozenset[str]:
    """The keys of metrics that are functions or classes of the script itself."""
    given = compiled.argument("metrics") if compiled is not None else None
    found: set[str] = set()
    for value in options(given.value) if given is not None else ():
        for metric in value.items if isinstance(value, Items) else [value]:
            if isinstance(metric, Function):
                found.update(_function_keys(metric) or ())
            elif isinstance(metric, Call) and metric.cls is not None:
                name = metric.keywords.get("name")
                known = constant(name.value) if name is not None else None
                found.add(known if isinstance(known, str) else snake_case(metric.cls.name))
    return frozenset(found)
