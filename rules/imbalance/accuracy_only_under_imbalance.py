"""OVF205: accuracy alone, for classes that are known to be uneven."""

from collections.abc import Iterator

from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import UNEVEN, ObservedFit, Outcome
from overfitcheck.rule import Draft, rule
from overfitcheck.script.fit import Fit
from overfitcheck.script.resampling import evened_out_in, sampler_of
from overfitcheck.script.values import Items, Table, Value, constant

ACCURACIES = frozenset(
    {
        "accuracy",
        "acc",
        "binary_accuracy",
        "categorical_accuracy",
        "sparse_categorical_accuracy",
    }
)

BLIND = ("accuracy_score", "mean_squared_error", "mean_absolute_error", "r2_score")
"""Scores of scikit-learn that say nothing of a rare class."""


@rule(
    "OVF205",
    "accuracy-only-under-imbalance",
    Level.INFO,
    bad=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=10, validation_split=0.2, class_weight={0: 1, 1: 20})  # <- OVF205
""",
        """
import keras
from imblearn.over_sampling import SMOTE
from sklearn.metrics import accuracy_score
x_even, y_even = SMOTE().fit_resample(x_train, y_train)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["acc"])
model.fit(x_even, y_even, epochs=10)  # <- OVF205
print(accuracy_score(y_test, model.predict(x_test) > 0.5))
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy", keras.metrics.AUC()])
model.fit(x, y, epochs=10, validation_split=0.2, class_weight={0: 1, 1: 20})
""",
        """
import keras
from sklearn.metrics import classification_report
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=10, validation_split=0.2, class_weight={0: 1, 1: 20})
print(classification_report(y_test, model.predict(x_test) > 0.5))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=10, validation_split=0.2)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"], weighted_metrics=["accuracy"])
model.fit(x, y, epochs=10, validation_split=0.2, class_weight={0: 1, 1: 20})
""",
        """
import keras
import numpy as np
chosen = np.random.randint(len(x_train), size=4000)
x_more = np.concatenate([x_train, turned(x_train[chosen])])
y_more = np.concatenate([y_train, y_train[chosen]])
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
model.fit(x_more, y_more, epochs=10)
""",
        """
import keras
import numpy as np
from sklearn.utils.class_weight import compute_class_weight
weights = compute_class_weight("balanced", classes=np.unique(y), y=y)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=10, validation_split=0.2, class_weight=dict(zip(np.unique(y), weights)))
model.fit(x, y, epochs=10, validation_split=0.2, class_weight="auto")
model.fit(x, y, epochs=10, validation_split=0.2, class_weight={0: 1, 1: 1})
""",
        """
import keras
share = y_train.mean()
weights = {0: 0.5 / (1 - share), 1: 0.5 / share}
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=10, validation_split=0.2, class_weight=weights)
""",
        """
import keras
import pandas as pd
from sklearn.utils import resample
table = resample(pd.read_csv("patients.csv"), n_samples=1000)
drawn = pd.concat([table.drop("ill", axis=1), table["ill"]], axis=1)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
model.fit(table.drop("ill", axis=1), table["ill"], epochs=10)
model.fit(drawn.drop("ill", axis=1), drawn["ill"], epochs=10)
""",
    ),
)
def accuracy_only_under_imbalance(fit: Fit) -> Iterator[Draft]:
    """Classes are weighed or resampled, and accuracy is the only score of the script.

    ## Why is this bad?
    Whoever gives classes different weights has uneven ones. With 95 rows in 100 of one class,
    always answering that class is 95 % accurate: accuracy cannot show whether the weights did any
    good.

    ## Exceptions
    Scripts that compute any other score: AUC, precision, recall, F1, a confusion matrix, weighted
    metrics. Weights that the script computes ("balanced") say nothing of the classes, as they come
    out alike where these are even. Nor does a bootstrap, which draws all rows anew.

    ## References
    https://www.tensorflow.org/tutorials/structured_data/imbalanced_data
    """
    reason = _known_uneven(fit)
    compiled = fit.compiled
    if not reason or compiled is None or compiled.gives("weighted_metrics") is not False:
        return
    given = compiled.argument("metrics")
    if given is None or not _only_accuracy(given.value) or _scores_otherwise(fit):
        return
    yield Draft(
        fit.node,
        f"{reason}, so the classes are uneven, and accuracy is the only score of {fit.model.name}: "
        "it hardly changes when the rare class is never found",
        "add keras.metrics.AUC(), Precision() and Recall() to metrics, or print a confusion matrix",
    )


def _known_uneven(fit: Fit) -> str:
    """What shows that the classes are uneven, in words."""
    given = fit.argument("class_weight")
    if given is not None and _differ(given.value):
        return f"class_weight={fit.text_of('class_weight')} weighs the classes"
    resampled = evened_out_in(fit.y if fit.y is not None else fit.x)
    return f"{sampler_of(resampled[0])} evens the classes out" if resampled else ""


def _differ(weights: Value) -> bool:
    """Whether weights are written down, and not all alike; computed ones may turn out to be so."""
    held = weights.entries.values() if isinstance(weights, Table) and weights.complete else ()
    numbers = (constant(each) for each in held)
    return len({each for each in numbers if isinstance(each, (int, float))}) > 1


def _only_accuracy(metrics: Value) -> bool:
    if not isinstance(metrics, Items):
        return constant(metrics) in ACCURACIES
    return metrics.complete and all(constant(item) in ACCURACIES for item in metrics.items)


def _scores_otherwise(fit: Fit) -> bool:
    """Whether anything but accuracy is computed anywhere."""
    if not fit.callbacks.complete:
        return True
    for call in fit.script.calls:
        path = call.function or ""
        other = path.startswith(("sklearn.metrics.", "keras.metrics.")) or "confusion" in path
        if other and call.short_name not in BLIND and "ccuracy" not in call.short_name:
            return True
    return any(each.cls is not None for each in fit.callbacks)


@accuracy_only_under_imbalance.observed
def accuracy_of_uneven_classes(seen: ObservedFit) -> Outcome | None:
    """Whether the classes that the run counted are uneven, and accuracy is all that it logged."""
    training = seen.observation.training if seen.observation is not None else None
    logged = {str(name).removeprefix("val_") for name in seen.diagnosis.history.metrics} - {"loss"}
    if training is None or training.ratio is None or not logged or not logged <= ACCURACIES:
        return None
    if training.ratio < UNEVEN:
        return Outcome(
            RunSays.REFUTED, f"the classes are about equally frequent: {training.counted}"
        )
    if seen.fit is None or _scores_otherwise(seen.fit):
        return None
    most, many = training.most_frequent
    return Outcome(
        RunSays.CONFIRMED,
        f"{training.counted}, and {' and '.join(sorted(logged))} is all that the epochs log: always "
        f"answering {most} is right {many / sum(training.classes.values()):.1%} of the time",
        advice="add keras.metrics.AUC(), Precision() and Recall() to metrics, or print a confusion "
        "matrix",
    )
