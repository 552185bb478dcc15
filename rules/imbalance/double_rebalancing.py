"""OVF204: classes that are evened out twice."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.fit import Fit
from overfitcheck.script.flow import ingredients
from overfitcheck.script.resampling import oversampled_in, sampler_of
from overfitcheck.script.values import Constant, is_given


@rule(
    "OVF204",
    "double-rebalancing",
    Level.WARNING,
    bad=(
        """
import keras
from imblearn.over_sampling import SMOTE
x_even, y_even = SMOTE().fit_resample(x_train, y_train)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x_even, y_even, epochs=10, class_weight={0: 1, 1: 9})  # <- OVF204
""",
        """
import keras
import numpy as np
from imblearn.over_sampling import RandomOverSampler
from sklearn.utils.class_weight import compute_class_weight
weights = compute_class_weight("balanced", classes=np.unique(y_train), y=y_train)
x_train, y_train = RandomOverSampler().fit_resample(x_train, y_train)
model = keras.Sequential([keras.layers.Dense(2, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=10, class_weight=dict(enumerate(weights)))  # <- OVF204
""",
    ),
    good=(
        """
import keras
from imblearn.over_sampling import SMOTE
x_even, y_even = SMOTE().fit_resample(x_train, y_train)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x_even, y_even, epochs=10)
weighed = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
weighed.compile("adam", "binary_crossentropy")
weighed.fit(x_train, y_train, epochs=10, class_weight={0: 1, 1: 9})
""",
        """
import keras
import numpy as np
from imblearn.over_sampling import SMOTE
from sklearn.utils.class_weight import compute_class_weight
x_even, y_even = SMOTE(sampling_strategy=0.5).fit_resample(x_train, y_train)
weights = compute_class_weight("balanced", classes=np.unique(y_even), y=y_even)
model = keras.Sequential([keras.layers.Dense(2, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x_even, y_even, epochs=10, class_weight=dict(enumerate(weights)))
""",
        """
import keras
from imblearn.under_sampling import RandomUnderSampler
x_even, y_even = RandomUnderSampler(sampling_strategy=0.5).fit_resample(x_train, y_train)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x_even, y_even, epochs=10, class_weight={0: 1, 1: 2})
""",
        """
import keras
from imblearn.over_sampling import SMOTE
x_even, y_even = SMOTE().fit_resample(x_train, y_train)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x_even, y_even, epochs=10, class_weight=None)
""",
        """
import keras
import numpy as np
chosen = np.random.randint(len(x_train), size=4000)
x_more = np.concatenate([x_train, turned(x_train[chosen])])
y_more = np.concatenate([y_train, y_train[chosen]])
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
model.fit(x_more, y_more, epochs=10, class_weight={0: 1, 1: 9})
""",
    ),
)
def double_rebalancing(fit: Fit) -> Iterator[Draft]:
    """A fit on over-sampled rows has class weights too.

    ## Why is this bad?
    Over-sampling makes the rare class as frequent as the others. Weights on top of it count that
    class again: the network now leans to it as it leaned away before.

    ## Exceptions
    Weights that are computed from the labels after resampling (they are then near 1), and
    under-sampling, which is often followed by weights on purpose.

    ## References
    https://www.tensorflow.org/tutorials/structured_data/imbalanced_data
    """
    given = fit.argument("class_weight")
    if given is None or is_given(given.value) is not True or isinstance(given.value, Constant):
        return
    call = oversampled_in(fit.y if fit.y is not None else fit.x)
    if call is None or any(each is call for each in ingredients(given.value)):
        return
    rows = fit.text_of("y") if fit.y is not None else fit.text_of("x")
    yield Draft(
        fit.anchor("class_weight"),
        f"{sampler_of(call)} in {fit.script.place(call.node)} has evened out the classes of {rows}, "
        f"and class_weight={fit.text_of('class_weight')} counts the rare one again",
        "use one of the two: delete class_weight, or train on the rows as they were",
    )
