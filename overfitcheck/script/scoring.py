"""What scores a fitted model: ``evaluate``, and metrics of its predictions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

import libcst as cst

from overfitcheck.script.alike import made_alike
from overfitcheck.script.batches import flowing, source_of
from overfitcheck.script.callbacks import is_called_back
from overfitcheck.script.data import part_of, parts, rows_of, same_rows
from overfitcheck.script.heirs import heirs_of, inherits
from overfitcheck.script.told import is_told
from overfitcheck.script.unsupervised import words_in
from overfitcheck.script.values import (
    CHOSEN_BY,
    FILLED,
    Attribute,
    Call,
    Choice,
    Constant,
    Item,
    Items,
    Operation,
    Value,
    is_given,
    options,
)

if TYPE_CHECKING:
    from overfitcheck.script.fit import Fit

PREDICTIONS = ("predict", "predict_classes", "predict_proba", "predict_generator", "__call__")
EVALUATIONS = ("evaluate", "evaluate_generator", "test_on_batch")
SCORERS = (
    "sklearn.metrics.",
    "keras.metrics.",
    "imblearn.metrics.",
    "seqeval.metrics.",
    "seaborn.heatmap",
    "pandas.crosstab",
    "scipy.stats.pearsonr",
    "scipy.stats.spearmanr",
)
AVERAGES = ("mean", "average", "sum", "reduce_mean", "reduce_sum", "count_nonzero")
COMPARISONS = ("Compare", "Subtract")
PLACES = ("numpy.where", "numpy.nonzero", "numpy.flatnonzero", "numpy.argwhere")
"""Functions that tell where something holds, of one argument."""

COMPARING = frozenset(
    f"numpy.{name}"
    for name in "equal not_equal logical_and logical_or logical_xor subtract".split()
)
"""Functions that set two arrays against each other, element by element."""


@dataclass(frozen=True, eq=False, repr=False)
class Scoring:
    """A score of the fitted model on some data; of a `prediction`, where a metric is given that."""

    call: Call
    data: Value
    prediction: Call | None = None

    @property
    def place(self) -> cst.Call:
        """Where a prediction is scored, or handed to the function of the script that does it."""
        if self.prediction is None:
            return self.call.node
        sites, made_in = self.call.context.sites, self.prediction.context.sites
        own = [each for number, each in enumerate(sites) if made_in[number : number + 1] != (each,)]
        return own[0] if own else self.call.node


def first_argument(call: Call) -> Value | None:
    """The data that a method of a model is given."""
    for name in ("x", "generator"):
        given = call.argument(name)
        if given is not None:
            return given.value
    return call.positional[0].value if call.positional else None


def scorings(fit: Fit) -> list[Scoring]:
    """All scores of the fitted model after the fit, also of its heirs (loaded from its file)."""
    found = []
    heirs = heirs_of(fit)
    for call in fit.later(*EVALUATIONS):
        data = first_argument(call)
        if data is not None and (fit.script.same(call.receiver, fit) or inherits(call, heirs, fit)):
            found.append(Scoring(call, data))
    for call in fit.script.calls:
        if call.order > fit.call.order:
            for prediction in scored_predictions(call):
                data = first_argument(prediction)
                mine = fit.script.same(prediction.receiver, fit)
                if data is not None and (mine or inherits(prediction, heirs, fit)):
                    found.append(Scoring(call, data, prediction))
    for call in _scored_by_hand(fit):
        data = first_argument(call)
        if data is not None and (fit.script.same(call.receiver, fit) or inherits(call, heirs, fit)):
            found.append(Scoring(call, data))
    found += _scored_elsewhere(fit)
    return [each for each in found if not is_called_back(each.call, fit.script.calls)]


def _scored_elsewhere(fit: Fit) -> Iterator[Scoring]:
    """Calls of functions that the text does not show, whose names say that they score a model."""
    for call in fit.script.calls:
        if len(call.positional) > 2 and call.order > fit.call.order and not call.open:
            model, rows = (each.value for each in call.positional[:2])
            if words_in(_written(call)) & JUDGING and fit.script.same(model, fit):
                yield Scoring(call, rows)


JUDGING = frozenset("evaluate evaluation eval score test".split())
"""Words in names of functions that are given a model, rows and labels, and score the model."""

OWN_SCORES = frozenset(
    "evaluate evaluation evaluator eval score scores scoring test testing accuracy metrics rmse "
    "mse mae mape f1 auc report performance".split()
)
"""Words in names of functions of the script's own that score what a model predicts."""


def _scored_by_hand(fit: Fit) -> Iterator[Call]:
    """Predictions after the fit that a function of such a name sets against what is right."""
    for call in fit.later(*PREDICTIONS):
        function = call.context.function
        if function is None or function is fit.call.context.function:
            continue
        if words_in(function.name) & OWN_SCORES and id(call) not in fit.script.under_tapes:
            inside = [each for each in fit.script.calls if each.context.function is function]
            pairs = (each.positional for each in inside if each.function == "builtins.zip")
            paired = any(_set_against(call, [each.value for each in given]) for given in pairs)
            if paired or is_judged(call, inside):
                yield call


def scored_predictions(call: Call) -> Iterator[Call]:
    """Predictions that a call makes a score of: a metric, or the mean of a comparison."""
    if (call.function or "").startswith(SCORERS) or _tells_metric(call):
        yield from predictions_in(call)
    else:
        for value in _averaged(call):
            for source in sources_of(value):
                if isinstance(source, Operation) and compares(source):
                    yield from (each for each in sources_of(source) if is_prediction(each))
                elif isinstance(source, Call) and source.function in COMPARING:
                    given = [each.value for each in source.positional]
                    found = (each for each in predictions_in(source) if _set_against(each, given))
                    yield from found


def _averaged(call: Call) -> Iterator[Value]:
    """What a call takes the mean or the sum of, or counts: ``len(np.where(guessed != y)[0])``."""
    given = [argument.value for argument in call.positional[:1]]
    if call.short_name in AVERAGES:
        yield from given if call.receiver is None else (call.receiver, *given)
    elif call.function == "builtins.len" and given:
        places = given[0].of if isinstance(given[0], Item) else given[0]
        if isinstance(places, Call) and places.function in PLACES and len(places.positional) == 1:
            yield places.positional[0].value


def _tells_metric(call: Call) -> bool:
    """Whether a metric of Keras is told what was predicted: ``metric.update_state(y, guessed)``."""
    metric = call.receiver if call.method in ("update_state", "__call__") else None
    return isinstance(metric, Call) and (metric.function or "").startswith("keras.metrics.")


SHOWING = frozenset(
    "print show plot plots imshow draw display save write log logger info debug image images "
    "picture pictures summary visualize visualise render zip figure".split()
)
"""Words in names of functions that show a prediction, or keep it."""


DRAWING = frozenset("choice choices multinomial categorical sample sampled".split())
"""Words in names of functions that draw by the probabilities which a model predicts."""


def is_judged(prediction: Call, calls: Iterable[Call]) -> bool:
    """Whether one of some calls sets a prediction against something: what it should have been."""
    for call in calls:
        if words_in(_written(call)) & (SHOWING | DRAWING):
            continue
        given = [each.value for each in (*call.positional, *call.keywords.values())]
        if _set_against(prediction, given):
            return True
        for value in given:
            for each in sources_of(value):
                if isinstance(each, Operation) and compares(each):
                    if _set_against(prediction, each.operands):
                        return True
    return False


def is_scored(judge: Call, calls: Sequence[Call]) -> bool:
    """Whether a call on some rows scores them: what is predicted may only be shown."""
    return (
        judge.method not in PREDICTIONS
        or any(each is judge for call in calls for each in scored_predictions(call))
        or is_judged(judge, calls)
    )


def _written(call: Call) -> str:
    """The name that what is called has in the text."""
    function = call.node.func
    name = function.attr if isinstance(function, cst.Attribute) else function
    return name.value if isinstance(name, cst.Name) else ""


def _set_against(prediction: Call, values: Sequence[Value]) -> bool:
    mine = [any(each is prediction for each in sources_of(value)) for value in values]
    others = (not own and not isinstance(v, Constant) for own, v in zip(mine, values, strict=True))
    return any(mine) and any(others)


def compares(operation: Operation) -> bool:
    """Whether two things are set against each other, neither of them a mere number."""
    operands = operation.operands
    return (
        operation.operator in COMPARISONS
        and len(operands) > 1
        and not any(isinstance(operand, Constant) for operand in operands)
    )


def is_prediction(value: Value) -> TypeGuard[Call]:
    """Whether a value is what a model predicted."""
    return isinstance(value, Call) and value.method in PREDICTIONS


def predictions_in(call: Call) -> Iterator[Call]:
    """Predictions that the arguments of a call are made of."""
    for argument in (*call.positional, *call.keywords.values()):
        for source in sources_of(argument.value):
            if is_prediction(source):
                yield source


def sources_of(value: Value) -> Iterator[Value]:
    """The value and all values that it was computed from."""
    waiting, seen = [value], set[int]()
    while waiting and len(seen) < 500:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        if FILLED in each.attributes and isinstance(each, (Items, Choice)):
            waiting.append(each.attributes[FILLED])
        if CHOSEN_BY in each.attributes:
            waiting.append(each.attributes[CHOSEN_BY])
        if isinstance(each, Operation):
            waiting.extend(each.operands)
        elif isinstance(each, (Item, Attribute)):
            waiting.append(each.of)
        elif isinstance(each, Choice):
            waiting.extend(options(each))
        elif isinstance(each, Items):
            waiting.extend(each.items)
        elif isinstance(each, Call) and each.method not in PREDICTIONS:
            waiting.extend(argument.value for argument in each.positional)
            if each.receiver is not None:
                waiting.append(each.receiver)


def scorings_on_validation(fit: Fit) -> list[Scoring]:
    """Scores of the fitted model on its own validation data, in order."""
    found = [
        each
        for each in scorings(fit)
        if _is_of_validation(fit, each.data) and not _only_counts(fit, each.call)
    ]
    return sorted(found, key=lambda each: each.call.order)


def _only_counts(fit: Fit, call: Call) -> bool:
    """Whether a script counts mistakes only to go through them, as to show their pictures."""
    return call.function == "builtins.len" and not is_told(fit.script, call.node)


def _is_of_validation(fit: Fit, data: Value) -> bool:
    """Whether data are the validation data, or these and more that the fit does not train on."""
    if not fit.validation:
        return False
    validation, rows = flowing(fit.validation[0]), flowing(parts(data)[0])
    more = part_of(validation, rows) and not part_of(flowing(fit.x), rows)
    return more or _same_inputs(data, validation)


def _same_inputs(data: Value, known: Value) -> bool:
    """Whether a model is given the rows of `known`, of which it may have several inputs."""
    if isinstance(data, Items) and isinstance(known, Items) and data.items:
        pairs = zip(data.items, known.items, strict=False)
        return len(data.items) == len(known.items) and all(same_rows(a, b) for a, b in pairs)
    rows, known = flowing(parts(data)[0]), flowing(known)
    return any(
        same_rows(each, known) or _same_folder(each, known) or made_alike(each, known)
        for each in _taken_from(rows)
    )


def _taken_from(rows: Value) -> tuple[Value, ...]:
    """Some rows, and those that they are all of, where a loop takes them batch by batch."""
    source, cuts = source_of(rows)
    return (rows,) if cuts or source is rows else (rows, flowing(source))


FOLDERS = ("flow_from_directory", "image_dataset_from_directory")
"""What reads images, all of a folder where no subset is named."""


def _same_folder(some: Value, others: Value) -> bool:
    """Whether two values surely are all the images of one folder, in whatever order."""
    folders = []
    for rows in (rows_of(some), rows_of(others)):
        reader = rows.origin
        if rows.cuts or not isinstance(reader, Call) or reader.short_name not in FOLDERS:
            return False
        subset = reader.argument("subset")
        if reader.open or (subset is not None and is_given(subset.value) is not False):
            return False
        folders.append(reader["directory"])
    first, second = folders
    if isinstance(first, Constant) and isinstance(second, Constant):
        return bool(first.value == second.value)
    return first is second and not isinstance(first, Choice)


def scores_other_data(fit: Fit) -> bool:
    """Whether the fitted model is scored on data that it neither trained nor validated on."""
    for scoring in scorings(fit):
        data = flowing(parts(scoring.data)[0])
        known = [flowing(each) for each in (fit.x, *fit.validation[:1])]
        if not any(_same_inputs(scoring.data, each) or part_of(data, each) for each in known):
            if not _is_of_validation(fit, scoring.data):
                return True
    return False
