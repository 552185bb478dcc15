"""OVF508: a best-only checkpoint that remembers the best value of another model."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.callbacks import kind_of
from overfitcheck.script.fit import Fit
from overfitcheck.script.models import is_model
from overfitcheck.script.script import Script
from overfitcheck.script.unsupervised import words_in
from overfitcheck.script.values import Call, Unknown, Value, constant, flag, options

CONTINUED = ("keras.models.load_model", "keras.models.clone_model")
"""Functions whose model goes on from an earlier one, which the checkpoint may well remember."""

BUILDING = frozenset({"build", "create", "make", "model", "net", "network"})
KEEPING = frozenset(
    "best cached clone copy load loaded pretrained restore resume saved trained".split()
)
"""Words in the name of a function elsewhere that makes a model anew, and of one that may not."""


@rule(
    "OVF508",
    "stateful-callback-reused",
    Level.WARNING,
    bad=(
        """
import keras
def build():
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)  # <- OVF508
for train, held_out in folds:
    model = build()
    model.fit(x[train], y[train], validation_data=(x[held_out], y[held_out]), epochs=30, callbacks=[best])
""",
        """
import keras
from nets import create_net
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)  # <- OVF508
def fit_and_score(train, held_out):
    model = create_net(32)
    model.fit(x[train], y[train], validation_split=0.1, epochs=30, callbacks=[best])
    return model.evaluate(x[held_out], y[held_out])
scores = []
for train, held_out in folds:
    scores.append(fit_and_score(train, held_out))
""",
        """
import keras
small = keras.Sequential([keras.layers.Dense(1)])
large = keras.Sequential([keras.layers.Dense(64), keras.layers.Dense(1)])
small.compile("adam", "mse")
large.compile("adam", "mse")
callbacks = [keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)]  # <- OVF508
small.fit(x, y, validation_split=0.2, epochs=30, callbacks=callbacks)
large.fit(x, y, validation_split=0.2, epochs=30, callbacks=callbacks)
""",
    ),
    good=(
        """
import keras
def build():
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model
for number, (train, held_out) in enumerate(folds):
    model = build()
    best = keras.callbacks.ModelCheckpoint(f"best-{number}.keras", save_best_only=True)
    model.fit(x[train], y[train], validation_data=(x[held_out], y[held_out]), epochs=30, callbacks=[best])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
model.fit(x, y, validation_split=0.2, epochs=30, callbacks=[best])
model.fit(x, y, validation_split=0.2, epochs=30, callbacks=[best])
""",
        """
import keras
stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
for units in (16, 64):
    model = keras.Sequential([keras.layers.Dense(units), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, y, validation_split=0.2, epochs=30, callbacks=[stop])
""",
        """
import keras
def callbacks():
    return [keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)]
for units in (16, 64):
    model = keras.Sequential([keras.layers.Dense(units), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, y, validation_split=0.2, epochs=30, callbacks=callbacks())
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
model.fit(x, y, validation_split=0.2, epochs=30, callbacks=[best])
model = keras.models.load_model("best.keras")
model.fit(x, y, validation_split=0.2, epochs=30, callbacks=[best])
""",
        """
import keras
def train(model):
    best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
    model.fit(x, y, validation_split=0.2, epochs=30, callbacks=[best])
small = keras.Sequential([keras.layers.Dense(1)])
large = keras.Sequential([keras.layers.Dense(64), keras.layers.Dense(1)])
chosen = small if quick else large
chosen.compile("adam", "mse")
train(chosen)
""",
        """
import keras
def build_small():
    return keras.Sequential([keras.layers.Dense(1)])
def build_large():
    return keras.Sequential([keras.layers.Dense(64), keras.layers.Dense(1)])
def train():
    if quick:
        model = build_small()
    else:
        model = build_large()
    best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
    model.compile("adam", "mse")
    model.fit(x, y, validation_split=0.2, epochs=5, callbacks=[best])
    model.compile("sgd", "mse")
    model.fit(x, y, validation_split=0.2, epochs=30, callbacks=[best])
""",
        """
import keras
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
for units in (16, 64):
    best.best = float("inf")
    model = keras.Sequential([keras.layers.Dense(units), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, y, validation_split=0.2, epochs=30, callbacks=[best])
""",
    ),
)
def stateful_callback_reused(script: Script) -> Iterator[Draft]:
    """One best-only ModelCheckpoint watches the fits of several models.

    ## Why is this bad?
    ModelCheckpoint keeps the best value that it has seen from one fit to the next. A second model
    is saved only where it beats the first one: where it does not, the file still holds the first
    model, and nothing says so. EarlyStopping and ReduceLROnPlateau begin anew with each fit.

    ## Exceptions
    Several fits of one model, a model that is loaded or cloned to go on with, a callback that is
    made again for each model, and a checkpoint whose `best` the script resets.

    ## References
    https://keras.io/api/callbacks/model_checkpoint/
    """
    reset = {id(each.of) for each in script.assignments if each.name == "best"}
    for checkpoint in script.callbacks:
        if kind_of(checkpoint) != "ModelCheckpoint" or checkpoint.cls is not None:
            continue
        if flag(checkpoint["save_best_only"]) is not True or id(checkpoint) in reset:
            continue
        fits = [fit for fit in script.fits if checkpoint in fit.callbacks.members]
        first, second = _of_two_models(checkpoint, fits)
        if first is None or second is None:
            continue
        name = script.name_of(checkpoint) or "ModelCheckpoint"
        before = (
            f"{first.model.name} of an earlier pass of the loop"
            if first is second
            else f"the fit in {script.place(first.node)}"
        )
        yield Draft(
            checkpoint.node,
            f"{name} still remembers the best {constant(checkpoint['monitor'], 'value')} of "
            f"{before} when it watches the next {second.model.name}: that one is saved only where "
            "it is better",
            "make a new ModelCheckpoint, with a path of its own, for each model",
        )


def _of_two_models(checkpoint: Call, fits: list[Fit]) -> tuple[Fit | None, Fit | None]:
    """Two fits of surely different models that have the checkpoint; one fit twice in a loop."""
    for number, fit in enumerate(fits):
        if _repeats_with_new_model(checkpoint, fit):
            return fit, fit
        for later in fits[number + 1 :]:
            if fit.call.evaluation == later.call.evaluation:
                continue
            if not fit.call.context.excludes(later.call.context) and _differ(fit, later, fits):
                return fit, later
    return None, None


def _repeats_with_new_model(checkpoint: Call, fit: Fit) -> bool:
    """Whether a loop fits a new model in each pass with a checkpoint from outside of it."""
    model = fit.model.value
    if not isinstance(model, Call) or not _is_new(model):
        return False
    loops = set(fit.call.context.loops) & set(model.context.loops)
    return bool(loops - set(checkpoint.context.loops))


def _is_new(model: Call) -> bool:
    """Whether a call makes a new model, as far as the name tells of a function elsewhere."""
    if is_model(model):
        return model.function not in CONTINUED
    if model.cls is not None or (model.function or "").startswith("keras."):
        return False
    called = model.receiver if model.short_name == "__call__" else None
    name = called.name if isinstance(called, Unknown) else model.short_name
    words = words_in(name) if name else frozenset()
    return bool(words & BUILDING) and not words & KEEPING


def _differ(first: Fit, second: Fit, fits: list[Fit]) -> bool:
    """Whether two fits surely train different models, whichever of several each of them trains."""
    mine, other = (_models(fit.call.evaluation, fits) for fit in (first, second))
    known = all(isinstance(each, Call) and _is_new(each) for each in (*mine, *other))
    return known and not {id(each) for each in mine} & {id(each) for each in other}


def _models(evaluation: int, fits: list[Fit]) -> list[Value]:
    """What the fits that stand for one call may train."""
    alike = (fit for fit in fits if fit.call.evaluation == evaluation)
    return [each for fit in alike for each in options(fit.model.value)]
