"""OVF505: a callback that takes the worst epoch for the best."""

from collections.abc import Iterator

from overfitcheck.direction import Direction, direction_of
from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.callbacks import MONITORING, kind_of
from overfitcheck.script.edits import give, set_text
from overfitcheck.script.insertions import quoted
from overfitcheck.script.script import Script
from overfitcheck.script.values import Call, constant

OLD_AUTO = {
    "EarlyStopping": ("acc", "accuracy", "auc"),
    "ModelCheckpoint": ("acc",),
    "ReduceLROnPlateau": ("acc",),
}
"""What mode="auto" takes for "higher is better" in Keras 2: endings for EarlyStopping, parts of
the name for the others (Keras 3.0 to 3.10 too). Everything else is minimised."""


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
    ),
    good=(
        """
import keras
stop = keras.callbacks.EarlyStopping(monitor="val_accuracy", mode="max", patience=5)
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
    ),
)
def monitor_mode_wrong(script: Script) -> Iterator[Draft]:
    """A callback minimises a metric that should rise, or maximises one that should fall.

    ## Why is this bad?
    EarlyStopping stops when training goes well, and a best-only ModelCheckpoint keeps the worst
    epoch. `mode="auto"` goes by the name in Keras 2: all but accuracy (and AUC for EarlyStopping
    alone) is minimised, so precision, recall, F1 and, for ModelCheckpoint and ReduceLROnPlateau
    up to Keras 3.10, AUC are minimised in silence.

    ## Exceptions
    Metrics whose direction neither Keras nor their name tells, and checkpoints of every epoch.

    ## References
    https://github.com/keras-team/keras/issues/18798
    https://github.com/tensorflow/tensorflow/issues/44509
    """
    for callback in script.callbacks:
        kind = kind_of(callback)
        monitor = constant(callback["monitor"]) if kind in MONITORING else None
        if kind is None or not isinstance(monitor, str) or callback.cls is not None:
            continue
        if kind == "ModelCheckpoint" and constant(callback["save_best_only"]) is not True:
            continue
        better = direction_of(monitor)
        mode = constant(callback["mode"])
        if better is not None and isinstance(mode, str):
            yield from _contradiction(script, callback, kind, monitor, mode, better)


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
    if better is Direction.UP and not raised and "2" in script.keras:
        since = "3" if kind == "EarlyStopping" else "3.11"
        yield Draft(
            callback.node,
            f'{kind} minimises {monitor} under mode="auto" before Keras {since}: it takes the '
            f"worst epoch for the best, since {word} is better",
            f'add mode="{right}"',
            None if script.keras == frozenset({"2"}) else Level.WARNING,
            give(script, callback, "mode", quoted(script, right)),
            safe=True,
        )
