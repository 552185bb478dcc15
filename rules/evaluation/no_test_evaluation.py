"""OVF902: a model whose only score is that of the data it was chosen by."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.callbacks import watches_validation
from overfitcheck.script.fit import Fit
from overfitcheck.script.scoring import scores_other_data
from overfitcheck.script.uses import USES


@rule(
    "OVF902",
    "no-test-evaluation",
    Level.INFO,
    opt_in=True,
    bad=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
history = model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop])  # <- OVF902
print(min(history.history["val_loss"]))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
model.fit(x, y, epochs=50, validation_data=(x_val, y_val), callbacks=[best])  # <- OVF902
print(model.evaluate(x_val, y_val))
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop])
print(model.evaluate(x_test, y_test))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop])
model.save("model.keras")
""",
        """
import keras
def train(model):
    model.compile("adam", "mse")
    stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
    model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[stop])
    return model
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
history = model.fit(x, y, epochs=50, validation_split=0.2)
""",
    ),
)
def no_test_evaluation(fit: Fit) -> Iterator[Draft]:
    """Callbacks choose an epoch by the validation data, and no other data score the model.

    ## Why is this bad?
    The validation score of the epoch that was chosen for it is too good. How the model does on rows
    that nothing was chosen by, only a third part of the data can tell.

    ## Exceptions
    Fits without a callback that chooses, models that are saved, returned or handed on (somebody else
    may score them), unsupervised training and demonstrations. The rule is opt-in.

    ## References
    https://keras.io/api/models/model_training_apis/
    """
    choosing = [each for each in fit.callbacks if watches_validation(each)]
    if not choosing or fit.has_validation is not True or fit.is_exempt:
        return
    if fit.is_handed_on or fit.first_load is not None or _is_kept(fit) or scores_other_data(fit):
        return
    yield Draft(
        fit.node,
        f"{choosing[0].short_name} chooses an epoch of {fit.model.name} by "
        f"{fit.text_of('validation_data')}, and no other data score it",
        f"keep a test set back and call {fit.model.name}.evaluate on it at the end",
    )


def _is_kept(fit: Fit) -> bool:
    """Whether the model is saved, used on other data, or given to whoever calls its function."""
    uses = [each for each in fit.later_on_model(*USES) if each.method != "evaluate"]
    handed = any(each is fit.model.value for each in fit.script.walk.handed_out)
    return bool(uses) or handed or not fit.model.is_known
