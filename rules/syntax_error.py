"""OVF000: text that is not Python."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.script import Script


@rule(
    "OVF000",
    "syntax-error",
    Level.ERROR,
    bad=(
        """
import keras
model = keras.Sequential(]  # <- OVF000
""",
        """
import keras
model.fit(x, y, epochs=)  # <- OVF000
""",
    ),
    good=(
        """
import keras
model = keras.Sequential([])
""",
        """
import keras
match = 3
print(match)
""",
        """
import keras
type Batch = list[int]
""",
    ),
)
def syntax_error(script: Script) -> Iterator[Draft]:
    """The text is not Python, so nothing else can be said of it.

    ## Why is this bad?
    A script that does not parse does not run, and none of its fits was checked. In a notebook only
    the broken cell is left out. Scripts in Python 2 (``print loss``), on which no Keras since 2.4
    runs, are told of as information: their fits are checked all the same.

    ## Exceptions
    Magics (``%matplotlib inline``), shell lines (``!pip install keras``) and questions (``model?``)
    of notebooks are no syntax errors.
    """
    yield from ()
