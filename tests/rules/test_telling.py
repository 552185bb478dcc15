"""What messages tell beside the bare fact: who chose, and by what."""

from pathlib import Path

import pytest

from overfitcheck.finding import Level
from overfitcheck.linter import lint_source
from overfitcheck.rule import load_rules
from overfitcheck.script.options import ScriptOptions
from overfitcheck.script.source import Source

COMPARED = """
import keras
for optimizer in ["sgd", "adam"]:
    model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
    model.compile(optimizer, "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=9, validation_data=(x_test, y_test){})
    print(optimizer, model.evaluate(x_test, y_test))
"""


@pytest.mark.parametrize(
    ("text", "chooser"),
    [
        (COMPARED.format(""), "by which the loop over optimizer chose model"),
        (
            COMPARED.format(", callbacks=[keras.callbacks.EarlyStopping(patience=3)]"),
            "by which EarlyStopping and the loop over optimizer chose model",
        ),
        (
            COMPARED.format("").replace('for optimizer in ["sgd", "adam"]', "if True"),
            "by which whoever reads the curves chose model",
        ),
        (
            COMPARED.format(', callbacks=[keras.callbacks.EarlyStopping("val_auc")]').replace(
                'for optimizer in ["sgd", "adam"]', "if True"
            ),
            "by which whoever reads the curves chose model",
        ),
        (
            COMPARED.format(', callbacks=[keras.callbacks.EarlyStopping("val_acc")]')
            .replace('for optimizer in ["sgd", "adam"]', "if True")
            .replace('entropy")', 'entropy", metrics=["accuracy"])'),
            "by which EarlyStopping (before Keras 2.3) or whoever reads the curves chose model",
        ),
        (
            COMPARED.format(
                ', callbacks=[keras.callbacks.ReduceLROnPlateau("val_acc"),'
                ' keras.callbacks.EarlyStopping("val_f1", mode="max")]'
            ),
            "by which the loop over optimizer chose model",
        ),
    ],
)
def test_who_chose_by_the_test_data(text: str, chooser: str) -> None:
    (finding,) = lint_source(Source("train.py", text), [load_rules()["OVF102"]]).findings
    assert chooser in finding.message


AGAIN = """
import keras
import numpy as np
model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
model.compile("sgd", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=9, validation_data=(x_test, y_test))
wrong = np.where(model.predict(x_test).argmax(axis=1) != y_test)[0]
print(len(wrong), "are wrong")
for i in range(len(wrong)):
    print(names[wrong[i]])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=9, validation_data=(x_test, y_test))
print(np.mean(model.predict(x_test).argmax(axis=1) == y_test))
print(model.evaluate(x_test, y_test))
"""


def test_the_last_score_before_the_next_fit_is_told() -> None:
    source = Source("train.py", AGAIN)
    first, second = lint_source(source, [load_rules()["OVF102"]]).findings
    assert "scores it again in line 8:" in first.message
    assert "scores it again in line 14:" in second.message


@pytest.mark.parametrize(
    ("scored", "place"),
    [
        ("print(error(y_test, predicted(model)))", "line 13:"),
        ("report(model)", "line 8:"),
        (
            "def main(model):\n    guessed = model.predict(x_test)\n    print(error(y_test, guessed))\n"
            "main(model)",
            "line 15:",
        ),
        ("print(f1_score(y_test, model.predict(x_test)))", "line 13:"),
        ("print(model.evaluate(x_test, y_test))\nerror(y_test, predicted(model))", "line 13:"),
        ("print(error(y_test, predicted(model)))\nmodel.evaluate(x_test, y_test)", "line 14:"),
    ],
)
def test_a_score_is_named_where_the_predictions_are_given_to_be_scored(
    scored: str, place: str
) -> None:
    text = f"""\
import keras
from sklearn.metrics import f1_score
def error(true, guessed):
    return f1_score(true, guessed > 0.5)
def predicted(model):
    return model.predict(x_test)
def report(model):
    print(error(y_test, model.predict(x_test)))
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=9, validation_data=(x_test, y_test))

{scored}
"""
    (finding,) = lint_source(Source("train.py", text), [load_rules()["OVF102"]]).findings
    assert f"scores it again in {place}" in finding.message


ONE_STEP = """
import tensorflow as tf
model, error = tf.keras.Sequential([tf.keras.layers.Dense(1)]), tf.keras.losses.MeanSquaredError()
optimizer, seen = tf.keras.optimizers.Adam(), tf.keras.metrics.Mean()
def step(x, y):
    with tf.GradientTape() as tape:
        loss = error(y, model(x, training=True))
    optimizer.apply_gradients(
        zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
    )
def look(x, y):
    seen.update_state(error(y, model(x, training=False)))
for epoch in range(6):
    for x, y in train:
        step(x, y)
    for x, y in test:
        look(x, y)
for x, y in test:
    look(x, y)
"""


def test_one_function_may_score_each_round_and_the_end() -> None:
    source = Source("train.py", ONE_STEP)
    (finding,) = lint_source(source, [load_rules()["OVF102"]]).findings
    assert "in line 12, by which" in finding.message
    assert "the same place, reached once more after the loop, scores it" in finding.message


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "keras.callbacks.ReduceLROnPlateau(epsilon=0.1)",
            "epsilon since Keras 3: the value is ignored without a word",
        ),
        (
            "keras.callbacks.ReduceLROnPlateau(patiance=3)",
            "no argument patiance: the value is ignored without a word",
        ),
        (
            "keras.callbacks.ModelCheckpoint('best.keras', save_best=True)",
            "no argument save_best: Keras 2 ignores it, and Keras 3 raises a TypeError",
        ),
        (
            "keras.Model(input=a, output=b)",
            "no argument input since Keras 2.4: there it raises a TypeError",
        ),
        ("keras.callbacks.EarlyStopping(patiance=3)", "it raises a TypeError"),
        ("keras.layers.SeparableConv2D(8, 3, kernel_regularizer='l2')", "there it raises a Value"),
        ("keras.layers.Dense(8, kernel_layout=a)", "no argument kernel_layout since Keras 3"),
    ],
)
def test_what_becomes_of_an_unknown_argument(line: str, told: str) -> None:
    text = f"import keras\n{line}\n"
    found = lint_source(Source("train.py", text), [load_rules()["OVF402"]]).findings
    assert told in found[0].message


@pytest.mark.parametrize(
    ("fits", "told"),
    [
        ("net.fit(x, y)", "net.fit in line 6 trains on x unchanged"),
        ("net.fit(turning.flow(x, y))\nnet.fit(x, y)", "net.fit in line 7 trains on x unchanged"),
        ("net.fit(turning.flow(x, y))", "net.fit in line 6 trains on turning.flow(x, y)"),
        ("net.fit_generator(rows, 9)", "net.fit_generator in line 6 trains on rows unchanged"),
        ("import tensorflow as tf\nnet.fit(rows.map(lambda x, y: (tf.image.random_crop(x, size), y)))",
         "in line 7 trains on rows.map(lambda x, y: (tf.image.random_crop(x, size), y))"),
    ],
)  # fmt: skip
def test_what_is_trained_on_in_place_of_a_generator(fits: str, told: str) -> None:
    text = f"""\
from tensorflow.keras import Sequential, layers
from tensorflow.keras.preprocessing.image import ImageDataGenerator
turning = ImageDataGenerator(rotation_range=9)
mirrored = ImageDataGenerator(horizontal_flip=True)
net = Sequential([layers.Flatten(), layers.Dense(2)])
{fits}
"""
    found = lint_source(Source("train.py", text), [load_rules()["OVF407"]]).findings
    (finding,) = (each for each in found if each.location.line == 4)
    assert finding.message.endswith(told)


def test_a_cached_shuffle_is_told_as_it_is_written() -> None:
    text = """
import keras
import tensorflow as tf
rows = tf.data.Dataset.from_tensor_slices((x, y)) \\
    .shuffle(buffer_size=1000, seed=4,).batch(8).cache()
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(rows, epochs=20)
"""
    (finding,) = lint_source(Source("train.py", text), [load_rules()["OVF404"]]).findings
    assert "first epoch: shuffle(buffer_size=1000, seed=4) shuffles once" in finding.message


STOPPED = """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=30)
model.fit(x, y, epochs={}, validation_split=0.2, callbacks=[stop])
model.save("model.keras")
"""


def test_a_stop_of_older_versions_is_told_as_such() -> None:
    text = STOPPED.format(90).replace('"mse"', '"mse", metrics=["accuracy"]')
    text = text.replace("Stopping(", 'Stopping("val_acc", ')
    (finding,) = lint_source(Source("train.py", text), [load_rules()["OVF502"]]).findings
    assert finding.message == (
        "where it stops, before Keras 2.3, model keeps the weights of its last epoch, 30 epochs "
        "after the best val_acc"
    )


@pytest.mark.parametrize(
    ("epochs", "told"),
    [
        (100, "when it stops, model keeps the weights of its last epoch, 30 epochs after the best"),
        (25, "it does not stop model.fit before its 25 epochs are over, and leaves the weights"),
    ],
)
def test_which_weights_a_stop_leaves(epochs: int, told: str) -> None:
    text = STOPPED.format(epochs)
    (finding,) = lint_source(Source("train.py", text), [load_rules()["OVF502"]]).findings
    assert told in finding.message


NEVER_LOGGED = """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
best = keras.callbacks.ModelCheckpoint({path}, monitor={monitor!r}, save_best_only=True)
history = model.fit(x, y, epochs=9, callbacks=[best]{validation})
print(history.history[{key!r}])
"""


@pytest.mark.parametrize(
    ("code", "asked", "told"),
    [
        ("OVF504", {"monitor": "val_acc"}, "it logs val_accuracy, val_loss"),
        ("OVF504", {"monitor": "acc"}, "it logs accuracy, loss"),
        ("OVF512", {"key": "val_acc"}, "it logs val_accuracy, val_loss"),
        ("OVF512", {"key": "acc", "validation": ""}, "it logs accuracy, loss"),
        ("OVF512", {"key": "val_acc", "validation": ""}, "it has no validation data"),
        ("OVF806", {"path": "'{val_acc}.keras'"}, "it logs val_accuracy, val_loss"),
        ("OVF806", {"path": "'{acc}.keras'", "validation": ""}, "it logs accuracy, loss"),
        ("OVF806", {"path": "'{val_acc}.keras'", "validation": ""}, "has no validation data"),
    ],
)
def test_which_keys_are_logged_in_place_of_one(code: str, asked: dict[str, str], told: str) -> None:
    plain = {
        "path": "path",
        "monitor": "loss",
        "key": "loss",
        "validation": ", validation_split=0.2",
    }
    text = NEVER_LOGGED.format(**{**plain, **asked})
    (finding,) = lint_source(Source("train.py", text), [load_rules()[code]]).findings
    assert told in finding.message


@pytest.mark.parametrize(
    ("code", "read", "validation", "advice"),
    [
        ("OVF512", 'result.history["acc"]', "", 'write result.history["accuracy"], as'),
        ("OVF512", 'pd.DataFrame(result.history)[["acc"]]', "", 'write "accuracy", as'),
        (
            "OVF512",
            'model.fit(x, y, epochs=9, batch_size=32, verbose=0).history["acc"]',
            "",
            'write "accuracy", as',
        ),
        ("OVF512", 'result.history["val_acc"]', "", 'validation data and read "val_accuracy", or'),
        ("OVF512", 'result.history["val_mae"]', "", "give the fit validation data, or leave"),
        (
            "OVF504",
            'stop("val_acc")',
            "",
            '(or validation_split), and write monitor="val_accuracy"',
        ),
        ("OVF504", 'stop("val_loss")', "", "(or validation_split), so that there is something"),
        ("OVF504", 'stop("val_acc")', ", validation_split=0.1", 'monitor="val_accuracy", as'),
    ],
)
def test_how_to_name_what_is_logged(code: str, read: str, validation: str, advice: str) -> None:
    text = f"""
import keras
import pandas as pd
def stop(monitor):
    return keras.callbacks.EarlyStopping(monitor, mode="max")
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["accuracy"])
result = model.fit(x, y, epochs=9{validation}, callbacks=[{read if "stop" in read else ""}])
print({read})
"""
    (finding,) = lint_source(Source("train.py", text), [load_rules()[code]]).findings
    assert finding.fix is not None
    assert advice in finding.fix.message


PREPARING = """
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
def fitted(rows):
    scaler = StandardScaler()
    scaler.fit(rows)
    return scaler
def scaled(rows):
    return StandardScaler().fit_transform(rows)
def halves(rows, prices):
    return train_test_split(scaled(rows), prices)
"""

TRAINING = """
import keras
from sklearn.model_selection import train_test_split
from preparing import fitted, halves, scaled
{}
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x_train, y_train, epochs=9, validation_data=(x_test, y_test))
"""


@pytest.mark.parametrize(
    ("lines", "places"),
    [
        ("scaler = fitted(rows)\nx = scaler.transform(rows)\n"
         "x_train, x_test, y_train, y_test = train_test_split(x, prices)", [6]),
        ("x = scaled(rows)\nx_train, x_test, y_train, y_test = train_test_split(x, prices)", [6]),
        ("x_train, x_test, y_train, y_test = halves(rows, prices)", []),
        ("x_train, x_test, y_train, y_test = train_test_split(rows, prices)\n"
         "scaler = fitted(x_train)\nx_train = scaler.transform(x_train)", []),
    ],
)  # fmt: skip
def test_what_another_module_fits_is_told_where_the_script_splits(
    tmp_path: Path, lines: str, places: list[int]
) -> None:
    (tmp_path / "preparing.py").write_text(PREPARING)
    source = Source(str(tmp_path / "train.py"), TRAINING.format(lines))
    found = lint_source(source, [load_rules()["OVF105"]], ScriptOptions(root=tmp_path)).findings
    assert [each.location.line for each in found] == places
    assert all("of preparing.py" in each.message for each in found)


@pytest.mark.parametrize("method", ["fit", "fit_generator"])
def test_the_training_data_are_told_by_their_own_name(method: str) -> None:
    text = f"""
import keras
net = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
net.compile("adam", "categorical_crossentropy")
net.{method}(photos, epochs=9, validation_data=others)
"""
    (finding,) = lint_source(Source("train.py", text), [load_rules()["OVF201"]]).findings
    assert "the classes of photos" in finding.message


@pytest.mark.parametrize(
    ("made", "subject", "end", "advice"),
    [
        ("stop = EarlyStopping()", "stop", "EarlyStopping does nothing", "pass stop instead"),
        (
            "these = [EarlyStopping()]",
            "this EarlyStopping",
            "it does nothing",
            "pass this one instead",
        ),
    ],
)
def test_a_callback_without_a_name_is_not_all_of_its_kind(
    made: str, subject: str, end: str, advice: str
) -> None:
    text = f"""
import keras
from keras.callbacks import EarlyStopping
def build():
    model = keras.Sequential([keras.layers.Dense(1)])
    {made}
    model.compile("adam", "mse")
    return model
net = build()
net.fit(x, y, epochs=9, validation_split=0.1, callbacks=[EarlyStopping(patience=3)])
"""
    (finding,) = lint_source(Source("train.py", text), [load_rules()["OVF507"]]).findings
    assert finding.message == f"{subject} is made and never passed to net.fit: {end}"
    assert finding.fix is not None and advice in finding.fix.message


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ("", "pass it: net.fit(…, callbacks=[best])"),
        (", callbacks=None", "pass it: net.fit(…, callbacks=[best])"),
        (", callbacks=[stop]", "add it to the list: net.fit(…, callbacks=[…, best])"),
        (", callbacks=watching", "add it to watching, the callbacks of net.fit"),
        (", callbacks=stop", "pass it too: net.fit(…, callbacks=[stop, best])"),
    ],
)
def test_a_forgotten_callback_goes_to_those_that_are_passed(given: str, advice: str) -> None:
    text = f"""
import keras
net = keras.Sequential([keras.layers.Dense(1)])
net.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)
best = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
watching = [stop]
net.fit(x, y, epochs=9, validation_split=0.1{given})
"""
    findings = lint_source(Source("train.py", text), [load_rules()["OVF507"]]).findings
    told = [each.fix.message for each in findings if each.fix is not None]
    assert told[-1] == advice


SCALED = """
import keras
import matplotlib.pyplot as plt
from sklearn.metrics import mean_squared_error
from sklearn.preprocessing import MinMaxScaler
scaler = MinMaxScaler()
rows = scaler.fit_transform(prices)
past, future = rows[:900], rows[900:]
net = keras.Sequential([keras.layers.LSTM(8), keras.layers.Dense(1)])
net.compile("adam", "mse")
net.fit(past[:-1], past[1:], epochs=9)
guessed = scaler.inverse_transform(net.predict(future[:-1]))
"""


@pytest.mark.parametrize(
    ("use", "told"),
    [
        ("plt.plot(guessed)", "of which line 12 predicts a slice: the predictions are too good"),
        (
            "print(mean_squared_error(prices[901:], guessed))",
            "of which line 12 scores a slice: the score is too good",
        ),
    ],
)
def test_whether_a_slice_is_scored_or_only_predicted(use: str, told: str) -> None:
    (finding,) = lint_source(Source("train.py", SCALED + use), [load_rules()["OVF105"]]).findings
    assert told in finding.message


@pytest.mark.parametrize(
    ("loss", "told"),
    [
        ("categorical_crossentropy", "the last class wins"),
        ("mse", "where they stand sorted, the last ones win"),
    ],
)
def test_only_classes_are_told_to_be_sorted_by_class(loss: str, told: str) -> None:
    text = f"""
import keras
net = keras.Sequential([keras.layers.Dense(3)])
net.compile("adam", "{loss}")
net.fit(x, y, epochs=9, validation_split=0.1, shuffle=False)
"""
    (finding,) = lint_source(Source("train.py", text), [load_rules()["OVF406"]]).findings
    assert finding.message.endswith(told)


SAVED = """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["mae"])
kept = keras.callbacks.ModelCheckpoint({})
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[kept])
model.predict(x_test)
"""


@pytest.mark.parametrize(
    ("checkpoint", "message", "advice"),
    [
        (
            '"best.keras", save_best_only=True',
            '"best.keras" holds the best weights of model',
            'after the fit: model = keras.models.load_model("best.keras")',
        ),
        (
            '"{epoch:02d}-{val_loss:.2f}.h5", save_best_only=True',
            'the newest file named by "{epoch:02d}-{val_loss:.2f}.h5" holds the best weights',
            'such as "best.keras", which each better epoch overwrites; after the fit: model = '
            'keras.models.load_model("best.keras")',
        ),
        (
            '"best.keras", monitor="loss", save_best_only=True',
            '"best.keras" holds the weights of model with the lowest loss, but model.predict',
            'after the fit: model = keras.models.load_model("best.keras")',
        ),
        (
            '"{epoch}.keras", "mae", mode="max", save_best_only=True',
            'the newest file named by "{epoch}.keras" holds the weights of model with the best mae',
            'such as "best.keras"',
        ),
        (
            'f"{folder}/{{val_loss}}.weights.h5", save_best_only=True, save_weights_only=True',
            'the newest file named by f"{folder}/{{val_loss}}.weights.h5" holds',
            'overwrites; call model.load_weights("best.weights.h5") after the fit',
        ),
        (
            '"weights.{epoch}", save_best_only=True, save_weights_only=True',
            'the newest file named by "weights.{epoch}" holds',
            'a path without placeholders, such as "best.weights.h5"',
        ),
    ],
)
def test_which_file_holds_the_best_weights(checkpoint: str, message: str, advice: str) -> None:
    (finding,) = lint_source(
        Source("train.py", SAVED.format(checkpoint)), [load_rules()["OVF803"]]
    ).findings
    assert finding.message.startswith(message)
    assert finding.fix is not None
    assert finding.fix.message.endswith(advice) or advice in finding.fix.message


@pytest.mark.parametrize(
    ("version", "path", "told"),
    [
        ("2.15", "{epoch}.hdf5", 'such as "best.hdf5"'),
        ("3.5", "{epoch}.hdf5", 'such as "best.keras"'),
        ("3.5", "{epoch}.h5", 'such as "best.keras"'),
        ("3.8", "{epoch}.h5", 'such as "best.h5"'),
    ],
)
def test_a_path_is_proposed_that_keras_takes(version: str, path: str, told: str) -> None:
    text = SAVED.format(f'"{path}", save_best_only=True')
    options = ScriptOptions(keras_version=version)
    (finding,) = lint_source(Source("train.py", text), [load_rules()["OVF803"]], options).findings
    assert finding.fix is not None
    assert told in finding.fix.message


@pytest.mark.parametrize(
    ("later", "told"),
    [
        ("model.predict(x_test)", "let the path end in .keras"),
        ("model.load_weights('old.h5')", "let the path end in .keras"),
        ("model.load_weights(path)", "let the path end in .keras, here and where it is loaded"),
        (
            "if False:\n    model.load_weights('best.hdf5')",
            "let the path end in .keras, here and where it is loaded",
        ),
    ],
)
def test_a_path_changes_where_it_may_be_loaded(later: str, told: str) -> None:
    text = SAVED.format('"best.hdf5"') + later
    (finding,) = lint_source(Source("train.py", text), [load_rules()["OVF804"]]).findings
    assert finding.fix is not None
    assert finding.fix.message == told


@pytest.mark.parametrize(
    ("checkpoint", "told"),
    [
        ('"{epoch}-{val_loss:.2f}.keras"', 'in one of the files named by "{epoch}-{val_loss:.2f}'),
        ('folder + "/{val_mae:.3f}.keras"', 'in one of the files named by folder + "/{val_mae'),
        ('"{epoch}.keras", period=10', "nothing keeps those"),
        ('"{epoch}.keras", save_freq=500', "nothing keeps those"),
        ('"model.keras"', "nothing keeps those"),
        ("path", "the checkpoint saves every epoch alike"),
    ],
)
def test_where_the_weights_of_the_best_epoch_are(checkpoint: str, told: str) -> None:
    text = SAVED.format(checkpoint)
    (finding,) = lint_source(Source("train.py", text), [load_rules()["OVF801"]]).findings
    assert told in finding.message


@pytest.mark.parametrize(
    ("monitor", "told"),
    [
        ("val_loss", "the epochs after the best one are wasted"),
        ("val_mae", "the epochs after the best one are wasted"),
        ("val_mse", "it goes on after it has begun to overfit"),
    ],
)
def test_what_a_fit_without_a_stop_costs(monitor: str, told: str) -> None:
    text = SAVED.format(f'"best.keras", monitor="{monitor}", save_best_only=True')
    (finding,) = lint_source(Source("train.py", text), [load_rules()["OVF501"]]).findings
    assert finding.message.endswith(told)


IMPORTED = """{}
best = ModelCheckpoint("best.keras", save_best_only=True)
model.compile("adam", "mse", metrics=["mae"])
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[best])
model.predict(x_test)
"""


@pytest.mark.parametrize(
    ("imports", "loader", "stopper"),
    [
        (
            "from keras import *\nfrom keras.callbacks import *",
            "load_model",
            "EarlyStopping",
        ),
        (
            "from tensorflow.keras.models import load_model\n"
            "from tensorflow.keras.callbacks import ModelCheckpoint",
            "load_model",
            "EarlyStopping",
        ),
        (
            "from tensorflow.python.keras.callbacks import ModelCheckpoint\n"
            "from keras.models import Sequential\nmodel = Sequential()",
            "load_model",
            "EarlyStopping",
        ),
        (
            "import tensorflow.python.keras as old\nfrom tensorflow import keras\n"
            "ModelCheckpoint = old.callbacks.ModelCheckpoint\nmodel = keras.Sequential()",
            "keras.models.load_model",
            "keras.callbacks.EarlyStopping",
        ),
        (
            "from tensorflow.keras.callbacks import ModelCheckpoint\n"
            "from keras.optimizers import EarlyStopping",
            "load_model",
            "tensorflow.keras.callbacks.EarlyStopping",
        ),
        (
            "import tensorflow as tf\nModelCheckpoint = tf.keras.callbacks.ModelCheckpoint",
            "tf.keras.models.load_model",
            "tf.keras.callbacks.EarlyStopping",
        ),
        (
            "from tensorflow import keras\nfrom keras.callbacks import ModelCheckpoint",
            "load_model",
            "EarlyStopping",
        ),
    ],
)
def test_advice_names_things_of_keras_as_the_script_does(
    imports: str, loader: str, stopper: str
) -> None:
    rules = [load_rules()["OVF501"], load_rules()["OVF803"]]
    found = lint_source(Source("train.py", IMPORTED.format(imports)), rules).findings
    advice = {each.code: each.fix.message for each in found if each.fix is not None}
    assert advice["OVF501"].startswith(f"add {stopper}(")
    assert advice["OVF501"].endswith(") to the callbacks of model.fit")
    assert advice["OVF803"].endswith(f'after the fit: model = {loader}("best.keras")')


PASSED = """
import keras
saved = keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
passed = [saved]
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=50, validation_split=0.2{})
"""


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ("", "pass callbacks=[{}]"),
        (", callbacks=None", "pass callbacks=[{}]"),
        (", callbacks=[saved]", "add {} to the callbacks of model.fit"),
        (", callbacks=passed", "add {} to passed, the callbacks of model.fit"),
    ],
)
def test_a_stopper_is_added_to_the_callbacks_that_are_passed(given: str, advice: str) -> None:
    text = PASSED.format(given)
    (finding,) = lint_source(Source("train.py", text), [load_rules()["OVF501"]]).findings
    stopper = (
        'keras.callbacks.EarlyStopping(monitor="val_loss", patience=5, restore_best_weights=True)'
    )
    assert finding.fix is not None and finding.fix.message == advice.format(stopper)


DECAYED = """{}
model.compile(optimizer, "mse")
model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[{}])
"""


@pytest.mark.parametrize(
    ("optimizer", "callback", "told"),
    [
        (
            "import tensorflow as tf\noptimizer = tf.keras.optimizers.Adam(0.1, decay=1e-4)",
            "",
            "replace decay by learning_rate=tf.keras.optimizers.schedules.InverseTimeDecay(…), or "
            "by ReduceLROnPlateau",
        ),
        (
            "from keras.optimizers import Adam\noptimizer = Adam(0.1, decay=1e-4)",
            "unseen",
            "replace decay by learning_rate=InverseTimeDecay(…) of keras.optimizers.schedules, or "
            "by ReduceLROnPlateau",
        ),
        (
            "from keras.callbacks import ReduceLROnPlateau as Lower\n"
            "from keras.optimizers import Adam\noptimizer = Adam(0.1, decay=1e-4)",
            "Lower()",
            "delete decay: Lower in line 5 lowers the rate already",
        ),
        (
            "import keras\nif small:\n    optimizer = keras.optimizers.SGD(0.1)\nelse:\n"
            "    optimizer = keras.optimizers.SGD(lr=0.1, decay=1e-4)",
            "keras.callbacks.LearningRateScheduler(rate)",
            "write learning_rate=0.1; delete decay: LearningRateScheduler in line 7 sets the rate "
            "already",
        ),
        (
            "import keras\nrate = keras.optimizers.schedules.CosineDecay(0.1, 1000)\n"
            "optimizer = keras.optimizers.SGD(rate, decay=1e-4)",
            "",
            "delete decay: CosineDecay lowers the rate already",
        ),
    ],
)
def test_what_takes_the_place_of_a_decay(optimizer: str, callback: str, told: str) -> None:
    text = DECAYED.format(optimizer, callback)
    (finding,) = lint_source(Source("train.py", text), [load_rules()["OVF706"]]).findings
    assert finding.fix is not None
    assert finding.fix.message == told


@pytest.mark.parametrize(
    ("calls", "told"),
    [
        ("built()\nbuilt(1e-2)", "since Keras 3 it is ignored"),
        ("built(1e-2)\nbuilt()", "since Keras 3 it is ignored"),
        ("built()\nbuilt(0)", "Adam(decay=decay) raises a ValueError in Keras 2.11 to 2.15"),
    ],
)
def test_a_decay_is_none_only_where_each_call_says_so(calls: str, told: str) -> None:
    text = f"import keras\ndef built(decay=0.0):\n    keras.optimizers.Adam(decay=decay)\n{calls}\n"
    (finding,) = lint_source(Source("train.py", text), [load_rules()["OVF706"]]).findings
    assert told in finding.message
    assert finding.fix is not None
    assert (finding.fix.message == "leave decay=0 out") is ("since" not in told)
    assert not finding.fix.edits


@pytest.mark.parametrize(
    ("epochs", "stopper", "told"),
    [
        (2, "patience=1", "train for more epochs"),
        (3, "patience=2", "set patience to 1, or train for more epochs"),
        (4, "patience=9", "set patience to about 2, or train for more epochs"),
        (50, "patience=90", "set patience to about 5, or train for more epochs"),
        (50, "patience=9, start_from_epoch=45", "set patience to 3, or train for more epochs"),
        (50, "start_from_epoch=48", "lower start_from_epoch, or train for more epochs"),
    ],
)
def test_a_patience_is_proposed_that_can_run_out(epochs: int, stopper: str, told: str) -> None:
    text = f"""
import keras
model.compile("adam", "mse")
stop = keras.callbacks.EarlyStopping({stopper})
model.fit(x, y, epochs={epochs}, validation_split=0.2, callbacks=[stop])
"""
    (finding,) = lint_source(Source("train.py", text), [load_rules()["OVF506"]]).findings
    assert finding.fix is not None
    assert finding.fix.message == told


LINEAR = """{}
model = tf.keras.Sequential([tf.keras.layers.Dense(5)])
model.compile("adam", {})
model.fit(x, y, epochs=9)
"""


@pytest.mark.parametrize(
    ("imports", "loss", "told"),
    [
        (
            "import tensorflow as tf",
            "'categorical_crossentropy'",
            "compile with loss=tf.keras.losses.CategoricalCrossentropy(from_logits=True)",
        ),
        (
            "import tensorflow as tf\n"
            "from tensorflow.keras.losses import sparse_categorical_crossentropy",
            "sparse_categorical_crossentropy",
            "compile with loss=SparseCategoricalCrossentropy(from_logits=True)",
        ),
        (
            "import tensorflow as tf",
            "tf.keras.losses.CategoricalCrossentropy()",
            "from_logits=True to the loss",
        ),
    ],
)
def test_how_a_loss_is_told_of_logits(imports: str, loss: str, told: str) -> None:
    source = Source("train.py", LINEAR.format(imports, loss))
    (finding,) = lint_source(source, [load_rules()["OVF909"]]).findings
    assert finding.fix is not None
    assert finding.fix.message == f'add activation="softmax" to the last layer, or {told}'


def test_a_last_layer_of_another_module_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "networks.py").write_text(
        "import keras\ndef build():\n    return keras.Sequential([keras.layers.Dense(5)])\n"
    )
    text = LINEAR.format("import keras\nfrom networks import build", '"binary_crossentropy"')
    text = text.replace("tf.keras.Sequential([tf.keras.layers.Dense(5)])", "build()")
    source, options = Source(str(tmp_path / "train.py"), text), ScriptOptions(root=tmp_path)
    (finding,) = lint_source(source, [load_rules()["OVF909"]], options).findings
    assert "the linear Dense(5) in line 3 of networks.py for" in finding.message


SCALED_BEFORE = """
import keras
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler, scale
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
scaled = {}
{}
"""


@pytest.mark.parametrize(
    ("made", "fitted", "message", "advice"),
    [
        (
            "StandardScaler().fit_transform(x)",
            "model.fit(scaled, y, epochs=9, validation_split=0.2)",
            "StandardScaler learns from all of x, of which validation_split in line 8 holds some "
            "out: val_loss is too good",
            "split first, call fit_transform on the training part only, and pass the other as "
            "validation_data instead of validation_split",
        ),
        (
            "scale(x)",
            "model.fit(scaled, y, epochs=9, validation_split=0.2)",
            "scale learns from all of x, of which validation_split in line 8 holds some out: "
            "val_loss is too good",
            "split first, fit a scaler on the training part only and transform both, and pass the "
            "other as validation_data instead of validation_split",
        ),
        (
            "StandardScaler().fit_transform(x)",
            "x_train, x_test, y_train, y_test = train_test_split(scaled, y)\n"
            "model.fit(x_train, y_train, epochs=9, validation_split=0.2)",
            "StandardScaler learns from all of x, of which line 8 holds some out: the score is too "
            "good",
            "split first, then call fit_transform on the training part only",
        ),
        (
            "StandardScaler().fit_transform(x)",
            "model.fit(scaled[:800], y[:800], validation_data=(scaled[800:], y[800:]))",
            "StandardScaler learns from all of x, of which line 8 scores a slice: the score is too "
            "good",
            "split first, then call fit_transform on the training part only",
        ),
    ],
)
def test_what_is_too_good_of_rows_that_a_scaler_knows(
    made: str, fitted: str, message: str, advice: str
) -> None:
    text = SCALED_BEFORE.format(made, fitted)
    (finding,) = lint_source(Source("train.py", text), [load_rules()["OVF105"]]).findings
    assert finding.fix is not None
    assert (finding.message, finding.fix.message) == (message, advice)


@pytest.mark.parametrize(
    ("layer", "loss", "told", "advice"),
    [
        (
            'layers.Dense(3, activation="softmax")',
            "SparseCategoricalCrossentropy",
            "with TensorFlow Keras warns and takes the values before its softmax, with JAX or "
            "PyTorch the softmax counts twice",
            'leave from_logits out, or activation="softmax"',
        ),
        (
            'layers.Dense(2, activation="sigmoid")',
            "SparseCategoricalCrossentropy",
            "with TensorFlow Keras warns and trains a softmax in place of its sigmoid, with JAX or "
            "PyTorch the sigmoid counts twice",
            'use activation="softmax" and leave from_logits out, or leave out activation="sigmoid"',
        ),
        (
            'layers.TimeDistributed(layers.Dense(3, activation="softmax"))',
            "CategoricalCrossentropy",
            "probabilities: its softmax counts twice",
            'leave from_logits out, or activation="softmax"',
        ),
        (
            'layers.Dense(1, activation="sigmoid")',
            "BinaryFocalCrossentropy",
            "probabilities: its sigmoid counts twice",
            'leave from_logits out, or activation="sigmoid"',
        ),
    ],
)
def test_what_becomes_of_probabilities_that_are_taken_for_logits(
    layer: str, loss: str, told: str, advice: str
) -> None:
    text = f"""
import keras
from keras import layers
model = keras.Sequential([{layer}])
model.compile("adam", keras.losses.{loss}(from_logits=True))
"""
    rule = load_rules()["OVF909"]
    (finding,) = lint_source(Source("train.py", text), [rule]).findings
    assert finding.message.endswith(told)
    assert finding.fix is not None
    assert (finding.level, finding.fix.message) == (Level.WARNING, advice)


@pytest.mark.parametrize(
    ("loss", "version", "told"),
    [
        ("CategoricalCrossentropy", "2.15", "Keras warns, and takes the values before its softmax"),
        ("CategoricalFocalCrossentropy", "2.15", "Keras warns, and takes the values before its"),
        ("CategoricalFocalCrossentropy", "3.15", "probabilities: its softmax counts twice"),
        ("CategoricalFocalCrossentropy", None, "since Keras 3 its softmax counts twice"),
    ],
)
def test_keras_2_takes_the_values_before_a_softmax(
    loss: str, version: str | None, told: str
) -> None:
    text = f"""
import keras
model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
model.compile("adam", keras.losses.{loss}(from_logits=True))
"""
    rules, options = [load_rules()["OVF909"]], ScriptOptions(version)
    (finding,) = lint_source(Source("train.py", text), rules, options).findings
    assert told in finding.message
