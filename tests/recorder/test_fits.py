"""Every fit is recorded, and trains as it would have without the recorder."""

from __future__ import annotations

import os
import sys

import pytest

PYTHONS = os.environ.get("OVERFITCHECK_TEST_PYTHONS", sys.executable).split(os.pathsep)

PREAMBLE = """
import hashlib, inspect, sys
import numpy as np
import LIBRARY as keras

keras.utils.set_random_seed(7)
numbers = np.random.RandomState(0)
x = numbers.rand(48, 4).astype("float32")
y = (x.sum(axis=1) > 2).astype("float32")

def network(optimizer="adam", kind=None):
    inputs = keras.Input((4,))
    hidden = keras.layers.Dense(8, activation="relu")(inputs)
    outputs = keras.layers.Dense(1, activation="sigmoid")(keras.layers.Dropout(0.2)(hidden))
    model = (kind or keras.Model)(inputs, outputs)
    model.compile(optimizer=optimizer, loss="binary_crossentropy", metrics=["accuracy"])
    return model

def tell(model, history):
    weights = b"".join(np.ascontiguousarray(w).tobytes() for w in model.get_weights())
    print(hashlib.sha256(weights).hexdigest(), history.history, history.epoch)
"""

MANY_FITS = (
    PREAMBLE
    + """
class Watcher(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        print("epoch", epoch, logs)

print(inspect.signature(keras.Model.fit), keras.Model.fit.__name__, keras.Model.fit.__qualname__)
print(keras.Model.fit.__module__, len(keras.Model.fit.__doc__ or ""))

# 1: all arguments positional; a plateau that lowers the rate from epoch 2 on
model = network(keras.optimizers.Adam(0.01))
plateau = keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.5, patience=1, min_delta=9.0)
given = [plateau, Watcher()]
tell(model, model.fit(x, y, 16, 4, 0, given, 0.25))
print(len(given))

# 2: one callback that is in no list; it goes on with the model of fit 1
tell(model, model.fit(x, y, epochs=3, initial_epoch=1, verbose=0, callbacks=Watcher()))

# 3: a tuple, and a schedule of the rate that falls with each epoch of three steps
schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 3, 0.5, staircase=True)
model = network(keras.optimizers.SGD(schedule))
tell(model, model.fit(x, y, batch_size=16, epochs=3, verbose=0, callbacks=(Watcher(),)))

# 4: no callbacks; a fit that stops early and a validation set; a list of Keras's own
model = network("sgd")
stop = keras.callbacks.EarlyStopping("loss", min_delta=9.0, patience=1)
inside = keras.callbacks.CallbackList([stop], add_history=True, model=model, epochs=9, steps=3)
tell(model, model.fit(x, y, epochs=9, verbose=0, validation_data=(x, y), callbacks=inside))
print([type(callback).__name__ for callback in inside.callbacks])

# 5: no callbacks at all, and a loss that is not a number
model = network("sgd")
tell(model, model.fit(x, y * np.nan, epochs=2, verbose=0))

# 6: a subclass that overrides fit; 7: trained by a callback of it in its second epoch
class Own(keras.Model):
    def fit(self, *args, **kwargs):
        return super().fit(*args, verbose=0, **kwargs)

class Inner(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            tell(teacher, teacher.fit(x, y, epochs=2, verbose=0))

teacher = network("adam")
own = network("adam", Own)
tell(own, own.fit(x, y, epochs=3, callbacks=[Inner()]))

# 8: an optimizer inside another
scaled = getattr(keras.mixed_precision, "LossScaleOptimizer")(keras.optimizers.Adam(0.25))
model = network(scaled)
tell(model, model.fit(x, y, epochs=1, verbose=0))

# refused for its arguments: no record
for wrong in ({"epoch": 3}, {"x": x[:3], "y": y, "verbose": 0}):
    try:
        model.fit(**wrong)
    except Exception as error:
        print(type(error).__name__)
"""
)

FAILING = (
    PREAMBLE
    + """
import os, signal

class Fails(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        print("epoch", epoch + 1, flush=True)
        if epoch == 2 and sys.argv[1] == "raise":
            raise RuntimeError("no more")
        if epoch == 2:
            os.kill(os.getpid(), getattr(signal, sys.argv[1]))

network().fit(x, y, epochs=5, verbose=0, callbacks=[Fails()])
"""
)


def libraries() -> list[tuple[str, str]]:
    """Each interpreter with the Keras it has; ours has tf_keras besides."""
    return [(python, "keras") for python in PYTHONS] + [(sys.executable, "tf_keras")]


@pytest.fixture(scope="module", params=libraries(), ids=lambda each: each[1])
def many_fits(request, run_both):
    python, library = request.param
    return run_both(python, MANY_FITS.replace("LIBRARY", library))


def test_weights_history_and_looks_are_those_of_plain_python(many_fits):
    assert many_fits.plain.returncode == 0, many_fits.plain.stderr.decode()
    assert many_fits.recorded.stdout == many_fits.plain.stdout
    assert many_fits.recorded.returncode == 0


def test_nothing_went_wrong_in_the_recorder(many_fits):
    assert not [fact for fact in many_fits.recorded.facts if "note" in fact]


def test_one_record_per_fit(many_fits):
    begun = [event["fit"] for event in many_fits.recorded.events if event["event"] == "fit"]
    assert begun == [1, 2, 3, 4, 5, 6, 7, 8]
    ended = {e["fit"]: e for e in many_fits.recorded.events if e["event"] == "fit_end"}
    assert [ended[number]["epochs"] for number in begun] == [4, 2, 3, 2, 2, 3, 2, 1]
    assert [number for number, end in ended.items() if end["stopped"]] == [4]


def test_what_a_fit_was_asked_for(many_fits):
    [fit] = many_fits.recorded.fit(1, "fit")
    assert (fit["epochs"], fit["initial_epoch"], fit["validation"]) == (4, 0, True)
    assert fit["callbacks"] == ["ReduceLROnPlateau", "Watcher"]
    assert fit["steps"] in (None, 3)
    [second] = many_fits.recorded.fit(2, "fit")
    assert (second["epochs"], second["initial_epoch"], second["validation"]) == (3, 1, False)
    assert many_fits.recorded.fit(4, "fit")[0]["callbacks"][0] == "EarlyStopping"
    assert many_fits.recorded.fit(5, "fit")[0]["callbacks"] == []


def test_the_rate_is_the_one_the_epoch_was_trained_at(many_fits):
    def rates(number):
        return [epoch["learning_rate"] for epoch in many_fits.recorded.fit(number, "epoch")]

    assert rates(1) == [0.01, 0.01, 0.005, 0.0025]
    assert rates(2) == [0.00125, 0.00125]
    assert rates(3) == [0.1, 0.05, 0.025]
    assert rates(8) == [0.25]


def test_epochs_count_from_one_and_carry_what_keras_logged(many_fits):
    epochs = many_fits.recorded.fit(1, "epoch")
    assert [epoch["epoch"] for epoch in epochs] == [1, 2, 3, 4]
    assert set(epochs[0]["logs"]) == {"accuracy", "loss", "val_accuracy", "val_loss"}
    assert all(epoch["seconds"] > 0 for epoch in epochs)
    assert [epoch["epoch"] for epoch in many_fits.recorded.fit(2, "epoch")] == [2, 3]
    printed = many_fits.recorded.stdout.decode()
    assert all(repr(epoch["logs"]["loss"]) in printed for epoch in epochs)


def test_numbers_that_json_lacks_are_strings(many_fits):
    assert [epoch["logs"]["loss"] for epoch in many_fits.recorded.fit(5, "epoch")] == ["nan", "nan"]


def test_the_recorder_says_which_keras_it_saw(many_fits):
    facts = {name: value for fact in many_fits.recorded.facts for name, value in fact.items()}
    assert facts["keras"]["backend"] == "tensorflow"
    assert facts["keras"]["version"][0] in "23"
    assert facts["device"] == {"kind": "cpu", "name": None, "memory": None}


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("how", ["raise", "SIGINT", "SIGKILL"])
def test_a_script_that_dies_in_epoch_3_leaves_what_was_finished(run_both, python, how):
    pair = run_both(python, FAILING.replace("LIBRARY", "keras"), how)
    assert pair.recorded.returncode == pair.plain.returncode != 0
    assert pair.recorded.stdout == pair.plain.stdout
    assert traceback(pair.recorded.stderr) == traceback(pair.plain.stderr)
    assert [epoch["epoch"] for epoch in pair.recorded.fit(1, "epoch")] == [1, 2, 3]
    assert not pair.recorded.fit(1, "fit_end")


BUILT_BY_FIT = (
    PREAMBLE
    + """
model = keras.Sequential([keras.layers.Dense(8), keras.layers.Dense(1)])
model.compile("adam", "mse")
tell(model, model.fit(x, y, epochs=2, verbose=0))
tell(model, model.fit(x, y, epochs=2, verbose=0))
"""
)


@pytest.mark.parametrize("python", PYTHONS)
def test_weights_that_the_first_batch_makes_are_counted_after_it(run_both, python):
    pair = run_both(python, BUILT_BY_FIT.replace("LIBRARY", "keras"))
    assert pair.recorded.stdout == pair.plain.stdout
    models = [each for each in pair.recorded.observations if each["observation"] == "model"]
    last = {each["fit"]: each["parameters"] for each in models}
    assert last == dict.fromkeys((1, 2), 4 * 8 + 8 + 8 + 1)
    assert 0 not in [each["parameters"] for each in models]


def traceback(stderr: bytes) -> bytes:
    """Standard error without what TensorFlow logs when it is imported."""
    return stderr[stderr.find(b"Traceback") :]
