"""OVF606: a factor of l1_l2 that is left to a default which differs between versions."""

from collections.abc import Iterator, Sequence

from overfitcheck.finding import Edit, Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.edits import add_argument
from overfitcheck.script.script import Script
from overfitcheck.script.values import Call

BEFORE, SINCE = "0.01", "0.0"
"""The default of each factor in Keras 2 and in Keras 3."""


@rule(
    "OVF606",
    "l1-l2-default-factor",
    Level.WARNING,
    bad=(
        """
from tensorflow.keras import layers, regularizers
layer = layers.Dense(64, kernel_regularizer=regularizers.l1_l2(0.001))  # <- OVF606
""",
        """
import keras
layer = keras.layers.Dense(64, kernel_regularizer=keras.regularizers.l1_l2())  # <- OVF606
""",
        """
from keras.regularizers import l1_l2
penalty = l1_l2(l2=1e-4)  # <- OVF606
""",
        """
import tf_keras
layer = tf_keras.layers.Dense(8, kernel_regularizer=tf_keras.regularizers.l1_l2(0.001))  # <- OVF606
""",
    ),
    good=(
        """
from tensorflow.keras import layers, regularizers
layer = layers.Dense(64, kernel_regularizer=regularizers.l1_l2(0.001, 0.001))
""",
        """
from keras.regularizers import l1_l2
penalty = l1_l2(l1=0.0, l2=1e-4)
""",
        """
import keras
penalty = keras.regularizers.L1L2(l2=1e-4)
""",
        """
import keras
penalty = keras.regularizers.l1_l2(**factors)
""",
        """
from project import l1_l2
penalty = l1_l2(0.01)
""",
    ),
)
def l1_l2_default_factor(script: Script) -> Iterator[Draft]:
    """`l1_l2` is called with one factor or none, and the other comes from the version of Keras.

    ## Why is this bad?
    In Keras 2 a factor that is left out is 0.01, in Keras 3 it is 0: the same script trains with
    another penalty, and `l1_l2()` with none at all. Nothing says so.

    ## Exceptions
    The class `L1L2`, whose factors are 0 in both versions, and factors that the text does not show.

    ## References
    https://keras.io/api/layers/regularizers/
    """
    for call in script.calls_to("keras.regularizers.l1_l2"):
        missing = [name for name in ("l1", "l2") if call.gives(name) is False]
        if missing:
            default = _default(script)
            yield Draft(
                call.node,
                f"{script.text(call.node)} leaves {' and '.join(missing)} to a default: 0.01 in "
                "Keras 2, 0 in Keras 3",
                f"write {_both(script, call, default or BEFORE)}"
                + ("" if default else ", or 0.0 for what Keras 3 does"),
                edits=_completed(script, call, missing, default) if default else (),
                safe=True,
            )


def _completed(
    script: Script, call: Call, missing: Sequence[str], default: str
) -> tuple[Edit, ...]:
    """The missing factors, with the values that they have in this version anyway."""
    return add_argument(script, call.node, ", ".join(f"{name}={default}" for name in missing))


def _default(script: Script) -> str | None:
    """What a missing factor is in the version that the script surely runs on."""
    if script.versions.surely_from(3):
        return SINCE
    return BEFORE if script.versions.surely_before(3) else None


def _both(script: Script, call: Call, default: str) -> str:
    """The call with both factors in it."""
    shown = {}
    for name in ("l1", "l2"):
        given = call.argument(name)
        written = given.node if given is not None else None
        shown[name] = script.text(written.value) if written is not None else default
    return f"{call.short_name}(l1={shown['l1']}, l2={shown['l2']})"
