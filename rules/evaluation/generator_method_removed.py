"""OVF911: methods of models that Keras 3 does not have any more."""

from collections.abc import Iterator

import libcst as cst

from overfitcheck.finding import Edit, Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.data import is_generator
from overfitcheck.script.edits import (
    given_to,
    name_argument,
    realign,
    remove_argument,
    rename,
    rename_method,
    wrap,
)
from overfitcheck.script.external import method_path
from overfitcheck.script.fit import is_fit
from overfitcheck.script.former import OF_FITS, is_of_keras_1
from overfitcheck.script.imports import Reference, function_around, module_name, refer
from overfitcheck.script.insertions import quoted
from overfitcheck.script.models import Model, is_model
from overfitcheck.script.remedies import single_dense
from overfitcheck.script.scoring import first_argument
from overfitcheck.script.script import Script
from overfitcheck.script.values import Argument, Call, constant
from overfitcheck.script.versions import written

SUCCESSORS = {
    "fit_generator": "fit",
    "evaluate_generator": "evaluate",
    "predict_generator": "predict",
    "predict_classes": "predict(…).argmax(axis=-1), or predict(…) > 0.5 for a single output",
    "predict_proba": "predict",
}

OF_LATER_FITS = frozenset({"epochs", "steps_per_epoch", "validation_steps"})
"""Arguments of fits that Keras 1 did not have."""

GONE_SINCE = {"predict_classes": (2, 6), "predict_proba": (2, 6)}
"""The versions of Keras that removed methods before Keras 3 did."""

STEPS = ("steps_per_epoch", "validation_steps", "steps")
"""Arguments that Keras 3 takes as whole numbers alone, where Keras 2 counted up to them."""


@rule(
    "OVF911",
    "generator-method-removed",
    Level.ERROR,
    bad=(
        """
from keras.models import Sequential
model = Sequential()
model.compile("adam", "mse")
model.fit_generator(train, epochs=5, validation_data=validation)  # <- OVF911
score = model.evaluate_generator(test)  # <- OVF911
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
labels = model.predict_classes(x_test)  # <- OVF911
""",
        """
import tf_keras
model = tf_keras.Sequential([tf_keras.layers.Dense(3, activation="softmax")])
labels = model.predict_classes(x_test)  # <- OVF911
""",
        """
import keras
class Parallel(keras.Model):
    def __init__(self, model, count):
        super().__init__(inputs=model.inputs, outputs=split(model, count))
model = Parallel(build(), 2)
model.compile("adam", "mse")
model.fit_generator(train, steps_per_epoch=10, epochs=5)  # <- OVF911
""",
        """
import keras
from networks import built
net = built(units=3)
net.load_weights("best.weights.h5")
net.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
labels = net.predict_classes(x_test)  # <- OVF911
""",
        """
import keras
from networks import *
net = built(units=3)
net.fit_generator(train, epochs=9, steps_per_epoch=100)  # <- OVF911
net = built(units=3)
net.load_weights("best.h5")
masks = net.predict_generator(test, 30)  # <- OVF911
""",
        """
from keras.preprocessing.image import ImageDataGenerator
from vgg16 import VGG16
net = VGG16(include_top=False, weights="imagenet")
photos = ImageDataGenerator(rescale=1 / 255).flow_from_directory("photos", shuffle=False)
seen = net.predict_generator(photos, 900)  # <- OVF911
""",
    ),
    good=(
        """
from keras.models import Sequential
model = Sequential()
model.compile("adam", "mse")
model.fit(train, epochs=5, validation_data=validation)
score = model.evaluate(test)
""",
        """
import keras
from sklearn.linear_model import LogisticRegression
shares = LogisticRegression().fit(x, y).predict_proba(x_test)
""",
        """
import tf_keras
model = tf_keras.Sequential()
model.fit_generator(train, epochs=5, validation_data=validation)
""",
        """
import tensorflow.contrib.slim as slim
from tensorflow import keras
model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
labels = model.predict_classes(x_test)
""",
        """
import keras
class Net:
    def fit_generator(self, data):
        return data
Net().fit_generator(data)
""",
    ),
)
def generator_method_removed(script: Script) -> Iterator[Draft]:
    """A model's `fit_generator`, or a method of its age, is called.

    ## Why is this bad?
    Keras 3 has removed these methods, and Keras 2.6 `predict_classes` and `predict_proba` before it:
    the call raises an AttributeError. `fit`, `evaluate` and `predict` have taken generators since
    Keras 2.2.5. Keras 3 asks for whole numbers of steps besides: write `math.ceil(len(x) / 32)`,
    which is what Keras 2 counts up to.

    ## Exceptions
    Scripts for a version that has the method, such as `fit_generator` in Keras 2 or tf_keras, and
    objects that are not Keras models. Where the version is not known the finding is a warning.

    ## References
    https://keras.io/api/models/model_training_apis/
    """
    models = {id(fit.call.receiver) for fit in script.fits}
    models |= {id(call.receiver) for call in script.calls if _is_of_keras(call)}
    for call in script.calls:
        since = GONE_SINCE.get(call.method or "", (3, 0))
        if call.method not in SUCCESSORS or script.versions.surely_before(*since):
            continue
        if _is_of_model(call, models):
            surely = script.versions.surely_from(*since)
            yield Draft(
                call.node,
                f"{script.text(call.node.func)} is gone since Keras {written(since)}: it raises an "
                "AttributeError",
                _advice(script, call),
                None if surely else Level.WARNING,
                _modern(script, call),
                safe=surely and call.method != "predict_classes",
            )


def _advice(script: Script, call: Call) -> str:
    successor = SUCCESSORS[call.method or ""]
    divided = [name for name, _ in _divided(call)]
    if not divided:
        return f"use {successor}"
    rounded = " and ".join(divided)
    return (
        f"use {successor}, and round {rounded} up with math.ceil(…): a float raises a TypeError in "
        "Keras 3"
    )


def _divided(call: Call) -> Iterator[tuple[str, cst.BaseExpression]]:
    """The numbers of steps that are written as a division, whose result is a float."""
    for name in () if _is_of_keras_1(call) else STEPS:
        given = call.arguments.get(name)
        node = given.node.value if given is not None and given.node is not None else None
        if type(node) is cst.BinaryOperation and type(node.operator) is cst.Divide:
            yield name, node


def _is_of_keras_1(call: Call) -> bool:
    """Whether arguments are given by positions that mean other things in Keras 1."""
    return len(call.positional) > 1 and bool(set(call.keywords) & OF_FITS)


def _is_of_keras(call: Call) -> bool:
    """Whether a call is of a method that only models of Keras have."""
    return (call.method == "compile" and "loss" in call.keywords) or call.method == "load_weights"


def _classes(script: Script, call: Call, model: Model) -> tuple[Edit, ...]:
    """The most likely class of each row, by ``predict``."""
    output = single_dense(model)
    units = constant(output["units"]) if output is not None else None
    if not isinstance(units, int) or call.method is None:
        return ()
    renamed = rename_method(script, call, "predict")
    if units > 1:
        return (*renamed, *wrap(script, call.node, "", ".argmax(axis=-1)"))
    rounded = f" > 0.5).astype({quoted(script, 'int32')})"
    return (*renamed, *wrap(script, call.node, "(", rounded))


def _modern(script: Script, call: Call) -> tuple[Edit, ...]:
    """The method that took over, with the names of all arguments but the first."""
    if call.method == "predict_classes" and call.receiver is not None:
        return _classes(script, call, Model(call.receiver, ""))
    method = SUCCESSORS[call.method or ""]
    if not method.isidentifier():
        return ()
    if _may_count_rows(script, call):
        return _over_all_rows(script, call, method)
    edits = rename_method(script, call, method)
    if "generator" in call.keywords:
        edits += rename(script, call.keywords["generator"], "x")
    names = {argument: name for name, argument in call.arguments.items()}
    for argument in call.positional[1:]:
        named = name_argument(script, argument, names.get(argument, ""))
        if not named:
            return ()
        edits += named
    divided = [node for _, node in _divided(call)]
    ceiling = _ceiling(script, call) if divided else Reference("")
    if ceiling is None:
        return ()
    for node in divided:
        edits += given_to(script, node, ceiling.text)
    aligned = realign(script, call.node, len(call.method or "") - len(method), edits)
    return (*ceiling.edits, *edits, *aligned)


def _ceiling(script: Script, call: Call) -> Reference | None:
    """How to write the function that rounds up: Keras 2 counts 2.5 steps as 3."""
    function = function_around(call)
    found = refer(script, "math.ceil", call.node, function)
    if found is not None and not found.edits:
        return found
    module = module_name(script, "math", "math", call.node, function)
    return Reference(f"{module.text}.ceil", module.edits) if module is not None else found


def _may_count_rows(script: Script, call: Call) -> bool:
    """Whether the count that a call is given may be one of rows, as in Keras 1, not of batches.

    Other calls of the script tell, its fits first of all: old names of layers stand beside new
    ones of fits, which Keras 2.0 to 2.3 took together. So does a name such as ``test_samples``.
    """
    count = _count(call)
    if count is None or count.node is None or not (call.method or "").endswith("_generator"):
        return False
    text = script.text(count.node.value)
    if text.isidentifier() and "samples" in text:
        return True
    given = {name for each in script.calls for name in each.keywords}
    if given & (OF_FITS | OF_LATER_FITS):
        return bool(given & OF_FITS)
    return any(map(_has_argument_of_keras_1, script.calls))


def _count(call: Call) -> Argument | None:
    """What stands where Keras 1 took a count of rows."""
    return call.positional[1] if len(call.positional) > 1 else call.keywords.get("val_samples")


def _has_argument_of_keras_1(call: Call) -> bool:
    """Whether a call has an argument that only Keras 1 took under its name."""
    path = call.function or method_path(call.receiver, call.method)
    return path is not None and any(is_of_keras_1(path, name) for name in call.keywords)


def _over_all_rows(script: Script, call: Call, method: str) -> tuple[Edit, ...]:
    """The method that took over, without the count of rows that Keras 1 asked for.

    What knows its length goes over all of its rows once; anything else needs a count of batches.
    """
    data, count = first_argument(call), _count(call)
    finite = isinstance(data, Call) and is_generator(data)
    if method == "fit" or not finite or len(call.positional) > 2 or "generator" in call.keywords:
        return ()
    removed = remove_argument(script, call.node, count)
    return (*rename_method(script, call, method), *removed) if removed else ()


def _is_of_model(call: Call, models: set[int]) -> bool:
    """Whether the receiver surely is a Keras model: made by Keras, or fitted as one."""
    if call.receiver is None:
        return False
    cls = call.receiver.cls if isinstance(call.receiver, Call) else None
    if cls is not None and (call.method in cls.members or "keras.Model" not in cls.ancestors()):
        return False
    if is_fit(call) or is_model(call.receiver) or id(call.receiver) in models:
        return True
    data = first_argument(call)
    return (call.method or "").endswith("_generator") and data is not None and is_generator(data)
