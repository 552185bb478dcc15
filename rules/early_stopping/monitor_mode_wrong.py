"""OVF505: a callback that takes the worst epoch for the best."""

from collections.abc import Iterator

from overfitcheck.direction import Direction, direction_of, is_count
from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import Draft, rule
from overfitcheck.script.callbacks import MONITORING, kind_of
from overfitcheck.script.edits import give
from overfitcheck.script.fit import Fit
from overfitcheck.script.insertions import quoted
from overfitcheck.script.log_keys import metric_named, never_logged, own_metrics
from overfitcheck.script.script import Script
from overfitcheck.script.values import Call, constant, flag
from overfitcheck.script.versions import written
from overfitcheck.script.written_strings import set_text

OLD_AUTO = {
    "EarlyStopping": ("acc", "accuracy", "auc"),
    "ModelCheckpoint": ("acc",),
    "ReduceLROnPlateau": ("acc",),
}
"""What mode="auto" takes for "higher is better" in Keras 2: endings for EarlyStopping, parts of
the name for the others (Keras 3.0 to 3.10 too). Everything else is minimised."""

AUTO_BY_METRIC = {
    "EarlyStopping": (3, 0),
    "ModelCheckpoint": (3, 11),
    "ReduceLROnPlateau": (3, 11),
}
"""Since which version mode="auto" asks the compiled metric, and raises where that cannot tell."""

MODES = ("min", "max", "auto")


@rule(
    "OVF505",
    "monitor-mode-wrong",
    Level.ERROR,
    bad=(
        """
import keras
stop = keras.callbacks.EarlyStopping(monitor="val_accuracy", mode="min", patience=5)  # <- OVF505
""",
        """
import keras
best = keras.callbacks.ModelCheckpoint("best.keras", monitor="val_loss", mode="max", save_best_only=True)  # <- OVF505
""",
        """
import tf_keras
best = tf_keras.callbacks.ModelCheckpoint("best.h5", monitor="val_auc", save_best_only=True)  # <- OVF505
""",
        """
import keras
stop = keras.callbacks.EarlyStopping(monitor="val_precision", patience=5)  # <- OVF505
""",
        """
import keras
from keras import ops
def closeness(y_true, y_pred):
    return ops.mean(ops.exp(-ops.abs(y_true - y_pred)))
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=[closeness])
stop = keras.callbacks.EarlyStopping(monitor="val_closeness", patience=5)  # <- OVF505
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop])
""",
        """
import keras
stop = keras.callbacks.EarlyStopping(monitor="val_loss", mode="minimum", patience=5)  # <- OVF505
""",
        """
import keras
from keras import ops
inputs = keras.Input((4,))
outputs = [keras.layers.Dense(1, name="a")(inputs), keras.layers.Dense(1, name="b")(inputs)]
model = keras.Model(inputs, outputs)
model.compile("adam", {"a": "mse", "b": "mse"}, metrics={"a": ["mae"]})
stop = keras.callbacks.EarlyStopping(monitor="val_a_mae", patience=5)  # <- OVF505
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=[keras.metrics.FalseNegatives()])
stop = keras.callbacks.EarlyStopping(monitor="val_false_negatives", patience=5)  # <- OVF505
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop])
""",
        """
import tf_keras
best = tf_keras.callbacks.ModelCheckpoint("best.h5", monitor="val_true_positives", save_best_only=True)  # <- OVF505
""",
        """
import tf_keras
model = tf_keras.Sequential([tf_keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=[tf_keras.metrics.AUC(curve="PR", name="pr")])
stop = tf_keras.callbacks.EarlyStopping(monitor="val_pr", patience=5)  # <- OVF505
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop])
""",
    ),
    good=(
        """
import keras
stop = keras.callbacks.EarlyStopping(monitor="val_accuracy", mode="max", patience=5)
""",
        """
import keras
from keras import ops
inputs = keras.Input((4,))
outputs = [keras.layers.Dense(1, name="a")(inputs), keras.layers.Dense(1, name="b")(inputs)]
model = keras.Model(inputs, outputs)
model.compile("adam", {"a": "mse", "b": "mse"}, metrics={"a": ["mae"]})
callbacks = [
    keras.callbacks.EarlyStopping(monitor="val_a_mae", mode="min", patience=5),
    keras.callbacks.EarlyStopping(monitor="val_loss", patience=5),
]
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=callbacks)
""",
        """
import keras
stop = keras.callbacks.EarlyStopping(monitor="val_auc", patience=5)
""",
        """
import keras
best = keras.callbacks.ModelCheckpoint("best.keras", monitor="val_score_of_mine", mode="min", save_best_only=True)
""",
        """
import keras
reduce = keras.callbacks.ReduceLROnPlateau(monitor="val_mean_absolute_error", patience=5)
""",
        """
import keras
every = keras.callbacks.ModelCheckpoint("last.keras", monitor="val_precision")
""",
        """
import keras
stop = keras.callbacks.EarlyStopping(monitor="val_loss", mode=chosen_mode)
""",
        """
import keras
from keras import ops
def closeness(y_true, y_pred):
    return ops.mean(ops.exp(-ops.abs(y_true - y_pred)))
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=[closeness])
stop = keras.callbacks.EarlyStopping(monitor="val_closeness", patience=5, mode="max")
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop])
""",
        """
import tf_keras
def pixel_error(y_true, y_pred):
    return tf_keras.backend.mean(abs(y_true - y_pred))
model = tf_keras.Sequential([tf_keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=[pixel_error])
stop = tf_keras.callbacks.EarlyStopping(monitor="val_pixel_error", patience=5)
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop])
""",
        """
import tf_keras
model = tf_keras.Sequential([tf_keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=[tf_keras.metrics.FalseNegatives()])
stop = tf_keras.callbacks.EarlyStopping(monitor="val_false_negatives", patience=5)
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping(monitor="val_f1", patience=5)
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=[keras.metrics.AUC(curve="PR", name="pr")])
stop = keras.callbacks.EarlyStopping(monitor="val_pr", mode="max", patience=5)
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop])
""",
    ),
)
def monitor_mode_wrong(script: Script) -> Iterator[Draft]:
    """A callback minimises a metric that should rise, or maximises one that should fall.

    ## Why is this bad?
    EarlyStopping stops when training goes well, and a best-only ModelCheckpoint keeps the worst
    epoch. `mode="auto"` goes by the name in Keras 2: all but accuracy (and AUC for EarlyStopping
    alone) is minimised, so precision, recall, F1 and, for ModelCheckpoint and ReduceLROnPlateau
    up to Keras 3.10, AUC are minimised in silence. Later versions ask the compiled metric, and raise
    a ValueError for functions and metric classes of the script's own, and for counts such as
    `FalseNegatives`. Any other word is taken for `auto`.

    ## Exceptions
    Metrics whose direction neither Keras nor their name tells or that no epoch logs, and
    checkpoints of every epoch.

    ## References
    https://github.com/keras-team/keras/issues/18798
    https://github.com/tensorflow/tensorflow/issues/44509
    """
    for callback in script.callbacks:
        kind = kind_of(callback)
        monitor = constant(callback["monitor"]) if kind in MONITORING else None
        if kind is None or not isinstance(monitor, str) or callback.cls is not None:
            continue
        if kind == "ModelCheckpoint" and flag(callback["save_best_only"]) is not True:
            continue
        better = direction_of(monitor) or _direction_of_object(script, callback, monitor)
        mode = constant(callback["mode"])
        if not isinstance(mode, str):
            continue
        if mode not in MODES:
            yield _unknown_mode(script, callback, kind, mode, better)
            continue
        owners = [fit for fit in script.fits if callback in fit.callbacks.members]
        if owners and all(never_logged(fit, monitor) for fit in owners):
            continue  # It does nothing, whichever way it looks: OVF504.
        said = list(_contradiction(script, callback, kind, monitor, mode, better) if better else ())
        yield from said or _undecided(script, callback, kind, monitor, mode)


def _direction_of_object(script: Script, callback: Call, monitor: str) -> Direction | None:
    """The direction of a metric of Keras under a name of the script's own: ``AUC(name="pr")``."""
    name = monitor.removeprefix("val_")
    owners = [fit for fit in script.fits if callback in fit.callbacks.members]
    kinds = {metric_named(fit.compiled, name) for fit in owners}
    kind = kinds.pop() if len(kinds) == 1 else None
    return direction_of(kind) if kind is not None else None


def _unknown_mode(
    script: Script, callback: Call, kind: str, mode: str, better: Direction | None
) -> Draft:
    """A mode that Keras does not know."""
    given = callback.argument("mode")
    right = None if better is None else "max" if better is Direction.UP else "min"
    return Draft(
        (given.node if given is not None else None) or callback.node,
        f'mode="{mode}" is none that Keras knows: {kind} falls back to mode="auto"',
        f'mode="{right}"' if right is not None else 'mode="max" or mode="min"',
        Level.WARNING,
        set_text(script, given, right) if right is not None else (),
        safe=True,
    )


def _undecided(
    script: Script, callback: Call, kind: str, monitor: str, mode: str
) -> Iterator[Draft]:
    """A metric of the script's own, whose direction Keras 3 cannot tell by itself."""
    limit = AUTO_BY_METRIC[kind]
    name = monitor.removeprefix("val_")
    if mode in ("min", "max") or script.versions.surely_before(*limit):
        return
    owners = [fit for fit in script.fits if callback in fit.callbacks.members]
    of_output = all(_is_of_one_output(fit, name) for fit in owners)
    own = all(name in own_metrics(fit.compiled) for fit in owners)
    if not owners or not (own or of_output or is_count(monitor)):
        return
    what = (
        "a count"
        if is_count(monitor)
        else "a metric of the script's own"
        if own
        else "a key of one of several outputs"
    )
    better = direction_of(monitor)
    right = "min" if better is Direction.DOWN else "max"
    yield Draft(
        callback.node,
        f"{kind} cannot tell whether {monitor}, {what}, should rise or fall: "
        f"since Keras {'.'.join(map(str, limit))} it raises a ValueError at the end of the first "
        "epoch",
        f'add mode="{right}"' if better is not None else 'add mode="max" or mode="min"',
        None if script.versions.surely_from(*limit) else Level.WARNING,
        give(script, callback, "mode", quoted(script, right)) if better is not None else (),
        safe=True,
    )


def _is_of_one_output(fit: Fit, name: str) -> bool:
    """Whether a key surely is that of one output of several, which Keras finds no metric for."""
    outputs = fit.model.layers.outputs
    several = outputs is not None and len(outputs) > 1
    return several and name != "loss" and not fit.model.overrides_training


def _contradiction(
    script: Script, callback: Call, kind: str, monitor: str, mode: str, better: Direction
) -> Iterator[Draft]:
    right = "max" if better is Direction.UP else "min"
    word = "higher" if better is Direction.UP else "lower"
    given = callback.argument("mode")
    anchor = (given.node if given is not None else None) or callback.node
    if mode in ("min", "max"):
        if mode != right:
            yield Draft(
                anchor,
                f'mode="{mode}" makes {kind} take the worst {monitor} for the best: {word} is better',
                f'mode="{right}"',
                edits=set_text(script, given, right),
                safe=True,
            )
        return
    name = monitor.removeprefix("val_")
    endings = OLD_AUTO[kind]
    raised = name.endswith(endings) if kind == "EarlyStopping" else any(e in name for e in endings)
    limit = AUTO_BY_METRIC[kind]
    if better is Direction.UP and not raised and script.versions.may_be_before(*limit):
        since = written(limit)
        yield Draft(
            callback.node,
            f'{kind} minimises {monitor} under mode="auto" before Keras {since}: it takes the '
            f"worst epoch for the best, since {word} is better",
            f'add mode="{right}"',
            None if script.versions.surely_before(*limit) else Level.WARNING,
            give(script, callback, "mode", quoted(script, right)),
            safe=True,
        )


@monitor_mode_wrong.observed
def epoch_chosen_for_the_best(seen: ObservedFit) -> Outcome | None:
    """Whether a callback chose the best or the worst epoch of what it watched."""
    frame = seen.diagnosis.history.epochs
    for callback in seen.observation.callbacks if seen.observation is not None else ():
        monitor, epoch = str(callback.settings.get("monitor")), callback.chosen_epoch
        better = direction_of(monitor)
        if epoch is None or epoch not in frame.index:
            continue
        if monitor not in frame.columns or better is None:
            continue
        values, chosen = frame[monitor], float(frame[monitor].loc[epoch])
        least, most = float(values.min()), float(values.max())
        best, worst = (most, least) if better is Direction.UP else (least, most)
        if best == worst or chosen not in (best, worst):
            continue
        told = f"{callback.name} took epoch {epoch} for the best, with a {monitor} of {chosen:.4g}"
        if chosen == best:
            return Outcome(RunSays.REFUTED, told)
        right = "max" if better is Direction.UP else "min"
        return Outcome(
            RunSays.CONFIRMED,
            f"{told}, the worst of all; the best was {best:.4g}",
            advice=f'mode="{right}"',
        )
    return None
