"""OVF202: class weights that are computed and then forgotten."""

import re
from collections.abc import Iterator
from typing import Any

import libcst as cst

from overfitcheck.finding import Edit, Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.custom_checklist import WEIGHED
from overfitcheck.script.edits import add_argument
from overfitcheck.script.fit import Fit
from overfitcheck.script.flow import ingredients, reaches_nothing
from overfitcheck.script.resampling import resampled_in
from overfitcheck.script.script import Script
from overfitcheck.script.values import FILLED, Call, Function, Symbol, Unknown, Value

COMPUTING = (
    "sklearn.utils.class_weight.compute_class_weight",
    "sklearn.utils.class_weight.compute_sample_weight",
    "sklearn.utils.compute_class_weight",
    "sklearn.utils.compute_sample_weight",
)

DICT = "builtins.dict"

NAMED = r"(?i)(?:^|_)class_?weights?(?:_?dict|_?map)?$"
"""How a dict of class weights is called."""


@rule(
    "OVF202",
    "class-weights-computed-but-unused",
    Level.ERROR,
    bad=(
        """
import keras
import numpy as np
from sklearn.utils.class_weight import compute_class_weight
weights = compute_class_weight("balanced", classes=np.unique(y), y=y)  # <- OVF202
weights = dict(enumerate(weights))
print(weights)
model = keras.Sequential([keras.layers.Dense(2, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=10, validation_split=0.2)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
class_weights = {0: 1.0, 1: len(healthy) / len(ill)}  # <- OVF202
model.fit(x, y, epochs=10)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
class_weights = [0.12, 0.64,
                 2.23]
# class_weights = compute_class_weight("balanced", classes=classes, y=y)
class_weights = {i: class_weights[i] for i in range(len(class_weights))}  # <- OVF202
print(class_weights)
model.fit(x, y, epochs=10)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
class_weight_dict = {i: len(y) / count for i, count in counts.items()}  # <- OVF202
classWeights = dict(zip(classes, weights))  # <- OVF202
model.fit(x, y, epochs=10)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
class_weight = {}  # <- OVF202
for number in range(3):
    class_weight[number] = len(y) / counts[number]
model.fit(x, y, epochs=10)
""",
        """
import keras
import numpy as np
from sklearn.utils.class_weight import compute_class_weight
weights = compute_class_weight("balanced", classes=np.unique(y), y=y)  # <- OVF202
class_weights = {i: weights[i] for i in range(len(weights))}
model = keras.Sequential([keras.layers.Dense(2, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=10, validation_split=0.2)
""",
    ),
    good=(
        """
import keras
import numpy as np
from sklearn.utils.class_weight import compute_class_weight
weights = compute_class_weight("balanced", classes=np.unique(y), y=y)
model = keras.Sequential([keras.layers.Dense(2, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=10, class_weight=dict(enumerate(weights)))
""",
        """
import keras
import numpy as np
class_weights = {0: 1.0, 1: 8.0}
weights = np.array([class_weights[label] for label in y])
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=10, sample_weight=weights)
""",
        """
import keras
import tensorflow as tf
class_weight = {0: 1.0, 1: 8.0}
def weighed_loss(y_true, y_pred):
    weight = tf.where(y_true > 0, class_weight[1], class_weight[0])
    return weight * keras.losses.binary_crossentropy(y_true, y_pred)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", weighed_loss)
model.fit(x, y, epochs=10)
""",
        """
import numpy as np
import keras
from sklearn.utils.class_weight import compute_class_weight
print(compute_class_weight("balanced", classes=np.unique(y), y=y))
""",
        """
import keras
class_weight = {0: 1.0, 1: 8.0}
options = read_options()
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=10, **options)
""",
        """
import keras
def weights_of(y):
    class_weight = {0: 1.0, 1: 8.0}
    return class_weight
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=10)
""",
        """
import keras
import numpy as np
from losses import focal_loss
from sklearn.utils.class_weight import compute_class_weight
weights = compute_class_weight("balanced", classes=np.unique(y), y=y)
print(weights)
model = keras.Sequential([keras.layers.Dense(2, activation="softmax")])
model.compile("adam", focal_loss(alpha=shares))
model.fit(x, y, epochs=10, validation_split=0.2)
""",
        """
import keras
import numpy as np
from losses import focal
from sklearn.utils.class_weight import compute_class_weight
weights = compute_class_weight("balanced", classes=np.unique(y), y=y)
print(weights)
def made(alpha):
    def loss(y_true, y_pred):
        return focal(y_true, y_pred, alpha)
    return loss
model = keras.Sequential([keras.layers.Dense(2, activation="softmax")])
model.compile("adam", made(0.25))
model.fit(x, y, epochs=10, validation_split=0.2)
""",
        """
import keras
import numpy as np
from imblearn.over_sampling import SMOTE
from sklearn.utils.class_weight import compute_class_weight
weights = compute_class_weight("balanced", classes=np.unique(y), y=y)
print(weights)
x, y = SMOTE().fit_resample(x, y)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=10)
""",
        """
import keras
import numpy as np
class_weights = {}
for number in range(3):
    class_weights[number] = len(y) / counts[number]
rows = [np.repeat(x[y == number], int(class_weights[number])) for number in range(3)]
model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(drawn(rows), epochs=10)
""",
        """
import keras
class_weight = {}
model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=10)
""",
    ),
)
def class_weights_unused(script: Script) -> Iterator[Draft]:
    """Class weights are computed, and no fit, loss or sample weight gets them.

    ## Why is this bad?
    The script looks as if it cared for its rare classes, and trains as if it did not.

    ## Exceptions
    Weights that are returned, kept in an attribute or used in a loss; scripts without a fit; fits
    with `**options` that may hold them, on rows drawn anew, or with a loss that the text does
    not show or that says that it weighs (`focal_loss`).

    ## References
    https://www.tensorflow.org/tutorials/structured_data/imbalanced_data
    """
    if not script.fits or any(fit.call.open for fit in script.fits):
        return
    if any(fit.gives("class_weight") or fit.gives("sample_weight") for fit in script.fits):
        return
    fit = next((each for each in script.fits if not _may_weigh(each)), None)
    if fit is None:
        return
    told: set[int] = set()
    for name, value, node in _weights(script):
        if id(value) not in told and reaches_nothing(script, value):
            told.add(id(value))
            yield Draft(
                node,
                f"{name} is computed and reaches no fit: {fit.name} in "
                f"{script.place(fit.node)} trains on the classes as they are",
                f"pass class_weight={name} to {fit.name} (a dict from class numbers to weights)",
                edits=_passed(fit, name, value, node),
            )


def _may_weigh(fit: Fit) -> bool:
    """Whether rows are drawn anew, or the loss may weigh classes: it says so, or is not known."""
    if resampled_in(fit.y if fit.y is not None else fit.x):
        return True
    given = fit.compiled.argument("loss") if fit.compiled is not None else None
    loss = given.value if given is not None else None
    if isinstance(loss, Unknown):
        return True
    if isinstance(loss, Call):
        said = loss.short_name
    elif isinstance(loss, Symbol):
        said = loss.path.rpartition(".")[2]
    else:
        said = fit.script.code_of(loss.node) if isinstance(loss, Function) else ""
    return re.search(WEIGHED, said.lower()) is not None


def _passed(fit: Fit, name: str, value: Value, node: cst.CSTNode) -> tuple[Edit, ...]:
    """The weights as an argument of the one fit, if they surely are made before it."""
    script = fit.script
    outside = fit.call.context.function is None and script.statement(node) in script.module.body
    if len(script.fits) > 1 or not outside or script.bindings.count(name) != 1:
        return ()
    if script.line(node) >= script.line(fit.node):
        return ()
    if isinstance(value, Call) and value.short_name == "compute_sample_weight":
        return add_argument(script, fit.node, f"sample_weight={name}")
    text = f"dict(enumerate({name}))" if _is_computed(value) else name
    return add_argument(script, fit.node, f"class_weight={text}")


def _weights(script: Script) -> Iterator[tuple[str, Value, Any]]:
    """Names of class weights, what they are and where they were made."""
    for name, value in script.walk.bound:
        if isinstance(value, Call):
            is_dict = value.function == DICT
            if _is_own(script, name, value) if is_dict else _is_computed(value):
                yield name, value, value.node
    for target, table in script.walk.tables:
        filled = table.entries or FILLED in table.attributes
        if filled and _is_own(script, target.value, table):
            yield target.value, table, target


def _is_own(script: Script, name: str, table: Value) -> bool:
    """Whether a dict that the script itself computes is called as class weights are, and not used."""
    if not re.search(NAMED, name) or any(map(_is_computed, ingredients(table))):
        return False
    return _stands_alone(script, name)


def _is_computed(value: Value) -> bool:
    """Whether a value is what scikit-learn computed from labels."""
    return isinstance(value, Call) and value.function in COMPUTING


def _stands_alone(script: Script, name: str) -> bool:
    """Whether a name stands nowhere in the script but where it is bound, filled or printed.

    Its items are values of their own, which do not tell what they were taken from.
    """
    use = re.compile(rf"\b{re.escape(name)}\b")
    binding = re.compile(rf"\s*{re.escape(name)}\s*(?:\[[^\]]*\]\s*)?(?::[^=]*)?=(?!=)")
    said = (line.partition("#")[0] for line in script.lines if "print" not in line)
    return all(binding.match(line) for line in said if use.search(line))
