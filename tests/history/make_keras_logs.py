"""Train a small network, print what Keras prints, and keep what was really trained beside it.

    KERAS_VERBOSE=1 python make_keras_logs.py NAME STYLE > NAME.log

STYLE is ``plain``, ``callbacks`` (a scheduler, a plateau, a checkpoint and an early stop talk in
between), ``outputs`` (a model of two outputs, scored with ``evaluate`` at the end), ``restart``
(a second fit goes on where the first one ended, a third begins anew), ``tqdm`` (bars of
tqdm's own callback) or ``tfa`` (bars of TensorFlow Addons). ``NAME.json`` gets
``History.history`` of each fit, with the epochs counted from 1.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras

VERBOSE = int(os.environ.get("KERAS_VERBOSE", "1"))


def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 20)).astype("float32")
    y = (x[:, 0] + rng.normal(size=600) > 0).astype("float32")
    return (x[:480], y[:480]), (x[480:], y[480:])


def model(outputs=1):
    inputs = keras.Input((20,))
    hidden = keras.layers.Dense(64, activation="relu")(inputs)
    names = ["sign", "again"][:outputs]
    heads = [keras.layers.Dense(1, activation="sigmoid", name=name)(hidden) for name in names]
    made = keras.Model(inputs, heads if outputs > 1 else heads[0])
    metrics = {name: ["accuracy"] for name in names} if outputs > 1 else ["accuracy"]
    made.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=metrics)
    return made


def callbacks(style):
    if style == "tqdm":
        from tqdm.keras import TqdmCallback

        return [TqdmCallback(verbose=VERBOSE)], 0
    if style == "tfa":
        import tensorflow_addons as tfa

        return [tfa.callbacks.TQDMProgressBar()], 0
    if style != "callbacks":
        return [], VERBOSE
    talking = keras.callbacks
    ending = "keras" if keras.__version__.startswith("3") else "h5"
    return [
        talking.LearningRateScheduler(lambda epoch, rate: rate * 0.9 if epoch == 6 else rate, 1),
        talking.ReduceLROnPlateau(patience=2, factor=0.5, verbose=1),
        talking.ModelCheckpoint(f"best.{ending}", save_best_only=True, verbose=1),
        talking.EarlyStopping(patience=8, restore_best_weights=True, verbose=1),
    ], VERBOSE


def main(name, style):
    keras.utils.set_random_seed(1)
    (x, y), (x_val, y_val) = data()
    outputs = 2 if style == "outputs" else 1
    target, target_val = ([y, y], [y_val, y_val]) if outputs == 2 else (y, y_val)
    made = model(outputs)
    spans = [(0, 4), (4, 7), (0, 3)] if style == "restart" else [(0, 12)]
    fits = []
    for first, last in spans:
        extra, verbose = callbacks(style)
        history = made.fit(
            x,
            target,
            validation_data=(x_val, target_val),
            initial_epoch=first,
            epochs=last,
            batch_size=32,
            verbose=verbose,
            callbacks=extra,
        )
        metrics = {key: [float(v) for v in values] for key, values in history.history.items()}
        fits.append({"epoch": [epoch + 1 for epoch in history.epoch], **metrics})
    if style == "outputs":
        made.evaluate(x_val, target_val, verbose=verbose)
    truth = {"keras": keras.__version__, "fits": fits}
    name.with_suffix(".json").write_text(json.dumps(truth) + "\n")


if __name__ == "__main__":
    name = Path(f"{sys.argv[1]}.log").absolute()
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        main(name, sys.argv[2])
