"""Training loops that a script writes itself, around ``train_on_batch`` or a GradientTape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import libcst as cst

from overfitcheck.script.batches import same_source, source_of
from overfitcheck.script.callbacks import Callbacks
from overfitcheck.script.columns import same_values
from overfitcheck.script.data import maker_of, rows_of
from overfitcheck.script.epochs import rounds_counted
from overfitcheck.script.external import is_harmless
from overfitcheck.script.fit import Fit
from overfitcheck.script.flow import ingredients
from overfitcheck.script.made_up import is_made_up
from overfitcheck.script.models import Model, is_model
from overfitcheck.script.scoring import EVALUATIONS, first_argument, is_judged
from overfitcheck.script.tapes import TrainedCall
from overfitcheck.script.unsupervised import UNSUPERVISED, words_in
from overfitcheck.script.values import (
    FILLED,
    Call,
    Constant,
    Item,
    Operation,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from overfitcheck.script.script import Script

NOT_PLAIN = UNSUPERVISED | frozenset(
    "episode episodes env reward rewards replay dqn ppo ddpg sac maml reptile meta teacher "
    "student distill distillation adversarial adversary attack fgsm pgd perturbation fake noise "
    "siamese trial kl elbo reconstruction masked pretrain pretraining federated client "
    "pde pinn pinns physics collocation anchor".split()
)
"""Words in a loop which say that it is not plain supervised training."""

VALIDATES = frozenset(
    "val valid validate validation validating dev eval evaluate evaluation evaluator test tests "
    "testing heldout holdout callback callbacks cv".split()
)
"""Words which say that a loop may validate, in a way that the text does not show."""

PREDICTING = (*EVALUATIONS, "predict", "predict_on_batch", "predict_generator", "__call__")

OPTIMIZING = ("apply_gradients", "minimize")


@dataclass(frozen=True, eq=False, repr=False)
class CustomLoop(Fit):
    """A fit by a loop of the script's own, around one update of a model.

    `call` is the call of ``train_on_batch``, or that of the model under a tape (`trained`); `loop`
    is the loop over the epochs.
    """

    loop: cst.For | cst.While
    trained: TrainedCall | None
    is_loop: ClassVar[bool] = True

    @property
    def head(self) -> cst.CSTNode:
        """What the loop goes over."""
        return self.loop.iter if isinstance(self.loop, cst.For) else self.loop.test

    @property
    def loops_around(self) -> tuple[object, ...]:
        """The loops that go over the epochs as a whole, from the outside in."""
        loops = self.call.context.loops
        return loops[: loops.index(self.loop)]

    @cached_property
    def model(self) -> Model:
        """The model that is trained."""
        if self.trained is None:
            return super().model
        return Model(self.trained.model, self.script.text(self.node.func))

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the training: not the epoch of a loop that stands elsewhere."""
        return self.call.context.root is None or len(self.call.context.loops) > 1

    @cached_property
    def inside(self) -> list[Call]:
        """All calls that are made in its rounds, also in functions that it calls."""
        return [call for call in self.script.calls if self.loop in call.context.loops]

    @cached_property
    def text(self) -> str:
        """The text of the loop and of the functions that are entered in it."""
        functions = {id(each.context.function): each.context.function for each in self.inside}
        nodes = [each.node for each in functions.values() if each is not None]
        return "\n".join(map(self.script.code_of, (self.loop, *nodes)))

    @cached_property
    def text_words(self) -> frozenset[str]:
        """The words of its text."""
        return words_in(*self.text.split())

    @cached_property
    def epochs(self) -> tuple[int, int] | None:
        """Fewest and most epochs; None where the text does not tell, or where it counts steps."""
        if not isinstance(self.loop, cst.For):
            return None
        named = words_in(self.script.text(self.loop.target)) & {"epoch", "epochs", "ep"}
        if self.call.context.loops[-1] is self.loop and not named:
            return None
        return rounds_counted(self.script.walk.iterables.get(self.loop))

    @cached_property
    def callbacks(self) -> Callbacks:
        """None that the text shows: nothing calls any."""
        return Callbacks((), False)

    @cached_property
    def x(self) -> Value:
        """The rows of one update."""
        found = first_argument(self.call)
        return found if found is not None else Unknown("x")

    @cached_property
    def y(self) -> Value | None:
        """The target of one update; None where the text does not show one."""
        if self.trained is None:
            given = self.argument("y")
            return given.value if given is not None else None
        return next(_targets(self.trained, self.x), None)

    @cached_property
    def scorings(self) -> list[Call]:
        """Calls in its rounds that predict or score other rows than those it trains on."""
        under = self.script.under_tapes
        return [
            call
            for call in self.inside
            if call.method in PREDICTING
            and self.script.same(call.receiver, self)
            and id(call) not in under
            and not self._is_trained_on(call)
        ]

    def _is_trained_on(self, call: Call) -> bool:
        data = first_argument(call)
        for _ in range(20):
            if data is None or same_source(data, self.x):
                return True
            made = source_of(data)[0]
            if not isinstance(made, Call) or self.loop not in made.context.loops:
                return False
            data = made.positional[0].value if made.positional else None  # changed in the loop
        return True

    @cached_property
    def watching(self) -> list[Call]:
        """Those of these calls that surely judge what it has learned."""
        return [
            each
            for each in self.scorings
            if each.method in EVALUATIONS or is_judged(each, self.inside)
        ]

    @cached_property
    def validation(self) -> tuple[Value, ...]:
        """The rows that its rounds score: all of those that a batch was taken from."""
        data = first_argument(self.watching[0]) if self.watching else None
        if data is None:
            return ()
        source = source_of(data)[0]
        return (data if rows_of(data).origin is source else source,)

    @cached_property
    def has_validation(self) -> bool | None:
        """Whether its rounds score rows that it does not train on; None where that is not told."""
        if self.watching:
            return True
        doubtful = self.text_words & VALIDATES or self.is_handed_around or not self.is_whole
        return None if doubtful or self.scorings else False

    @cached_property
    def is_handed_around(self) -> bool:
        """Whether its rounds give the model to something that the text does not show."""
        for call in self.inside:
            if is_harmless(call.function) or (call.function or "").startswith("keras."):
                continue
            given = (*call.positional, *call.keywords.values())
            if any(self.script.same(each.value, self) for each in given):
                return True
        return False

    @cached_property
    def words(self) -> frozenset[str]:
        """Words of the names in and around it."""
        return super().words | self.text_words

    @cached_property
    def is_unsupervised(self) -> bool:
        """Whether it is not surely plain supervised training of this one model."""
        if self.words & NOT_PLAIN or self.model.overrides_training:
            return True
        if self.y is None or not is_plain_target(self.x, self.y):
            return True
        return any(each.method == "fit" for each in self.inside)

    @cached_property
    def is_demonstration(self) -> bool:
        """Whether it is too short, or on made-up data, to blame for anything missing."""
        short = self.epochs is None or self.epochs[1] <= 3
        return short or self.script.is_test or _is_for_show(self.x, self.y)

    @cached_property
    def is_warm_up(self) -> bool:
        """Whether the model is also trained elsewhere in the script."""
        loops = (each for each in self.script.custom_loops if each.loop is not self.loop)
        return any(self._shares(each) for each in (*self.script.fits, *loops))

    def _shares(self, other: Fit) -> bool:
        return self.script.same(other.call.receiver, self)


def is_plain_target(x: Value, y: Value) -> bool:
    """Whether a target is neither the input, nor made of numbers, nor what a model predicted."""
    if same_values(x, y) or _is_made_of_numbers(y):
        return False
    return not any(isinstance(each, Call) and _is_predicted(each) for each in ingredients(y))


def _is_predicted(call: Call) -> bool:
    """Whether a target is what a model predicted, as those of an agent are."""
    return call.method in ("predict", "predict_on_batch") or _calls_model(call)


def _is_for_show(x: Value, y: Value | None) -> bool:
    """Whether the script makes its rows, at random or on a line, or adds noise to its targets."""
    rows = source_of(x)[0]
    if is_made_up(rows) or maker_of(rows).endswith((".linspace", ".arange")):
        return True
    return any(
        isinstance(each, Operation) and any(is_made_up(part) for part in each.operands)
        for each in (ingredients(y) if y is not None else ())
    )


def _is_made_of_numbers(target: Value) -> bool:
    """Whether a target is the same number everywhere, as those of a GAN are."""
    makers = ("ones", "zeros", "full", "ones_like", "zeros_like", "fill")
    return isinstance(target, Constant) or any(
        isinstance(each, Call) and each.short_name in makers and FILLED not in each.attributes
        for each in ingredients(target)
    )


def _targets(trained: TrainedCall, x: Value) -> Iterator[Value]:
    """What the loss of a tape compares the output of the model with."""
    found = [each for each in trained.behind() if not trained.is_output(each)]
    if any(_calls_model(each) for each in found):
        return
    rows = {id(each) for each in ingredients(x)}
    calls = [each for each in found if isinstance(each, Call) and each.method == "__call__"]
    called = {id(each.receiver) for each in calls}
    for each in found:
        if isinstance(each, Item) and id(each) not in rows | called:
            if not _is_made_of(each, trained):
                yield each
        elif isinstance(each, Call):
            given = [argument.value for argument in (*each.positional, *each.keywords.values())]
            if any(_is_made_of(value, trained) for value in given):
                yield from (value for value in given if isinstance(value, Unknown) and value.name)


def _is_made_of(value: Value, trained: TrainedCall) -> bool:
    """Whether a value comes out of the model."""
    return any(trained.is_output(each) for each in ingredients(value))


def _calls_model(value: Value) -> bool:
    made = value.receiver if isinstance(value, Call) and value.method == "__call__" else None
    return made is not None and is_model(made)


def custom_loops(script: Script) -> tuple[CustomLoop, ...]:
    """The plain training loops of a script: those that train one model on targets, and no other.

    Loops of GANs, agents, students and the like are none.
    """
    if not script.mentions("train_on_batch") and not script.mentions("GradientTape"):
        return ()
    found: dict[object, list[CustomLoop]] = {}
    for call, trained in _updates(script):
        loop = _loop_over_epochs(script, call)
        if loop is not None and (not call.foreign or script.holds(loop)):
            found.setdefault(loop, []).append(CustomLoop(script, call, loop, trained))
    kept: list[CustomLoop] = []
    for updates in found.values():
        if _train_one_model(script, updates):
            models: dict[int, CustomLoop] = {}
            for each in updates:
                models.setdefault(id(each.call.receiver), each)
            kept.extend(each for each in models.values() if not each.is_unsupervised)
    return tuple(kept)


def _updates(script: Script) -> Iterator[tuple[Call, TrainedCall | None]]:
    """The calls by which a script trains itself, in order, and what a tape makes of them."""
    for call in script.calls:
        if call.method == "train_on_batch" and call.receiver is not None:
            yield call, None
    yield from ((each.call, each) for each in script.trained_calls)


def _train_one_model(script: Script, updates: list[CustomLoop]) -> bool:
    """Whether all updates in one loop are of one model: those of a GAN are not."""
    if len({id(each.call.node) for each in updates}) > 1:
        models = {id(each.call.receiver) for each in updates}
        if len(models) > 1:
            return False
    steps = {id(each.node) for each in updates[0].inside if each.short_name in OPTIMIZING}
    return len(steps) <= 1


def _loop_over_epochs(script: Script, update: Call) -> cst.For | cst.While | None:
    """The loop around an update that goes over the epochs.

    The outermost one whose variable is called so; else the one around the loop over the batches,
    or the only one.
    """
    around = [each for each in update.context.loops if isinstance(each, (cst.For, cst.While))]
    for each in around:
        if isinstance(each, cst.For):
            if words_in(script.text(each.target)) & {"epoch", "epochs"}:
                return each
    return around[-2] if len(around) > 1 else around[0] if around else None
