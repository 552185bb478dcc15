"""OVF111: classes are split without keeping their shares."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.edits import give
from overfitcheck.script.keras_names import loss_name
from overfitcheck.script.models import CLASSIFICATION
from overfitcheck.script.script import Script
from overfitcheck.script.splits import split_of
from overfitcheck.script.values import Call, constant


@rule(
    "OVF111",
    "split-without-stratify",
    Level.INFO,
    opt_in=True,
    bad=(
        """
import keras
from sklearn.model_selection import train_test_split
x_train, x_test, y_train, y_test = train_test_split(x, species, test_size=0.2)  # <- OVF111
model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=20, validation_data=(x_test, y_test))
""",
        """
import keras
from sklearn.model_selection import train_test_split
x_train, x_val, y_train, y_val = train_test_split(x, keras.utils.to_categorical(y))  # <- OVF111
model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(x_train / 255, y_train, epochs=20)
""",
    ),
    good=(
        """
import keras
from sklearn.model_selection import train_test_split
x_train, x_test, y_train, y_test = train_test_split(x, species, stratify=species)
model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=20, validation_data=(x_test, y_test))
""",
        """
import keras
from sklearn.model_selection import train_test_split
x_train, x_test, y_train, y_test = train_test_split(x, prices)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=20, validation_data=(x_test, y_test))
""",
        """
import keras
from sklearn.model_selection import train_test_split
x_train, x_test, y_train, y_test = train_test_split(x, y, shuffle=False)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x_train, y_train, epochs=20, validation_data=(x_test, y_test))
""",
    ),
)
def split_without_stratify(script: Script) -> Iterator[Draft]:
    """`train_test_split` of a classifier's rows is not told to keep the shares of the classes.

    ## Why is this bad?
    Few rows or a rare class: by chance the held-out part has too few of them, or none, and its
    score says little. `stratify=y` keeps the shares. With many rows of each class it hardly
    matters, so the rule has to be asked for (`--select OVF111`).

    ## Exceptions
    Regression, and `shuffle=False`, with which stratifying raises a ValueError.

    ## References
    https://scikit-learn.org/stable/modules/generated/sklearn.model_selection.train_test_split.html
    """
    told: set[Call] = set()
    for fit in script.fits:
        split = split_of(fit.y) if fit.y is not None else None
        if split is None or split in told or fit.compiled is None or split.open:
            continue
        if loss_name(fit.compiled["loss"]) not in CLASSIFICATION:
            continue
        shuffle = split.keywords.get("shuffle")
        if "stratify" in split.keywords or (shuffle and constant(shuffle.value) is not True):
            continue
        told.add(split)
        given = script.text(split.node.args[1].value) if len(split.node.args) > 1 else "the labels"
        yield Draft(
            split.node,
            f"the parts of {given} need not have the same shares of classes, and {fit.model.name} "
            "is scored on one of them",
            f"add stratify={given}",
            edits=give(script, split, "stratify", given) if _is_plain(split) else (),
        )


def _is_plain(split: Call) -> bool:
    """Whether the text shows the labels as the second of the arrays."""
    arguments = split.node.args[:2]
    return len(arguments) == 2 and all(not each.star and not each.keyword for each in arguments)
