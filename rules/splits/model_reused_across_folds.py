"""OVF108: one model that goes on training from fold to fold."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.custom_loops import CustomLoop
from overfitcheck.script.fit import Fit
from overfitcheck.script.heirs import LOADERS
from overfitcheck.script.rounds import Round, rounds_around
from overfitcheck.script.values import Call, Item, Unknown, options

RESETTING = frozenset(
    {
        *LOADERS,
        "clone_model",
        "from_config",
        "model_from_json",
        "assign",
        "load",
        "fork",
        "deepcopy",
    }
)
"""What gives a model other weights than those it was trained to."""

ON_PURPOSE = frozenset(
    "federated client clients continual incremental lifelong task tasks online finetune".split()
)


@rule(
    "OVF108",
    "model-reused-across-folds",
    Level.ERROR,
    bad=(
        """
import keras
from sklearn.model_selection import KFold
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
scores = []
for train, test in KFold(n_splits=5).split(x):
    model.fit(x[train], y[train], epochs=20, validation_data=(x[test], y[test]))  # <- OVF108
    scores.append(model.evaluate(x[test], y[test])[1])
""",
        """
import keras
from sklearn.model_selection import StratifiedKFold
def build():
    return keras.Sequential([keras.layers.Dense(3, activation="softmax")])
net = build()
folds = StratifiedKFold(10, shuffle=True)
for number, (train, test) in enumerate(folds.split(x, y)):
    net.compile("adam", "sparse_categorical_crossentropy")
    net.fit(x[train], y[train], epochs=50, verbose=0)  # <- OVF108
    print(number, net.evaluate(x[test], y[test]))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
for optimizer in ["sgd", "rmsprop", "adam"]:
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy")
    history = model.fit(x_train, y_train, epochs=20, validation_data=(x_val, y_val))  # <- OVF108
    print(optimizer, min(history.history["val_loss"]))
""",
        """
import keras
from sklearn.model_selection import KFold
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
for train, test in KFold(n_splits=5).split(x):
    for epoch in range(20):
        for rows in batches_of(train):
            model.train_on_batch(x[rows], y[rows])  # <- OVF108
    print(model.evaluate(x[test], y[test]))
""",
        """
import copy
import keras
from sklearn.model_selection import KFold
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
for train, test in KFold(n_splits=5).split(x):
    mine = copy.deepcopy(x[train])
    mine[mine < 0] = 0
    model.fit(mine, y[train], epochs=20)  # <- OVF108
    print(model.evaluate(x[test], y[test]))
""",
        """
import keras
from sklearn.model_selection import KFold
def cross_validate(model, x, y):
    scores = []
    for train, test in KFold(n_splits=5).split(x):
        model.fit(x[train], y[train], epochs=20, batch_size=32)  # <- OVF108
        scores.append(model.evaluate(x[test], y[test]))
    return scores
""",
        """
import keras
import numpy as np
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("rmsprop", "mse", metrics=["mae"])
size = len(x) // 4
for part in range(4):
    held_out = x[part * size : (part + 1) * size]
    rows = np.concatenate([x[: part * size], x[(part + 1) * size :]], axis=0)
    goals = np.concatenate([y[: part * size], y[(part + 1) * size :]], axis=0)
    model.fit(rows, goals, epochs=80, batch_size=16)  # <- OVF108
    print(model.evaluate(held_out, y[part * size : (part + 1) * size]))
""",
    ),
    good=(
        """
import keras
from sklearn.model_selection import KFold
for train, test in KFold(n_splits=5).split(x):
    model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy")
    model.fit(x[train], y[train], epochs=20, validation_data=(x[test], y[test]))
""",
        """
import keras
from sklearn.model_selection import KFold
for train, test in KFold(n_splits=5).split(x):
    net = keras.Sequential([keras.layers.Dense(1)])
    net.compile("adam", "mse")
    rows, targets = x[train], y[train]
    for epoch in range(20):
        for start in range(0, len(rows), 32):
            net.train_on_batch(rows[start:start + 32], targets[start:start + 32])
""",
        """
import keras
from sklearn.model_selection import KFold
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
start = model.get_weights()
for train, test in KFold(n_splits=5).split(x):
    model.set_weights(start)
    model.fit(x[train], y[train], epochs=20)
""",
        """
import keras
import numpy as np
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("rmsprop", "mse")
for day in range(30):
    rows = np.concatenate([x[: day * 24], extra])
    model.fit(rows, targets[: len(rows)], epochs=5)
""",
        """
import keras
from sklearn.model_selection import TimeSeriesSplit
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
for past, future in TimeSeriesSplit(4).split(x):
    model.fit(x[past], y[past], epochs=20)
    print(model.evaluate(x[future], y[future]))
""",
        """
import keras
from sklearn.model_selection import KFold
template = keras.Sequential([keras.layers.Dense(1)])
for train, test in KFold(4).split(x):
    model = keras.models.clone_model(template)
    model.compile("adam", "mse")
    model.fit(x[train], y[train], epochs=20)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
for epochs in [10, 20]:
    model.fit(x, y, epochs=5)
for rate in (1e-2, 1e-3, 1e-4):
    model.compile(keras.optimizers.SGD(rate), "mse")
    model.fit(x, y, epochs=epochs)
""",
        """
import keras
from sklearn.model_selection import KFold
def cross_validate(model, x, y):
    start = model.get_weights()
    for train, test in KFold(n_splits=5).split(x):
        model.set_weights(start)
        model.fit(x[train], y[train], epochs=20, batch_size=32)
""",
        """
import keras
from sklearn.model_selection import KFold
from mine import start_again
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
for train, test in KFold(4).split(x):
    start_again(model)
    model.fit(x[train], y[train], epochs=20)
""",
    ),
)
def model_reused_across_folds(fit: Fit) -> Iterator[Draft]:
    """A model made before a loop over folds is trained on in every fold.

    ## Why is this bad?
    `fit` goes on from the weights that the model has, and `compile` does not reset them: the model
    of the second fold has already trained on the rows that the second fold holds out. The scores
    rise from fold to fold and are worth nothing. The same holds for a loop over optimizers or
    batch sizes that are compared: the later ones inherit what the earlier learned.

    ## Exceptions
    A model that is made, cloned or loaded inside the loop, or given its first weights again;
    `TimeSeriesSplit` and continual or federated learning, where going on is the point; a model
    that is handed to a function the text does not show; a list of learning rates, which may be a
    schedule.

    ## References
    https://github.com/antmarakis/Machine-Learning/issues/3
    https://github.com/BMEII-AI/RadImageNet/issues/5
    """
    if fit.words & ON_PURPOSE or not (fit.model.is_known or _is_given(fit)):
        return
    for each in rounds_around(fit):
        if not each.compares or _is_reset(fit, each):
            continue
        yield Draft(
            fit.node,
            f"{fit.model.name} is made before the loop over {each.what} in "
            f"{fit.script.place(each.node)} and never made anew, {each.follows}",
            f"make and compile {fit.model.name} inside the loop, or put its first weights back with "
            "set_weights at the start of each round",
        )
        return


@model_reused_across_folds.custom_loop
def loop_in_every_fold(loop: CustomLoop) -> Iterator[Draft]:
    """Whether a loop of the script's own trains one model on in every fold."""
    yield from model_reused_across_folds.check(loop)


def _is_given(fit: Fit) -> bool:
    """Whether the model comes from outside: a parameter, or a name that is bound nowhere else."""
    model = fit.model.value
    return isinstance(model, Unknown) and model.name == fit.model.name


def _is_reset(fit: Fit, each: Round) -> bool:
    """Whether the model is made inside the loop, or something there may give it other weights."""
    models = () if _is_given(fit) else options(fit.model.value)
    if any(not isinstance(model, Call) or each.holds(model) for model in models):
        return True
    for call in fit.script.calls:
        if not each.holds(call):
            continue
        if call.short_name in RESETTING and not _copies_rows(call):
            return True
        unseen = call.function is None and call.method in ("__call__", None)
        given = any(fit.script.same(argument.value, fit) for argument in call.positional)
        if given and (unseen or not _is_of_keras(call)):
            return True
    return False


def _copies_rows(call: Call) -> bool:
    """Whether a call copies some rows, and no model."""
    if call.short_name != "deepcopy" or not call.positional:
        return False
    return isinstance(call.positional[0].value, Item)


def _is_of_keras(call: Call) -> bool:
    return call.function is None or call.function.startswith(("keras.", "tensorflow.", "builtins."))
