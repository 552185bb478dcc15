"""Prints epochs as each age of Keras prints them, with the fragments of a progress bar.

The styles were written after the logs in ``fixtures/logs/keras`` and after the sources of Keras
1.2, 2.0, 2.3 and TensorFlow 1.14; `test_keras_fixtures.py` looks at what Keras really prints.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Metrics = Mapping[str, float]


@dataclass(frozen=True)
class Epoch:
    """What is printed of an epoch: `steps` of its bar, `validation` is known at its end alone."""

    number: int
    planned: int
    steps: int
    training: Metrics
    validation: Metrics
    seconds: int

    @property
    def all(self) -> dict[str, float]:
        return {**self.training, **self.validation}


def number(value: float) -> str:
    """A metric as all ages of Keras print it."""
    return f"{value:.4f}" if abs(value) > 1e-3 else f"{value:.4e}"


def pairs(metrics: Metrics) -> str:
    return "".join(f" - {name}: {number(value)}" for name, value in metrics.items())


def bar_2(done: int, steps: int, width: int = 30) -> str:
    filled = width * done // steps
    arrow = "=" * (filled - 1) + (">" if done < steps else "=") if filled else ""
    return f"{done:>{len(str(steps))}}/{steps} [{arrow}{'.' * (width - filled)}]"


def bar_3(done: int, steps: int, width: int = 20) -> str:
    filled = width * done // steps
    return (
        f"\x1b[1m{done:>{len(str(steps))}}/{steps}\x1b[0m \x1b[32m{'━' * filled}\x1b[0m"
        f"\x1b[37m{'━' * (width - filled)}\x1b[0m"
    )


def overwritten(fragments: Sequence[str]) -> str:
    """Fragments as they overwrite each other: back to the beginning, the rest with blanks."""
    shown, before = "", 0
    for fragment in fragments:
        width = len(fragment)
        shown += "\b" * before + "\r" + fragment + " " * max(before - width, 0)
        before = max(width, before)
    return shown + "\n"


def keras_1_bar(epoch: Epoch) -> str:
    fragments = [
        f"{bar_2(done, epoch.steps)} - ETA: {epoch.seconds}s{pairs(epoch.training)}"
        for done in range(1, epoch.steps)
    ]
    last = f"{bar_2(epoch.steps, epoch.steps)} - {epoch.seconds}s{pairs(epoch.all)}"
    return overwritten([*fragments, last + " " * 4])


def keras_1_lines(epoch: Epoch) -> str:
    return f"{epoch.seconds}s{pairs(epoch.all)}\n"


def keras_2_bar(epoch: Epoch) -> str:
    fragments = [
        f"{bar_2(done, epoch.steps)} - ETA: 1:0{epoch.seconds % 10}{pairs(epoch.training)}"
        for done in range(1, epoch.steps + 1)
    ]
    last = f"{bar_2(epoch.steps, epoch.steps)} - {epoch.seconds}s 20ms/step{pairs(epoch.all)}"
    return overwritten([*fragments, last])


def tensorflow_1_bar(epoch: Epoch) -> str:
    samples = epoch.steps * 32
    fragments = [
        f"{bar_2(32 * done, samples)} - ETA: {epoch.seconds}s{pairs(epoch.training)}"
        for done in range(1, epoch.steps)
    ]
    last = f"{bar_2(samples, samples)} - {epoch.seconds}s 3ms/sample{pairs(epoch.all)}"
    return overwritten([*fragments, last])


def tensorflow_1_generator(epoch: Epoch) -> str:
    """TensorFlow 1.14 fills a bar for the validation before the line of the epoch."""
    validation = f"{bar_2(5, 5)} - 0s 9ms/step{pairs(epoch.training)}\n"
    return (
        validation
        + f"{bar_2(epoch.steps, epoch.steps)} - {epoch.seconds}s 20ms/step{pairs(epoch.all)}\n"
    )


def keras_2_lines(epoch: Epoch) -> str:
    return f" - {epoch.seconds}s{pairs(epoch.all)}\n"


def keras_2_15_lines(epoch: Epoch) -> str:
    time = f"{epoch.seconds}s/epoch - 41ms/step"
    return f"{epoch.steps}/{epoch.steps} - {epoch.seconds}s{pairs(epoch.all)} - {time}\n"


def keras_3_bar(epoch: Epoch) -> str:
    fragments = [
        f"{bar_3(done, epoch.steps)} \x1b[1m{epoch.seconds}s\x1b[0m 5ms/step{pairs(epoch.training)}"
        for done in range(1, epoch.steps + 1)
    ]
    last = f"{bar_3(epoch.steps, epoch.steps)} \x1b[1m{epoch.seconds}s\x1b[0m 5ms/step{pairs(epoch.all)}"
    return overwritten([*fragments, last])


def keras_3_bar_by_lines(epoch: Epoch) -> str:
    """Where it sees no terminal at all, as on Windows, Keras 3 prints each fragment on a line."""
    return keras_3_bar(epoch).replace("\b", "").replace("\r", "\n")


def keras_3_lines(epoch: Epoch) -> str:
    return f"{epoch.steps}/{epoch.steps} - {epoch.seconds}s - 5ms/step{pairs(epoch.all)}\n"


STYLES: dict[str, Callable[[Epoch], str]] = {
    style.__name__: style
    for style in (
        keras_1_bar, keras_1_lines, keras_2_bar, keras_2_lines, keras_2_15_lines, keras_3_bar,
        keras_3_bar_by_lines, keras_3_lines, tensorflow_1_bar, tensorflow_1_generator,
    )
}  # fmt: skip

VALIDATED = frozenset({"tensorflow_1_generator"})
"""Styles that are there with a validation alone."""


def printed(style: str, epochs: Sequence[Epoch]) -> str:
    """A training as it is printed."""
    return "".join(
        f"Epoch {epoch.number}/{epoch.planned}\n{STYLES[style](epoch)}" for epoch in epochs
    )
