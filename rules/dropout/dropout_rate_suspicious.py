"""OVF303: a dropout rate that drops nothing, everything, or nearly everything."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.script import Script
from overfitcheck.script.values import Setting, constant

LAYERS = ("keras.layers.Dropout", "keras.layers.GaussianDropout")


@rule(
    "OVF303",
    "dropout-rate-suspicious",
    Level.ERROR,
    bad=(
        """
from tensorflow.keras import layers, models
model = models.Sequential([
    layers.Dense(64, activation="relu"),
    layers.Dropout(20),  # <- OVF303
    layers.Dense(10, activation="softmax"),
])
""",
        """
import keras
inputs = keras.Input((8,))
x = keras.layers.Dropout(rate=0.9)(keras.layers.Dense(64)(inputs))  # <- OVF303
""",
        """
import keras
layer = keras.layers.Dropout(1.0)  # <- OVF303
""",
    ),
    good=(
        """
from tensorflow.keras import layers, models
model = models.Sequential([
    layers.Dense(64, activation="relu"),
    layers.Dropout(0.2),
    layers.Dense(10, activation="softmax"),
])
""",
        """
import keras
layer = keras.layers.Dropout(0.7)
""",
        """
import keras
def build(hp):
    return keras.layers.Dropout(hp.Float("rate", 0, 0.9))
""",
        """
import keras
def block(x, rate=0.0):
    return keras.layers.Dropout(rate)(x)
""",
        """
import keras
layer = keras.layers.AlphaDropout(0.9)
""",
        """
from torch.nn import Dropout
layer = Dropout(0.9)
""",
    ),
)
def dropout_rate_suspicious(script: Script) -> Iterator[Draft]:
    """A dropout rate is not a share between 0 and 0.7.

    ## Why is this bad?
    The rate is the share of values that are dropped, not per cent and not the share that is kept.
    Rates below 0 or above 1 raise. A rate of 1 is accepted: Keras 3 then puts out zeros in
    training without a word, Keras 2 raises when the layer is called. Above 0.7 hardly anything
    is left to learn from (warning). A literal 0 does nothing (info).

    ## Exceptions
    Rates that the text does not tell, or that a tuner or the command line chooses; a 0 that comes
    from a default; AlphaDropout and SpatialDropout; modules of tests.

    ## References
    https://keras.io/api/layers/regularization_layers/dropout/
    """
    for call in script.calls_to(*LAYERS) if not script.is_test else ():
        given = call.argument("rate")
        rate = constant(given.value) if given is not None else None
        if given is None or isinstance(given.value, Setting) or isinstance(rate, bool):
            continue
        if not isinstance(rate, (int, float)) or 0 < rate <= script.threshold("high-dropout"):
            continue
        anchor = given.node or call.node
        if rate == 0:
            if given.node is None or not script.text(given.node.value)[:1].isdigit():
                continue
            yield Draft(
                anchor,
                f"{call.short_name}({rate}) drops nothing",
                "delete the layer, or give it a rate of about 0.2 to 0.5",
                Level.INFO,
            )
        elif 0 < rate < 1:
            yield Draft(
                anchor,
                f"{call.short_name}({rate}) drops {100 * rate:g} % of the values: hardly anything "
                "is left to learn from",
                f"try 0.2 to 0.5; where the share to keep was meant, write {round(1 - rate, 6):g}",
                Level.WARNING,
            )
        else:
            yield Draft(anchor, _wrong(call.short_name, rate), _mended(rate))


def _wrong(layer: str, rate: float) -> str:
    if rate == 1:
        return (
            f"{layer}({rate}) drops everything: Keras 3 trains on zeros without a word, Keras 2 "
            "raises a ValueError when the layer is called"
        )
    return f"{layer}({rate}) raises a ValueError: the rate is a share between 0 and 1"


def _mended(rate: float) -> str:
    if 1 < rate <= 100:
        return f"write {rate / 100:g} if {rate:g} % was meant"
    return "use a share such as 0.2 to 0.5"
