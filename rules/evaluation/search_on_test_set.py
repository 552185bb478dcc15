"""OVF903: hyperparameters that are chosen by the data which score the chosen model."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.data import parts, same_rows
from overfitcheck.script.scoring import EVALUATIONS, first_argument, scored_predictions
from overfitcheck.script.script import Script
from overfitcheck.script.values import Call, Function, Value, constant, options

TUNERS = ("keras_tuner.", "kerastuner.")


@rule(
    "OVF903",
    "search-on-test-set",
    Level.ERROR,
    bad=(
        """
import keras_tuner
tuner = keras_tuner.Hyperband(build_model, objective="val_accuracy", max_epochs=10)
tuner.search(x_train, y_train, epochs=50, validation_data=(x_test, y_test))  # <- OVF903
model = tuner.get_best_models()[0]
print(model.evaluate(x_test, y_test))
""",
        """
import keras
import optuna
def objective(trial):
    model = keras.Sequential([keras.layers.Dense(trial.suggest_int("units", 8, 64))])
    model.compile("adam", "mse")
    model.fit(x_train, y_train, epochs=5)
    return model.evaluate(x_test, y_test)  # <- OVF903
study = optuna.create_study(direction="minimize")
study.optimize(objective, n_trials=50)
best = build(study.best_params)
best.fit(x_train, y_train, epochs=50)
print("test loss", best.evaluate(x_test, y_test))
""",
    ),
    good=(
        """
import keras_tuner
tuner = keras_tuner.Hyperband(build_model, objective="val_accuracy", max_epochs=10)
tuner.search(x_train, y_train, epochs=50, validation_split=0.2)
model = tuner.get_best_models()[0]
print(model.evaluate(x_test, y_test))
""",
        """
import keras_tuner
tuner = keras_tuner.RandomSearch(build_model, objective="val_loss")
tuner.search(x_train, y_train, epochs=50, validation_data=(x_val, y_val))
model = tuner.get_best_models()[0]
print(model.evaluate(x_test, y_test))
""",
        """
import keras
import optuna
def objective(trial):
    model = keras.Sequential([keras.layers.Dense(trial.suggest_int("units", 8, 64))])
    model.compile("adam", "mse")
    model.fit(x_train, y_train, epochs=5)
    return model.evaluate(x_val, y_val)
study = optuna.create_study(direction="minimize")
study.optimize(objective, n_trials=50)
best = build(study.best_params)
print("test loss", best.evaluate(x_test, y_test))
""",
        """
import keras
import optuna
def objective(trial):
    model = keras.Sequential([keras.layers.Dense(trial.suggest_int("units", 8, 64))])
    model.compile("adam", "mse")
    model.fit(x_train, y_train, epochs=5)
    return model.evaluate(x_test, y_test)
study = optuna.create_study(direction="minimize")
study.optimize(objective, n_trials=50)
print(study.best_value)
""",
        """
import keras_tuner
def look(tuner=keras_tuner.RandomSearch(build_model, objective="val_loss")):
    tuner.search(x_train, y_train, epochs=50, validation_data=(x_test, y_test))
def score(model):
    print(model.evaluate(x_test, y_test))
""",
        """
import keras_tuner
tuner = keras_tuner.RandomSearch(build_model, objective="val_loss")
tuner.search(x_train, y_train, epochs=50, validation_data=(x_test, y_test))
print(tuner.get_best_hyperparameters()[0].values)
""",
    ),
)
def search_on_test_set(script: Script) -> Iterator[Draft]:
    """A search for hyperparameters looks at the data that score the model it has found.

    ## Why is this bad?
    The best of many trials on some rows is partly the luckiest on these rows. A score on the same
    rows repeats the luck: it is too good, the more so the more trials there were.

    ## Exceptions
    Searches that validate on a part of the training data, and searches whose result is never scored
    on the rows they looked at. One fit that validates and is scored on the same rows is OVF102.

    ## References
    https://keras.io/keras_tuner/
    """
    for search, data in (*_searched(script), *_optimised(script)):
        final = _scored_again(script, search, data)
        if final is None:
            continue
        given = search.argument("validation_data") or search.keywords.get("validation_data")
        shown = script.text(final.node.func)
        yield Draft(
            (given.node if given is not None else None) or search.node,
            f"the search chooses by the rows that {shown} in {script.place(final.node)} scores: "
            "that score is too good",
            "let the search validate on a part of the training data, and keep the test data for "
            "the end",
        )


def _searched(script: Script) -> Iterator[tuple[Call, Value]]:
    """Searches of KerasTuner with the validation data that they choose by."""
    for call in script.calls:
        tuner = call.receiver
        if call.method != "search" or not isinstance(tuner, Call):
            continue
        given = call.keywords.get("validation_data")
        if given is not None and (tuner.function or "").startswith(TUNERS):
            if constant(given.value, ...) is not None:
                yield call, parts(given.value)[0]


def _optimised(script: Script) -> Iterator[tuple[Call, Value]]:
    """Scores inside the objectives of Optuna and Hyperopt with the data that they choose by."""
    objectives: list[Function] = []
    for call in script.calls:
        study = call.receiver
        optuna = isinstance(study, Call) and (study.function or "").startswith("optuna.")
        if (call.method == "optimize" and optuna) or call.function == "hyperopt.fmin":
            given = call.positional[:1] or [
                call.keywords[n] for n in ("func", "fn") if n in call.keywords
            ]
            for option in options(given[0].value) if given else ():
                if isinstance(option, Function):
                    objectives.append(option)
    for call in script.calls:
        if call.context.function in objectives:
            yield from ((call, data) for data in _scores(call))


def _scored_again(script: Script, search: Call, data: Value) -> Call | None:
    """A score outside of the search on the rows that it looked at."""
    inside = search.context.function if search.method != "search" else None
    for call in script.calls:
        if call is search or (inside is not None and call.context.function is inside):
            continue
        if search.method == "search":
            if call.order < search.order or call.context.excludes(search.context):
                continue
        if any(same_rows(parts(each)[0], data) for each in _scores(call)):
            return call
    return None


def _scores(call: Call) -> Iterator[Value]:
    """The data on which a call scores a model."""
    if call.method in EVALUATIONS:
        data = first_argument(call)
        if data is not None:
            yield data
        return
    for prediction in scored_predictions(call):
        data = first_argument(prediction)
        if data is not None:
            yield parts(data)[0]
