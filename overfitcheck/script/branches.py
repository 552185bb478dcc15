"""What is known after a conditional, of which either arm may have been taken."""

from __future__ import annotations

from collections.abc import Sequence

from overfitcheck.script.values import FILLED, Choice, Constant, Value, choice


def merged(ends: Sequence[dict[str, Value]]) -> dict[str, Value]:
    """The names after a conditional whose arms ended with `ends`."""
    result = dict(ends[0])
    for names in ends[1:]:
        for name, value in names.items():
            known = result.get(name)
            if known is None:
                result[name] = value
            elif known is not value:
                result[name] = choice(known, value)
    return result


def chosen(test: Value, first: Value, second: Value) -> Value:
    """The value of ``first if test else second``; a label is made of what it was decided by."""
    either = choice(first, second)
    if type(either) is Choice and all(type(each) is Constant for each in either.options):
        either.attributes[FILLED] = test
    return either
