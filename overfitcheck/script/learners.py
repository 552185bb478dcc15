"""What learns statistics of rows: scalers, vectorizers, and what is composed of them."""

from __future__ import annotations

from collections.abc import Iterator

from overfitcheck.script.values import Call, Items, Value, constant

LEARNERS = frozenset(
    "StandardScaler MinMaxScaler RobustScaler MaxAbsScaler QuantileTransformer PowerTransformer "
    "PCA TruncatedSVD KernelPCA FastICA SelectKBest SelectPercentile Imputer SimpleImputer "
    "KNNImputer TfidfVectorizer CountVectorizer TextVectorization Normalization StringLookup "
    "IntegerLookup TargetEncoder Tokenizer".split()
)
"""What learns statistics of the rows it is fitted on."""

FITTING = frozenset({"fit", "fit_transform", "adapt", "fit_on_texts"})

COMPOSED = ("sklearn.compose.", "sklearn.pipeline.")
"""Where sklearn has what is made of several transformers."""

TRANSFORMERS = (
    *COMPOSED,
    "sklearn.preprocessing.",
    "sklearn.impute.",
    "sklearn.decomposition.",
    "sklearn.feature_extraction.",
    "sklearn.feature_selection.",
)
"""Where sklearn has what changes rows and predicts nothing."""


SCALING = {
    "sklearn.preprocessing.scale": 0,
    "sklearn.preprocessing.minmax_scale": 0,
    "sklearn.preprocessing.maxabs_scale": 0,
    "sklearn.preprocessing.robust_scale": 0,
    "sklearn.preprocessing.quantile_transform": 0,
    "sklearn.preprocessing.power_transform": 0,
    "sklearn.preprocessing.normalize": 1,
}
"""Functions of sklearn that scale rows by what they learn from them: the axis, where none is given.

Along axis 0 they learn from all rows, along axis 1 from each row for itself.
"""


def scales_columns(call: Call) -> bool:
    """Whether a call of a function scales rows by what it learns from all of them."""
    if call.open or len(call.positional) != 1 or call.function not in SCALING:
        return False
    axis = call.argument("axis")
    return (SCALING[call.function] if axis is None else constant(axis.value)) == 0


def is_learner(call: Call) -> bool:
    """Whether a call makes what learns statistics of the rows it is fitted on.

    A ColumnTransformer or a Pipeline does where one of its parts does, and none predicts.
    """
    if not (call.function or "").startswith(COMPOSED):
        return call.short_name in LEARNERS
    parts = [part for each in call.arguments.values() for part in _calls_in(each.value)]
    parts += [part for each in call.positional for part in _calls_in(each.value)]
    made = [part for part in parts if part.short_name[:1].isupper() or is_learner(part)]
    return any(map(is_learner, made)) and all(
        (part.function or "").startswith(TRANSFORMERS) for part in made
    )


def _calls_in(value: Value) -> Iterator[Call]:
    """The calls in a value: itself, or in lists of ``("name", transformer, columns)``."""
    if isinstance(value, Items):
        for each in value.items:
            yield from _calls_in(each)
    elif isinstance(value, Call) and value.cls is None:
        yield value
