"""OVF506: EarlyStopping whose patience cannot run out."""

from collections.abc import Iterator

from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import Draft, rule
from overfitcheck.script.epochs import shortest_patience
from overfitcheck.script.fit import Fit
from overfitcheck.script.values import constant, flag, is_asked_for


@rule(
    "OVF506",
    "patience-exceeds-epochs",
    Level.WARNING,
    bad=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=50)  # <- OVF506
model.fit(x, y, epochs=40, validation_split=0.2, callbacks=[stop])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=3, start_from_epoch=26)  # <- OVF506
model.fit(x, y, epochs=30, validation_split=0.2, callbacks=[stop])
""",
        """
import tf_keras
model = tf_keras.Sequential([tf_keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = tf_keras.callbacks.EarlyStopping(patience=29, mode="min")  # <- OVF506
model.fit(x, y, epochs=30, validation_split=0.2, callbacks=[stop])
""",
        """
import keras
for rows, held_out in folds:
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    stop = keras.callbacks.EarlyStopping(patience=25)  # <- OVF506
    model.fit(x[rows], y[rows], epochs=20, validation_data=(x[held_out], y[held_out]), callbacks=[stop])
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=5)
model.fit(x, y, epochs=40, validation_split=0.2, callbacks=[stop])
""",
        """
import keras
from keras import ops
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
keep_best = keras.callbacks.EarlyStopping(patience=40, restore_best_weights=True)
model.fit(x, y, epochs=40, validation_split=0.2, callbacks=[keep_best])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=50)
model.fit(x, y, epochs=number_of_epochs, validation_split=0.2, callbacks=[stop])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=10)
model.fit(x, y, epochs=5, validation_split=0.2, callbacks=[stop])
model.fit(x, y, epochs=100, validation_split=0.2, callbacks=[stop])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=10)
for first in range(0, 100, 5):
    model.fit(x, y, epochs=first + 5, initial_epoch=first, validation_split=0.2, callbacks=[stop])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
epochs = 10 if quick else 100
stop = keras.callbacks.EarlyStopping(patience=20)
model.fit(x, y, epochs=epochs, validation_split=0.2, callbacks=[stop])
""",
        """
import argparse
import keras
parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=2)
parser.add_argument("--patience", type=int, default=48)
args = parser.parse_args()
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=48)
model.fit(x, y, epochs=args.epochs, validation_split=0.2, callbacks=[stop])
soon = keras.callbacks.EarlyStopping(patience=args.patience)
model.fit(x, y, epochs=30, validation_split=0.2, callbacks=[soon])
""",
    ),
)
def patience_exceeds_epochs(fit: Fit) -> Iterator[Draft]:
    """EarlyStopping can never fire: its patience cannot run out before the last epoch.

    ## Why is this bad?
    The first epoch after which it can stop is `start_from_epoch + 1 + max(patience, 1)`. Where that
    is not before the last epoch, it saves nothing. In Keras up to 2.15 `restore_best_weights=True`
    then does nothing either: the best weights are restored only when it stops.

    ## Exceptions
    Keras 3 and tf_keras from 2.16 on restore the best weights at the end of every fit: there
    `restore_best_weights=True` with a large patience is a way to keep the best epoch. Callbacks
    that another, longer fit shares. A loop that goes on training from `initial_epoch`, epochs and
    patience that the command line may change, and modules of tests.

    ## References
    https://github.com/keras-team/keras/issues/12511
    https://github.com/tensorflow/tensorflow/issues/35634
    """
    if fit.epochs is None or is_asked_for(fit["epochs"]) or fit.script.is_test:
        return
    if fit.loops_going_on and fit.gives("initial_epoch") is not False:
        return
    most = fit.epochs[1]
    for stopper in fit.callbacks.of("EarlyStopping"):
        patience = shortest_patience(stopper, most)
        asked = is_asked_for(stopper["patience"]) or is_asked_for(stopper["start_from_epoch"])
        if patience is None or asked or _is_shared(fit, stopper):
            continue
        restores = flag(stopper["restore_best_weights"], True)
        if restores and fit.script.versions.may_be_from(2, 16):
            continue
        given = stopper.argument("patience") or stopper.argument("start_from_epoch")
        start = constant(stopper["start_from_epoch"])
        added = f" from epoch {start} on" if start else ""
        lost = ", and before Keras 3 the best weights are not restored either" if restores else ""
        yield Draft(
            (given.node if given is not None else None) or stopper.node,
            f"a patience of {patience}{added} can never run out in the {most} epochs of "
            f"{fit.name}: EarlyStopping saves no epoch{lost}",
            _advice(most, start),
        )


def _advice(epochs: int, start: int) -> str:
    """A patience that can run out, if any can before the last of so many epochs."""
    most, usual = epochs - start - 2, max(epochs // 10, 2)
    if most < 1:
        return f"{'lower start_from_epoch, or ' if start else ''}train for more epochs"
    patience = f"about {usual}" if usual <= most else f"{most}"
    return f"set patience to {patience}, or train for more epochs"


def _is_shared(fit: Fit, stopper: object) -> bool:
    """Whether a longer fit, or one of unknown length, has the same callback."""
    return any(
        other.node is not fit.node
        and stopper in other.callbacks.members
        and (other.epochs is None or fit.epochs is None or other.epochs[1] > fit.epochs[1])
        for other in fit.script.fits
    )


@patience_exceeds_epochs.observed
def patience_in_the_run(seen: ObservedFit) -> Outcome | None:
    """Whether EarlyStopping could have stopped the fit within the epochs that were asked for."""
    observation, planned = seen.observation, seen.diagnosis.history.planned_epochs
    stoppers = observation.callbacks_of("EarlyStopping") if observation is not None else ()
    if observation is None or planned is None or len(stoppers) != 1:
        return None
    stopper, first = stoppers[0], observation.arguments.get("initial_epoch") or 0
    patience, start = (
        stopper.settings.get(name, default)
        for name, default in (("patience", None), ("start_from_epoch", 0))
    )
    if not all(isinstance(each, int) for each in (patience, start, first)):
        return None
    if stopper.epochs_of("early_stop"):
        return Outcome(RunSays.REFUTED, f"EarlyStopping stopped the fit after epoch {seen.trained}")
    earliest = start + max(patience, 1) + 1
    if earliest < planned - first:
        return Outcome(
            RunSays.REFUTED,
            f"it could have stopped after {earliest} of {planned - first} epochs, and had no reason to",
        )
    if stopper.epochs_of("weights_restored"):
        return Outcome(
            RunSays.REFUTED, "it never stops, but restored the weights of the best epoch"
        )
    lost = stopper.settings.get("restore_best_weights") is True
    return Outcome(
        RunSays.CONFIRMED,
        f"with a patience of {patience} it could stop after {earliest} epochs at the earliest, and "
        f"{planned - first} were asked for"
        + (": the best weights were not restored either" if lost else ""),
        cost=seen.waste,
        advice=_advice(planned - first, start),
    )
