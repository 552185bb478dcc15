"""How many epochs a fit trains, and how many rounds a loop has, as far as the text tells."""

from __future__ import annotations

from overfitcheck.script.values import Call, Constant, Items, Operation, Value, constant, options


def epochs_trained(last: Value, first: Value) -> tuple[int, int] | None:
    """Fewest and most epochs from `first` (``initial_epoch``) to `last` (``epochs``)."""
    (base, more), (other, less) = _counted_from(last), _counted_from(first)
    if base is other and not isinstance(base, Constant):
        return more - less, more - less
    begin = constant(first)
    numbers = [constant(option) for option in options(last)]
    if not isinstance(begin, int) or not all(isinstance(each, (int, float)) for each in numbers):
        return None
    counts = [int(number) - begin for number in numbers]
    return min(counts), max(counts)


def shortest_patience(stopper: Call, epochs: int) -> int | None:
    """The patience of an EarlyStopping that cannot run out in so many epochs; None where it may.

    The first epoch after which it can stop is ``start_from_epoch + 1 + max(patience, 1)``.
    """
    numbers = [constant(option) for option in options(stopper["patience"])]
    start = constant(stopper["start_from_epoch"])
    if stopper.cls is not None or not all(isinstance(each, int) for each in (start, *numbers)):
        return None
    shortest = min(numbers)
    return shortest if epochs > 1 and start + max(shortest, 1) + 1 >= epochs else None


def _counted_from(value: Value) -> tuple[Value, int]:
    """The value that a number is added to, and the number: 1 in ``epoch + 1``."""
    if isinstance(value, Operation) and len(value.operands) == 2:
        first, second = value.operands
        number = constant(second)
        if value.operator in ("Add", "Subtract") and type(number) is int:
            return first, number if value.operator == "Add" else -number
        if value.operator == "Add" and type(constant(first)) is int:
            return second, constant(first)
    return value, 0


def rounds_counted(iterable: Value | None) -> tuple[int, int] | None:
    """Fewest and most rounds of a loop over ``range(…)``; None where the text does not tell."""
    while isinstance(iterable, Call) and iterable.short_name in ("tqdm", "track", "enumerate"):
        iterable = iterable.positional[0].value if iterable.positional else None
    if isinstance(iterable, Items) and iterable.complete:
        return len(iterable.items), len(iterable.items)
    if not isinstance(iterable, Call) or iterable.method is not None:
        return None
    if iterable.short_name not in ("range", "trange", "arange"):
        return None
    ends = [[constant(each) for each in options(end.value)] for end in iterable.positional]
    if not 0 < len(ends) < 3 or any(type(each) is not int for end in ends for each in end):
        return None
    first = ends[0] if len(ends) == 2 else [0]
    last = ends[-1]
    return max(0, min(last) - max(first)), max(0, max(last) - min(first))
