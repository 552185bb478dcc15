"""OVF105: preprocessing that learned from rows which are held out afterwards."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.data import same_rows
from overfitcheck.script.script import Script
from overfitcheck.script.values import Call, Value, constant

LEARNERS = frozenset(
    "StandardScaler MinMaxScaler RobustScaler MaxAbsScaler QuantileTransformer PowerTransformer "
    "PCA TruncatedSVD KernelPCA FastICA SelectKBest SelectPercentile SimpleImputer KNNImputer "
    "TfidfVectorizer CountVectorizer TextVectorization Normalization StringLookup IntegerLookup "
    "TargetEncoder Tokenizer".split()
)
"""What learns statistics of the rows it is fitted on."""

FITTING = frozenset({"fit", "fit_transform", "adapt", "fit_on_texts"})

SPLITTERS = ("sklearn.model_selection.train_test_split",)


@rule(
    "OVF105",
    "preprocessing-fitted-before-split",
    Level.WARNING,
    bad=(
        """
import keras
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
x = StandardScaler().fit_transform(table)  # <- OVF105
x_train, x_test, y_train, y_test = train_test_split(x, y)
""",
        """
import keras
scale = keras.layers.Normalization()
scale.adapt(rows)  # <- OVF105
model = keras.Sequential([scale, keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(rows, prices, epochs=10, validation_split=0.2)
""",
    ),
    good=(
        """
import keras
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
x_train, x_test, y_train, y_test = train_test_split(table, y)
scaler = StandardScaler().fit(x_train)
x_train, x_test = scaler.transform(x_train), scaler.transform(x_test)
""",
        """
import keras
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder
y = LabelEncoder().fit_transform(names)
x_train, x_test, y_train, y_test = train_test_split(x / 255.0, y)
""",
        """
import keras
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
scaler = StandardScaler()
print(scaler.fit_transform(table).mean())
x_train, x_test, y_train, y_test = train_test_split(table, y)
x_train = scaler.fit_transform(x_train)
""",
        """
import keras
scale = keras.layers.Normalization()
scale.adapt(rows)
model = keras.Sequential([scale, keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(rows, prices, epochs=10, validation_data=(other, other_prices))
""",
    ),
)
def preprocessing_fitted_before_split(script: Script) -> Iterator[Draft]:
    """A scaler, vectorizer or the like is fitted on rows that are split afterwards.

    ## Why is this bad?
    It learns means, ranges or words of rows that are validation or test data later. The score on
    them is too good, because something of them was known before.

    ## Exceptions
    Encoders of the target (LabelEncoder, to_categorical), scaling by a constant, and objects that
    are fitted again after the split.

    ## References
    https://scikit-learn.org/stable/common_pitfalls.html
    """
    for call in script.calls:
        receiver = call.receiver
        if call.method not in FITTING or not isinstance(receiver, Call) or not call.positional:
            continue
        if receiver.short_name not in LEARNERS or receiver.cls is not None:
            continue
        split = _split_after(script, call, call.positional[0].value)
        refitted = any(
            each.order > call.order and each.method in FITTING for each in receiver.calls
        )
        if split is not None and not refitted:
            data = call.positional[0].node
            yield Draft(
                call.node,
                f"{receiver.short_name} learns from all of "
                f"{script.text(data.value) if data is not None else 'the rows'}, of which "
                f"{script.place(split.node)} holds some out: their score is too good",
                f"split first, then call {call.method} on the training part only",
            )


def _split_after(script: Script, call: Call, data: Value) -> Call | None:
    """The later call that holds rows of `data` out."""
    for other in script.calls_to(*SPLITTERS):
        if other.order > call.order and not other.context.excludes(call.context):
            if any(same_rows(each.value, data) for each in other.positional):
                return other
    for fit in script.fits:
        share = constant(fit["validation_split"])
        if fit.call.order > call.order and isinstance(share, float) and share > 0:
            if not fit.call.context.excludes(call.context) and same_rows(fit.x, data):
                return fit.call
    return None
