"""OVF001: a comment that silences nothing."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.script import Script


@rule(
    "OVF001",
    "unused-suppression",
    Level.WARNING,
    bad=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=50, validation_split=0.2)  # noqa: OVF101  # <- OVF001
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=50)  # noqa: OVF101, OVF506  # <- OVF001
""",
        """
# overfitcheck: noqa: OVF999  # <- OVF001
import keras
model = keras.Sequential([keras.layers.Dense(1)])
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=50, validation_split=0.2)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=50)  # noqa: OVF101
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])  # noqa
model.compile("adam", "mse")  # noqa: E501
text = "# noqa: OVF101"
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(
    x,
    y,
    epochs=50,
)  # noqa: OVF101
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])  # noqa: OVF101, OVF001
""",
    ),
)
def unused_suppression(script: Script) -> Iterator[Draft]:
    """A `# noqa` comment names a rule that has no finding there, or that does not exist.

    ## Why is this bad?
    The comment tells readers of a fault that the script no longer has, and will hide the next one
    in this place. `--fix` takes such codes away.

    ## Exceptions
    A bare `# noqa` and codes of other linters are not judged, nor are codes of rules that were not
    asked. Name `OVF001` in the comment to keep it.

    ## References
    https://docs.astral.sh/ruff/rules/unused-noqa/
    """
    yield from ()
