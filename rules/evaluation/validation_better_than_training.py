"""OVF910: a run in which validation does better than training."""

from collections.abc import Iterator

from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import run_rule

FEWEST_EPOCHS = 3
NOISE = ("Dropout", "SpatialDropout", "AlphaDropout", "GaussianDropout", "GaussianNoise")


@run_rule(
    "OVF910",
    "validation-better-than-training",
    Level.INFO,
    bad=(
        """
import keras
model = keras.Sequential(
    [keras.layers.Dense(64, activation="relu"), keras.layers.Dropout(0.6), keras.layers.Dense(1)]
)
model.compile("adam", "mse")
model.fit(x, y, epochs=30, validation_data=(x_val, y_val))
""",
        """
import keras
import numpy as np
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=30, validation_data=(x[:50], y[:50]))
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(64, activation="relu"), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=30, validation_data=(x_val, y_val))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=30)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=2, validation_data=(x_val, y_val))
""",
    ),
)
def validation_better_than_training(seen: ObservedFit) -> Outcome | None:
    """Validation loss is below training loss in most epochs.

    ## Why is this bad?
    It is often harmless: dropout, noise and augmentation act in training only, and the training loss
    of an epoch is an average over a model that was worse when the epoch began. It can also mean that
    validation rows stand in the training data, or are the easier ones.

    ## Exceptions
    Weight penalties are no cause: they are in both losses. OVF110 and OVF107 tell of rows that stand
    in both parts.

    ## References
    https://stackoverflow.com/questions/43979449
    """
    frame = seen.diagnosis.history.epochs
    if not {"loss", "val_loss"} <= set(frame.columns) or len(frame) < FEWEST_EPOCHS:
        return None
    better = int((frame["val_loss"] < frame["loss"]).sum())
    counted = f"val_loss is below loss in {better} of {len(frame)} epochs"
    if 2 * better <= len(frame):
        return Outcome(RunSays.REFUTED, counted)
    causes = list(_harmless(seen))
    why = f": {' and '.join(causes)} make training harder" if causes else ""
    leak = _leak(seen)
    return Outcome(
        RunSays.CONFIRMED,
        f"{counted}{why}{leak}",
        advice="evaluate the model on the training rows at the end and compare with val_loss; if it "
        "is still higher, look for rows that stand in both parts (OVF110, OVF107)",
    )


def _harmless(seen: ObservedFit) -> Iterator[str]:
    """The causes in this model that act in training only."""
    layers = seen.observation.layers if seen.observation is not None else ()
    rates = [
        f"{layer.kind}({layer.settings.get('rate', '')})"
        for layer in layers
        if layer.kind.startswith(NOISE)
    ]
    if rates:
        yield ", ".join(dict.fromkeys(rates))
    recurrent = [each.kind for each in layers if each.settings.get("dropout")]
    if recurrent:
        yield f"dropout inside {recurrent[0]}"
    augmenting = [layer.kind for layer in layers if layer.kind.startswith("Random")]
    if augmenting:
        yield f"augmentation by {', '.join(dict.fromkeys(augmenting))}"


def _leak(seen: ObservedFit) -> str:
    overlap = seen.observation.overlap if seen.observation is not None else None
    if overlap is None or not overlap.rows:
        return ""
    return f"; {overlap.rows} of {overlap.compared} validation rows stand in the training data too"
