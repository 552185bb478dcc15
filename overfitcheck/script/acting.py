"""Callbacks that act: what they watch is in the logs of the epochs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from overfitcheck.script.callbacks import MONITORING, Callbacks, kind_of
from overfitcheck.script.log_keys import SURELY_AS_WRITTEN, logs, never_logged
from overfitcheck.script.values import Call, constant, flag

if TYPE_CHECKING:
    from overfitcheck.script.fit import Fit


def acts(fit: Fit, callback: Call) -> bool | None:
    """Whether a callback has what it watches, as far as the text can deny it.

    None where older versions of Keras log it, and newer ones do not (OVF504).
    """
    kind = kind_of(callback)
    if kind not in MONITORING or callback.cls is not None:
        return True
    if kind == "ModelCheckpoint" and flag(callback["save_best_only"]) is not True:
        return True
    monitor = constant(callback["monitor"])
    if not isinstance(monitor, str) or logs(fit, monitor) is not False:
        return True
    surely = fit.script.versions.surely_from(*SURELY_AS_WRITTEN) or never_logged(fit, monitor)
    return False if surely else None


def of_acting(fit: Fit, asked: Callable[[Callbacks], bool | None]) -> bool | None:
    """The answer for the callbacks that act; None where it hangs on those that perhaps do.

    Or on those that are only perhaps there: on a branch, in one arm of a conditional expression.
    """
    answers = {_of_acting(fit, each, asked) for each in fit.callbacks.ways}
    return answers.pop() if len(answers) == 1 else None


def _of_acting(
    fit: Fit, callbacks: Callbacks, asked: Callable[[Callbacks], bool | None]
) -> bool | None:
    idle = {each: answer for each in callbacks if not (answer := acts(fit, each))}
    if not idle:
        return asked(callbacks)
    with_doubtful = asked(_without(callbacks, [each for each in idle if idle[each] is False]))
    without = asked(_without(callbacks, list(idle)))
    return without if without is with_doubtful else None


def _without(callbacks: Callbacks, left_out: list[Call]) -> Callbacks:
    members = tuple(each for each in callbacks if each not in left_out)
    return replace(callbacks, members=members)
