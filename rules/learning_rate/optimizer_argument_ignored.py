"""OVF706: an argument that optimizers ignore or refuse."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.edits import rename
from overfitcheck.script.script import Script
from overfitcheck.script.values import Call

BUILT_IN = "keras.optimizers."
ELSEWHERE = ("keras.optimizers.legacy.", "keras.optimizers.schedules.")


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
    `keras.optimizers.legacy`, optimizers of other libraries, and own subclasses.

    ## References
    https://github.com/tensorflow/tensorflow/issues/58831
    https://github.com/keras-team/keras/issues/19025
    """
    for call in script.calls_to(BUILT_IN):
        if (call.function or "").startswith(ELSEWHERE) or call.cls is not None:
            continue
        if not call.short_name[:1].isupper():
            continue
        found = [name for name in ("lr", "decay") if name in call.keywords]
        if found:
            first = call.keywords[found[0]]
            yield Draft(
                first.node or call.node,
                " and ".join(_message(script, call, name) for name in found),
                "; ".join(_advice(script, call, name) for name in found),
                None if script.keras == frozenset({"3"}) else Level.WARNING,
                rename(script, call.keywords["lr"], "learning_rate") if found == ["lr"] else (),
                safe=True,
            )


def _message(script: Script, call: Call, name: str) -> str:
    shown = _text(script, call, name)
    if name == "lr":
        return (
            f"{call.short_name}(lr={shown}) raises a ValueError since Keras 3; before, since 2.11, "
            "the rate silently stays at its default"
        )
    return (
        f"{call.short_name}(decay={shown}) is ignored since Keras 3: the learning rate never "
        "decays; Keras 2.11 to 2.15 raise a ValueError"
    )


def _advice(script: Script, call: Call, name: str) -> str:
    if name == "lr":
        return f"write learning_rate={_text(script, call, name)}"
    return (
        "replace decay by learning_rate=keras.optimizers.schedules.InverseTimeDecay(…), or by "
        "ReduceLROnPlateau"
    )


def _text(script: Script, call: Call, name: str) -> str:
    argument = call.keywords[name]
    return script.text(argument.node.value) if argument.node is not None else "…"
