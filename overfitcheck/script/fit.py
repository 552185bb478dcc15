"""A fit: one call that trains a model, with every argument resolved and what comes after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING, ClassVar

import libcst as cst

from overfitcheck.script.callbacks import Callbacks, callbacks_in, has_unseen_judge
from overfitcheck.script.columns import same_values
from overfitcheck.script.data import is_generator, parts, same_rows
from overfitcheck.script.epochs import epochs_trained
from overfitcheck.script.external import is_harmless
from overfitcheck.script.flow import may_share
from overfitcheck.script.former import names_of_fits
from overfitcheck.script.heirs import LOADERS, compiled_before_saving, loads_after
from overfitcheck.script.held_out import HeldOut, held_out_of
from overfitcheck.script.histories import FIT_METHODS, keys_read
from overfitcheck.script.log_keys import SURELY_AS_WRITTEN, LogKeys, log_keys_of
from overfitcheck.script.made_up import is_made_up
from overfitcheck.script.models import NOT_KERAS, Model, is_model
from overfitcheck.script.scoring import EVALUATIONS
from overfitcheck.script.splits import split_of
from overfitcheck.script.unsupervised import WITHOUT_LABELS, words_in
from overfitcheck.script.uses import uses_of
from overfitcheck.script.values import (
    Argument,
    Call,
    Constant,
    Function,
    Value,
    constant,
    is_given,
    options,
)

if TYPE_CHECKING:
    from overfitcheck.script.script import Script

KERAS_ONLY = frozenset(
    "epochs nb_epoch validation_data validation_split callbacks steps_per_epoch "
    "samples_per_epoch batch_size validation_steps".split()
)
"""Arguments that only the ``fit`` of Keras has; they tell it from scikit-learn's."""

KERAS_1_NAMES = {"epochs": "nb_epoch", "steps_per_epoch": "samples_per_epoch", "x": "generator"}


def is_fit(call: Call) -> bool:
    """Whether a call trains a Keras model.

    Of an object that may be anything its arguments tell: some that only Keras takes, and none that
    Keras never took.
    """
    if call.method not in FIT_METHODS or call.receiver is None:
        return False
    receiver = call.receiver
    if is_model(receiver):
        return True
    path = receiver.function if isinstance(receiver, Call) else getattr(receiver, "path", None)
    if path and path.startswith((*NOT_KERAS, "keras.preprocessing")):
        return False
    if isinstance(receiver, Call) and receiver.cls is not None:
        return False
    return not KERAS_ONLY.isdisjoint(call.keywords) and names_of_fits().issuperset(call.keywords)


@dataclass(frozen=True, eq=False, repr=False)
class Fit:
    """One fit of a script, as it is reached once."""

    script: Script
    call: Call

    @property
    def node(self) -> cst.Call:
        """Its place in the text."""
        return self.call.node

    is_loop: ClassVar[bool] = False
    """Whether it is a loop of the script's own, without a call of ``fit``."""

    @property
    def loops_around(self) -> tuple[object, ...]:
        """The loops that go over the fit as a whole, from the outside in."""
        return self.call.context.loops

    @cached_property
    def loops_going_on(self) -> frozenset[object]:
        """The loops around it in which the model goes on training: it is not made anew in them."""
        around = frozenset(self.call.context.loops)
        made = [
            around.intersection(each.context.loops) if isinstance(each, Call) else frozenset()
            for each in options(self.model.value)
        ]
        return around.difference(made[0].intersection(*made))

    @property
    def head(self) -> cst.CSTNode:
        """The node that it is shown at."""
        return self.node

    @cached_property
    def model(self) -> Model:
        """The model that is trained."""
        assert self.call.receiver is not None
        function = self.node.func
        owner = function.value if isinstance(function, cst.Attribute) else function
        return Model(self.call.receiver, self.script.text(owner))

    @property
    def name(self) -> str:
        """What is called, as the text has it: ``model.fit``, ``net.fit_generator``."""
        return self.script.text(self.node.func)

    def __getitem__(self, name: str) -> Value:
        """The value of an argument: given (also under its Keras 1 name), or its default."""
        given = self.argument(name)
        return given.value if given is not None else self.call[name]

    def argument(self, name: str) -> Argument | None:
        """The argument as it stands in the text, also under its Keras 1 name."""
        return self.call.argument(name) or self.call.argument(KERAS_1_NAMES.get(name, name))

    def gives(self, name: str) -> bool | None:
        """Whether the fit gives an argument; None where the text cannot tell."""
        return True if self.argument(name) is not None else self.call.gives(name)

    def anchor(self, name: str) -> cst.CSTNode:
        """Where an argument stands in the text; the whole call where it is not written there."""
        given = self.argument(name)
        return given.node if given is not None and given.node is not None else self.node

    def text_of(self, name: str) -> str:
        """The text of an argument, or its name where it is not written in the call."""
        given = self.argument(name) or (self.argument("generator") if name == "x" else None)
        if given is None or given.node is None:
            return name
        return self.script.text(given.node.value)

    @cached_property
    def epochs(self) -> tuple[int, int] | None:
        """Fewest and most epochs that it trains; None where the text does not tell.

        ``epochs`` minus ``initial_epoch``; a fit without ``epochs`` trains one.
        """
        if self.gives("epochs") is None:
            return None
        last, first = self.argument("epochs"), self.argument("initial_epoch")
        return epochs_trained(
            last.value if last is not None else Constant(1),
            first.value if first is not None else Constant(0),
        )

    @property
    def trains_long(self) -> bool:
        """Whether it surely trains for many epochs (threshold ``many-epochs``).

        From there on a fit is expected to stop early and to keep its best weights.
        """
        many = self.script.threshold("many-epochs")
        return self.epochs is not None and self.epochs[0] >= many

    @cached_property
    def validation(self) -> tuple[Value, ...]:
        """What ``validation_data`` holds: (x, y), (dataset,), or nothing."""
        given = self.argument("validation_data")
        if given is None or constant(given.value, ...) is None:
            return ()
        return parts(given.value)

    @cached_property
    def has_validation(self) -> bool | None:
        """Whether it validates; None where the text cannot tell."""
        given = self.argument("validation_data")
        if given is not None:
            answer = is_given(given.value)
            if answer is not False:
                return answer
        split = self.argument("validation_split")
        if split is not None:
            shares = [constant(option) for option in options(split.value)]
            if all(isinstance(share, (int, float)) for share in shares):
                return True if all(shares) else None if any(shares) else self._absent()
            return None if constant(split.value, ...) is not None else self._absent()
        return self._absent()

    def _absent(self) -> bool | None:
        """False where the whole call is in the text, None where it is not."""
        return None if self.call.open or self.call.surplus else False

    @cached_property
    def callbacks(self) -> Callbacks:
        """Its callbacks; not `complete` where the text cannot show all of them."""
        given = self.argument("callbacks")
        if given is None and (self.call.open or self.call.surplus):
            return Callbacks((), False)
        return callbacks_in(given.value if given is not None else None, self.call.context.branches)

    @property
    def x(self) -> Value:
        """The training input: arrays, a dataset or a generator."""
        return self.call["generator" if self.call.method == "fit_generator" else "x"]

    @property
    def y(self) -> Value | None:
        """The training target; None where it comes with `x`."""
        given = self.argument("y")
        return given.value if given is not None else None

    @cached_property
    def compiled(self) -> Call | None:
        """The call of ``compile`` in force; None where there is none or several may be."""
        found: list[Call] = []
        for call in self.script.calls_on(self.model.value):
            if call.method == "compile" and call.order < self.call.order:
                if not call.context.excludes(self.call.context):
                    found.append(call)
        if not found:
            return compiled_before_saving(self)
        last = found[-1]
        extra = set(last.context.branches) - set(self.call.context.branches)
        return None if extra and len(found) > 1 else last

    @property
    def log_keys(self) -> LogKeys | None:
        """The keys of its epoch logs; None where the text does not show all of them.

        Keras before 2.3 had other ones (``acc`` for accuracy), TensorFlow 1 too.
        """
        return (
            None if self.script.versions.surely_before(*SURELY_AS_WRITTEN) else self.modern_log_keys
        )

    @cached_property
    def modern_log_keys(self) -> LogKeys | None:
        """The keys that Keras since 2.4 logs of it, whatever the version of the script."""
        added = self.callbacks.added_log_keys
        if added is None:
            return None
        versions = self.script.versions
        keys = log_keys_of(self.compiled, self.model, self.has_validation, versions)
        return keys if keys is None or not added else replace(keys, added=added)

    def later(self, *methods: str) -> Iterator[Call]:
        """Calls of these methods, of anything, that may come after the fit."""
        for call in self.script.calls:
            if call.order > self.call.order and call.method in methods:
                if not call.context.excludes(self.call.context):
                    yield call

    def later_on_model(self, *methods: str) -> list[Call]:
        """Calls of these methods of the fitted model that may come after the fit."""
        return [call for call in self.later(*methods) if self.script.same(call.receiver, self)]

    @cached_property
    def uses(self) -> list[Call]:
        """Calls that use the fitted weights: score, predict with or save them, in order."""
        return uses_of(self)

    @property
    def history_keys(self) -> Iterator[tuple[str, cst.CSTNode]]:
        """The keys that the script reads of its ``history.history`` without asking, and where."""
        return keys_read(self)

    @cached_property
    def first_load(self) -> Call | None:
        """The first call after the fit that loads weights, from anywhere into anything."""
        return next(loads_after(self), None)

    @cached_property
    def resumes(self) -> bool:
        """Whether weights are loaded before the fit, in order to go on with them."""
        return any(
            call.short_name in LOADERS and not call.context.excludes(self.call.context)
            for call in self.script.calls
            if call.order < self.call.order
        )

    @cached_property
    def is_handed_on(self) -> bool:
        """Whether the fitted model is given to something that the text does not show."""
        for call in self.script.calls:
            if call.order <= self.call.order or is_harmless(call.function):
                continue
            values = [each.value for each in (*call.positional, *call.keywords.values())]
            if any(self.script.same(value, self) for value in values):
                return True
        return False

    @cached_property
    def words(self) -> frozenset[str]:
        """Words of the names around it: model, function, class, loss and file."""
        names = [self.model.name, self.script.path]
        value = self.model.value
        if isinstance(value, Call):
            names.append(value.cls.name if value.cls else value.short_name)
            names.append(str(constant(value["name"], "")))
            names += _names_of(value.context.function)
        names += _names_of(self.call.context.function)
        if self.compiled is not None:
            loss = self.compiled["loss"]
            names.append(str(getattr(loss, "name", "") or constant(loss, "")))
        return words_in(*names)

    @cached_property
    def is_unsupervised(self) -> bool:
        """Whether it is not plain supervised training."""
        if self.words & WITHOUT_LABELS or self.model.overrides_training:
            return True
        if self.y is not None and same_values(self.x, self.y):
            return True
        call = self.compiled
        return call is not None and False in (call.gives("loss"), is_given(call["loss"]))

    @cached_property
    def is_demonstration(self) -> bool:
        """Whether it is too short, or on made-up data, to blame for anything missing."""
        short = self.epochs is not None and self.epochs[1] <= 3
        return short or is_made_up(self.x) or self.script.is_test

    @cached_property
    def is_warm_up(self) -> bool:
        """Whether another fit of the same model, with more epochs, follows.

        One in another function may stand for this one rather than follow it.
        """
        function = self.call.context.function
        for other in self.script.fits:
            later = other.call.order > self.call.order and other.node is not self.node
            if later and self.script.same(other.call.receiver, self):
                if not other.call.context.excludes(self.call.context):
                    if other.epochs is None or self.epochs is None:
                        if function is other.call.context.function or function is None:
                            return True
                    elif other.epochs[1] > self.epochs[0]:
                        return True
        return False

    @cached_property
    def is_tuned(self) -> bool:
        """Whether a tuner stands around it and may add what is missing."""
        context = self.call.context
        around = (context.function, context.root)
        return any(isinstance(each, Function) and self._searches(each) for each in around)

    def _searches(self, function: Function) -> bool:
        """Whether a function is a trial of a search: it takes one, or asks one for values."""
        names = {parameter.name.value for parameter in function.node.params.params}
        owners = set(function.owner.ancestors()) if function.owner else set()
        if names & {"hp", "trial"} or any("HyperModel" in path for path in owners):
            return True
        return any(
            call.context.function is function and (call.method or "").startswith("suggest_")
            for call in self.script.calls
        ) or "STATUS_OK" in self.script.text(function.node)

    @cached_property
    def is_refit(self) -> bool:
        """Whether a fit that validates came before, so that this one may use all data.

        A function that nothing calls and that splits its rows itself comes after none.
        """
        split, here = split_of(self.x), self.call.context
        own = split is not None and split.context.function is here.function
        earlier = [
            other.x
            for other in self.script.fits
            if other.call.order < self.call.order
            and other.node is not self.node
            and other.has_validation is not False
            and not (own and here.root is not None and other.call.context.root is not here.root)
        ]
        if any(same_rows(rows, self.x) for rows in earlier):
            return False  # It is given what was left for training then, not all.
        return any(may_share(rows, self.x) for rows in earlier)

    @cached_property
    def is_watched(self) -> bool:
        """Whether the loop around it, or a callback, evaluates the model as it trains."""
        loops = self.loops_going_on
        if any(
            loops & set(call.context.loops)
            for call in self.script.calls_on(self.model.value)
            if call.method in EVALUATIONS
        ):
            return True
        texts = (each.cls.text for each in self.callbacks if each.cls is not None)
        judged = has_unseen_judge(self.callbacks, self.script.text)
        return judged or any("evaluate" in text or "valid" in text for text in texts)

    @property
    def is_sanity_check(self) -> bool:
        """Whether it is meant to overfit a few rows, to see that the network can learn."""
        names = self.words | words_in(self.text_of("x"))
        if names & {"overfit", "sanity", "debug"}:
            return True
        return any(words_in(each) & {"overfit", "sanity"} for each in self._remarks())

    def _remarks(self) -> Iterator[str]:
        """The comments behind the fit and in the lines above it."""
        if self.script.holds(self.node):
            yield self.script.tree.comment_behind(self.node)
            above = self.script.lines[: self.script.line(self.node) - 1]
            yield from takewhile(lambda line: line.startswith("#"), map(str.strip, above[::-1]))

    @cached_property
    def held_out(self) -> HeldOut | None:
        """The rows that are held out from its own, and that nothing uses; None where in doubt."""
        return held_out_of(self)

    @property
    def is_exempt(self) -> bool:
        """Whether nothing may be called missing here."""
        return self.is_unsupervised or self.is_demonstration or self.is_warm_up or self.is_tuned

    @property
    def feeds_generator(self) -> bool:
        """Whether it trains on a Python generator, a PyDataset or a directory iterator."""
        return self.call.method == "fit_generator" or is_generator(self.x)


def _names_of(function: Function | None) -> list[str]:
    """The name of a function, and of the class that it is a method of."""
    if function is None:
        return []
    return [function.name, function.owner.name if function.owner else ""]
