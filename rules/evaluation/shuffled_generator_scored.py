"""OVF908: predictions in shuffled order, scored against labels in file order."""

from collections.abc import Iterator

from overfitcheck.finding import Edit, Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.data import same_rows
from overfitcheck.script.edits import give
from overfitcheck.script.flow import ingredients
from overfitcheck.script.scoring import (
    first_argument,
    is_prediction,
    scored_predictions,
    sources_of,
)
from overfitcheck.script.script import Script
from overfitcheck.script.shuffling import labels_of, shuffled_by, shuffles
from overfitcheck.script.values import Attribute, Call, Value

LABELS = ("classes", "labels", "y")


@rule(
    "OVF908",
    "shuffled-generator-scored",
    Level.ERROR,
    bad=(
        """
import numpy as np
from sklearn.metrics import classification_report
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from tensorflow.keras.models import load_model
test = ImageDataGenerator(rescale=1 / 255).flow_from_directory("test", target_size=(48, 48))
model = load_model("best.keras")
labels = np.argmax(model.predict(test), axis=1)
print(classification_report(test.classes, labels))  # <- OVF908
""",
        """
import seaborn
from sklearn.metrics import confusion_matrix
from keras.preprocessing.image import ImageDataGenerator
generator = ImageDataGenerator().flow_from_directory("test", shuffle=True)
predicted = model.predict_generator(generator).argmax(axis=-1)
matrix = confusion_matrix(generator.classes, predicted)  # <- OVF908
seaborn.heatmap(matrix / matrix.sum(), annot=True)
seaborn.heatmap(confusion_matrix(generator.classes, predicted))  # <- OVF908
""",
        """
import numpy as np
import tensorflow as tf
from sklearn.metrics import accuracy_score
model = tf.keras.models.load_model("best.keras")
test = tf.keras.utils.image_dataset_from_directory("test", batch_size=32)
truth = np.concatenate([labels for images, labels in test])
print(accuracy_score(truth, model.predict(test).argmax(axis=1)))  # <- OVF908
""",
        """
import numpy as np
from tensorflow.keras.models import load_model
from tensorflow.keras.preprocessing.image import ImageDataGenerator
model = load_model("best.keras")
test = ImageDataGenerator(rescale=1 / 255).flow(x_test, y_test, batch_size=64)
share = np.mean(model.predict(test).argmax(1) == y_test)  # <- OVF908
""",
        """
import tensorflow as tf
from sklearn.metrics import accuracy_score, f1_score
model = tf.keras.models.load_model("best.keras")
test = tf.keras.utils.image_dataset_from_directory("test")
gathered, joined = [], []
for images, labels in test:
    gathered.extend(labels.numpy())
    joined += list(labels.numpy())
predicted = model.predict(test).argmax(axis=1)
print(accuracy_score(gathered, predicted))  # <- OVF908
print(f1_score(joined, predicted))  # <- OVF908
""",
        """
import numpy as np
import tensorflow as tf
from keras.utils import to_categorical
from sklearn.metrics import classification_report
model = tf.keras.models.load_model("best.keras")
rows = tf.data.Dataset.from_tensor_slices((table["image"], table["class"]))
test = rows.map(read).batch(32).shuffle(len(table)).prefetch(2)
predicted = model.predict(test)
predicted = np.round(predicted)
print(classification_report(table["class"], predicted))  # <- OVF908
y_test = labels[800:]
held = tf.data.Dataset.from_tensor_slices((x_test, to_categorical(y_test))).shuffle(99).batch(8)
print(np.mean(model.predict(held).argmax(1) == y_test))  # <- OVF908
""",
    ),
    good=(
        """
import numpy as np
from sklearn.metrics import classification_report
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from tensorflow.keras.models import load_model
test = ImageDataGenerator().flow_from_directory("test", target_size=(48, 48), shuffle=False)
model = load_model("best.keras")
labels = np.argmax(model.predict(test), axis=1)
print(classification_report(test.classes, labels))
""",
        """
import numpy as np
from sklearn.metrics import classification_report
from tensorflow.keras.preprocessing.image import ImageDataGenerator
test = ImageDataGenerator().flow_from_directory("test")
images, truth = next(test)
print(classification_report(truth.argmax(1), model.predict(images).argmax(1)))
""",
        """
from sklearn.metrics import classification_report
from tensorflow.keras.preprocessing.image import ImageDataGenerator
test = ImageDataGenerator().flow_from_directory("test", **options)
print(classification_report(test.classes, model.predict(test).argmax(1)))
""",
        """
from tensorflow.keras.preprocessing.image import ImageDataGenerator
test = ImageDataGenerator().flow_from_directory("test")
print(test.classes, model.predict(test))
""",
        """
from sklearn.metrics import accuracy_score
from tensorflow.keras.preprocessing.image import ImageDataGenerator
test = ImageDataGenerator().flow_from_directory("test")
test.shuffle = False
print(accuracy_score(test.classes, model.predict(test).argmax(axis=1)))
""",
        """
import numpy as np
import tensorflow as tf
from sklearn.metrics import accuracy_score
model = tf.keras.models.load_model("best.keras")
test = tf.keras.utils.image_dataset_from_directory("test")
truth, predicted = [], []
for images, labels in test:
    truth.extend(labels)
    predicted.extend(model.predict(images).argmax(axis=1))
print(accuracy_score(truth, predicted))
""",
        """
import tensorflow as tf
from sklearn.metrics import accuracy_score
model = tf.keras.models.load_model("best.keras")
test = tf.keras.utils.image_dataset_from_directory("test")
truth, predicted = [], []
for images, labels in test:
    truth += list(labels.numpy())
    predicted += list(model.predict(images).argmax(axis=1))
print(accuracy_score(truth, predicted))
""",
        """
import numpy as np
import tensorflow as tf
from sklearn.metrics import accuracy_score
model = tf.keras.models.load_model("best.keras")
test = tf.keras.utils.image_dataset_from_directory("test").cache()
truth = np.concatenate([labels for images, labels in test])
print(accuracy_score(truth, model.predict(test).argmax(axis=1)))
""",
        """
from sklearn.metrics import accuracy_score
from tensorflow.keras.models import load_model
from tensorflow.keras.preprocessing.image import ImageDataGenerator
model = load_model("best.keras")
train = ImageDataGenerator().flow(x_train, y_train)
model.fit(train, epochs=9)
print(accuracy_score(y_test, model.predict(x_test).argmax(axis=1)))
""",
        """
import numpy as np
import tensorflow as tf
from sklearn.metrics import accuracy_score
model = tf.keras.models.load_model("best.keras")
def prepared(x, y, shuffled=False):
    rows = tf.data.Dataset.from_tensor_slices((x, y))
    if shuffled:
        rows = rows.shuffle(1000)
    return rows.batch(32)
train, test = prepared(x_train, y_train, shuffled=True), prepared(x_test, y_test)
model.fit(train, epochs=5)
print(accuracy_score(y_test, model.predict(test).argmax(axis=1)))
fixed = tf.data.Dataset.from_tensor_slices((x_val, y_val)).shuffle(10).cache()
print(accuracy_score([y for x, y in fixed], model.predict(fixed).argmax(axis=1)))
mixed = tf.data.Dataset.from_tensor_slices((x_val, y_val)).shuffle(10).batch(8)
for images, labels in mixed:
    print(accuracy_score(labels, model.predict(images).argmax(axis=1)))
""",
    ),
)
def shuffled_generator_scored(script: Script) -> Iterator[Draft]:
    """Predictions of data that shuffle are scored against labels in another order.

    ## Why is this bad?
    `flow_from_directory`, `image_dataset_from_directory` and their kin shuffle by default. `predict`
    gives the predictions in the shuffled order, `generator.classes` the labels in the order of the
    files, the arrays behind a `shuffle()` have them in their own, and a second pass over a dataset
    gives them in a third: the score is that of guessing, whatever the model learned.

    ## Exceptions
    `shuffle=False`, a dataset whose order a `cache()` keeps, and labels that are collected together
    with the predictions.

    ## References
    https://github.com/keras-team/keras/issues/11427
    https://github.com/keras-team/keras/issues/14118
    """
    predicts = any(map(is_prediction, script.calls))
    told = set[int]()
    for call in script.calls if predicts else ():
        for prediction in scored_predictions(call):
            data = first_argument(prediction)
            if data is not None and shuffles(data) and _labels_elsewhere(call, data):
                if _shows_one_of(told, call):
                    continue
                told.add(id(call))
                name = script.name_of(data) or script.text(prediction.node.args[0].value)
                yield Draft(
                    call.node if script.holds(call.node) else prediction.node,
                    f"{call.short_name} compares predictions in the shuffled order of {name} with "
                    "labels in another order: the score is that of guessing",
                    _advice(name, data),
                    edits=_in_order(script, data),
                    safe=True,
                )


def _shows_one_of(told: set[int], call: Call) -> bool:
    """Whether a call is given a score that was told of: a picture of a confusion matrix."""
    given = (argument.value for argument in call.positional[:1])
    return any(id(each) in told for value in given for each in sources_of(value))


def _advice(name: str, data: Value) -> str:
    loader = shuffled_by(data)
    if loader is not None and loader.method == "shuffle":
        return f"leave shuffle() out of {name}: the order of its rows is of no use to a score"
    return f"make {name} with shuffle=False"


def _in_order(script: Script, data: Value) -> tuple[Edit, ...]:
    """``shuffle=False`` where the data are made, if no fit is trained on them."""
    loader = shuffled_by(data)
    if loader is None or loader.method == "shuffle":
        return ()
    if any(each is loader for fit in script.fits for each in ingredients(fit.x)):
        return ()
    return give(script, loader, "shuffle", "False")


def _labels_elsewhere(call: Call, data: Value) -> bool:
    """Whether a score takes its labels from `data` again, in a pass or order of its own."""
    for source in _sources_of_labels(call):
        if isinstance(source, Attribute) and source.name in LABELS and source.of is data:
            return True
        if source is data or any(
            source is label or same_rows(source, label) for label in labels_of(data)
        ):
            return True
    return False


def _sources_of_labels(call: Call) -> Iterator[Value]:
    """Everything that the arguments of a score are made of, predictions left out."""
    values = [argument.value for argument in call.positional[:2]]
    values += [call.keywords[name].value for name in ("y_true", "y_pred") if name in call.keywords]
    if call.receiver is not None:
        values.append(call.receiver)
    for value in values:
        yield from (each for each in sources_of(value) if not is_prediction(each))
