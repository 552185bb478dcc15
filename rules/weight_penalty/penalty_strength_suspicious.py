"""OVF602: a weight penalty that is negative, zero or crushing, or no penalty at all."""

import re
from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.models import is_layer
from overfitcheck.script.script import Script
from overfitcheck.script.values import Argument, Call, Setting, constant

PENALTIES = tuple(
    f"keras.regularizers.{name}" for name in ("l1", "l2", "l1_l2", "L1", "L2", "L1L2")
)


@rule(
    "OVF602",
    "penalty-strength-suspicious",
    Level.INFO,
    bad=(
        """
import keras
layer = keras.layers.Dense(64, kernel_regularizer=keras.regularizers.l2(-0.01))  # <- OVF602
""",
        """
from tensorflow.keras import layers
from tensorflow.keras.regularizers import l2
layer = layers.Conv2D(64, 3, kernel_regularizer=l2(0.5))  # <- OVF602
""",
        """
import keras
layer = keras.layers.Dense(64, kernel_regularizer=keras.regularizers.L1(0))  # <- OVF602
""",
        """
import keras
layer = keras.layers.Dense(64, kernel_regularizer=0.01)  # <- OVF602
""",
        """
import keras
layer = keras.layers.Dense(64, kernel_regularizer="l1_l2")  # <- OVF602
""",
    ),
    good=(
        """
import keras
layer = keras.layers.Dense(64, kernel_regularizer=keras.regularizers.l2(0.01))
""",
        """
import keras
layer = keras.layers.Dense(64, kernel_regularizer=keras.regularizers.l1_l2(l1=0.0, l2=1e-4))
""",
        """
import argparse
import keras
parser = argparse.ArgumentParser()
parser.add_argument("--l2", type=float, default=0.0)
layer = keras.layers.Dense(64, kernel_regularizer=keras.regularizers.l2(parser.parse_args().l2))
""",
        """
import keras
def build(hp):
    return keras.layers.Dense(64, kernel_regularizer=keras.regularizers.l2(hp.Float("l2", 0, 1)))
""",
        """
import keras
class Net:
    def __init__(self, penalty=0.0):
        self.layer = keras.layers.Dense(64, kernel_regularizer=keras.regularizers.l2(penalty))
net = Net()
""",
        """
import keras
layer = keras.layers.Dense(64, kernel_regularizer="l2", bias_regularizer=None)
other = keras.layers.Dense(64, kernel_regularizer="L1L2")
""",
        """
import tf_keras
layer = tf_keras.layers.Dense(64, kernel_regularizer="l1_l2")
""",
    ),
)
def penalty_strength_suspicious(script: Script) -> Iterator[Draft]:
    """The factor of an L1 or L2 penalty is negative, zero, or 0.1 and more.

    ## Why is this bad?
    A negative factor rewards large weights: Keras 2 takes it without a word, Keras 3 raises a
    ValueError. A factor of 0 penalises nothing. With 0.1 or more the penalty outweighs most losses,
    and the network learns little else than small weights. A bare number is no regularizer:
    `kernel_regularizer=0.01` raises a ValueError. So does `"l1_l2"` since Keras 3 (a warning where
    the version is not known).

    ## Exceptions
    Factors that the text does not tell, or that a parameter or the command line may set. `l1_l2` with one factor of 0 is
    the other penalty alone. Zero and strong penalties are info: they may be meant, and are in modules
    of tests.

    ## References
    https://keras.io/api/layers/regularizers/
    """
    for call in script.calls:
        if call.function in PENALTIES and call.cls is None:
            yield from _factors(script, call)
        elif is_layer(call):
            yield from _no_regularizer(script, call)


def _factors(script: Script, call: Call) -> Iterator[Draft]:
    known = {name: _number(call.argument(name)) for name in ("l1", "l2")}
    for name, factor in known.items():
        given = call.argument(name)
        if given is None or factor is None or call.open:
            continue
        other = "l2" if name == "l1" else "l1"
        if factor == 0 and (call.argument(other) is not None or "_" in call.short_name):
            continue
        if factor >= 0 and not _is_literal(script, given):
            continue
        if factor >= 0 and script.is_test:
            continue
        anchor = given.node or call.node
        shown = _use(script, call)
        if factor < 0:
            yield Draft(
                anchor,
                f"{shown} rewards large weights instead of penalising them (Keras 3 raises a "
                "ValueError)",
                f"write {-factor:g}",
                Level.ERROR,
            )
        elif factor == 0:
            yield Draft(anchor, f"{shown} penalises nothing", "leave it out, or start with 1e-4")
        elif factor >= script.threshold("strong-penalty"):
            yield Draft(
                anchor,
                f"{shown} is a strong penalty: it outweighs most losses, and the network may learn "
                "little else than small weights",
                "start with 1e-4 and compare validation losses",
            )


def _is_literal(script: Script, given: Argument) -> bool:
    """Whether a number stands in the call itself, and in no parameter that somebody may set."""
    shown = script.text(given.node.value) if given.node is not None else ""
    return re.fullmatch(r"[-+]?[0-9.]+(?:e[-+]?[0-9]+)?", shown, re.IGNORECASE) is not None


def _use(script: Script, penalty: Call) -> str:
    """A penalty with the layer that has it: ``kernel_regularizer=l2(0.5) of Conv2D``."""
    shown = script.text(penalty.node)
    for layer in script.calls:
        for name, given in layer.arguments.items() if is_layer(layer) else ():
            if given.value is penalty:
                return f"{name}={shown} of {layer.short_name}"
    return f"{script.name_of(penalty) or 'the regularizer'} = {shown}"


def _no_regularizer(script: Script, layer: Call) -> Iterator[Draft]:
    """Numbers where a regularizer is needed."""
    for name, given in layer.arguments.items():
        factor = _number(given) if name.endswith("_regularizer") else None
        if factor is not None:
            yield Draft(
                given.node or layer.node,
                f"{name}={factor:g} of {layer.short_name} is a number and no regularizer: it "
                "raises a ValueError",
                f"write {name}=keras.regularizers.l2({factor:g})",
                Level.ERROR,
            )
        elif name.endswith("_regularizer") and constant(given.value) == "l1_l2":
            yield from _old_name(script, layer, name, given)


def _old_name(script: Script, layer: Call, name: str, given: Argument) -> Iterator[Draft]:
    """The name of a penalty that only Keras 2 knows."""
    if not script.versions.surely_before(3):
        sure = script.versions.surely_from(3)
        yield Draft(
            given.node or layer.node,
            f'{name}="l1_l2" of {layer.short_name} raises a ValueError{"" if sure else " since Keras 3"}',
            f"write {name}=keras.regularizers.L1L2(l1=0.01, l2=0.01), which it stands for in Keras 2",
            Level.ERROR if sure else Level.WARNING,
        )


def _number(given: Argument | None) -> float | None:
    """A number as it stands in the text."""
    if given is None or isinstance(given.value, Setting):
        return None
    number = constant(given.value)
    return number if isinstance(number, (int, float)) and not isinstance(number, bool) else None
