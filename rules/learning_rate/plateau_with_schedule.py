"""OVF703: two things that set the learning rate, of which one undoes the other."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.fit import Fit
from overfitcheck.script.learning_rate import ignores_rate, schedule_of
from overfitcheck.script.values import Call


@rule(
    "OVF703",
    "plateau-with-schedule",
    Level.ERROR,
    bad=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
rate = keras.optimizers.schedules.ExponentialDecay(0.01, 1000, 0.9)
model.compile(keras.optimizers.Adam(learning_rate=rate), "mse")
reduce = keras.callbacks.ReduceLROnPlateau(patience=3)  # <- OVF703
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[reduce])
""",
        """
import tensorflow as tf
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile(tf.keras.optimizers.SGD(tf.keras.optimizers.schedules.CosineDecay(0.1, 5000)), "mse")
model.fit(
    x, y, epochs=50, validation_split=0.2,
    callbacks=[tf.keras.callbacks.LearningRateScheduler(lambda epoch: 0.1 * 0.9**epoch)],  # <- OVF703
)
""",
        """
import keras
def halve(epoch):
    return 0.1 * 0.5 ** (epoch // 10)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("sgd", "mse")
callbacks = [
    keras.callbacks.LearningRateScheduler(halve),
    keras.callbacks.ReduceLROnPlateau(patience=3),  # <- OVF703
]
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=callbacks)
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(learning_rate=0.01), "mse")
reduce = keras.callbacks.ReduceLROnPlateau(patience=3)
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[reduce])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
rate = keras.optimizers.schedules.ExponentialDecay(0.01, 1000, 0.9)
model.compile(keras.optimizers.Adam(learning_rate=rate), "mse")
stop = keras.callbacks.EarlyStopping(patience=3)
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop])
""",
        """
import keras
def warm_up(epoch, rate):
    return 0.01 * (epoch + 1) if epoch < 5 else rate
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("sgd", "mse")
callbacks = [keras.callbacks.LearningRateScheduler(warm_up), keras.callbacks.ReduceLROnPlateau()]
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=callbacks)
""",
        """
import keras
from project import schedule
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("sgd", "mse")
callbacks = [keras.callbacks.LearningRateScheduler(schedule), keras.callbacks.ReduceLROnPlateau()]
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=callbacks)
""",
        """
import keras
decay = keras.optimizers.schedules.CosineDecay(0.1, 50)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("sgd", "mse")
scheduler = keras.callbacks.LearningRateScheduler(lambda epoch: float(decay(epoch)))
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[scheduler])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
rate = keras.optimizers.schedules.ExponentialDecay(0.01, 1000, 0.9) if decayed else 0.01
model.compile(keras.optimizers.Adam(learning_rate=rate), "mse")
model.fit(x, y, epochs=50, callbacks=[keras.callbacks.ReduceLROnPlateau("loss", patience=3)])
""",
    ),
)
def plateau_with_schedule(fit: Fit) -> Iterator[Draft]:
    """A callback sets the learning rate that a schedule sets too.

    ## Why is this bad?
    The rate of an optimizer with a schedule object cannot be set. In Keras 3 ReduceLROnPlateau
    raises a TypeError at the first plateau, hours into the training perhaps, LearningRateScheduler
    at the first epoch; in Keras 2 both silently do nothing. Beside a LearningRateScheduler whose
    function ignores the rate it is given, every drop of ReduceLROnPlateau is overwritten when the
    next epoch begins, while the log shows the drop.

    ## Exceptions
    A schedule function that returns a value made of the rate it is given keeps the drops. Schedules
    and functions that the text does not show.

    ## References
    https://github.com/tensorflow/tensorflow/issues/36612
    https://github.com/tensorflow/tensorflow/issues/51399
    https://github.com/keras-team/keras/pull/8829
    """
    plateaus = [each for each in fit.callbacks.of("ReduceLROnPlateau") if each.cls is None]
    schedulers = [each for each in fit.callbacks.of("LearningRateScheduler") if each.cls is None]
    schedule = schedule_of(fit)
    if schedule is not None:
        for callback in (*plateaus, *schedulers):
            yield Draft(
                callback.node,
                f"{callback.short_name} cannot set the rate that {schedule.short_name} in "
                f"{fit.script.place(schedule.node)} sets for {fit.model.name}: "
                f"{_consequence(fit, callback)}",
                f"keep {schedule.short_name}, or give the optimizer a number for a learning rate",
            )
        return
    for scheduler in schedulers:
        if ignores_rate(scheduler["schedule"]):
            shown = scheduler.argument("schedule")
            name = fit.script.text(shown.node.value) if shown and shown.node else "its function"
            for plateau in plateaus:
                yield Draft(
                    plateau.node,
                    f"each drop of ReduceLROnPlateau lasts until the next epoch of {fit.model.name} "
                    f"begins: there LearningRateScheduler sets what {name} returns, which ignores "
                    "the rate it is given",
                    "keep one of the two, or let the function return a value made of the rate",
                )


def _consequence(fit: Fit, callback: Call) -> str:
    when = "the first plateau" if callback.short_name == "ReduceLROnPlateau" else "the first epoch"
    raises = f"Keras 3 raises a TypeError at {when}"
    versions = fit.script.versions
    if versions.surely_from(3):
        return raises
    silent = "the schedule goes on as if it were not there"
    return silent if versions.surely_before(3) else f"{raises}, and in Keras 2 {silent}"
