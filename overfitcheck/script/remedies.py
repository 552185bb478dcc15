"""Remedies against overfitting that a fit lacks, put in as a careful colleague would."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.direction import Direction, direction_of
from overfitcheck.script.callbacks import kind_of, watches_validation
from overfitcheck.script.data import is_dataset, is_generator, is_own_object
from overfitcheck.script.edits import Edits, add_argument, give
from overfitcheck.script.fit import Fit
from overfitcheck.script.fittings import learned_before
from overfitcheck.script.held_out import HeldOut
from overfitcheck.script.imports import Reference, function_around, module_name, refer
from overfitcheck.script.insertions import (
    Wanted,
    add_callback,
    after,
    before,
    free_name,
    laid_out,
    quoted,
)
from overfitcheck.script.keras_names import loss_name
from overfitcheck.script.log_keys import other_spelling
from overfitcheck.script.models import Model
from overfitcheck.script.number_lists import is_number_list
from overfitcheck.script.reach import made_in_vain
from overfitcheck.script.resampling import resampled_in
from overfitcheck.script.sorted_labels import stands_sorted
from overfitcheck.script.values import Call, Items, Table, constant, flag

if TYPE_CHECKING:
    from overfitcheck.script.script import Script

SHARE_HELD_OUT = 0.2
"""The share of the rows that a new `validation_split` keeps apart."""

RECURRENT = ("LSTM", "GRU", "SimpleRNN")


def usual_patience(fit: Fit) -> int:
    """A tenth of the epochs, at least 3, and longer than a ReduceLROnPlateau beside it waits."""
    epochs = fit.epochs[0] if fit.epochs is not None else 0
    waits = [constant(each["patience"]) for each in fit.callbacks.of("ReduceLROnPlateau")]
    longest = max((each for each in waits if isinstance(each, int)), default=0)
    patience = max(epochs // 10, 3)
    if patience > longest:
        return patience
    return max(min(longest + longest // 2, epochs - 3), longest + 1)


def early_stopping(fit: Fit) -> Edits:
    """Stop a fit some epochs after its best one, and go back to the weights of that."""
    waiting = _waiting_stopper(fit)
    wanted = Wanted(
        "keras.callbacks.EarlyStopping",
        stopping_arguments(fit, lambda text: quoted(fit.script, text)),
        ("early_stopping", "early_stop", "stop_early"),
        fit.script.name_of(waiting) or "" if waiting is not None else "",
    )
    passed = add_callback(fit, wanted)
    if not passed or waiting is None or flag(waiting["restore_best_weights"]) is not False:
        return passed
    return (*passed, *give(fit.script, waiting, "restore_best_weights", "True"))


def stopping_arguments(fit: Fit, quote: Callable[[str], str]) -> str:
    """What an EarlyStopping of a fit would be given, its strings in the quotes of `quote`."""
    monitor, mode = _watched(fit)
    said = f", mode={quote(mode)}" if mode else ""
    patience = f"patience={usual_patience(fit)}"
    return f"monitor={quote(monitor)}{said}, {patience}, restore_best_weights=True"


def _watched(fit: Fit) -> tuple[str, str]:
    """What tells the best epoch, and the mode: as a checkpoint keeps it, else the least loss.

    A metric that the checkpoint spells otherwise than it is logged (OVF504) is spelt as it is
    logged. The mode is "" where it goes without saying.
    """
    kept = [each for each in fit.callbacks.of("ModelCheckpoint") if watches_validation(each)]
    monitor = constant(kept[0]["monitor"]) if len(kept) == 1 else None
    logged = _as_logged(fit, monitor) if isinstance(monitor, str) else None
    if logged is not None and logged != "val_loss":
        better, mode = direction_of(logged), constant(kept[0]["mode"])
        right = None if better is None else "max" if better is Direction.UP else "min"
        said = mode if mode in ("min", "max") else right
        if said is not None and right in (said, None):
            return logged, str(said)
    return "val_loss", ""


def _as_logged(fit: Fit, monitor: str) -> str | None:
    """A metric as the fit surely logs it, spelt so or otherwise; None where it may not."""
    keys = fit.log_keys
    if keys is None or keys.has(monitor):
        return monitor if keys is not None else None
    other = other_spelling(monitor)
    return other if other is not None and keys.has(other) else None


def _waiting_stopper(fit: Fit) -> Call | None:
    """An EarlyStopping that is made before a fit, under a name of its own, and never passed."""
    script = fit.script
    mine = fit.call.context
    for callback in made_in_vain(script):
        name = script.name_of(callback)
        before_fit = callback.order < fit.call.order and callback.context == mine
        if kind_of(callback) == "EarlyStopping" and before_fit and name is not None:
            return callback if script.bindings.count(name) == 1 else None
    return None


def pass_callback(script: Script, callback: Call) -> Edits:
    """Give a callback that is made and never passed to the one fit that it can be meant for.

    That fit is reached as the callback is, and validates if the callback looks at validation data.
    """
    name = script.name_of(callback)
    mine = callback.context
    fits = [each for each in script.fits if not each.call.context.excludes(mine)]
    if name is None or script.bindings.count(name) != 1 or len({each.node for each in fits}) != 1:
        return ()
    fit = fits[-1]
    if fit.call.context != mine or fit.call.order < callback.order:
        return ()
    if watches_validation(callback) and fit.has_validation is False:
        return ()
    return add_callback(fit, Wanted(f"keras.callbacks.{kind_of(callback)}", "", (), name))


def best_checkpoint(fit: Fit) -> Edits:
    """Keep the weights of the best epoch in a file, and go back to them after the fit."""
    script = fit.script
    if not isinstance(fit.node.func, cst.Attribute) or isinstance(fit.node.func.value, cst.Call):
        return ()
    file = quoted(script, "best.weights.h5")
    loaded = after(script, fit.node, [f"{fit.model.name}.load_weights({file})"])
    wanted = Wanted(
        "keras.callbacks.ModelCheckpoint",
        f"{file}, monitor={quoted(script, 'val_loss')}, save_best_only=True, "
        "save_weights_only=True",
        ("best_checkpoint", "keep_best", "checkpoint"),
    )
    kept = add_callback(fit, wanted)
    return (*kept, *loaded) if kept and loaded else ()


def validation_data(fit: Fit, held_out: HeldOut | None) -> Edits:
    """Validate on rows that are held out already, or hold some out."""
    if held_out is None or fit.call.method != "fit":
        return _validation_split(fit)
    return give(fit.script, fit.call, "validation_data", held_out.pair)


def _validation_split(fit: Fit) -> Edits:
    """Hold a share of the rows out, where they are arrays that Keras can split.

    Not where something has learned from all of them, or has put copies of some among them: the
    score on the share would be too good; nor where they stand class by class.
    """
    if fit.call.method != "fit" or fit.y is None or learned_before(fit) is not None:
        return ()
    if resampled_in(fit.x) or stands_sorted(fit):
        return ()
    if is_dataset(fit.x) or is_generator(fit.x):
        return ()
    if any(is_number_list(each) or is_own_object(each) for each in (fit.x, fit.y)):
        return ()
    return give(fit.script, fit.call, "validation_split", str(SHARE_HELD_OUT))


def class_weights(fit: Fit) -> Edits:
    """Weigh the classes of a fit by how rare they are among its labels."""
    script, node = fit.script, fit.node
    labels = _class_numbers(fit)
    if labels is None:
        return ()
    name = free_name(script, "class_weight", "class_weights", "weight_of_class")
    rows = free_name(script, "labels", "class_numbers", "label_numbers")
    weights = free_name(script, "weights", "balanced_weights", "rare_weights")
    numpy = module_name(script, "numpy", "np", node, function_around(fit.call))
    path = "sklearn.utils.class_weight.compute_class_weight"
    compute = refer(script, path, node, function_around(fit.call))
    if numpy is None or compute is None or not (name and rows and weights):
        return ()
    made = before(script, node, _weighing(fit, labels, rows, weights, name, numpy, compute))
    given = add_argument(script, node, f"class_weight={name}")
    return (*numpy.edits, *compute.edits, *made, *given) if made and given else ()


def _weighing(
    fit: Fit,
    labels: str,
    rows: str,
    weights: str,
    name: str,
    numpy: Reference,
    compute: Reference,
) -> list[str]:
    """The statements that compute the weights of the classes."""
    script = fit.script
    classes = f"{numpy.text}.unique({rows})"
    balanced = quoted(script, "balanced")
    return [
        f"{rows} = {numpy.text}.{labels}",
        *laid_out(
            script,
            fit.node,
            f"{weights} = {compute.text}(",
            f"{balanced}, classes={classes}, y={rows}",
            ")",
        ),
        f"{name} = dict(zip({classes}, {weights}))",
    ]


def _class_numbers(fit: Fit) -> str | None:
    """The NumPy call that gives one class number for each label; None where labels are not plain.

    One-hot labels are those of categorical cross-entropy, and may be a DataFrame, of which older
    versions of pandas give no argmax; labels of binary cross-entropy are those of a single unit.
    """
    given = fit.argument("y")
    written = given.node.value if given is not None and given.node is not None else None
    if not isinstance(written, (cst.Name, cst.Attribute, cst.Subscript)):
        return None
    if fit.y is None or isinstance(fit.y, (Items, Table)) or is_own_object(fit.y):
        return None
    if fit.compiled is None:
        return None
    output = single_dense(fit.model)
    loss = loss_name(fit.compiled["loss"])
    text = fit.text_of("y")
    if output is None:
        return None
    if loss == "categorical_crossentropy":
        return f"asarray({text}).argmax(axis=1)"
    binary = loss == "binary_crossentropy" and constant(output["units"]) == 1
    return f"ravel({text})" if binary or loss == "sparse_categorical_crossentropy" else None


def single_dense(model: Model) -> Call | None:
    """The Dense layer that gives one answer a row; None where the model does something else."""
    layers = model.layers
    if layers.outputs is None or len(layers.outputs) != 1:
        return None
    output = layers.outputs[0]
    members = list(layers.members)
    if output.short_name in ("Activation", "Softmax") and output in members[1:]:
        output = members[members.index(output) - 1]
    recurrent = layers.of(*RECURRENT)
    if recurrent and constant(recurrent[-1]["return_sequences"], ...) is not False:
        return None
    return output if output.short_name == "Dense" else None
