"""What a rule is, and how rule packs are found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from overfitcheck.errors import UserError
from overfitcheck.finding import Edit, Level
from overfitcheck.lean_import import import_libcst
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.packs import modules

if TYPE_CHECKING:
    from overfitcheck.script.custom_loops import CustomLoop


@dataclass(frozen=True)
class Draft:
    """A finding before it has its rule's code and a place in the file.

    `anchor` is the syntax node it points at; `advice` says how to mend it;
    `level` overrides the level of the rule. `edits` mend it, in lines and columns of the
    script's text (`overfitcheck.script.edits` makes them); without any the advice is for a
    person to follow. `safe` edits keep the meaning of the script.
    """

    anchor: Any
    message: str
    advice: str
    level: Level | None = None
    edits: tuple[Edit, ...] = ()
    safe: bool = False


Check = Callable[[Any], Iterator[Draft]]
Observe = Callable[[ObservedFit], Outcome | None]


@dataclass(frozen=True)
class Rule:
    """One way in which a training script invites overfitting.

    `subject` is what `check` looks at: ``"fit"`` (called once for every fit), ``"script"``
    (called once for every script) or ``"run"`` (the text alone never shows it). `bad` and `good`
    are whole scripts; a line on which the rule must speak ends in ``# <- CODE``. A rule that is
    `opt_in` is asked only where its code, or a beginning of it, is selected by name.
    """

    code: str
    name: str
    level: Level
    subject: str
    check: Check
    page: str
    bad: tuple[str, ...]
    good: tuple[str, ...]
    opt_in: bool = False
    _observers: list[Observe] = field(default_factory=list, repr=False, compare=False)
    _loop_checks: list[Check] = field(default_factory=list, repr=False, compare=False)

    def observed(self, observe: Observe) -> Observe:
        """Make a function the observed half of the rule: it says what a run says, fit for fit.

        None stands for a run that cannot tell. What is confirmed without a finding of the text
        becomes a finding of the run.
        """
        self._observers.append(observe)
        return observe

    def custom_loop(self, check: Check) -> Check:
        """Make a function the half of the rule for training loops that scripts write themselves.

        It looks at a `CustomLoop`, as the rule itself does at a `Fit`.
        """
        self._loop_checks.append(check)
        return check

    @property
    def looks_at_loops(self) -> bool:
        """Whether it says something of training loops that scripts write themselves."""
        return bool(self._loop_checks)

    def said_of_loop(self, loop: CustomLoop) -> Iterator[Draft]:
        """What it says of such a loop."""
        for check in self._loop_checks:
            yield from check(loop)

    @property
    def is_observed(self) -> bool:
        """Whether a run can say something of it."""
        return bool(self._observers)

    def outcome(self, seen: ObservedFit) -> Outcome | None:
        """What a fit of a run says of the rule; None where it cannot tell."""
        outcomes = (observe(seen) for observe in self._observers)
        return next((each for each in outcomes if each is not None), None)

    @property
    def standing(self) -> str:
        """Its level in words: ``"warning"``, or ``"info, opt-in"``."""
        return f"{self.level.value}, opt-in" if self.opt_in else self.level.value


def rule(
    code: str,
    name: str,
    level: Level,
    *,
    bad: tuple[str, ...],
    good: tuple[str, ...],
    opt_in: bool = False,
) -> Callable[[Check], Rule]:
    """Make a rule of a function whose one parameter is called ``fit`` or ``script``.

    The docstring of the function is the page of the rule. An `opt_in` rule says what is true of
    many good scripts too, and is asked only where it is selected by name.

    Raises:
        ValueError: the rule has no page, no bad or no good example, or another parameter.
    """

    def register(check: Check) -> Rule:
        subject = check.__code__.co_varnames[0]
        if subject not in ("fit", "script"):
            raise ValueError(f"{code}: a rule looks at a fit or a script, not at {subject!r}")
        if not check.__doc__ or not bad or not good:
            raise ValueError(f"{code}: a rule needs a page, bad and good examples")
        return Rule(code, name, level, subject, check, check.__doc__, bad, good, opt_in)

    return register


def run_rule(
    code: str, name: str, level: Level, *, bad: tuple[str, ...], good: tuple[str, ...]
) -> Callable[[Observe], Rule]:
    """Make a rule of a function that looks at a fit of a run, where the text alone never tells.

    The docstring of the function is the page of the rule; the examples are scripts whose runs
    would and would not show it.

    Raises:
        ValueError: the rule has no page, no bad or no good example.
    """

    def register(observe: Observe) -> Rule:
        if not observe.__doc__ or not bad or not good:
            raise ValueError(f"{code}: a rule needs a page, bad and good examples")
        made = Rule(code, name, level, "run", _says_nothing, observe.__doc__, bad, good)
        made.observed(observe)
        return made

    return register


def _says_nothing(subject: Any) -> Iterator[Draft]:
    yield from ()


@cache
def load_rules() -> Mapping[str, Rule]:
    """All rules of all installed packs, by code, in the order of their codes.

    Raises:
        UserError: two rules share a code, or a pack cannot be imported.
    """
    import_libcst()  # Every rule needs it.
    found: dict[str, Rule] = {}
    for module in modules():
        for value in vars(module).values():
            if isinstance(value, Rule) and found.setdefault(value.code, value) is not value:
                raise UserError(f"two rules are called {value.code}; one is in {module.__name__}")
    return MappingProxyType(dict(sorted(found.items())))
