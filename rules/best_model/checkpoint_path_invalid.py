"""OVF804: a checkpoint path that Keras 3 refuses."""

import re
from collections.abc import Iterator

from overfitcheck.finding import Edit, Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.callbacks import kind_of
from overfitcheck.script.checkpoint_paths import WEIGHTS, usual_ending
from overfitcheck.script.heirs import is_loading, loads_another_file
from overfitcheck.script.script import Script
from overfitcheck.script.values import (
    Argument,
    Call,
    Constant,
    Text,
    Value,
    constant,
    flag,
    options,
)
from overfitcheck.script.written_strings import respell, written_string

LOADING = re.compile(r"\bload_(?:weights|model)\(")


@rule(
    "OVF804",
    "checkpoint-path-invalid",
    Level.ERROR,
    bad=(
        """
import keras
from keras import ops
best = keras.callbacks.ModelCheckpoint("best.hdf5", save_best_only=True)  # <- OVF804
""",
        """
import os
from tensorflow import keras
best = keras.callbacks.ModelCheckpoint(os.path.join(folder, "weights.h5"), save_weights_only=True)  # <- OVF804
""",
        """
import keras
best = keras.callbacks.ModelCheckpoint(f"{folder}/model-{{epoch:02d}}.ckpt")  # <- OVF804
""",
        """
import keras
path = "".join(["models/", today, "_{epoch:04d}-{val_loss:.4f}.hdf5"])
best = keras.callbacks.ModelCheckpoint(path, save_best_only=True)  # <- OVF804
""",
        """
import keras
best = keras.callbacks.ModelCheckpoint("best.weights.h5", save_best_only=True)  # <- OVF804
""",
        """
import keras
from pathlib import Path
folder = Path("models")
best = keras.callbacks.ModelCheckpoint(folder / "best.hdf5", save_best_only=True)  # <- OVF804
""",
    ),
    good=(
        """
import keras
from keras import ops
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
""",
        """
import os
from tensorflow import keras
best = keras.callbacks.ModelCheckpoint(os.path.join(folder, "best.weights.h5"), save_weights_only=True)
""",
        """
import tf_keras
best = tf_keras.callbacks.ModelCheckpoint("best.hdf5", save_best_only=True)
""",
        """
import keras
best = keras.callbacks.ModelCheckpoint(folder + name, save_best_only=True)
""",
        """
import keras
best = keras.callbacks.ModelCheckpoint(f"{folder}/{name}", save_weights_only=True)
""",
    ),
)
def checkpoint_path_invalid(script: Script) -> Iterator[Draft]:
    """The path of a ModelCheckpoint has an ending that Keras 3 refuses.

    ## Why is this bad?
    Keras 3 raises a ValueError when the callback is made: whole models have to end in `.keras`
    (or, since 3.8, `.h5`), weights alone in `.weights.h5`. Keras 2 takes any ending.

    ## Exceptions
    Scripts for Keras 2 or tf_keras, and paths whose end the text does not tell. Where the version
    is not known the finding is info: it is for the day when the script moves to Keras 3. So is a
    whole model in `.h5`, which Keras 3.0 to 3.7 refuse, and one whose name ends in `.weights.h5`.

    ## References
    https://github.com/keras-team/keras-io/issues/1844
    https://github.com/keras-team/keras/pull/20561
    """
    versions = script.versions
    if versions.surely_before(3):
        return
    for call in script.callbacks:
        given = call.argument("filepath")
        if kind_of(call) != "ModelCheckpoint" or given is None or call.cls is not None:
            continue
        weights = flag(call["save_weights_only"])
        if not isinstance(weights, bool):
            continue
        if not weights and all(_tail(each).endswith(WEIGHTS) for each in options(given.value)):
            yield _misnamed(script, given, call)
            continue
        verdicts = {_refusal(option, weights) for option in options(given.value)}
        if len(verdicts) != 1 or not (ending := verdicts.pop()):
            continue
        old_whole = not weights and ending == ".h5"
        if old_whole and versions.surely_from(3, 8):
            continue
        certain = versions.surely_from(3) and (not old_whole or versions.surely_before(3, 8))
        yield Draft(
            given.node or call.node,
            _message(script, call, ending, weights),
            f"let the path end in {usual_ending(weights)}{_elsewhere(script, given.value)}",
            None if certain else Level.INFO,
            _renamed(script, given, ending, weights),
        )


def _elsewhere(script: Script, path: Value) -> str:
    """Where else a path has to change: where something may load the file."""
    loads = [call for call in script.calls if is_loading(call)]
    # A branch that the script leaves out as it stands may load the file too.
    is_hidden = len(LOADING.findall(script.code)) > len({id(call.node) for call in loads})
    may_load = is_hidden or any(not loads_another_file(call, path) for call in loads)
    return ", here and where it is loaded" if may_load else ""


def _misnamed(script: Script, given: Argument, call: Call) -> Draft:
    """A whole model under the name of weights."""
    shown = script.text(given.node.value) if given.node is not None else "the checkpoint"
    return Draft(
        given.node or call.node,
        f"{shown} is named for weights, but holds the whole model, which "
        "load_weights of Keras 3 refuses",
        "add save_weights_only=True, or let the path end in .keras",
        Level.INFO,
    )


def _tail(path: Value) -> str:
    """The end of a path, as far as the text tells."""
    return path.suffix if isinstance(path, Text) else str(constant(path, ""))


def _renamed(script: Script, given: Argument, ending: str, weights: bool) -> tuple[Edit, ...]:
    """The path with an ending that every Keras takes, wherever the script writes that path.

    Nothing where the name of the file stands in another path too: that would no longer be found.
    """
    path = written_string(script, given)
    if path is None or not path.raw_value or path.raw_value.endswith(("/", "\\")):
        return ()
    stem = path.raw_value.removesuffix("" if "}" in ending else ending)
    text = stem + usual_ending(weights)
    same = script.strings(path.raw_value)
    if script.code.count(path.raw_value.rpartition("/")[2]) != len(same):
        return ()
    return tuple(edit for each in same for edit in respell(script, each, text))


def _message(script: Script, call: Call, ending: str, weights: bool) -> str:
    given = call.argument("filepath")
    shown = script.text(given.node.value) if given is not None and given.node is not None else "it"
    what = "weights have to end in .weights.h5" if weights else "a model has to end in .keras"
    since = "Keras 3.0 to 3.7 refuse" if ending == ".h5" and not weights else "Keras 3 refuses"
    return f"{since} {shown} with a ValueError: {what}"


def _refusal(path: Value, weights: bool) -> str:
    """The ending that Keras 3 refuses; "" where it does not, or where the text does not tell."""
    whole = constant(path) if isinstance(path, Constant) else None
    tail = whole if isinstance(whole, str) else path.suffix if isinstance(path, Text) else None
    if tail is None or tail.endswith(WEIGHTS if weights else (".keras", WEIGHTS)):
        return ""
    name = tail.replace("\\\\", "/").rpartition("/")[2]
    dot = name.rfind(".")
    if whole is None and "/" not in tail and dot < 0:
        return ""
    return name[dot:] if dot >= 0 else "no ending"
