"""OVF605: weights that are penalised twice."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.fit import Fit
from overfitcheck.script.learning_rate import optimizer_of
from overfitcheck.script.values import Call, Value, constant


@rule(
    "OVF605",
    "l2-and-weight-decay",
    Level.INFO,
    opt_in=True,
    bad=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(64, kernel_regularizer="l2"), keras.layers.Dense(1)])
model.compile(keras.optimizers.AdamW(1e-3), "mse")
model.fit(x, y, epochs=30, validation_split=0.2)  # <- OVF605
""",
        """
import keras
penalty = keras.regularizers.l2(1e-4)
model = keras.Sequential()
model.add(keras.layers.Dense(64, kernel_regularizer=penalty))
model.add(keras.layers.Dense(1))
model.compile(keras.optimizers.SGD(0.01, weight_decay=1e-4), "mse")
model.fit(x, y, epochs=30, validation_split=0.2)  # <- OVF605
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(64), keras.layers.Dense(1)])
model.compile(keras.optimizers.AdamW(1e-3), "mse")
model.fit(x, y, epochs=30, validation_split=0.2)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(64, kernel_regularizer="l2"), keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(1e-3), "mse")
model.fit(x, y, epochs=30, validation_split=0.2)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(64, kernel_regularizer="l1"), keras.layers.Dense(1)])
model.compile(keras.optimizers.AdamW(1e-3), "mse")
model.fit(x, y, epochs=30, validation_split=0.2)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(64, kernel_regularizer="l2"), keras.layers.Dense(1)])
model.compile(keras.optimizers.AdamW(1e-3, weight_decay=0), "mse")
model.fit(x, y, epochs=30, validation_split=0.2)
""",
    ),
)
def l2_and_weight_decay(fit: Fit) -> Iterator[Draft]:
    """A model has L2 penalties, and its optimizer decays the weights as well.

    ## Why is this bad?
    Both pull weights towards zero, by two factors that have to be tuned together: the L2 penalty
    through the loss, where Adam scales it, the decay directly. It is allowed and seldom meant.

    ## Exceptions
    L1 penalties, which do something else, and a `weight_decay` of 0 or None. The rule is opt-in.

    ## References
    https://keras.io/api/optimizers/adamw/
    """
    optimizer = optimizer_of(fit)
    penalised = [each for each in fit.model.layers.members if _has_l2(each)]
    if not isinstance(optimizer, Call) or not penalised:
        return
    given = optimizer.argument("weight_decay")
    decays = given is not None or optimizer.short_name == "AdamW"
    if not decays or optimizer.cls is not None or not constant(optimizer["weight_decay"]):
        return
    first = penalised[0]
    yield Draft(
        fit.node,
        f"{fit.model.name} penalises its weights twice: by the L2 of {first.short_name} in "
        f"{fit.script.place(first.node)} and by weight_decay="
        f"{constant(optimizer['weight_decay']):g} of {optimizer.short_name}",
        "keep one of the two",
    )


def _has_l2(layer: Call) -> bool:
    given = layer.argument("kernel_regularizer")
    return given is not None and _is_l2(given.value)


def _is_l2(value: Value) -> bool:
    if isinstance(value, Call):
        return (value.function or "").lower() == "keras.regularizers.l2"
    return str(constant(value, "")).lower() == "l2"
