"""OVF901: probabilities where a score needs labels, or labels where it needs probabilities."""

from collections.abc import Iterator
from itertools import chain
from typing import TypeGuard

import libcst as cst

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.class_labels import (
    cut_out_of,
    cuts_off,
    largest_of,
    prediction_of,
    rounded,
    thresholded,
)
from overfitcheck.script.models import Model, is_model
from overfitcheck.script.nodes import inner_nodes
from overfitcheck.script.scoring import is_prediction, sources_of
from overfitcheck.script.script import Script
from overfitcheck.script.steps import may_have_steps
from overfitcheck.script.values import (
    FILLED,
    Argument,
    Call,
    Item,
    Setting,
    Unknown,
    Value,
    constant,
)

LABEL_SCORES = frozenset(
    "accuracy_score balanced_accuracy_score f1_score fbeta_score precision_score recall_score "
    "confusion_matrix classification_report cohen_kappa_score matthews_corrcoef jaccard_score "
    "hamming_loss zero_one_loss".split()
)
"""Scores of scikit-learn that need class labels."""

RANKING_SCORES = frozenset(
    "roc_auc_score roc_curve average_precision_score precision_recall_curve log_loss "
    "brier_score_loss".split()
)
"""Scores that need probabilities; on labels they say something else, without a word."""

ORDERED_SCORES = frozenset(
    "precision_score recall_score confusion_matrix classification_report "
    "precision_recall_fscore_support".split()
)
"""Scores that mean something else when labels and predictions change places."""

PREDICTED = ("y_pred", "y_score", "y_prob", "y_proba", "probas_pred")
"""Parameters that take what a model predicts."""

CONDITIONALS = (cst.If, cst.IfExp)


@rule(
    "OVF901",
    "probabilities-scored-as-labels",
    Level.ERROR,
    bad=(
        """
import keras
import numpy as np
from sklearn.metrics import accuracy_score
model = keras.Sequential([keras.layers.Dense(7, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(x, y, epochs=5)
probabilities = model.predict(x_test)
print(accuracy_score(y_test, probabilities))  # <- OVF901
print(accuracy_score(y_test, np.squeeze(probabilities)))  # <- OVF901
print(accuracy_score(y_test == 1, probabilities[:, 1]))  # <- OVF901
""",
        """
import keras
import numpy as np
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=5)
labels = np.argmax(model.predict(x_test), axis=1)  # <- OVF901
likely = model.predict(x_test)
print(likely.argmax(axis=-1), np.argmax(likely[0]))  # <- OVF901
print([np.argmax(row) for row in likely])  # <- OVF901
print(np.argmax(likely), np.argmax(likely[:, 0]), np.argmax(likely[chosen]), likely.argmax(axis=0))
""",
        """
import keras
from sklearn.metrics import accuracy_score
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=5)
print(accuracy_score(y_test, model.predict(x_test).astype("int32")))  # <- OVF901
print(accuracy_score(y_test, model.predict(x_test).round().astype(int)))
""",
        """
import keras
from sklearn.metrics import roc_auc_score
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=5)
labels = (model.predict(x_test) > 0.5).astype(int)
print(roc_auc_score(y_test, labels))  # <- OVF901
""",
        """
import keras
import numpy as np
from sklearn.metrics import roc_auc_score, roc_curve
def scored(net, rows, truth, limit=0.4):
    outputs = net.predict(rows)
    chosen = np.where(outputs.mean(axis=1) > limit, 1, 0)
    return roc_auc_score(truth, chosen)  # <- OVF901
model = keras.Sequential([keras.layers.Dense(5), keras.layers.Activation("sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=5)
scored(model, x_test, y_test)
likely, answers = model.predict(x_test), []
for number in range(len(likely)):
    answers.append(1) if likely[number] > 0.5 else answers.append(0)
print(roc_curve(y_test, answers))  # <- OVF901
print(roc_auc_score(y_test, np.round(likely)))  # <- OVF901
print(roc_auc_score(y_test, likely[:, 0].round()))  # <- OVF901
print(roc_auc_score(y_test, (likely > 0.5) * 1))  # <- OVF901
print(roc_auc_score(y_test, np.array([1 if row > 0.5 else 0 for row in likely])))  # <- OVF901
kept = keras.models.load_model("best.keras")
print(roc_auc_score(y_test, (kept.predict(x_test) > 0.5).astype(int)))  # <- OVF901
two = keras.Sequential([keras.layers.Dense(2, activation="softmax")])
two.compile("adam", "categorical_crossentropy")
two.fit(x, y, epochs=5)
print(roc_auc_score(y_test, np.argmax(two.predict(x_test), axis=1)))  # <- OVF901
print(roc_auc_score(y_test == 0, two.predict(x_test).argmax(axis=1) == 0))  # <- OVF901
""",
        """
import keras
import numpy as np
from sklearn.metrics import confusion_matrix
model = keras.Sequential([keras.layers.Dense(7, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=5)
predicted = np.argmax(model.predict(x_test), axis=1)
print(confusion_matrix(predicted, y_test))  # <- OVF901
""",
        """
import keras
import numpy as np
from sklearn.metrics import accuracy_score
model = keras.Sequential([keras.layers.Dense(7, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(x, y, epochs=5)
print(accuracy_score(y_test, np.round(model.predict(x_test))))  # <- OVF901
print(accuracy_score(y_test, np.argmax(model.predict(x_test) > 0.5, axis=1)))  # <- OVF901
likely = model.predict(x_test)
whole = np.round(likely)
print(np.argmax(whole, axis=1))  # <- OVF901
print(np.round(likely).argmax(axis=1))  # <- OVF901
print(likely.round(0).astype(int).argmax(axis=-1))  # <- OVF901
print(np.round(likely, 3).argmax(axis=1), likely.round(decimals=3).argmax(axis=1))
""",
        """
import keras
from sklearn.metrics import precision_score
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=5)
likely, answers = model.predict(x_test), []
for number in range(len(likely)):
    if likely[number] > 0.5:
        answers.append(1)
    else:
        answers.append(0)
print(precision_score(y_test, answers))
print(precision_score(answers, y_test))  # <- OVF901
""",
    ),
    good=(
        """
import keras
import numpy as np
from sklearn.metrics import accuracy_score
model = keras.Sequential([keras.layers.Dense(7, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(x, y, epochs=5)
probabilities = model.predict(x_test)
print(accuracy_score(y_test, np.argmax(probabilities, axis=1)))
two = keras.Sequential([keras.layers.Dense(2, activation="softmax")])
print(np.argmax(two.predict(x_test) > 0.5, axis=1), accuracy_score(pairs, np.round(two.predict(x_test))))
print(np.argmax(np.round(two.predict(x_test)), axis=1))
""",
        """
import keras
from sklearn.metrics import roc_auc_score
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=5)
print(roc_auc_score(y_test, model.predict(x_test)))
""",
        """
import keras
import numpy as np
from sklearn.metrics import roc_auc_score
teacher = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
teacher.compile("adam", "binary_crossentropy")
teacher.fit(x, y, epochs=5)
student = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
student.compile("adam", "binary_crossentropy")
student.fit(x, teacher.predict(x), epochs=5)
likely = student.predict(x_test)
print(roc_auc_score(teacher.predict(x_test) > 0.5, likely))
print(roc_auc_score(y_test, np.round(likely, 3)), roc_auc_score(y_test, likely.round(4)))
print(roc_auc_score(y_test, np.where(likely > 0.1, likely, 0)))
print(roc_auc_score(y_test, [row[0] for row in likely]), roc_auc_score(y_test, likely * 2))
print(roc_auc_score(y_test, np.where(flags > 0.1, 1, 0)))
""",
        """
import keras
import numpy as np
from sklearn.metrics import accuracy_score, confusion_matrix
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
other = keras.models.load_model("other.keras")
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=5)
labels = np.round(model.predict(x_test))
print(accuracy_score(y_test, labels), confusion_matrix(y_true=y_test, y_pred=labels))
print(confusion_matrix(labels, np.round(other.predict(x_test))))
""",
        """
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score
import keras
forest = RandomForestClassifier().fit(x, y)
print(accuracy_score(y_test, forest.predict(x_test)))
""",
        """
import keras
from sklearn.metrics import confusion_matrix
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=5)
labels = model.predict(x_test) > 0.5
print(confusion_matrix(y_test, labels.astype(int)))
""",
        """
import keras
from sklearn.metrics import accuracy_score
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=5)
print(accuracy_score(y_test, to_labels(model.predict(x_test))))
""",
        """
import keras
import numpy as np
def labels_of(model, rows):
    scores = model.predict(rows)
    if len(scores[0]) > 1:
        return np.argmax(scores, axis=1)
    return np.round(scores)
def shown(scores):
    return np.argmax(scores, axis=-1) if scores.shape[-1] > 1 else scores > 0.5
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=5)
print(labels_of(model, x_test), shown(model.predict(x_test)))
""",
        """
import keras
import numpy as np
from keras import layers
best = keras.Sequential([layers.LSTM(8, return_sequences=True), layers.Dense(1)])
best.compile("adam", "mse")
best.fit(x, y, epochs=5)
starts = best.predict(x_test)
print(np.argmax(starts, axis=1), [np.argmax(row) for row in starts])
""",
        """
import keras
import numpy as np
from sklearn.metrics import accuracy_score, f1_score
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=5)
labels = model.predict(x_test)
labels[labels > 0.5] = 1
labels[labels <= 0.5] = 0
first = model.predict(x_test)[:, 0]
for number in range(len(first)):
    first[number] = 1 if first[number] > 0.4 else 0
print(accuracy_score(y_test, labels), accuracy_score(y_test, labels[:, 0]), f1_score(y_test, first))
""",
        """
import keras
from sklearn.metrics import accuracy_score
model = keras.models.load_model("labels_at_the_end.keras")
print(accuracy_score(y_test, model.predict(x_test)))
""",
    ),
)
def probabilities_scored_as_labels(script: Script) -> Iterator[Draft]:
    """Predictions of a model are scored in a form that the score does not mean.

    ## Why is this bad?
    Accuracy, F1 and confusion matrices need labels: on probabilities scikit-learn raises, after
    the training. `argmax` over a single output is always 0. ROC-AUC and log loss need
    probabilities: on thresholded labels they run, and say something else. Rounded softmax outputs
    have rows without any class, of which `argmax` makes the first class; labels and predictions in
    the wrong order exchange precision and recall.

    ## Exceptions
    Predictions that a function of the script turns into labels, models of other libraries,
    models whose output the text does not show, arrays that the script assigns to, and `argmax`
    in a branch that asks for the shape, as in `if len(scores[0]) > 1`. Bare probabilities in a
    score of labels are a warning: scikit-learn says so itself.

    ## References
    https://scikit-learn.org/stable/modules/model_evaluation.html
    """
    for call in script.calls:
        largest = largest_of(call) if call.short_name == "argmax" else None
        if largest is not None:
            yield from _argmax(script, call, *largest)
        if call.function is None:
            continue
        name = call.short_name
        if call.function.startswith("sklearn.metrics."):
            if name in LABEL_SCORES:
                yield from _scored(script, call, name, of_labels=True)
                yield from _rounded(script, call, name)
            elif name in RANKING_SCORES:
                yield from _scored(script, call, name, of_labels=False)
            if name in ORDERED_SCORES:
                yield from _exchanged(script, call, name)


def _scored(script: Script, call: Call, name: str, *, of_labels: bool) -> Iterator[Draft]:
    for argument in _arguments(call):
        if of_labels and cuts_off(argument.value):
            yield from _cut_off(script, call, name, argument)
        found = _probabilities(argument.value) if of_labels else _labels(call, argument)
        if found is None or not (
            _is_probability(script, found) or _is_cut(script, found, argument)
        ):
            continue
        shown = script.text(argument.node.value) if argument.node is not None else "it"
        model = _model(script, found)
        if of_labels:
            yield Draft(
                call.node,
                f"{name} needs labels, and {shown} holds the probabilities that {model}.predict "
                "returned: scikit-learn raises a ValueError, after the training",
                f"{name}(…, np.argmax({shown}, axis=1)), or {shown} > 0.5 for a single output",
                Level.WARNING,
            )
        else:
            yield Draft(
                call.node,
                f"{name} needs probabilities, and {shown} holds labels cut out of what "
                f"{model}.{found.method} returned: the score is another one",
                f"give {name} the probabilities themselves",
            )


def _is_cut(script: Script, prediction: Call, argument: Argument) -> bool:
    """Whether a limit surely makes two labels of what a model of Keras puts out, whatever it is."""
    return thresholded(argument.value) is prediction and _is_keras(script, prediction)


def _probabilities(value: Value) -> Call | None:
    """The prediction that a value is, or some rows or outputs of it."""
    while isinstance(value, Item) and FILLED not in value.attributes:
        value = value.of
    return prediction_of(value)


def _cut_off(script: Script, call: Call, name: str, argument: Argument) -> Iterator[Draft]:
    """Probabilities whose fractions are cut off, which makes 0 of all of them."""
    receiver = argument.value.receiver if isinstance(argument.value, Call) else None
    found = prediction_of(receiver) if receiver is not None else None
    if found is not None and argument.node is not None and _is_probability(script, found):
        shown, model = script.text(argument.node.value), _model(script, found)
        yield Draft(
            call.node,
            f"{name} scores {shown}, which cuts off the fractions of what {model}.predict "
            "returned: each probability below 1 becomes 0",
            f"compare first: ({model}.predict(…) > 0.5).astype(int)",
        )


def _labels(call: Call, argument: Argument) -> Call | None:
    """The prediction that an argument holds labels of, unless another one is measured by them."""
    first, *others = (each.value for each in call.positional[:2]) if call.positional else (None,)
    if argument.value is first and any(map(is_prediction, chain(*map(sources_of, others)))):
        return None
    return cut_out_of(argument.value)


def _exchanged(script: Script, call: Call, name: str) -> Iterator[Draft]:
    """Predictions where the true labels belong, and the other way round."""
    if len(call.positional) < 2:
        return
    first, second = (list(sources_of(argument.value)) for argument in call.positional[:2])
    predicted = [each for each in first if is_prediction(each) and _is_keras(script, each)]
    if predicted and not any(is_prediction(each) for each in second):
        shown = [script.text(each.node.value) for each in call.positional[:2] if each.node]
        if len(shown) == 2:
            yield Draft(
                call.node,
                f"{name} takes the true labels first: {shown[0]} comes from "
                f"{_model(script, predicted[0])}.predict, so precision and recall change places",
                f"{name}({shown[1]}, {shown[0]})",
            )


def _is_keras(script: Script, prediction: Call) -> bool:
    """Whether what predicted surely is a Keras model."""
    models = {id(fit.call.receiver) for fit in script.fits}
    made = prediction.receiver
    return made is not None and (is_model(made) or id(made) in models)


def _rounded(script: Script, call: Call, name: str) -> Iterator[Draft]:
    """Rounded outputs of a softmax over several classes."""
    for argument in _arguments(call) if not _is_by_shape(call) else ():
        found = rounded(argument.value)
        if found is not None and _is_softmax_of_several(found):
            yield Draft(
                call.node,
                f"{name} scores rounded outputs of the softmax of {_model(script, found)}: where no "
                f"class of the {_units(found)} has more than half, the row has none at all",
                f"{name}(…, np.argmax({_model(script, found)}.predict(…), axis=1))",
            )


def _is_softmax_of_several(prediction: Call) -> bool:
    """Whether a model surely ends in a softmax over more than two classes."""
    units = _units(prediction)
    outputs = Model(prediction.receiver or prediction, "").layers.outputs
    if outputs is None or not isinstance(units, int) or units < 3:
        return False
    return bool(constant(outputs[0]["activation"]) == "softmax")


def _arguments(call: Call) -> list[Argument]:
    return [
        *call.positional[:2],
        *(call.keywords[n] for n in PREDICTED if n in call.keywords),
    ]


def _argmax(script: Script, call: Call, values: Value, axis: object) -> Iterator[Draft]:
    """``argmax`` over the last axis of a single output, or of outputs that were cut before."""
    if axis not in (1, -1) and not _is_row(values):
        return
    yield from _argmax_of_cut(script, call, values)
    found = prediction_of(values.of if _is_row(values) else values)
    if found is None or _units(found) != 1 or _is_by_shape(call):
        return
    if (
        axis != -1
        and found.receiver is not None
        and may_have_steps(Model(found.receiver, "").layers)
    ):
        return
    model = _model(script, found)
    yield Draft(
        call.node,
        f"{model} ends in Dense(1): argmax over its single output is always 0, whatever it predicts",
        f"{model}.predict(…) > 0.5, or two units and softmax",
    )


def _argmax_of_cut(script: Script, call: Call, values: Value) -> Iterator[Draft]:
    """``argmax`` of what a limit, or rounding, has left of the outputs of a softmax."""
    cut, whole = thresholded(values), rounded(values)
    found = cut or whole
    if found is None or not _is_softmax_of_several(found):
        return
    model = _model(script, found)
    yield Draft(
        call.node,
        f"argmax over outputs of the softmax of {model} that are cut off before: "
        "it takes the first class where none is above the limit, or several are"
        if whole is None
        else f"argmax over rounded outputs of the softmax of {model}: where no class of the "
        f"{_units(found)} has more than half, it takes the first one",
        f"np.argmax({model}.predict(…), axis=1), of the outputs themselves",
    )


def _is_row(values: Value) -> TypeGuard[Item]:
    """Whether values are surely a single row: ``outputs[0]``, or one that a loop takes."""
    if not isinstance(values, Item):
        return False
    index = values.index
    looped = isinstance(index, Unknown) and not index.name
    return looped or isinstance(constant(index), int)


def _is_by_shape(call: Call) -> bool:
    """Whether a call stands in a branch that asks how many values or outputs there are."""
    branches = [node for node, _ in call.context.branches]
    waiting: list[cst.CSTNode] = [node.test for node in branches if isinstance(node, CONDITIONALS)]
    while waiting:
        each = waiting.pop()
        if isinstance(each, cst.Name) and each.value == "len":
            return True
        if isinstance(each, cst.Attribute) and each.attr.value in ("shape", "ndim", "output_shape"):
            return True
        waiting.extend(inner_nodes(each))
    return False


def _units(prediction: Call) -> object:
    if prediction.receiver is None:
        return None
    outputs = Model(prediction.receiver, "").layers.outputs
    if outputs is None or len(outputs) != 1 or outputs[0].short_name != "Dense":
        return None
    units = outputs[0]["units"]
    return None if isinstance(units, Setting) else constant(units)


def _is_probability(script: Script, prediction: Call) -> bool:
    """Whether the model's last layer surely gives probabilities."""
    if prediction.receiver is None:
        return False
    outputs = Model(prediction.receiver, "").layers.outputs
    if outputs is None or len(outputs) != 1:
        return False
    last = outputs[0]
    if last.short_name == "Softmax":
        return True
    return constant(last["activation"]) in ("softmax", "sigmoid")


def _model(script: Script, prediction: Call) -> str:
    if prediction.receiver is None:
        return "the model"
    return script.name_of(prediction.receiver) or "the model"
