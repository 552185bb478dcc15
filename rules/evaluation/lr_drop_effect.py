"""OVF906: what each drop of the learning rate did, as a run shows it."""

from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import run_rule


@run_rule(
    "OVF906",
    "lr-drop-effect",
    Level.INFO,
    bad=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(512, activation="relu"), keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(1e-4), "mse")
reduce = keras.callbacks.ReduceLROnPlateau(factor=0.1, patience=10)
model.fit(x_few, y_few, epochs=100, validation_data=(x_val, y_val), callbacks=[reduce])
""",
        """
import keras
def halve(epoch, rate):
    return rate * 0.5 if epoch in (10, 20, 30) else rate
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("sgd", "mse")
halving = keras.callbacks.LearningRateScheduler(halve)
model.fit(x, y, epochs=40, validation_data=(x_val, y_val), callbacks=[halving])
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=40, validation_data=(x_val, y_val))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
rate = keras.optimizers.schedules.CosineDecay(0.01, 4000)
model.compile(keras.optimizers.Adam(rate), "mse")
model.fit(x, y, epochs=40, validation_data=(x_val, y_val))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("sgd", "mse")
reduce = keras.callbacks.ReduceLROnPlateau(factor=0.2, patience=5, min_lr=1e-5)
model.fit(x, y, epochs=40, validation_data=(x_val, y_val), callbacks=[reduce])
""",
    ),
)
def lr_drop_effect(seen: ObservedFit) -> Outcome | None:
    """The learning rate was reduced in steps, and validation loss did not clearly gain by it.

    ## Why is this bad?
    A drop calms a network that jumps around a minimum. One that overfits gains nothing by it: it
    only memorises with smaller steps. Which of the two it was shows against the trend before the
    drop, not in a bare difference.

    ## Exceptions
    The rate is that of the optimizer while it trains, not the one in the epoch log, which shows a
    drop of ReduceLROnPlateau an epoch late. Smooth schedules have no drops. Where a drop has too few
    epochs around it, nothing is said.

    ## References
    https://keras.io/api/callbacks/reduce_lr_on_plateau/
    """
    told = []
    for drop in seen.diagnosis.drops:
        effect = drop.effects.get("val_loss")
        if effect is not None and effect.change is not None:
            told.append((drop, effect))
    if not told:
        return None
    sentences = [
        f"after epoch {drop.epoch} (to {drop.new_rate:.3g}) val_loss {_word(effect.verdict.value)}: "
        f"{effect.change:+.3g} against its trend ({effect.low:+.3g} to {effect.high:+.3g})"
        for drop, effect in told
    ]
    helped = [effect for _, effect in told if effect.verdict.value == "helped"]
    if helped:
        return Outcome(RunSays.REFUTED, "; ".join(sentences))
    return Outcome(
        RunSays.CONFIRMED,
        "; ".join(sentences),
        advice="begin with a smaller rate, drop it earlier, or look at what else limits validation "
        "loss: a lower rate did not",
    )


def _word(verdict: str) -> str:
    words = {"helped": "fell", "hurt": "rose", "no_clear_effect": "did not clearly change"}
    return words.get(verdict, "cannot be judged")
