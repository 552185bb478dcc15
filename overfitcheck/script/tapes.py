"""GradientTapes: which calls of a model are trained on, and what else a model is called for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from overfitcheck.script.flow import ingredients
from overfitcheck.script.values import Attribute, Call, Constant, Function, Value, constant, options

if TYPE_CHECKING:
    from overfitcheck.script.script import Script

WEIGHTS = ("trainable_variables", "trainable_weights", "variables", "weights")

APPLYING = ("apply_gradients", "apply", "minimize")


@dataclass(frozen=True, eq=False, repr=False)
class TrainedCall:
    """A call of a model (``model(x)``) from whose loss a tape changes that model's weights.

    `model` is the model, `loss` what the gradient is taken of, `gradient` the call of
    ``tape.gradient``, `applied` the call of the optimizer that takes it.
    """

    call: Call
    model: Value
    loss: Value
    gradient: Call
    applied: Call

    def is_output(self, value: Value) -> bool:
        """Whether a value is what the call puts out, also where its model is one of several."""
        return isinstance(value, Call) and value.evaluation == self.call.evaluation

    def behind(self) -> list[Value]:
        """What its loss is computed from beside what its model puts out."""
        return list(ingredients(self.loss, stop=self.is_output))


def trained_calls(script: Script) -> Iterator[TrainedCall]:
    """The calls of models that a script trains with a tape and ``apply_gradients``."""
    if not script.mentions("GradientTape"):
        return
    applied = {id(each): call for call in _applications(script) for each in ingredients_of(call)}
    for gradient in script.calls:
        loss = _argument(gradient, 0, "target")
        if not _is_gradient(gradient) or id(gradient) not in applied or loss is None:
            continue
        trained = list(_models_of(_argument(gradient, 1, "sources")))
        for each in ingredients(loss):
            if isinstance(each, Call) and each.method == "__call__" and each.receiver is not None:
                for model in options(each.receiver):
                    if any(model is other for other in trained):
                        yield TrainedCall(each, model, loss, gradient, applied[id(gradient)])


def under_tapes(script: Script) -> set[int]:
    """Identities of everything that some gradient of the script is taken of."""
    found: set[int] = set()
    for gradient in script.calls:
        loss = _argument(gradient, 0, "target") if _is_gradient(gradient) else None
        if loss is not None:
            found.update(id(each) for each in ingredients(loss))
    return found


def _is_gradient(call: Call) -> bool:
    tape = call.receiver
    made = isinstance(tape, Call) and (tape.function or "").endswith("GradientTape")
    return call.method in ("gradient", "jacobian", "batch_jacobian") and made


def _applications(script: Script) -> Iterator[Call]:
    return (call for call in script.calls if call.short_name in APPLYING)


def ingredients_of(call: Call) -> Iterator[Value]:
    """Everything that the arguments of a call were computed from."""
    for argument in (*call.positional, *call.keywords.values()):
        yield from ingredients(argument.value)


def _argument(call: Call, number: int, name: str) -> Value | None:
    if name in call.keywords:
        return call.keywords[name].value
    return call.positional[number].value if len(call.positional) > number else None


def _models_of(variables: Value | None) -> Iterator[Value]:
    """The models whose weights `variables` are, also those that the text does not show."""
    for each in ingredients(variables) if variables is not None else ():
        if isinstance(each, Attribute) and each.name in WEIGHTS:
            yield from options(each.of)


def acts_as_in_training(script: Script, trained: TrainedCall) -> bool | None:
    """Whether layers such as dropout act in a call under a tape; None where that is not told."""
    given = trained.call.keywords.get("training")
    if given is not None:
        known = constant(given.value)
        return known if isinstance(known, bool) else None
    if trains_by_default(trained.model):
        return True
    elsewhere = any("training" in call.keywords for call in script.calls)
    told = len(trained.call.positional) > 1 or set(trained.call.keywords) - {"mask"}
    return None if told or elsewhere or "learning_phase" in script.code else False


def trains_by_default(model: Value) -> bool:
    """Whether its class is called for training where nothing is said: ``training=True``."""
    cls = model.cls if isinstance(model, Call) else None
    called = cls.member("call") if cls is not None else None
    default = called.defaults.get("training") if isinstance(called, Function) else None
    return isinstance(default, Constant) and constant(default) is True
