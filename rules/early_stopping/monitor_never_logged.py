"""OVF504: a callback that watches a metric which no epoch logs."""

from collections.abc import Iterator

from overfitcheck.finding import Edit, Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import Draft, rule
from overfitcheck.script.callbacks import MONITORING, kind_of
from overfitcheck.script.fit import Fit
from overfitcheck.script.log_keys import (
    LogKeys,
    logs,
    other_spelling,
    since_when,
    spelt_as_compiled,
)
from overfitcheck.script.values import Call, constant, flag
from overfitcheck.script.versions import written
from overfitcheck.script.written_strings import set_text

BY_METRIC = (3, 11)
"""Since when checkpoints ask the compiled metric for its direction, best-only or not."""


@rule(
    "OVF504",
    "monitor-never-logged",
    Level.ERROR,
    bad=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping(monitor="val_acc", patience=5, mode="max")  # <- OVF504
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)  # <- OVF504
model.fit(x, y, epochs=50, callbacks=[best])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=[keras.metrics.AUC(name="roc")])
reduce = keras.callbacks.ReduceLROnPlateau(monitor="val_auc", mode="max")  # <- OVF504
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[reduce])
""",
        """
import keras
from keras import ops
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
every = keras.callbacks.ModelCheckpoint("{epoch}.keras", monitor="val_acc")  # <- OVF504
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[every])
""",
        """
import os
import keras
def build():
    model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model
model = keras.models.load_model("net.keras") if os.path.exists("net.keras") else build()
callbacks = [
    keras.callbacks.EarlyStopping(monitor="val_acc", patience=5, mode="max"),  # <- OVF504
    keras.callbacks.ModelCheckpoint("net.keras", save_best_only=True),
]
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=callbacks)
""",
        """
import keras
inputs = keras.Input((4,))
outputs = [keras.layers.Dense(1, name="age")(inputs), keras.layers.Dense(5, name="kind")(inputs)]
model = keras.Model(inputs, outputs)
model.compile("adam", {"age": "mse", "kind": "categorical_crossentropy"}, metrics={"kind": ["accuracy"]})
stop = keras.callbacks.EarlyStopping(monitor="val_accuracy", patience=5, mode="max")  # <- OVF504
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop])
""",
        """
import time
import keras
class Clock(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.time()
    def on_epoch_end(self, epoch, logs=None):
        logs["seconds"] = time.time() - self.start
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping(monitor="val_acc", mode="max", patience=5)  # <- OVF504
model.fit(x, y, epochs=40, validation_split=0.2, callbacks=[Clock(), stop])
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping(monitor="val_accuracy", patience=5, mode="max")
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
callbacks = [
    keras.callbacks.ModelCheckpoint("{epoch}.keras", monitor="val_acc", mode="max"),
    keras.callbacks.ModelCheckpoint("{epoch}.keras", monitor="val_loss"),
]
model.fit(x, y, epochs=50, callbacks=callbacks)
""",
        """
import tf_keras
model = tf_keras.Sequential([tf_keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
every = tf_keras.callbacks.ModelCheckpoint("{epoch}.h5", monitor="val_acc")
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[every])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["acc", keras.metrics.AUC()])
callbacks = [
    keras.callbacks.EarlyStopping(monitor="val_acc", mode="max"),
    keras.callbacks.ReduceLROnPlateau(monitor="val_auc_2", mode="max"),
]
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=callbacks)
""",
        """
import keras
class Kappa(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        logs["val_kappa"] = kappa(self.model)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(monitor="val_kappa", mode="max")
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[Kappa(), stop])
""",
        """
import keras
inputs = keras.Input((4,))
model = keras.Model(inputs, [keras.layers.Dense(1, name="a")(inputs), keras.layers.Dense(1, name="b")(inputs)])
model.compile("adam", "mse", metrics=["mae", "mae"])
stop = keras.callbacks.EarlyStopping(monitor="val_a_mae", mode="min")
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop])
unnamed = keras.Model(inputs, [keras.layers.Dense(1)(inputs), keras.layers.Dense(1)(inputs)])
unnamed.compile("adam", "mse", metrics=[["mae"], ["mae"]])
stop = keras.callbacks.EarlyStopping(monitor="val_dense_3_mae", mode="min")
unnamed.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop])
""",
        """
import os
import keras
if os.path.exists("theirs.keras"):
    model = keras.models.load_model("theirs.keras")
else:
    model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping(monitor="val_acc", patience=5, mode="max")
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
some = keras.callbacks.ModelCheckpoint("{epoch}.h5", monitor="val_acc", period=5)
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[some])
""",
        """
import keras
def train(model):
    stop = keras.callbacks.EarlyStopping(monitor="val_acc")
    model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop])
""",
        """
import keras
class Scores(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        logs["val_f1"] = score(self.model)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
stop = keras.callbacks.EarlyStopping(monitor="val_f1", mode="max", patience=5)
model.fit(x, y, epochs=40, callbacks=[Scores(), stop])
""",
        """
import keras
class Scores(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        for name, value in score(self.model):
            logs[name] = value
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
stop = keras.callbacks.EarlyStopping(monitor="val_f1", mode="max", patience=5)
model.fit(x, y, epochs=40, validation_split=0.2, callbacks=[Scores(), stop])
""",
    ),
)
def monitor_never_logged(fit: Fit) -> Iterator[Draft]:
    """A callback monitors a metric that no epoch of the fit logs.

    ## Why is this bad?
    The callback silently does nothing. Keras 2 and Keras 3 with an explicit `mode` print a message
    each epoch and go on: EarlyStopping never stops, ReduceLROnPlateau never reduces. A best-only
    ModelCheckpoint saves nothing up to Keras 3.9 and every epoch from 3.10 on. With `mode="auto"`
    Keras 3 (ModelCheckpoint and ReduceLROnPlateau since 3.11) raises a ValueError at the end of the
    first epoch, for checkpoints of every epoch too.

    ## Exceptions
    Metrics that the text does not all show: unknown lists, several outputs, own `train_step`,
    callbacks that add keys to the logs.

    ## References
    https://github.com/tensorflow/tensorflow/issues/38648
    https://github.com/keras-team/keras/issues/13689
    """
    keys = fit.log_keys
    for callback in fit.callbacks:
        kind = kind_of(callback)
        monitor = constant(callback["monitor"]) if kind in MONITORING else None
        if not isinstance(monitor, str) or callback.cls is not None:
            continue
        every = kind == "ModelCheckpoint" and flag(callback["save_best_only"]) is not True
        if every and not _raises_though_it_saves_all(fit, callback):
            continue
        logged = logs(fit, monitor)
        if logged is not False:
            continue
        given = callback.argument("monitor")
        yield Draft(
            (given.node if given is not None else None) or callback.node,
            f"{kind} watches {monitor}, which {_why(fit, keys, monitor)}: "
            f"{_consequence(fit, callback, str(kind))}",
            _advice(fit, keys, monitor),
            Level.WARNING if every and not fit.script.versions.surely_from(*BY_METRIC) else None,
            edits=_respelt(fit, callback, monitor),
            safe=True,
        )


def _raises_though_it_saves_all(fit: Fit, callback: Call) -> bool:
    """Whether a checkpoint of every epoch looks for the direction of its metric all the same.

    With a ``period`` none is made: what looks for the direction refuses that argument at once.
    """
    return (
        callback.argument("period") is None
        and flag(callback["save_best_only"]) is False
        and constant(callback["mode"]) == "auto"
        and constant(callback["monitor"]) not in ("val_loss", "loss")
        and fit.script.versions.may_be_from(*BY_METRIC)
    )


def _why(fit: Fit, keys: LogKeys | None, monitor: str) -> str:
    if monitor.startswith("val_") and fit.has_validation is False:
        return f"{fit.name} never logs: it has no validation data"
    metrics = keys.like(monitor) if keys is not None else ""
    return f"{fit.model.name} never logs{since_when(fit, monitor)} (it logs {metrics})"


def _consequence(fit: Fit, callback: Call, kind: str) -> str:
    """What the callback does instead, in the versions that it may run on."""
    versions = fit.script.versions
    silent = {
        "EarlyStopping": "it never stops",
        "ReduceLROnPlateau": "the learning rate is never reduced",
        "ModelCheckpoint": "it saves nothing (since Keras 3.10 every epoch, the last one too)",
    }[kind]
    if kind == "ModelCheckpoint" and versions.surely_before(3, 10):
        silent = "it saves nothing"
    if kind == "ModelCheckpoint" and versions.surely_from(3, 10):
        silent = "it saves every epoch, the last one too"
    since = (3, 0) if kind == "EarlyStopping" else BY_METRIC
    by_loss = str(constant(callback["monitor"])) in ("val_loss", "loss")
    if constant(callback["mode"], "auto") != "auto" or by_loss or versions.surely_before(*since):
        return silent
    if flag(callback["save_best_only"]) is False and not versions.surely_from(*since):
        return "Keras 3.11 raises a ValueError after the first epoch, though it saves every one"
    if versions.surely_from(*since):
        return "Keras raises a ValueError at the end of the first epoch"
    return f"{silent}, and Keras {written(since)} raises a ValueError after the first epoch"


def _respelt(fit: Fit, callback: Call, monitor: str) -> tuple[Edit, ...]:
    """The other spelling of accuracy, where that is what all fits of the callback log."""
    other = other_spelling(monitor)
    for each in fit.script.fits:
        if callback in each.callbacks.members:
            if other is None or each.log_keys is None or each.log_keys.has(other) is not True:
                return ()
    return set_text(fit.script, callback.argument("monitor"), other or monitor)


def _advice(fit: Fit, keys: LogKeys | None, monitor: str) -> str:
    prefix = "val_" if monitor.startswith("val_") else ""
    name = monitor.removeprefix("val_")
    other = other_spelling(monitor)
    if prefix and fit.has_validation is False:
        spelt = spelt_as_compiled(keys, monitor)
        then = f'and write monitor="{spelt}"' if spelt else "so that there is something to watch"
        return f"give the fit validation_data (or validation_split), {then}"
    if keys is not None and other is not None and keys.has(other) is True:
        return f'monitor="{other}", as compile(metrics=…) spells it'
    if keys is not None and keys.metrics == {"loss"}:
        return f'add the metric to compile(metrics=["{name}"]), or monitor="{prefix}loss"'
    known = sorted(keys.metrics) if keys is not None else ["loss"]
    return f"monitor one of {', '.join(prefix + each for each in known)}"


@monitor_never_logged.observed
def monitor_in_the_logs(seen: ObservedFit) -> Outcome | None:
    """Whether what the callbacks watched stood in the logs."""
    if seen.observation is None or not seen.trained:
        return None
    logged = [str(name) for name in seen.diagnosis.history.epochs.columns]
    watching = [
        (each.name, str(each.settings["monitor"]))
        for each in seen.observation.callbacks_of(*MONITORING)
        if each.settings.get("monitor") and _decides(each.name, each.settings.get("save_best_only"))
    ]
    missing = [(name, monitor) for name, monitor in watching if monitor not in logged]
    if missing:
        name, monitor = missing[0]
        return Outcome(
            RunSays.CONFIRMED,
            f"{name} watched {monitor}, and the {seen.trained} epochs logged {', '.join(logged)}",
            advice=f"watch one of {', '.join(logged)}",
        )
    if not watching:
        return None
    shown = ", ".join(dict.fromkeys(monitor for _, monitor in watching))
    return Outcome(RunSays.REFUTED, f"{shown} stood in the logs of the run")


def _decides(kind: str, best_only: object) -> bool:
    """Whether a callback does anything with its monitor."""
    return kind != "ModelCheckpoint" or best_only is True
