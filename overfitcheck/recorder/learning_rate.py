"""Read the learning rate that an optimizer has just been using, in any Keras."""

from __future__ import annotations

from typing import Any


def current_rate(optimizer: Any) -> float | None:
    """The rate of the last step taken, as the shortest decimal that stands for it.

    None where there is no optimizer, or none whose rate is one number.
    """
    optimizer = unwrapped(optimizer)
    rate = getattr(optimizer, "_learning_rate", None)
    if rate is None:
        rate = getattr(optimizer, "learning_rate", None)
    if callable(rate):
        rate = _evaluated(rate, optimizer)
    return None if rate is None else _number(rate)


def is_scheduled(optimizer: Any) -> bool:
    """Whether the rate changes with every step, and not between epochs."""
    optimizer = unwrapped(optimizer)
    rate = getattr(optimizer, "_learning_rate", getattr(optimizer, "learning_rate", None))
    return any(base.__name__ == "LearningRateSchedule" for base in type(rate).__mro__)


def unwrapped(optimizer: Any) -> Any:
    """The optimizer inside a LossScaleOptimizer, or the optimizer itself."""
    inner = getattr(optimizer, "inner_optimizer", None)
    return optimizer if inner is None else unwrapped(inner)


def _evaluated(rate: Any, optimizer: Any) -> Any:
    if not any(base.__name__ == "LearningRateSchedule" for base in type(rate).__mro__):
        return rate()
    # Keras 2 keeps the value of the last step; elsewhere `iterations` already counts that step.
    last = getattr(optimizer, "_current_learning_rate", None)
    return rate(optimizer.iterations - 1) if last is None else last


def _number(rate: Any) -> float:
    value = rate.numpy() if hasattr(rate, "numpy") else rate
    # str gives float32 its shortest decimal: 0.001 and not 0.0010000000474974513.
    return float(str(value)) if hasattr(value, "dtype") else float(value)
