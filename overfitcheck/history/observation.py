"""What a run saw of its fits beside their epochs: arguments, data, callbacks, kept weights.

Read from ``observations.jsonl`` of a run folder, where the recorder writes one line an
observation, each with the sentence `looked_at` that says what was looked at. An observation that
was switched off, or could not be made, is missing: then its field here is None or empty, and
whoever asks says nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from overfitcheck.errors import UserError

OBSERVATIONS = "observations.jsonl"


@dataclass(frozen=True)
class Place:
    """A line of the user's code through which a fit was called; `cell` as in `Location`."""

    path: str
    line: int
    function: str
    cell: int | None = None


@dataclass(frozen=True)
class DataSeen:
    """What was seen of the training or the validation data of a fit.

    `kind` is ``"arrays"``, ``"dataset"`` (tf.data), ``"sequence"``, ``"generator"``,
    ``"loader"`` or ``"unknown"``. `samples` counts rows. `classes` counts the rows of each
    label, by the label's text, the most frequent first; it is empty where the target is no
    class (regression, several labels a row, masks) or where it was not looked at. `spread` are the
    values below which 5, 50 and 95 % of the targets lie, where they are numbers and no classes.
    """

    kind: str
    samples: int | None = None
    classes: Mapping[str, int] = field(default_factory=dict)
    looked_at: str = ""
    spread: tuple[float, float, float] | None = None

    @property
    def ratio(self) -> float | None:
        """Rows of the most frequent class for each row of the rarest; None without classes."""
        counts = [count for count in self.classes.values() if count > 0]
        return max(counts) / min(counts) if len(counts) > 1 else None

    @property
    def counted(self) -> str:
        """Its rarest and its most frequent class in words; "" without classes."""
        if self.ratio is None:
            return ""
        (most, many), (least, few) = self.most_frequent, list(self.classes.items())[-1]
        rows = f"class {least} has {few:,} rows and class {most} has {many:,}"
        return f"{rows} ({self.ratio:.3g} to 1)"

    @property
    def most_frequent(self) -> tuple[str, int]:
        """The class with the most rows, and how many; it has to have classes."""
        return next(iter(self.classes.items()))


@dataclass(frozen=True)
class Overlap:
    """Validation rows that stand, byte for byte, among the training rows.

    `rows` of the `compared` validation rows have a twin there. `distinct` of the compared rows
    differ from each other, and `repeated` of `trained` training rows have a twin among the
    training rows: where rows repeat anyhow (few distinct values), twins are no leak.
    """

    rows: int
    compared: int
    distinct: int
    repeated: int
    trained: int
    looked_at: str = ""

    @property
    def share(self) -> float:
        """Share of the compared validation rows that have a twin in training, 0 to 1."""
        return self.rows / self.compared if self.compared else 0.0


@dataclass(frozen=True)
class CallbackSeen:
    """One callback of a fit: its class, its settings (``patience``, ``monitor`` …), its deeds.

    `deeds` are pairs of an epoch (1-based) and what happened at its end, in the words of
    `overfitcheck.history.history.EventKind`: ``rate_reduced`` (in force from the next epoch on),
    ``rate_set`` (in force in this epoch), ``early_stop``, ``weights_restored``,
    ``checkpoint_saved``; `values` are the new rate, or the epoch whose weights were restored.
    """

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    deeds: tuple[tuple[int, str], ...] = ()
    values: tuple[float | None, ...] = ()

    def epochs_of(self, deed: str) -> list[int]:
        """The epochs at whose end it did something."""
        return [epoch for epoch, kind in self.deeds if kind == deed]

    @property
    def chosen_epoch(self) -> int | None:
        """The epoch that it took for the best one; None where it chose none.

        The one whose weights it restored, or saved last, or after which it waited in vain.
        """
        restored = zip(self.deeds, self.values, strict=False)
        for (_, deed), value in restored:
            if deed == "weights_restored" and value is not None:
                return int(value)
        saved, stopped = self.epochs_of("checkpoint_saved"), self.epochs_of("early_stop")
        if saved:
            return saved[-1]
        patience = self.settings.get("patience")
        return stopped[0] - max(patience, 1) if stopped and isinstance(patience, int) else None


@dataclass(frozen=True)
class LayerSeen:
    """One layer of the fitted model, those inside other models included.

    `settings` has what is worth knowing of it: ``rate`` of a dropout, names of regularizers under
    ``kernel_regularizer``, ``bias_regularizer``, ``activity_regularizer``.
    """

    kind: str
    name: str
    trainable: bool = True
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Evaluation:
    """A call of ``evaluate`` outside of any fit, on the model of a fit.

    `same_as_validation_of` and `same_as_training_of` are the numbers of the fits whose validation
    or training data it was given again.
    """

    fit: int
    results: Mapping[str, float] = field(default_factory=dict)
    same_as_validation_of: tuple[int, ...] = ()
    same_as_training_of: tuple[int, ...] = ()
    place: tuple[Place, ...] = ()


@dataclass(frozen=True)
class FitObservation:
    """What was seen of one fit of a run.

    `number` counts the fits of the run from 1, as ``epochs.jsonl`` does. `place` leads from the
    call of ``fit`` in the user's code outwards. `model` numbers the model objects of a process
    from 1: two fits with one number train on. `through` names the library that called ``fit`` for
    the user (``keras_tuner``, ``sklearn``…), if any. `arguments` and `compiled` are what fit and
    compile were asked for, defaults included: numbers, text, lists and dicts as they are, other
    objects by a short text (``"ndarray (60000, 784) float32"``). `callbacks_known` tells a fit
    without callbacks from one whose callbacks were not looked at. `kept_epoch` is the epoch whose
    weights the model had when the fit returned, None where it did not return. `memory` is the
    peak of device memory in bytes. `tracking` says where the fit's numbers are kept besides
    (``mlflow``, ``wandb``, ``tensorboard``). `stopped_after` is the epoch after which
    ``run --stop-after-onset`` ended the fit, None where it did not.
    """

    number: int
    place: tuple[Place, ...] = ()
    model: int | None = None
    through: str | None = None
    process: int | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    compiled: Mapping[str, Any] = field(default_factory=dict)
    layers: tuple[LayerSeen, ...] = ()
    parameters: int | None = None
    training: DataSeen | None = None
    validation: DataSeen | None = None
    overlap: Overlap | None = None
    validation_is_training: bool | None = None
    evaluations: tuple[Evaluation, ...] = ()
    callbacks: tuple[CallbackSeen, ...] = ()
    callbacks_known: bool = False
    kept_epoch: int | None = None
    memory: int | None = None
    tracking: Mapping[str, Any] = field(default_factory=dict)
    stopped_after: int | None = None

    @property
    def weighs_classes(self) -> bool | None:
        """Whether class or sample weights were given; None where arguments were not observed."""
        if not self.arguments:
            return None
        given = (self.arguments.get("class_weight"), self.arguments.get("sample_weight"))
        return any(each is not None for each in given)

    def callbacks_of(self, *names: str) -> tuple[CallbackSeen, ...]:
        """Its callbacks of these classes."""
        return tuple(each for each in self.callbacks if each.name in names)

    def layers_of(self, *kinds: str) -> tuple[LayerSeen, ...]:
        """The layers of these classes."""
        return tuple(each for each in self.layers if each.kind in kinds)


def read_observations(folder: Path) -> dict[int, FitObservation]:
    """What was seen of each fit of a run, by the fit's number; empty where nothing was.

    Raises:
        UserError: the record cannot be read.
    """
    try:
        text = (folder / OBSERVATIONS).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UserError(f"{folder / OBSERVATIONS}: {error.strerror or error}") from None
    seen: dict[int, FitObservation] = {}
    for line in text.splitlines():
        try:
            entry = json.loads(line)
            number = int(entry["fit"])
            before = seen.get(number, FitObservation(number))
            seen[number] = _with(before, entry)
        except (ValueError, KeyError, TypeError, AttributeError):
            # A line that a kill has cut off, or that somebody has changed, is no observation.
            continue
    return dict(sorted(seen.items()))


def _with(seen: FitObservation, entry: Mapping[str, Any]) -> FitObservation:
    """What was seen, with one more line of the record."""
    read = READERS.get(entry["observation"])
    return seen if read is None else replace(seen, **read(seen, entry))


def _call(seen: FitObservation, entry: Mapping[str, Any]) -> dict[str, Any]:
    names = ("model", "through", "process")
    return {"place": _place(entry.get("place", ())), **{name: entry.get(name) for name in names}}


def _arguments(seen: FitObservation, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"arguments": dict(entry["arguments"]), "compiled": dict(entry.get("compiled", {}))}


def _model(seen: FitObservation, entry: Mapping[str, Any]) -> dict[str, Any]:
    layers = tuple(
        LayerSeen(each["kind"], each["name"], each["trainable"], each["settings"])
        for each in entry["layers"]
    )
    return {"layers": layers, "parameters": entry.get("parameters")}


def _data(seen: FitObservation, entry: Mapping[str, Any]) -> dict[str, Any]:
    classes = {str(label): int(count) for label, count in entry.get("classes", {}).items()}
    ends = entry.get("spread")
    spread = (float(ends[0]), float(ends[1]), float(ends[2])) if ends else None
    data = DataSeen(entry["kind"], entry.get("samples"), classes, entry["looked_at"], spread)
    return {str(entry["observation"]): data}


def _overlap(seen: FitObservation, entry: Mapping[str, Any]) -> dict[str, Any]:
    names = ("rows", "compared", "distinct", "repeated", "trained")
    counts: dict[str, Any] = {name: int(entry[name]) for name in names}
    return {"overlap": Overlap(**counts, looked_at=entry["looked_at"])}


def _same_data(seen: FitObservation, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"validation_is_training": bool(entry["validation_is_training"])}


def _evaluated(seen: FitObservation, entry: Mapping[str, Any]) -> dict[str, Any]:
    evaluation = Evaluation(
        int(entry["fit"]),
        {str(name): float(value) for name, value in entry.get("results", {}).items()},
        tuple(entry.get("same_as_validation_of", ())),
        tuple(entry.get("same_as_training_of", ())),
        _place(entry.get("place", ())),
    )
    return {"evaluations": (*seen.evaluations, evaluation)}


def _callbacks(seen: FitObservation, entry: Mapping[str, Any]) -> dict[str, Any]:
    given = entry["callbacks"]
    callbacks = tuple(CallbackSeen(each["name"], each.get("settings", {})) for each in given)
    return {"callbacks": callbacks, "callbacks_known": True}


def _deed(seen: FitObservation, entry: Mapping[str, Any]) -> dict[str, Any]:
    """One of the callbacks did something at the end of an epoch."""
    callbacks, number = list(seen.callbacks), int(entry["callback"])
    acting = callbacks[number]
    callbacks[number] = replace(
        acting,
        deeds=(*acting.deeds, (int(entry["epoch"]), str(entry["deed"]))),
        values=(*acting.values, entry.get("value")),
    )
    return {"callbacks": tuple(callbacks)}


def _end(seen: FitObservation, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"kept_epoch": entry.get("kept_epoch"), "memory": entry.get("memory")}


def _stopped(seen: FitObservation, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"stopped_after": int(entry["epoch"])}


def _tracking(seen: FitObservation, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"tracking": {**seen.tracking, **entry["tracking"]}}


READERS: dict[str, Callable[[FitObservation, Mapping[str, Any]], dict[str, Any]]] = {
    "call": _call,
    "arguments": _arguments,
    "model": _model,
    "training": _data,
    "validation": _data,
    "overlap": _overlap,
    "same_data": _same_data,
    "evaluated": _evaluated,
    "callbacks": _callbacks,
    "deed": _deed,
    "end": _end,
    "stopped": _stopped,
    "tracking": _tracking,
}
"""How the fields of an observation are read from a line, by what the line calls itself."""


def _place(frames: Iterable[Mapping[str, Any]]) -> tuple[Place, ...]:
    return tuple(
        Place(each["path"], int(each["line"]), each["function"], each.get("cell"))
        for each in frames
    )
