"""OVF704: a callback that cannot reduce the learning rate, or not by what it is told."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.callbacks import kind_of
from overfitcheck.script.fit import Fit
from overfitcheck.script.learning_rate import first_rate, whole_numbers_returned
from overfitcheck.script.script import Script
from overfitcheck.script.values import Call, Setting, Value, constant


@rule(
    "OVF704",
    "plateau-arguments",
    Level.ERROR,
    bad=(
        """
import keras
reduce = keras.callbacks.ReduceLROnPlateau(factor=1.0, patience=3)  # <- OVF704
""",
        """
from tensorflow.keras.callbacks import ReduceLROnPlateau
reduce = ReduceLROnPlateau("val_loss", factor=-0.1)  # <- OVF704
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(1e-4), "mse")
reduce = keras.callbacks.ReduceLROnPlateau(patience=3, min_lr=1e-3)  # <- OVF704
model.fit(x, y, epochs=30, validation_split=0.2, callbacks=[reduce])
""",
        """
from keras.callbacks import LearningRateScheduler
def schedule(epoch, rate):
    if epoch < 10:
        return rate
    return 1  # <- OVF704
scheduler = LearningRateScheduler(schedule)
""",
    ),
    good=(
        """
import keras
reduce = keras.callbacks.ReduceLROnPlateau(factor=0.2, patience=3)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(1e-3), "mse")
reduce = keras.callbacks.ReduceLROnPlateau(patience=3, min_lr=1e-5)
model.fit(x, y, epochs=30, validation_split=0.2, callbacks=[reduce])
""",
        """
import keras
reduce = keras.callbacks.ReduceLROnPlateau(factor=factor, min_lr=lowest)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
reduce = keras.callbacks.ReduceLROnPlateau(patience=3, min_lr=1e-5)
model.compile(keras.optimizers.Adam(1e-3), "mse")
model.fit(x, y, epochs=30, validation_split=0.2, callbacks=[reduce])
model.compile(keras.optimizers.Adam(1e-5), "mse")
model.fit(x, y, epochs=30, validation_split=0.2, callbacks=[reduce])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(1e-4), "mse")
keras.backend.set_value(model.optimizer.learning_rate, 0.1)
reduce = keras.callbacks.ReduceLROnPlateau(patience=3, min_lr=1e-3)
model.fit(x, y, epochs=30, validation_split=0.2, callbacks=[reduce])
""",
        """
import keras
scheduler = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate if epoch < 9 else 0.1)
""",
        """
import keras
class Rise(keras.callbacks.ReduceLROnPlateau):
    def __init__(self, factor):
        super().__init__(factor=1 / factor)
rise = Rise(factor=2)
""",
    ),
)
def plateau_arguments(script: Script) -> Iterator[Draft]:
    """A callback that should reduce the learning rate is given values with which it cannot.

    ## Why is this bad?
    `ReduceLROnPlateau` with a factor of 1 or more raises a ValueError. A factor of 0 or less is
    accepted: the rate becomes `min_lr`, 0 by default, and training stands still. With a `min_lr` at
    or above the rate that the optimizer begins with, no drop ever happens, and nothing says so. A
    function for `LearningRateScheduler` that returns a whole number raises a ValueError.

    ## Exceptions
    Values that the text does not tell, learning-rate schedules, rates that the script sets itself,
    own subclasses, and a callback that works in another fit.

    ## References
    https://keras.io/api/callbacks/reduce_lr_on_plateau/
    """
    for call in script.callbacks:
        if call.cls is not None:
            continue
        if kind_of(call) == "ReduceLROnPlateau":
            yield from _factor(call)
        elif kind_of(call) == "LearningRateScheduler":
            yield from _schedule(script, call["schedule"])
    for call in {each for fit in script.fits for each in fit.callbacks.of("ReduceLROnPlateau")}:
        yield from _lowest(script, call)


def _factor(plateau: Call) -> Iterator[Draft]:
    given = plateau.argument("factor")
    factor = _number(given.value) if given is not None else None
    if given is None or factor is None or 0 < factor < 1:
        return
    consequence = (
        "raises a ValueError: it would not reduce"
        if factor >= 1
        else "sets the rate to min_lr at the first plateau: with the default of 0 nothing is "
        "learned any more"
    )
    yield Draft(
        given.node or plateau.node,
        f"ReduceLROnPlateau(factor={factor:g}) {consequence}",
        "use a factor such as 0.2",
    )


def _schedule(script: Script, function: Value) -> Iterator[Draft]:
    for number in whole_numbers_returned(function):
        shown = script.text(number)
        yield Draft(
            number,
            f"LearningRateScheduler needs a float and raises a ValueError when its function "
            f"returns {shown}",
            f"return {shown}.0",
        )


def _lowest(script: Script, plateau: Call) -> Iterator[Draft]:
    """What is wrong with the ``min_lr`` of a callback in every fit that has it."""
    given = plateau.argument("min_lr")
    lowest = _number(given.value) if given is not None else None
    if given is None or lowest is None or plateau.cls is not None:
        return
    rates = [(fit, first_rate(fit)) for fit in _fits_with(script, plateau)]
    if all(rate is not None and lowest >= rate for _, rate in rates):
        fit, rate = rates[0]
        yield Draft(
            given.node or plateau.node,
            f"min_lr={lowest:g} is not below the {rate:g} that {fit.model.name} begins with: the "
            "learning rate is never reduced",
            f"use a min_lr far below, such as {(rate or 0) / 1000:g}",
        )


def _fits_with(script: Script, callback: Call) -> list[Fit]:
    return [fit for fit in script.fits if callback in fit.callbacks.members]


def _number(value: Value) -> float | None:
    """The number in the text; None where it comes from elsewhere."""
    number = constant(value)
    if isinstance(value, Setting) or isinstance(number, bool):
        return None
    return number if isinstance(number, (int, float)) else None
