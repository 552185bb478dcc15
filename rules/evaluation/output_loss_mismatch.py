"""OVF909: an output layer and a loss that do not fit together."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.models import Model, activation_name, loss_name
from overfitcheck.script.script import Script
from overfitcheck.script.values import Call, constant

CROSS_ENTROPIES = frozenset(
    {"binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"}
)

TWICE = "would count twice (Keras warns)"


@rule(
    "OVF909",
    "output-loss-mismatch",
    Level.ERROR,
    bad=(
        """
import keras
model = keras.Sequential([
    keras.layers.Dense(16, activation="relu"),
    keras.layers.Dense(1, activation="softmax"),  # <- OVF909
])
model.compile("adam", "binary_crossentropy")
""",
        """
from keras.models import Sequential
from keras.layers import Activation, Dense
model = Sequential()
model.add(Dense(16, activation="relu"))
model.add(Dense(1))  # <- OVF909
model.add(Activation("softmax"))
model.compile(loss="binary_crossentropy", optimizer="adam")
""",
        """
import keras
inputs = keras.Input((8,))
outputs = keras.layers.Dense(10)(inputs)
model = keras.Model(inputs, outputs)
model.compile("adam", "sparse_categorical_crossentropy")  # <- OVF909
""",
        """
import keras
model = keras.Sequential([
    keras.layers.Dense(1, activation="sigmoid"),  # <- OVF909
])
model.compile("adam", loss=keras.losses.CategoricalCrossentropy())
""",
        """
import keras
base = keras.applications.MobileNetV2(include_top=False, pooling="avg")
model = keras.Sequential([base, keras.layers.Dense(1)])
model.compile("adam", loss="binary_crossentropy")  # <- OVF909
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(10, activation=keras.activations.softmax)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))  # <- OVF909
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([
    keras.layers.Dense(16, activation="relu"),
    keras.layers.Dense(1, activation="sigmoid"),
])
model.compile("adam", "binary_crossentropy")
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(10)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(10), keras.layers.Lambda(to_shares)])
model.compile("adam", "categorical_crossentropy")
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(10, activation=my_softmax)])
model.compile("adam", "categorical_crossentropy")
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(10), keras.layers.Softmax()])
model.compile("adam", "categorical_crossentropy")
""",
    ),
)
def output_loss_mismatch(script: Script) -> Iterator[Draft]:
    """The last layer of a model does not put out what its loss expects.

    ## Why is this bad?
    Softmax over a single unit is always 1: nothing can be learned. Categorical crossentropy of a
    single unit is always 0. A crossentropy without `from_logits=True` takes the output for
    probabilities: on a linear layer it is wrong, and nothing says so. With it, a softmax or sigmoid
    in the last layer is one too many: a warning, as Keras gives one.

    ## Exceptions
    Own losses, own activations, and outputs that a Lambda or another layer changes afterwards.

    ## References
    https://keras.io/api/losses/probabilistic_losses/
    """
    for value in script.calls:
        if value.function not in ("keras.Sequential", "keras.Model") or value.cls is not None:
            continue
        model = Model(value, script.name_of(value) or "the model")
        layers = model.layers
        if layers.outputs is None or len(layers.outputs) != 1 or not layers.members:
            continue
        dense, activation = _last(list(layers.members), layers.outputs[0])
        if dense is None or dense.short_name != "Dense":
            continue
        compiles: list[Call | None] = [each for each in value.calls if each.method == "compile"]
        for compiled in compiles or [None]:
            said = _mismatch(dense, activation, compiled)
            if said is None:
                continue
            message, advice, blamed = said
            loss = blamed.argument("loss") if blamed is not None else None
            anchor = loss.node if loss is not None else None
            level = Level.WARNING if message.endswith(TWICE) else None
            yield Draft(anchor or dense.node, f"{model.name}: {message}", advice, level)


def _last(members: list[Call], output: Call) -> tuple[Call | None, object]:
    """The layer whose units are the output, and its activation (Ellipsis: not known)."""
    if output.short_name == "Dense":
        return output, activation_name(output["activation"])
    if output.short_name == "Activation" and members[-1] is output and len(members) > 1:
        before = members[-2]
        if before.short_name == "Dense" and constant(before["activation"], ...) is None:
            return before, activation_name(output["activation"])
    return None, ...


def _mismatch(
    dense: Call, activation: object, compiled: Call | None
) -> tuple[str, str, Call | None] | None:
    """What is wrong, how to mend it, and the compile to blame where it is not the layer.

    None where nothing is wrong, or the text does not tell.
    """
    units = constant(dense["units"])
    if units == 1 and activation == "softmax":
        return (
            "softmax over the single unit of Dense(1) is always 1, so nothing can be learned",
            'use activation="sigmoid" with binary_crossentropy, or as many units as classes',
            None,
        )
    loss = loss_name(compiled["loss"]) if compiled is not None else None
    if compiled is None or loss not in CROSS_ENTROPIES:
        return None
    if units == 1 and loss == "categorical_crossentropy":
        return (
            "categorical_crossentropy of the single unit of Dense(1) is always 0, so nothing can "
            "be learned",
            'use loss="binary_crossentropy" with a sigmoid, or as many units as classes',
            None,
        )
    given = compiled["loss"]
    logits = constant(given["from_logits"], ...) if isinstance(given, Call) else False
    if activation in (None, "linear") and logits is False:
        return (
            f"{loss} takes the output of the linear Dense({units if units else '…'}) for "
            "probabilities, which it is not",
            f'add activation="{"sigmoid" if loss.startswith("binary") else "softmax"}" to the '
            "last layer, or from_logits=True to the loss",
            compiled,
        )
    if activation in ("softmax", "sigmoid") and logits is True:
        return (
            f"{loss} is told from_logits=True, and Dense({units if units else '…'}) puts out "
            f"probabilities: its {activation} {TWICE}",
            f"leave from_logits out, or activation={activation!r}",
            compiled,
        )
    return None
