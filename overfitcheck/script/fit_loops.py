"""Fits of an epoch each, in a loop over the epochs: together they are one training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.script.callbacks import Callbacks
from overfitcheck.script.custom_loops import (
    NOT_PLAIN,
    VALIDATES,
    CustomLoop,
    custom_loops,
    is_plain_target,
)
from overfitcheck.script.epochs import rounds_counted
from overfitcheck.script.fit import Fit, is_fit
from overfitcheck.script.flow import ingredients
from overfitcheck.script.heirs import LOADERS
from overfitcheck.script.repeated import is_repeated
from overfitcheck.script.rounds import rounds_around
from overfitcheck.script.unsupervised import words_in
from overfitcheck.script.values import Attribute, Call, Item, Slice, Unknown, Value, options

if TYPE_CHECKING:
    from overfitcheck.script.script import Script

FEW = 3
"""Epochs of a fit that is no training by itself."""

STARTING_AGAIN = frozenset({*LOADERS, "clone_model", "from_config", "model_from_json", "deepcopy"})
"""What gives a model other weights than those that its last fit left."""

TRAINING = ("fit", "fit_generator", "train_on_batch", "apply_gradients")


@dataclass(frozen=True, eq=False, repr=False)
class FitLoop(CustomLoop):
    """A training in which each round of a loop is a fit of one epoch, or of a few.

    `call` is the call of ``fit``, where the training is shown.
    """

    @cached_property
    def fit(self) -> Fit:
        """The fit of one round."""
        return Fit(self.script, self.call)

    @property
    def head(self) -> cst.CSTNode:
        """The fit: what the training lacks is lacking there."""
        return self.node

    @property
    def is_whole(self) -> bool:
        """It always is: the loop over the epochs is the one that was found."""
        return True

    @cached_property
    def epochs(self) -> tuple[int, int] | None:
        """Fewest and most epochs of all rounds; None where the text does not tell."""
        rounds = rounds_counted(self.script.walk.iterables.get(self.loop))
        each = self.fit.epochs
        if rounds is None or each is None:
            return None
        return rounds[0] * each[0], rounds[1] * each[1]

    @cached_property
    def callbacks(self) -> Callbacks:
        """Those that the fit of each round is given."""
        return self.fit.callbacks

    @cached_property
    def text_words(self) -> frozenset[str]:
        """The words of its text; that its fit has callbacks says nothing where they are shown."""
        words = super().text_words
        return words - {"callback", "callbacks"} if self.callbacks.complete else words

    @cached_property
    def x(self) -> Value:
        """The training input of one round."""
        return self.fit.x

    @cached_property
    def y(self) -> Value | None:
        """The training target of one round; None where it comes with `x`."""
        return self.fit.y

    @property
    def validation(self) -> tuple[Value, ...]:
        """What its fit validates on."""
        return self.fit.validation

    @cached_property
    def has_validation(self) -> bool | None:
        """Whether its fit validates, or else its rounds; None where that is not told.

        A prediction that nothing is compared with is none: that text is written, say. But where
        each round makes its rows anew, they may come from what the model predicts.
        """
        answer = self.fit.has_validation
        if answer is not False or self.watching:
            return True if self.watching else answer
        played = bool(self.scorings) and _changes(self.fit, self.loop)
        doubtful = self.text_words & VALIDATES or self.is_handed_around or played
        return None if doubtful else False

    @cached_property
    def is_unsupervised(self) -> bool:
        """Whether it is not surely plain supervised training of this one model."""
        if self.words & NOT_PLAIN or self.fit.is_unsupervised:
            return True
        return self.y is not None and not is_plain_target(self.x, self.y)

    @cached_property
    def is_warm_up(self) -> bool:
        """Whether the model is also trained elsewhere in the script."""
        fits = (each for each in self.script.fits if each.node is not self.node)
        loops = (each for each in self.script.custom_loops if each.loop is not self.loop)
        return any(self.script.same(each.call.receiver, self) for each in (*fits, *loops))


def training_loops(script: Script) -> tuple[CustomLoop, ...]:
    """All training loops of a script: around fits, and those without any."""
    return (*custom_loops(script), *_fit_loops(script))


def trainings(script: Script) -> Iterator[Fit]:
    """The fits and the training loops of a script, a fit of one round not by itself."""
    rounds = {id(loop.node) for loop in script.custom_loops}
    yield from (fit for fit in script.fits if id(fit.node) not in rounds)
    yield from script.custom_loops


def _fit_loops(script: Script) -> Iterator[FitLoop]:
    """The loops of a script whose rounds train one model on, by a short fit each."""
    for fit in script.fits:
        if fit.call.context.loops and (fit.epochs is None or 0 < fit.epochs[1] <= FEW):
            loop = _loop_over_epochs(fit)
            if loop is not None:
                found = FitLoop(script, fit.call, loop, None)
                if _trains_alone(found) and not found.is_unsupervised:
                    yield found


def _loop_over_epochs(fit: Fit) -> cst.For | None:
    """The loop around a fit that goes over the epochs: the outermost one that is called so.

    Else the innermost one, where it goes on with the same rows, or the one around the loop over
    parts of the rows. In all of them the model is the one that was made before.
    """
    around: list[cst.For] = []
    for each in rounds_around(fit):
        if each.compares or not _goes_on(fit, each.node):
            break
        around.append(each.node)
    for loop in reversed(around):
        if words_in(fit.script.text(loop.target), fit.script.text(loop.iter)) & {"epoch", "epochs"}:
            return loop
    counted = [each for each in around[:2] if rounds_counted(fit.script.walk.iterables.get(each))]
    for loop in counted:
        if fit.epochs is not None and not _changes(fit, loop):
            return loop
    return None


def _goes_on(fit: Fit, loop: cst.For) -> bool:
    """Whether the model is made before a loop, and nothing in it may give it other weights."""
    for model in options(fit.model.value):
        while isinstance(model, (Attribute, Item)):
            model = model.of
        if isinstance(model, Call) and loop in model.context.loops:
            return False
        if isinstance(model, Unknown) and not model.name:
            return False
    return not any(
        loop in call.context.loops and call.short_name in STARTING_AGAIN
        for call in fit.script.calls
    )


def _changes(fit: Fit, loop: cst.For | cst.While) -> bool:
    """Whether the rows that are fitted are others in each round of a loop."""
    goes_over = fit.script.walk.iterables.get(loop)
    behind = list(_behind(fit.x))
    if any(each is goes_over for each in behind):
        return True
    if not any(isinstance(each, Call) and loop in each.context.loops for each in behind):
        return False
    targets = list(_behind(fit.y)) if fit.y is not None else []
    if any(each is goes_over for each in targets):
        return True
    return not is_repeated(fit.script, loop, [*behind, *targets])


def _behind(value: Value) -> Iterator[Value]:
    """Everything that rows were made of, the ends of their slices too."""
    for each in ingredients(value):
        yield each
        if isinstance(each, Item) and isinstance(each.index, Slice):
            for end in (each.index.lower, each.index.upper):
                yield from ingredients(end) if end is not None else ()


def _trains_alone(loop: FitLoop) -> bool:
    """Whether nothing but the fit of each round changes weights in the loop."""
    return not any(
        call.node is not loop.node
        and call.short_name in TRAINING
        and (call.method != "fit" or is_fit(call))
        for call in loop.inside
    )
