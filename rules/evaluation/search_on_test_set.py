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
        """
import keras
import optuna
def objective(trial):
    model = keras.Sequential([keras.layers.Dense(trial.suggest_int("units", 8, 64))])
    model.compile("adam", "mse")
    history = model.fit(
        x_train,
        y_train,
        epochs=5,
        validation_data=(x_test, y_test),  # <- OVF903
    )
    return min(history.history["val_loss"])
study = optuna.create_study(direction="minimize")
study.optimize(objective, n_trials=50)
best = build(study.best_params)
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
plain = keras.models.load_model("plain.keras")
print("before", plain.evaluate(x_test, y_test))
study = optuna.create_study(direction="minimize")
study.optimize(objective, n_trials=50)
print(study.best_value)
""",
        """
import keras
import optuna
def units(trial):
    model = keras.Sequential([keras.layers.Dense(trial.suggest_int("units", 8, 64))])
    model.compile("adam", "mse")
    model.fit(x_train, y_train, epochs=5)
    return model.evaluate(x_test, y_test)
def rate(trial):
    model = keras.Sequential([keras.layers.Dense(8)])
    model.compile(keras.optimizers.Adam(trial.suggest_float("rate", 1e-5, 1e-1)), "mse")
    model.fit(x_train, y_train, epochs=5)
    return model.evaluate(x_test, y_test)
optuna.create_study().optimize(units, n_trials=50)
optuna.create_study().optimize(rate, n_trials=50)
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
    tried = [objective for objective, _ in _objectives(script)]
    for search, data, since in (*_searched(script), *_optimised(script)):
        final = _scored_again(script, search, data, since, tried)
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


def _searched(script: Script) -> Iterator[tuple[Call, Value, Call]]:
    """Searches of KerasTuner with the validation data that they choose by, and what starts them."""
    for call in script.calls:
        tuner = call.receiver
        if call.method != "search" or not isinstance(tuner, Call):
            continue
        given = call.keywords.get("validation_data")
        if given is not None and (tuner.function or "").startswith(TUNERS):
            if constant(given.value, ...) is not None:
                yield call, parts(given.value)[0], call


def _optimised(script: Script) -> Iterator[tuple[Call, Value, Call]]:
    """Scores inside the objectives of Optuna and Hyperopt with the data that they choose by.

    A fit stands for the score where its objective has no other: the history then tells it.
    """
    for objective, study in _objectives(script):
        scores = [
            (call, data)
            for call in script.calls
            if call.context.function is objective
            for data in _scores(call)
        ]
        validated = [
            (fit.call, parts(fit.validation[0])[0])
            for fit in script.fits
            if fit.validation and fit.call.context.function is objective
        ]
        yield from ((call, data, study) for call, data in scores or validated)


def _objectives(script: Script) -> Iterator[tuple[Function, Call]]:
    """The functions that Optuna and Hyperopt call for each trial, and what first starts that."""
    found: list[Function] = []
    for call in script.calls:
        study = call.receiver
        optuna = isinstance(study, Call) and (study.function or "").startswith("optuna.")
        if (call.method == "optimize" and optuna) or call.function == "hyperopt.fmin":
            given = call.positional[:1] or [
                call.keywords[n] for n in ("func", "fn") if n in call.keywords
            ]
            for option in options(given[0].value) if given else ():
                if isinstance(option, Function) and option not in found:
                    found.append(option)
                    yield option, call


def _scored_again(
    script: Script, search: Call, data: Value, since: Call, tried: list[Function]
) -> Call | None:
    """A score outside of all searches, and after its start, on the rows that a search looked at."""
    for call in script.calls:
        if call.order < since.order or call is search or call.context.excludes(since.context):
            continue
        if call.context.function in tried:
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
