"""Heirs: models that take over the weights of a fit by way of a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from os.path import normpath
from pathlib import PurePath
from typing import TYPE_CHECKING

from overfitcheck.script.flow import ingredients
from overfitcheck.script.values import Call, Constant, Text, Value, constant, options

if TYPE_CHECKING:
    from overfitcheck.script.fit import Fit

LOADERS = frozenset({"load_weights", "load_model", "set_weights", "restore", "from_saved_model"})
"""Methods and functions that put other weights in place of the fitted ones."""

LOADS = r"(?i)(load|restore)_\w*(weights|checkpoint|best)"
"""Names of functions and methods of the script's own that do so."""

SAVING = ("save", "save_weights", "export")

SHORTEST = 3
"""Paths that are shorter than this say nothing."""


@dataclass(frozen=True, eq=False, repr=False)
class Heir:
    """A model that has the weights of a fit from the call `load` on."""

    model: Value
    load: Call


def loads_after(fit: Fit) -> Iterator[Call]:
    """The calls after a fit that load weights, from anywhere into anything."""
    for call in fit.script.calls:
        if call.order > fit.call.order and not call.context.excludes(fit.call.context):
            if is_loading(call):
                yield call


def is_loading(call: Call) -> bool:
    """Whether a call loads weights, as far as its name tells."""
    return call.short_name in LOADERS or re.match(LOADS, call.short_name) is not None


def loads_another_file(load: Call, path: Value) -> bool:
    """Whether a call surely loads some other file than the one that was saved to a path."""
    saved = file_name(path)
    loaded = file_name(load.positional[0].value if load.positional else path)
    if not saved or not loaded or "{" in saved:
        return False
    return not saved.startswith(loaded) and not loaded.startswith(saved)


def file_name(path: Value) -> str:
    """The last part of a path; "" where the text does not tell all of it."""
    if isinstance(path, Text):
        return PurePath(path.suffix).name if "/" in path.suffix else ""
    whole = constant(path)
    return PurePath(whole).name if isinstance(whole, str) else ""


def heirs_of(fit: Fit) -> list[Heir]:
    """The models that load what the fit, or the script after it, saved of the fitted model."""
    paths = list(_saved(fit))
    found: list[Heir] = []
    for call in fit.script.calls if paths else ():
        model = _loaded_into(call)
        if model is None or call.order < fit.call.order or call.context.excludes(fit.call.context):
            continue
        if call.positional and any(_same(call.positional[0].value, each) for each in paths):
            found.append(Heir(model, call))
    return found


def compiled_before_saving(fit: Fit) -> Call | None:
    """How a model was compiled that a fit reads from a file which the script itself has written.

    Where there is no file yet, the same fit trains the model that will be saved there.
    """
    loaded = fit.model.value
    if not isinstance(loaded, Call) or loaded.function != "keras.models.load_model":
        return None
    if not loaded.positional or loaded.open or constant(loaded["compile"], True) is not True:
        return None
    for other in fit.script.fits:
        if other.call.evaluation == fit.call.evaluation and other.model.value is not loaded:
            if any(_same(loaded.positional[0].value, each) for each in _saved(other)):
                return other.compiled
    return None


def _loaded_into(call: Call) -> Value | None:
    """The model that a call reads from a file, or whose weights it reads; None for other calls."""
    if call.short_name == "load_model":
        return call
    return call.receiver if call.method == "load_weights" else None


def inherits(call: Call, heirs: list[Heir], fit: Fit) -> bool:
    """Whether a method is called on an heir, which has the weights of the fit at that point."""
    if call.receiver is None:
        return False
    receivers = {id(option) for option in options(call.receiver)}
    for heir in heirs:
        if heir.load.order > call.order:
            continue
        if any(id(option) in receivers for option in options(heir.model)):
            return not any(
                heir.load.order < other.call.order < call.order
                and other.call.receiver is call.receiver
                for other in fit.script.fits
            )
    return False


def _saved(fit: Fit) -> Iterator[Value]:
    """The paths that weights of the fitted model are written to."""
    for checkpoint in fit.callbacks.of("ModelCheckpoint"):
        yield checkpoint["filepath"]
    for call in fit.later_on_model(*SAVING):
        if call.positional:
            yield call.positional[0].value
    for call in fit.script.calls:
        if call.short_name == "save_model" and call.order > fit.call.order:
            if len(call.positional) > 1 and fit.script.same(call.positional[0].value, fit):
                yield call.positional[1].value


def _same(loaded: Value, saved: Value) -> bool:
    """Whether a path that is loaded is, or was made of, one that was saved to."""
    if isinstance(loaded, Text) and isinstance(saved, Text):
        return loaded.suffix == saved.suffix and len(loaded.suffix) > SHORTEST
    path = constant(saved)
    for each in ingredients(loaded):
        if each is saved:
            return True
        if isinstance(each, Constant) and isinstance(path, str) and len(path) > SHORTEST:
            if isinstance(each.value, str) and normpath(each.value) == normpath(path):
                return True
    return False
