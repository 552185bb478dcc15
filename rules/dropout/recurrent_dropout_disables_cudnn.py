"""OVF307: a recurrent layer that the fast kernel of the GPU cannot run."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.script import Script
from overfitcheck.script.values import Call, Setting, constant

LAYERS = ("keras.layers.LSTM", "keras.layers.GRU")

NEEDED = {
    "recurrent_dropout": 0,
    "activation": "tanh",
    "recurrent_activation": "sigmoid",
    "unroll": False,
    "use_bias": True,
    "reset_after": True,
}
"""What the fast kernel needs."""


@rule(
    "OVF307",
    "recurrent-dropout-disables-cudnn",
    Level.INFO,
    opt_in=True,
    bad=(
        """
import keras
model = keras.Sequential([
    keras.layers.LSTM(64, dropout=0.2, recurrent_dropout=0.2),  # <- OVF307
    keras.layers.Dense(1),
])
""",
        """
from tensorflow.keras.layers import GRU
layer = GRU(32, activation="relu", return_sequences=True)  # <- OVF307
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.LSTM(64, dropout=0.2), keras.layers.Dense(1)])
""",
        """
import keras
layer = keras.layers.GRU(32, activation="tanh", recurrent_dropout=0.0)
""",
        """
import keras
layer = keras.layers.SimpleRNN(32, recurrent_dropout=0.2)
""",
    ),
)
def recurrent_dropout_disables_cudnn(script: Script) -> Iterator[Draft]:
    """An LSTM or GRU layer has an argument with which the fast kernel of a GPU cannot run it.

    ## Why is this bad?
    With `recurrent_dropout`, another activation than tanh and sigmoid, `unroll=True`,
    `use_bias=False` or `reset_after=False` Keras falls back to a loop, many times slower on a GPU.
    `dropout` is fine. It is a matter of speed, not of overfitting, so the rule has to be asked for
    (`--select OVF307`).

    ## Exceptions
    Arguments that the text does not tell, and SimpleRNN, which has no such kernel.

    ## References
    https://keras.io/api/layers/recurrent_layers/lstm/
    """
    for layer in script.calls_to(*LAYERS):
        for name, value in _hindering(layer):
            yield Draft(
                layer.node,
                f"{layer.short_name} with {name}={value!r} is run as a loop on a GPU: its fast kernel "
                f"needs {name}={NEEDED[name]!r}",
                "use dropout, which the kernel can do"
                if name == "recurrent_dropout"
                else f"leave {name} at its default",
            )


def _hindering(layer: Call) -> Iterator[tuple[str, object]]:
    """The arguments that keep the fast kernel from running, and their values."""
    for name, needed in NEEDED.items():
        given = layer.argument(name)
        if given is None or isinstance(given.value, Setting):
            continue
        value = constant(given.value, ...)
        if value is not ... and value != needed:
            yield name, value
            return
