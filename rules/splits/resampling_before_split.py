"""OVF106: rows that are drawn again before some of them are held out."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.flow import ingredients
from overfitcheck.script.hand_split import is_parted_by_hand
from overfitcheck.script.resampling import (
    JOINING,
    copied_below,
    leaves_out,
    repeats_rows,
    resampled_in,
    resampled_rows,
    sampler_of,
)
from overfitcheck.script.script import Script
from overfitcheck.script.splits import Split, comes_from_split, is_split, splits_in
from overfitcheck.script.values import Call, Value


@rule(
    "OVF106",
    "resampling-before-split",
    Level.ERROR,
    bad=(
        """
import keras
from imblearn.over_sampling import SMOTE
from sklearn.model_selection import train_test_split
x_even, y_even = SMOTE(random_state=1).fit_resample(x, y)
x_train, x_test, y_train, y_test = train_test_split(x_even, y_even)  # <- OVF106
""",
        """
import keras
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.utils import resample
table = pd.read_csv("patients.csv")
healthy, ill = table[table.ill == 0], table[table.ill == 1]
more = resample(ill, replace=True, n_samples=len(healthy))
table = pd.concat([healthy, more])
x_train, x_test, y_train, y_test = train_test_split(table.drop("ill", axis=1), table["ill"])  # <- OVF106
""",
        """
import keras
from imblearn.over_sampling import RandomOverSampler
x, y = RandomOverSampler().fit_resample(x, y)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=20, validation_split=0.2)  # <- OVF106
""",
        """
import keras
from imblearn.under_sampling import RandomUnderSampler
from sklearn.model_selection import KFold
x, y = RandomUnderSampler().fit_resample(x, y)
for train, test in KFold(5).split(x):  # <- OVF106
    fit_and_score(x[train], x[test])
""",
        """
import keras
import numpy as np
from sklearn.model_selection import train_test_split
images, labels = np.repeat(few, 8, axis=0), np.repeat(few_labels, 8, axis=0)
x_train, x_test, y_train, y_test = train_test_split(images / 255.0, labels)  # <- OVF106
""",
        """
import keras
import numpy as np
from sklearn.model_selection import train_test_split
some = np.random.randint(len(images), size=200)
more = images[some].copy()
images = np.concatenate((images, more))
labels = np.concatenate((labels, labels[some]))
x_train, x_test, y_train, y_test = train_test_split(images, labels)  # <- OVF106
""",
        """
import keras
import numpy as np
from sklearn.model_selection import train_test_split
def shaken(rows):
    return rows * np.random.uniform(0.9, 1.1, rows.shape) + np.random.normal(0, 0.01, rows.shape)
marks, signs = np.load("marks.npy"), np.load("signs.npy")
marks = np.concatenate([marks, shaken(marks), shaken(marks)], axis=0)
signs = np.concatenate([signs, signs, signs], axis=0)
marks = (marks - marks.mean()) / marks.std()
x, x_val, y, y_val = train_test_split(marks, signs, test_size=0.2)  # <- OVF106
model = keras.Sequential([keras.layers.Dense(6, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=9, validation_data=(x_val, y_val))
""",
        """
import keras
import numpy as np
photos, masks = np.load("photos.npy"), np.load("masks.npy")
both = np.concatenate((photos, photos[:, :, ::-1]))
of_both = np.concatenate((masks, np.flip(masks, axis=2)))
model = keras.Sequential([keras.layers.Conv2D(1, 3, padding="same")])
model.compile("adam", "binary_crossentropy")
model.fit(both, of_both, epochs=9, validation_split=0.1)  # <- OVF106
""",
    ),
    good=(
        """
import keras
from imblearn.over_sampling import SMOTE
from sklearn.model_selection import train_test_split
x_train, x_test, y_train, y_test = train_test_split(x, y, stratify=y)
x_train, y_train = SMOTE().fit_resample(x_train, y_train)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x_train, y_train, epochs=20, validation_data=(x_test, y_test))
""",
        """
import keras
import numpy as np
from sklearn.model_selection import train_test_split
first, second = np.flatnonzero(labels == 0), np.flatnonzero(labels == 1)[:500]
images = np.concatenate((images[first], images[second]))
labels = np.concatenate((labels[first], labels[second]))
x_train, x_test, y_train, y_test = train_test_split(images, labels)
""",
        """
import keras
from sklearn.model_selection import KFold, train_test_split
from imblearn.over_sampling import SMOTE
x_rest, x_test, y_rest, y_test = train_test_split(x, y)
x_even, y_even = SMOTE().fit_resample(x_rest, y_rest)
x_train, x_val, y_train, y_val = train_test_split(x_even, y_even)
""",
        """
import keras
from sklearn.model_selection import KFold
from imblearn.over_sampling import SMOTE
for train, test in KFold(5).split(x):
    x_even, y_even = SMOTE().fit_resample(x[train], y[train])
    fit_and_score(x_even, y_even, x[test], y[test])
""",
        """
import keras
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline
from sklearn.model_selection import cross_val_score, train_test_split
pipeline = make_pipeline(SMOTE(), classifier)
x_train, x_test, y_train, y_test = train_test_split(x, y)
print(cross_val_score(pipeline, x_train, y_train))
""",
        """
import keras
import pandas as pd
from sklearn.model_selection import train_test_split
table = pd.read_csv("patients.csv").sample(frac=1)
x_train, x_test, y_train, y_test = train_test_split(table[["a", "b"]], table["ill"])
""",
        """
import keras
import numpy as np
from sklearn.model_selection import train_test_split
grey = np.repeat(images[..., np.newaxis], 3, axis=-1)
x_train, x_test, y_train, y_test = train_test_split(grey, labels)
""",
        """
import keras
import numpy as np
from sklearn.model_selection import train_test_split
people = np.repeat(answers, 12, axis=0)
rows = np.concatenate([people, monthly], axis=1)
x_train, x_test, y_train, y_test = train_test_split(rows, bought)
""",
        """
import keras
import numpy as np
from sklearn.model_selection import train_test_split
right, wrong = np.load("pairs.npy"), np.load("others.npy")
spoilt = np.array([spoil(pair) for pair in right])
rows = np.concatenate([right, spoilt])
labels = np.concatenate([np.ones(len(right)), np.zeros(len(spoilt))])
x, x_test, y, y_test = train_test_split(rows, labels)
more = np.concatenate([right, wrong, np.random.normal(right.mean(0), right.std(0), right.shape)])
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=9, validation_data=(x_test, y_test))
model.fit(more, np.concatenate([marks, marks, marks]), epochs=9, validation_split=0.1)
parts = np.concatenate([right[:90], right[90:]])
model.fit(parts, np.concatenate([marks[:90], marks[90:]]), epochs=9, validation_split=0.1)
""",
    ),
)
def resampling_before_split(script: Script) -> Iterator[Draft]:
    """Rows are resampled to even the classes out, and split only then.

    ## Why is this bad?
    Over-sampling puts copies of a row, or rows made between two of them (SMOTE), into the data. A
    split afterwards puts some into training and their twins into validation or test: the score
    measures memory. The same goes for rows that are simply repeated, and for images made of others
    and put beside them. Under-sampling leaves no twins, but the score is then of classes that are
    even, as they never are in use (warning).

    ## Exceptions
    Resampling of a part that itself came out of a split, and pipelines of imbalanced-learn, which
    resample inside the fold. Where such a part, or one of which the other side is scored, is
    resampled and cut once more by `validation_split`, that is told as info.

    ## References
    https://bitsfolio.com/smote-data-leakage-validation-set/
    """
    for split in splits_in(script):
        call = _resampled_before(split)
        if call is None:
            continue
        sampler = sampler_of(call)
        rows = script.text(split.call.node.args[0].value) if split.call.node.args else "its rows"
        of_fit = split.call.method in ("fit", "fit_generator")
        resampled = resampled_rows(call)
        held_back = any(map(_was_held_back, resampled))
        if held_back and not of_fit:
            continue
        held_back = held_back or (
            of_fit and any(is_parted_by_hand(script, each, split.rows) for each in resampled)
        )
        level = Level.WARNING if leaves_out(call) else None
        twins = (
            f"{rows} holds classes that {sampler} in {script.place(call.node)} evened out: the part "
            "held out here is no longer what comes in use"
            if leaves_out(call)
            else f"{rows} holds rows that {sampler} in {script.place(call.node)} copied or made of "
            "others: the part held out here has twins in training"
        )
        yield Draft(
            split.call.node,
            twins,
            f"split first, then let {sampler} "
            f"{'add rows to' if _adds_rows(call) else 'resample'} the training part only",
            Level.INFO if held_back else level,
        )


def _adds_rows(call: Call) -> bool:
    return repeats_rows(call) or call.function in JOINING


def _was_held_back(rows: Value) -> bool:
    """Whether rows came out of a split, or of a data set that holds a test part out."""
    return comes_from_split(rows) or any(
        isinstance(each, Call) and each.short_name == "load_data" for each in ingredients(rows)
    )


def _resampled_before(split: Split) -> Call | None:
    """The call that resampled rows of a split; over-sampling before under-sampling.

    Rows that were split since then have been told of at that split. Labels alone that are repeated
    have no twins.
    """
    found = [
        call
        for rows in split.rows
        for call in resampled_in(rows)
        if not _split_since(rows, call) and (rows is split.rows[0] or not repeats_rows(call))
    ]
    return min(found, key=leaves_out, default=None) or copied_below(split.rows)


def _split_since(rows: Value, call: Call) -> bool:
    return any(
        isinstance(each, Call) and each.order > call.order and is_split(each)
        for each in ingredients(rows)
    )
