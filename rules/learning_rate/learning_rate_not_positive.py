"""OVF708: a learning rate that is zero or negative."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.learning_rate import sets_rates
from overfitcheck.script.script import Script
from overfitcheck.script.values import Call, Setting, constant

SCHEDULER = "keras.callbacks.LearningRateScheduler"


@rule(
    "OVF708",
    "learning-rate-not-positive",
    Level.ERROR,
    bad=(
        """
import keras
optimizer = keras.optimizers.Adam(learning_rate=-1e-3)  # <- OVF708
""",
        """
from tensorflow.keras.optimizers import SGD
optimizer = SGD(0.0, momentum=0.9)  # <- OVF708
""",
        """
from tensorflow.keras.optimizers import Adam
optimizer = Adam(lr=-1e3)  # <- OVF708
""",
    ),
    good=(
        """
import keras
optimizer = keras.optimizers.Adam(learning_rate=1e-3)
""",
        """
import keras
rate = keras.optimizers.schedules.CosineDecay(0.0, 1000, warmup_target=0.1, warmup_steps=100)
optimizer = keras.optimizers.Adam(rate)
""",
        """
import keras
optimizer = keras.optimizers.Adam(learning_rate=read_rate())
""",
        """
from keras.callbacks import LearningRateScheduler
from keras.optimizers import SGD
model.compile(SGD(lr=0.0, momentum=0.9), "mse")
model.fit(x, y, epochs=20, callbacks=[LearningRateScheduler(step_decay)])
""",
        """
import keras
optimizer = keras.optimizers.Adam(learning_rate=0.0)
for step, batch in enumerate(batches):
    optimizer.learning_rate = 1e-6 * step
    train_step(optimizer, batch)
""",
        """
import torch
optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
""",
    ),
)
def learning_rate_not_positive(script: Script) -> Iterator[Draft]:
    """An optimizer is given a learning rate of zero or less.

    ## Why is this bad?
    With a negative rate every step goes uphill: the loss rises until it is NaN. With zero nothing
    is learned at all. Keras says nothing of either.

    ## Exceptions
    Rates that the text does not tell, schedules that begin at zero to warm up, and a zero that a
    `LearningRateScheduler` or an assignment replaces before the first step.

    ## References
    https://keras.io/api/optimizers/
    """
    replaced = sets_rates(script) or any(script.calls_to(SCHEDULER))
    for call in script.calls_to("keras.optimizers."):
        if call.cls is not None or (call.function or "").startswith("keras.optimizers.schedules."):
            continue
        for name in ("learning_rate", "lr"):
            given = call.argument(name)
            rate = constant(given.value) if given is not None else None
            if given is None or isinstance(given.value, Setting) or isinstance(rate, bool):
                continue
            if isinstance(rate, (int, float)) and (rate < 0 or (rate == 0 and not replaced)):
                yield Draft(given.node or call.node, _message(call, rate), _advice(rate))


def _message(call: Call, rate: float) -> str:
    what = "never changes a weight" if rate == 0 else "goes uphill with every step"
    return f"{call.short_name} with a learning rate of {rate:g} {what}"


def _advice(rate: float) -> str:
    return f"write {-rate:g}" if -0.1 <= rate < 0 else "start with 1e-3"
