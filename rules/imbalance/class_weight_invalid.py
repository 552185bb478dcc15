"""OVF203: class weights that Keras cannot use."""

from collections.abc import Iterator, Sequence

import libcst as cst

from overfitcheck.finding import Edit, Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import Draft, rule
from overfitcheck.script.connections import answers_each_pixel
from overfitcheck.script.custom_loops import CustomLoop
from overfitcheck.script.edits import list_as_dict, wrap
from overfitcheck.script.fit import Fit
from overfitcheck.script.keras_names import activation_name
from overfitcheck.script.script import Script
from overfitcheck.script.values import (
    Argument,
    Call,
    Items,
    Operation,
    Table,
    Value,
    constant,
    is_given,
    options,
)

ARRAYS = (
    "numpy.",
    "sklearn.utils.class_weight.compute_class_weight",
    "sklearn.utils.compute_class_weight",
)
"""What returns an array."""

ARITHMETIC = ("Multiply", "Divide")
"""What no dict has a part in."""


@rule(
    "OVF203",
    "class-weight-invalid",
    Level.ERROR,
    bad=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(2, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=10, class_weight="balanced")  # <- OVF203
""",
        """
import keras
import numpy as np
from sklearn.utils.class_weight import compute_class_weight
weights = compute_class_weight("balanced", classes=np.unique(y), y=y)
model = keras.Sequential([keras.layers.Dense(2, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=10, class_weight=weights)  # <- OVF203
model.fit(x, y, epochs=10, class_weight=list(weights))  # <- OVF203
model.fit(x, y, epochs=10, class_weight=weights.tolist())  # <- OVF203
for epoch in range(9):
    for rows, labels in batches:
        model.train_on_batch(rows, labels, class_weight=[0.5, 4.0])  # <- OVF203
        model.test_on_batch(others, truth)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=10, class_weight=[0.5, 4.0])  # <- OVF203
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
weights = {1: 1.0, 2: 2.0, 3: 5.0}
model.fit(x, y, epochs=10, class_weight=weights)  # <- OVF203
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=10, class_weight={"healthy": 1, "ill": 9})  # <- OVF203
""",
        """
import keras
import numpy as np
trust = np.load("trust.npy")
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=10, class_weight={0: 1, 1: 9}, sample_weight=trust)  # <- OVF203
""",
        """
import keras
inputs = keras.Input((4,))
outputs = [keras.layers.Dense(1, name="ill")(inputs), keras.layers.Dense(1, name="age")(inputs)]
model = keras.Model(inputs, outputs)
model.compile("adam", {"ill": "binary_crossentropy", "age": "mse"})
model.fit(x, [ill, age], epochs=10, class_weight={0: 1, 1: 9})  # <- OVF203
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=10, class_weight={0: 1, 1: 9})  # <- OVF203
""",
        """
import keras
segments = keras.Sequential([keras.layers.Conv2D(1, 3, padding="same", activation="sigmoid")])
segments.compile("adam", "binary_crossentropy")
segments.fit(photos, masks, epochs=10, class_weight={0: 1, 1: 9})  # <- OVF203
""",
        """
import keras
y = keras.utils.to_categorical(read_labels(), 2)
rows = y.sum(axis=0)
model = keras.Sequential([keras.layers.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(x, y, epochs=10, class_weight=rows.max() / rows)  # <- OVF203
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=10, class_weight={0: 0.5, 1: 4.0})
""",
        """
import keras
import numpy as np
from sklearn.utils.class_weight import compute_class_weight
weights = compute_class_weight("balanced", classes=np.unique(y), y=y)
model = keras.Sequential([keras.layers.Dense(2, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=10, class_weight=dict(enumerate(weights)))
model.fit(x, y, epochs=10, class_weight=dict(zip(np.unique(y), weights)))
""",
        """
import keras
from sklearn.linear_model import LogisticRegression
LogisticRegression(class_weight="balanced").fit(x, y)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=10, class_weight=None)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
weights = {}
for label in labels:
    weights[label] = len(y) / count[label]
model.fit(x, y, epochs=10, class_weight=weights)
""",
        """
import numpy as np
import tf_keras as keras
trust = np.load("trust.npy")
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=10, class_weight={0: 1, 1: 9}, sample_weight=trust)
""",
        """
import keras
def train(model, weights="balanced"):
    if weights == "balanced":
        weights = count_classes(y)
    model.fit(x, y, epochs=10, class_weight=weights)
""",
    ),
)
def class_weight_invalid(fit: Fit) -> Iterator[Draft]:
    """`class_weight` of a fit is not a dict from class numbers 0, 1, … to weights.

    ## Why is this bad?
    Keras looks the number of each class up in a dict. A list, an array (which is what scikit-learn's
    `compute_class_weight` returns) or a word such as "balanced" raises an AttributeError or
    ValueError. A dict with other keys is refused by Keras 2; Keras 3 uses a weight of 1 for every
    class it does not find, without a word (a warning where the last layer has more units than the
    dict has keys). Models with several outputs refuse class weights in every version. Beside
    `sample_weight`, with Python generators, and with labels for each pixel or step, Keras 3 raises
    an error (a warning where the version is not known).

    ## Exceptions
    Weights that the text does not show, or that only some branch sets.

    ## References
    https://github.com/keras-team/keras/issues/16311
    https://github.com/keras-team/keras/issues/18379
    https://github.com/tensorflow/tensorflow/issues/47032
    """
    given = fit.argument("class_weight")
    if given is None:
        return
    said = _said_of_form(fit, given)
    if said is not None:
        yield said
    elif is_given(given.value) is True:
        yield from _said_of_a_dict(fit, given.value)


@class_weight_invalid.custom_loop
def weights_of_batches(loop: CustomLoop) -> Iterator[Draft]:
    """Weights of the wrong form that ``train_on_batch`` gets."""
    given = loop.argument("class_weight")
    said = _said_of_form(loop, given) if given is not None and loop.trained is None else None
    if said is not None:
        yield said


def _said_of_form(fit: Fit, given: Argument) -> Draft | None:
    """What is wrong with weights that surely are no dict, or have wrong keys."""
    forms = [_wrong_form(option) for option in options(given.value)]
    wrong = [each for each in forms if each is not None]
    if not wrong or len(wrong) < len(forms):
        return None
    what, advice = wrong[0]
    return Draft(
        fit.anchor("class_weight"),
        f"class_weight of {fit.model.name}.{fit.call.short_name} is {what}",
        advice,
        edits=_as_dict(fit.script, given),
        safe=given.node is not None and isinstance(given.node.value, (cst.List, cst.Tuple)),
    )


def _said_of_a_dict(fit: Fit, weights: Value) -> Iterator[Draft]:
    """What is wrong with weights of the right form, in this fit."""
    outputs = fit.model.layers.outputs or ()
    if len(outputs) > 1:
        yield Draft(
            fit.anchor("class_weight"),
            f"class_weight is given and {fit.model.name} has {len(outputs)} outputs: fit raises a "
            "ValueError",
            "give each output its sample_weight instead, as a list or dict of arrays",
        )
        return
    left_out = _without_weight(weights, outputs)
    if left_out:
        yield Draft(fit.anchor("class_weight"), *left_out, Level.WARNING)
        return
    reason = _wrong_company(fit)
    if reason and fit.script.versions.may_be(3):
        sure = fit.script.versions.surely_from(3)
        yield Draft(
            fit.anchor("class_weight"),
            f"class_weight {reason[0]}: {fit.model.name}.fit raises an error "
            f"{'' if sure else 'since Keras 3'}".rstrip(),
            reason[1],
            None if sure else Level.WARNING,
        )


def _as_dict(script: Script, given: Argument) -> tuple[Edit, ...]:
    """The weights of a list as a dict, or a call that makes one of an array."""
    written = given.node.value if given.node is not None else None
    if isinstance(written, (cst.List, cst.Tuple)):
        return list_as_dict(script, written)
    is_text = any(isinstance(constant(option), str) for option in options(given.value))
    if written is None or is_text or isinstance(given.value, Table):
        return ()
    return wrap(script, written, "dict(enumerate(", "))")


def _wrong_form(value: Value) -> tuple[str, str] | None:
    """What is wrong with the weights themselves, in words, and what to do."""
    if isinstance(constant(value), str):
        return (
            f'the string "{constant(value)}": it raises an AttributeError, because Keras looks '
            "classes up in a dict",
            "compute them: dict(enumerate(compute_class_weight('balanced', classes=np.unique(y), "
            "y=y)))",
        )
    kind = _sequence(value)
    if kind is not None:
        return (
            f"a {kind}: it raises an AttributeError, because Keras looks classes up in a dict",
            "write dict(enumerate(…)) around it: {0: weight of class 0, 1: …}",
        )
    if isinstance(value, Call) and (value.function or "").startswith(ARRAYS):
        return (
            f"the array that {value.short_name} returns: it raises an error, because Keras looks "
            "classes up in a dict",
            "write dict(enumerate(…)) around it",
        )
    if isinstance(value, Operation) and value.operator in ARITHMETIC:
        return (
            "an array or a number: it raises an error, because Keras looks classes up in a dict",
            "write dict(enumerate(…)) around it",
        )
    if isinstance(value, Table) and value.complete and value.entries:
        return _wrong_keys(value)
    return None


def _sequence(value: Value) -> str | None:
    """The kind of list or tuple that a value surely is."""
    if isinstance(value, Items):
        return value.kind if value.kind in ("list", "tuple") else None
    if isinstance(value, Call) and value.function in ("builtins.list", "builtins.tuple"):
        return value.short_name
    of_array = isinstance(value, Call) and value.method == "tolist"
    return "list" if of_array else None


def _wrong_keys(table: Table) -> tuple[str, str] | None:
    keys = list(table.entries)
    shown = ", ".join(repr(key) for key in keys[:4]) + (", …" if len(keys) > 4 else "")
    follows = (
        "Keras 2 raises a ValueError, and since Keras 3 classes without a key silently weigh 1"
    )
    if any(isinstance(key, str) for key in keys):
        return (
            f"a dict with the keys {shown}, which are names and not class numbers: {follows}",
            "use the numbers of the classes, from 0, as keys",
        )
    numbers = sorted(key for key in keys if isinstance(key, (int, float)))
    if len(numbers) == len(keys) and numbers != list(range(len(numbers))):
        return (
            f"a dict with the keys {shown}, which are not the class numbers from 0 to "
            f"{len(keys) - 1}: {follows}",
            "number the classes from 0, in the labels and here",
        )
    return None


def _without_weight(weights: Value, outputs: Sequence[Call]) -> tuple[str, str] | None:
    """Classes that the last layer tells apart and the weights leave out, and what to do."""
    units = constant(outputs[0]["units"]) if outputs and outputs[0].short_name == "Dense" else None
    if not isinstance(weights, Table) or not weights.complete or not isinstance(units, int):
        return None
    keys, activation = len(weights.entries), activation_name(outputs[0]["activation"])
    if activation != "softmax" or not 0 < keys < units:
        return None
    first, last = keys, units - 1
    which = f"class {first}" if first == last else f"the classes {first} to {last}"
    return (
        f"class_weight leaves out {which} of Dense({units}): Keras 2 raises an error at the first "
        "row of such a class, and since Keras 3 it silently weighs 1",
        f"give class_weight a key for each of the {units} classes",
    )


def _wrong_company(fit: Fit) -> tuple[str, str] | None:
    """What class weights do not go with since Keras 3, and what to do."""
    weighed = fit.argument("sample_weight")
    if weighed is not None and is_given(weighed.value) is True:
        return (
            f"is given beside sample_weight={fit.text_of('sample_weight')}",
            "multiply the class weights into sample_weight",
        )
    if answers_each_pixel(fit.model.layers) and fit.y is not None:
        return (
            f"is given and {fit.model.name} answers for each pixel or step of the rows of "
            f"{fit.text_of('y')}",
            "weigh the pixels in the loss, or pass sample_weight in the shape of the labels",
        )
    if isinstance(fit.x, Items) and fit.x.kind == "generator":
        return (
            f"is given and {fit.text_of('x')} is a Python generator",
            "yield (x, y, sample_weight) from the generator, or make it a keras.utils.PyDataset",
        )
    return None


@class_weight_invalid.observed
def classes_without_weight(seen: ObservedFit) -> Outcome | None:
    """Whether each class that the run counted has a weight."""
    observation = seen.observation
    if observation is None or observation.training is None or not observation.training.classes:
        return None
    given = observation.arguments.get("class_weight")
    if not isinstance(given, dict) or not given:
        return None
    known = {_label(key) for key in given}
    counts = observation.training.classes
    missing = [label for label in counts if _label(label) not in known]
    if not missing:
        return Outcome(RunSays.REFUTED, f"each of the {len(counts)} classes has a weight")
    label = missing[0]
    return Outcome(
        RunSays.CONFIRMED,
        f"class {label} ({counts[label]:,} rows) has no weight in class_weight, whose keys are "
        f"{', '.join(map(str, given))}: it silently weighs 1",
        advice="give class_weight a key for each label in y",
    )


def _label(key: object) -> str:
    """A class as a key of a dict and as a label: ``0.0`` and ``"0"`` are the same."""
    try:
        number = float(str(key))
    except ValueError:
        return str(key)
    return str(int(number)) if number.is_integer() else str(number)
