"""Models and callbacks in attributes of a class, whatever the order of its methods."""

from textwrap import dedent

import pytest

from overfitcheck.script.fit import Fit
from overfitcheck.script.script import read_script
from overfitcheck.script.values import Call, Items, Unknown

HEAD = """
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.callbacks import EarlyStopping
"""


def only_fit(body: str) -> Fit:
    fits = read_script(HEAD + dedent(body), "train.py").fits
    assert len(fits) == 1
    return fits[0]


IN_INIT = """
class T:
    def __init__(self, epochs=30):
        self.epochs = epochs
        self.model = keras.Sequential([layers.Dense(8), layers.Dropout(0.5)])
        self.model.compile("adam", "mse")
        self.callbacks = [EarlyStopping()]
    def train(self, x, y):
        self.model.fit(x, y, epochs=self.epochs, callbacks=self.callbacks)
    def score(self, x, y):
        return self.model.evaluate(x, y)
"""

BUILT_LATER = """
class T:
    epochs = 30
    def train(self, x, y):
        self.model.fit(x, y, epochs=self.epochs, callbacks=self.callbacks)
    def score(self, x, y):
        return self.model.evaluate(x, y)
    def prepare(self):
        self.callbacks = [EarlyStopping()]
        if not self.model:
            self.build()
    def build(self):
        self.model = keras.Sequential([layers.Dense(8), layers.Dropout(0.5)])
        self.model.compile("adam", "mse")
"""

BUILT_BY_A_METHOD = """
class T:
    def __init__(self):
        self.epochs, self.model = 30, self._model()
    def _model(self):
        model = keras.Sequential([layers.Dense(8), layers.Dropout(0.5)])
        model.compile("adam", "mse")
        return model
    @property
    def callbacks(self):
        return [EarlyStopping()]
    def train(self, x, y):
        self.model.fit(x, y, epochs=self.epochs, callbacks=self.callbacks)
    def score(self, x, y):
        return self.model.evaluate(x, y)
"""

INHERITED = """
class B:
    def train(self, x, y):
        self.model.fit(x, y, epochs=self.epochs(), callbacks=self.callbacks)
    def score(self, x, y):
        return self.model.evaluate(x, y)
class T(B):
    def __init__(self):
        super().__init__()
        self.model = self.build()
        self.callbacks = [EarlyStopping()]
    def build(self):
        model = keras.Sequential([layers.Dense(8), layers.Dropout(0.5)])
        model.compile("adam", "mse")
        return model
    @staticmethod
    def epochs():
        return 30
"""

SETTER = """
class T:
    def __init__(self):
        self.build()
    @property
    def epochs(self):
        return 30
    @epochs.setter
    def epochs(self, value):
        raise ValueError
    @classmethod
    def stops(cls):
        return [EarlyStopping()]
    def build(self):
        self.model = keras.Sequential([layers.Dense(8), layers.Dropout(0.5)])
        self.model.compile("adam", "mse")
    def train(self, x, y):
        self.model.fit(x, y, epochs=self.epochs, callbacks=self.stops())
    def score(self, x, y):
        return self.model.evaluate(x, y)
"""


@pytest.mark.parametrize(
    "cls",
    [IN_INIT, BUILT_LATER, BUILT_BY_A_METHOD, INHERITED, SETTER],
    ids=["init", "built later", "built by a method", "inherited", "setter"],
)
@pytest.mark.parametrize(
    "use",
    [
        "",
        "t = T()\nt.train(x, y)\nt.score(a, b)",
        "def main():\n    t = T()\n    t.train(x, y)\n    t.score(a, b)\nmain()",
        "T().train(x, y)",
        "t = T()\n",
    ],
)
def test_a_class_that_trains(cls: str, use: str) -> None:
    fit = only_fit(cls + use)
    assert fit.epochs == (30, 30)
    assert fit.callbacks.complete
    assert fit.callbacks.has("EarlyStopping")
    assert fit.model.layers.complete
    assert fit.compiled is not None
    assert fit.later_on_model("evaluate") or use == "T().train(x, y)"


def test_an_argument_of_the_constructor() -> None:
    assert only_fit(IN_INIT + "T(5).train(x, y)").epochs == (5, 5)


def test_what_two_instances_hold_is_told_apart() -> None:
    script = read_script(HEAD + IN_INIT + "T(5).train(x, y)\nT(7).train(x, y)", "t.py")
    assert [fit.epochs for fit in script.fits] == [(5, 5), (7, 7)]


def test_an_attribute_that_nobody_sets_is_unknown() -> None:
    body = """
        class T:
            def __init__(self, model, callbacks):
                self.model = model
            def train(self, x, y):
                self.model.fit(x, y, epochs=30, callbacks=self.callbacks)
    """
    fit = only_fit(body)
    assert not fit.model.is_known
    assert fit.callbacks.has("EarlyStopping") is None


def test_a_function_that_calls_gives_its_arguments() -> None:
    body = """
        def train(model, epochs):
            model.fit(x, y, epochs=epochs)
        def small():
            train(keras.Sequential(), 30)
    """
    assert only_fit(body).epochs == (30, 30)


def test_functions_that_nothing_calls_are_followed_in_the_order_of_the_text() -> None:
    body = """
        model = keras.Sequential([layers.Dense(1)])
        model.compile("adam", "mse")
        def train():
            model.fit(x, y, epochs=30)
        def score():
            model.evaluate(x, y)
    """
    fit = only_fit(body)
    assert fit.compiled is not None


TOOLS = """
class Tools:
    def sized({0}): return images
    def trained({1}): return model.fit_generator(flow, steps_per_epoch=9, nb_epoch=30)
"""


@pytest.mark.parametrize(
    ("sized", "trained", "is_instance"),
    [
        ("images, size", "model, flow", False),
        ("self, images", "model, flow", True),
        ("model, images", "model, flow", True),
    ],
)
def test_a_class_that_only_holds_functions(sized: str, trained: str, is_instance: bool) -> None:
    calls = read_script(HEAD + TOOLS.format(sized, trained), "tools.py").calls
    (fit,) = (call for call in calls if call.method == "fit_generator")
    assert (isinstance(fit.receiver, Call) and fit.receiver.cls is not None) is is_instance


OFTEN = """
class T:
    def __init__(self, rate):
        self.model = keras.Sequential([layers.Dense(8), layers.Dense(1)])
        self.held_out = None
        self.rate = rate
    def prepare(self, x, y):
        self.split(x, y)
    def split(self, x, y):
        self.x, x_val, self.y, y_val = train_test_split(x, y)
        self.held_out = x_val, y_val
    def train(self):
        self.model.fit(self.x, self.y, validation_data=self.held_out)
t = T(0.1)
"""


@pytest.mark.parametrize(("times", "known"), [(2, True), (20, False)])
def test_what_a_method_that_is_no_longer_followed_sets_is_unknown(times: int, known: bool) -> None:
    made = "other = T(0.1)\nother.prepare(x, y)\nother.prepare(x, y)\n" * (times // 2)
    fit = only_fit(OFTEN + made + "t.prepare(x, y)\nt.train()\n")
    assert isinstance(fit.call["validation_data"], Items if known else Unknown)
    assert fit.has_validation is (True if known else None)
