"""OVF706: an argument that optimizers ignore or refuse."""

from collections.abc import Iterator, Sequence

import libcst as cst

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.edits import Edits, remove_argument, rename
from overfitcheck.script.imports import spelt
from overfitcheck.script.learning_rate import SCHEDULES, optimizer_of, schedule_in
from overfitcheck.script.script import Script
from overfitcheck.script.signatures import signature_of
from overfitcheck.script.values import Call, constant, options

BUILT_IN = "keras.optimizers."
OLD_NAMES = {
    "sgd": "SGD",
    "rmsprop": "RMSprop",
    "adagrad": "Adagrad",
    "adadelta": "Adadelta",
    "adam": "Adam",
    "adamax": "Adamax",
    "nadam": "Nadam",
}
"""Second names that the optimizers had before Keras 2.4, and their names now."""

SETTERS = {"ReduceLROnPlateau": "lowers", "LearningRateScheduler": "sets"}
"""What callbacks of Keras do with the rate of an optimizer."""

ELSEWHERE = ("keras.optimizers.legacy.", SCHEDULES)

NUMBERS = (cst.Integer, cst.Float)
"""How a decay may be written that is the same wherever the call is reached from."""


@rule(
    "OVF706",
    "optimizer-argument-ignored",
    Level.ERROR,
    bad=(
        """
from keras.optimizers import SGD
optimizer = SGD(lr=0.01, momentum=0.9)  # <- OVF706
""",
        """
import tensorflow as tf
optimizer = tf.keras.optimizers.Adam(learning_rate=0.001, decay=1e-6)  # <- OVF706
""",
        """
import keras
from keras import ops
optimizer = keras.optimizers.RMSprop(lr=1e-4)  # <- OVF706
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(keras.optimizers.rmsprop(lr=0.0001, decay=1e-6), "mse")  # <- OVF706
""",
        """
import keras
def optimizer(name="sgd", rate=0.1):
    if name == "sgd":
        return keras.optimizers.SGD(lr=rate)  # <- OVF706
    return keras.optimizers.Adam(lr=rate)  # <- OVF706
""",
    ),
    good=(
        """
from keras.optimizers import SGD
optimizer = SGD(learning_rate=0.01, momentum=0.9)
""",
        """
import tensorflow as tf
optimizer = tf.keras.optimizers.legacy.Adam(lr=0.001, decay=1e-6)
""",
        """
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
optimizer = tf.keras.optimizers.Adam(lr=0.001, decay=1e-6)
""",
        """
import tensorflow as tf
optimizer = tf.compat.v1.keras.optimizers.Adam(lr=0.001)
""",
        """
import torch
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
""",
        """
import keras
class Slow(keras.optimizers.SGD):
    def __init__(self, lr):
        super().__init__(learning_rate=lr / 10)
optimizer = Slow(lr=0.1)
""",
    ),
)
def optimizer_argument_ignored(script: Script) -> Iterator[Draft]:
    """An optimizer is given `lr` or `decay`, which current versions ignore or refuse.

    ## Why is this bad?
    Keras 2.11 to 2.15 ignore `lr=`: the rate silently stays at its default. Keras 3 raises a
    ValueError. `decay=` raises in Keras 2.11 to 2.15; Keras 3 ignores it with a warning, and the
    rate never decays.

    ## Exceptions
    Versions before Keras 2.11, `keras.optimizers.legacy`, optimizers of `tensorflow.compat.v1` and
    of other libraries, own subclasses, and a decay of 0 in Keras 3. Where the version is not known
    the finding is a warning.

    ## References
    https://github.com/tensorflow/tensorflow/issues/58831
    https://github.com/keras-team/keras/issues/19025
    """
    if script.versions.surely_before(2, 11):
        return
    for call in script.calls_to(BUILT_IN):
        if (call.function or "").startswith(ELSEWHERE) or call.cls is not None:
            continue
        if not (call.short_name[:1].isupper() or call.short_name in OLD_NAMES):
            continue
        if _is_of_tensorflow_1(script, call):
            continue
        found = [name for name in ("lr", "decay") if name in call.keywords]
        if "decay" in found and _is_zero(script, call) and script.versions.surely_from(3):
            found.remove("decay")
        if found:
            first = call.keywords[found[0]]
            modern = OLD_NAMES.get(call.short_name)
            yield Draft(
                first.node or call.node,
                " and ".join(_message(script, call, name) for name in _told(script, found))
                if modern is None
                else f"{call.short_name}({found[0]}=…) raises an AttributeError since Keras 2.4, and "
                f"{modern} ignores or refuses {' and '.join(found)} since 2.11",
                "; ".join(_advice(script, call, name) for name in found)
                + (f"; and {modern} instead of {call.short_name}" if modern else ""),
                None if script.versions.surely_from(2, 11) else Level.WARNING,
                _mended(script, call, found) if modern is None else (),
                safe=True,
            )


def _is_of_tensorflow_1(script: Script, call: Call) -> bool:
    """Whether an optimizer is named by way of ``tensorflow.compat.v1``, which keeps the old ones."""
    shown = script.text(call.node.func)
    return "compat.v1" in shown or (
        ".keras." in shown and "tensorflow.compat.v1" in script.walk.imports
    )


def _told(script: Script, found: Sequence[str]) -> list[str]:
    """The arguments that a version makes a difference for: of two, one raises, whatever it is."""
    versions = script.versions
    ignored = "decay" if versions.surely_from(3) else "lr" if versions.surely_before(3) else ""
    return [name for name in found if len(found) == 1 or name != ignored]


def _is_refused_otherwise(call: Call, name: str, version: str) -> bool:
    """Whether a version of Keras raises for another argument of a call."""
    signature = signature_of(call.function or "")
    others = call.keywords.keys() - {name}
    return signature is not None and any(version in signature.without(each) for each in others)


def _message(script: Script, call: Call, name: str) -> str:
    shown = f"{call.short_name}({name}={_text(script, call, name)})"
    versions = script.versions
    if name == "decay" and _is_zero(script, call):
        return f"{shown} raises a ValueError in Keras 2.11 to 2.15"
    silent = (
        "the rate silently stays at its default"
        if name == "lr"
        else "it is ignored, and the learning rate never decays"
    )
    if versions.surely_from(3):
        return f"{shown} raises a ValueError" if name == "lr" else f"{shown}: {silent}"
    if versions.surely_before(3):
        since = "" if versions.surely_from(2, 11) else " since Keras 2.11"
        return (
            f"{shown}: {silent}{since}" if name == "lr" else f"{shown} raises a ValueError{since}"
        )
    if _is_refused_otherwise(call, name, "2" if name == "lr" else "3"):
        since = "since Keras 3" if name == "lr" else "in Keras 2.11 to 2.15"
        return f"{shown} raises a ValueError {since}"
    if name == "lr":
        return f"{shown} raises a ValueError since Keras 3; before, since 2.11, {silent}"
    return f"{shown}: since Keras 3 {silent}; Keras 2.11 to 2.15 raise a ValueError"


def _advice(script: Script, call: Call, name: str) -> str:
    if name == "lr":
        return f"write learning_rate={_text(script, call, name)}"
    if _is_zero(script, call):
        return "leave decay=0 out"
    other = _set_otherwise(script, call)
    if other is not None:
        return f"delete decay: {other} already"
    decaying = spelt(script, f"{SCHEDULES}InverseTimeDecay", call, call)
    home = "" if "." in decaying else f" of {SCHEDULES[:-1]}"
    return f"replace decay by learning_rate={decaying}(…){home}, or by ReduceLROnPlateau"


def _set_otherwise(script: Script, optimizer: Call) -> str | None:
    """What else lowers or sets the rate, and cannot together with a schedule; None if nothing does.

    The rate of an optimizer with a schedule cannot be set (OVF703).
    """
    schedule = schedule_in(optimizer)
    if schedule is not None:
        return f"{schedule.short_name} lowers the rate"
    for fit in script.fits:
        used = optimizer_of(fit)
        if used is None or all(each is not optimizer for each in options(used)):
            continue
        for kind, does in SETTERS.items():
            for callback in fit.callbacks.of(kind):
                written = script.text(callback.node.func).rpartition(".")[2]
                return f"{written} in {script.place(callback.node)} {does} the rate"
    return None


def _is_zero(script: Script, call: Call) -> bool:
    """Whether the decay is none at all, however often the place is reached."""
    same = (each for each in script.calls_to(call.function or "") if each.node is call.node)
    return all(constant(each.keywords["decay"].value) == 0 for each in same)


def _mended(script: Script, call: Call, found: Sequence[str]) -> Edits:
    """The call with the rate under its name of today, and without a decay that is written as 0."""
    if "decay" not in found:
        return rename(script, call.keywords["lr"], "learning_rate")
    decay = call.keywords["decay"].node
    if decay is None or type(decay.value) not in NUMBERS or not _is_zero(script, call):
        return ()
    without = remove_argument(script, call.node, call.keywords["decay"])
    renamed = rename(script, call.keywords["lr"], "learning_rate") if "lr" in found else ()
    return (*renamed, *without) if without and ("lr" not in found or renamed) else ()


def _text(script: Script, call: Call, name: str) -> str:
    argument = call.keywords[name]
    return script.text(argument.node.value) if argument.node is not None else "…"
