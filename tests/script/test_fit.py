"""Fits as the script model sees them: arguments, epochs, validation, callbacks, exemptions."""

from textwrap import dedent

import pytest

from overfitcheck.script.fit import Fit
from overfitcheck.script.script import Script, read_script

HEAD = """
import keras
from tensorflow.keras.callbacks import CSVLogger, EarlyStopping, ModelCheckpoint, TensorBoard
from sklearn.model_selection import train_test_split
model = keras.Sequential([keras.layers.Dense(8), keras.layers.Dense(1)])
model.compile("adam", "mse")
"""


def script(body: str) -> Script:
    return read_script(HEAD + dedent(body), "train.py")


def only_fit(body: str) -> Fit:
    fits = script(body).fits
    assert len(fits) == 1
    return fits[0]


@pytest.mark.parametrize(
    ("body", "epochs"),
    [
        ("model.fit(x, y, epochs=30)", (30, 30)),
        ("model.fit(x, y, 32, 30)", (30, 30)),
        ("model.fit(x, y, nb_epoch=30)", (30, 30)),
        ("model.fit(x, y, batch_size=8)", (1, 1)),
        ("model.fit(x, y, epochs=30, initial_epoch=10)", (20, 20)),
        ("N = 3\nmodel.fit(x, y, epochs=N * 10)", (30, 30)),
        ("o = dict(epochs=30)\no['verbose'] = 0\nmodel.fit(x, y, **o)", (30, 30)),
        ("model.fit(x, y, **options)", None),
        ("model.fit(x, y, epochs=count())", None),
        ("n = 5 if fast else 50\nmodel.fit(x, y, epochs=n)", (5, 50)),
        ("if fast:\n    n = 5\nelse:\n    n = 50\nmodel.fit(x, y, epochs=n)", (5, 50)),
        ("fast = False\nn = 5 if fast else 50\nmodel.fit(x, y, epochs=n)", (50, 50)),
        ("def go(n=30):\n    model.fit(x, y, epochs=n)", (30, 30)),
        ("def go(n=30):\n    model.fit(x, y, epochs=n)\ngo(40)", (40, 40)),
        ("def go(n):\n    model.fit(x, y, epochs=n)", None),
        ("def n():\n    return 30\nmodel.fit(x, y, epochs=n())", (30, 30)),
        ("class C:\n    n = 30\nmodel.fit(x, y, epochs=C.n)", (30, 30)),
        ("class C:\n    def __init__(self): self.n = 30\nmodel.fit(x, y, epochs=C().n)", (30, 30)),
        (
            "import argparse\np = argparse.ArgumentParser()\n"
            "p.add_argument('-e', '--n-epochs', type=int, default=30)\n"
            "a = p.parse_args()\nmodel.fit(x, y, epochs=a.n_epochs)",
            (30, 30),
        ),
        (
            "from absl import flags\nflags.DEFINE_integer('n', 30, '')\nF = flags.FLAGS\n"
            "model.fit(x, y, epochs=F.n)",
            (30, 30),
        ),
        (
            "import functools\ntrain = functools.partial(model.fit, epochs=30)\ntrain(x, y)",
            (30, 30),
        ),
    ],
)
def test_epochs(body: str, epochs: tuple[int, int] | None) -> None:
    assert only_fit(body).epochs == epochs


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("model.fit(x, y)", "model.fit"),
        ("model.fit_generator(rows, 9)", "model.fit_generator"),
        ("import functools\ntrain = functools.partial(model.fit, epochs=5)\ntrain(x, y)", "train"),
    ],
)
def test_a_fit_is_named_as_the_text_calls_it(body: str, name: str) -> None:
    assert only_fit(body).name == name


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("model.fit(x, y, epochs=3)", False),
        ("model.fit(x, y, epochs=3, validation_data=None)", False),
        ("model.fit(x, y, epochs=3, validation_split=0.0)", False),
        ("model.fit(x, y, epochs=3, validation_split=0.2)", True),
        ("model.fit(x, y, epochs=3, validation_data=(a, b))", True),
        ("model.fit(x, y, epochs=3, **more)", None),
        ("model.fit(x, y, *more, epochs=3)", None),
        ("def go(v=None):\n    model.fit(x, y, epochs=3, validation_data=v)", None),
        ("v = (a, b) if careful else None\nmodel.fit(x, y, epochs=3, validation_data=v)", None),
        ("def go(v=None):\n    model.fit(x, y, epochs=3, validation_data=v)\ngo()", False),
    ],
)
def test_validation(body: str, expected: bool | None) -> None:
    assert only_fit(body).has_validation is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("model.fit(x, y, epochs=3)", False),
        ("model.fit(x, y, epochs=3, callbacks=[])", False),
        ("model.fit(x, y, epochs=3, callbacks=[EarlyStopping()])", True),
        ("model.fit(x, y, epochs=3, callbacks=EarlyStopping())", True),
        ("model.fit(x, y, 8, 3, 0, [EarlyStopping()])", True),
        ("model.fit(x, y, epochs=3, callbacks=[ModelCheckpoint('a.keras')])", False),
        ("c = []\nc.append(EarlyStopping())\nmodel.fit(x, y, epochs=3, callbacks=c)", True),
        ("c = [ModelCheckpoint('a.keras')]\nif early:\n    c.append(EarlyStopping())\n"
         "model.fit(x, y, epochs=3, callbacks=c)", True),
        ("c = []\nif saving:\n    c.append(ModelCheckpoint('a.keras'))\n"
         "model.fit(x, y, epochs=3, callbacks=c)", False),
        ("c = []\nif log:\n    c.append(TensorBoard())\nprepare(c)\n"
         "model.fit(x, y, epochs=3, callbacks=c)", None),
        ("c = [ModelCheckpoint('a.keras')]\nprepare(c)\nmodel.fit(x, y, epochs=3, callbacks=c)",
         None),
        ("c = [ModelCheckpoint('a.keras')] + [EarlyStopping()]\n"
         "model.fit(x, y, epochs=3, callbacks=c)", True),
        ("c = [ModelCheckpoint('a.keras'), *others]\nmodel.fit(x, y, epochs=3, callbacks=c)", None),
        ("c = []\nif log:\n    c.append(TensorBoard())\nmodel.fit(x, y, epochs=3, callbacks=c)",
         False),
        ("c = []\nif log:\n    c += [TensorBoard()]\nc = c + [CSVLogger('a')]\n"
         "model.fit(x, y, epochs=3, callbacks=c)", False),
        ("c = []\nfor each in places:\n    c.insert(0, CSVLogger(each))\n"
         "model.fit(x, y, epochs=3, callbacks=c.copy())", False),
        ("c = []\nif stop:\n    c.extend([EarlyStopping()])\nmodel.fit(x, y, epochs=3, callbacks=c)",
         True),
        ("c = []\nif log:\n    c.append(logger())\nmodel.fit(x, y, epochs=3, callbacks=c)", None),
        ("c = []\nif log:\n    c.append(TensorBoard())\nc[-1] = other\n"
         "model.fit(x, y, epochs=3, callbacks=c)", None),
        ("c = []\nif log:\n    c.append(TensorBoard())\nc.extend(others)\n"
         "model.fit(x, y, epochs=3, callbacks=c)", None),
        ("from mine import callbacks\nmodel.fit(x, y, epochs=3, callbacks=callbacks)", None),
        ("def c():\n    return [EarlyStopping(patience=3)]\nmodel.fit(x, y, epochs=3, callbacks=c())",
         True),
        ("class Stop(keras.callbacks.Callback):\n    def on_epoch_end(self, epoch, logs=None):\n"
         "        self.model.stop_training = True\nmodel.fit(x, y, epochs=3, callbacks=[Stop()])",
         True),
        ("class Log(keras.callbacks.Callback):\n    def on_epoch_end(self, epoch, logs=None):\n"
         "        print(logs)\nmodel.fit(x, y, epochs=3, callbacks=[Log()])", False),
        ("class Mine(EarlyStopping):\n    pass\nmodel.fit(x, y, epochs=3, callbacks=[Mine()])",
         True),
        ("from theirs import Stop\nmodel.fit(x, y, epochs=3, callbacks=[Stop()])", None),
    ],
)  # fmt: skip
def test_early_stopping_among_the_callbacks(body: str, expected: bool | None) -> None:
    assert only_fit(body).callbacks.has("EarlyStopping") is expected


@pytest.mark.parametrize(
    "body",
    [
        "scaler.fit(x)",
        "from sklearn.svm import SVC\nSVC().fit(x, y)",
        "from sklearn.linear_model import SGDClassifier\nSGDClassifier().fit(x, y, callbacks=[])",
        "tokenizer.fit(texts)",
        "from keras.preprocessing.image import ImageDataGenerator\nImageDataGenerator().fit(x)",
        "from scikeras.wrappers import KerasClassifier\nKerasClassifier(m).fit(x, y, epochs=30)",
        "import keras_tuner\ntuner = keras_tuner.Hyperband(f)\ntuner.search(x, y, epochs=30)",
        "from theirs import Net\nNet([]).fit(x, y, epochs=30, micro_batch_size=8)",
        "def train(net):\n    net.fit(x, y, epochs=30, batch_size=32, warm_up_epochs=3)",
    ],
)
def test_what_is_no_fit_of_a_keras_model(body: str) -> None:
    assert script(body).fits == ()


@pytest.mark.parametrize(
    "body",
    [
        "from theirs import Net\nNet([]).fit(x, y, epochs=30, workers=8)",
        "from theirs import build\nbuild().fit(X=x, y=y, nb_epoch=30, show_accuracy=True)",
        "def train(net):\n    net.fit_generator(generator=rows, epochs=30, max_q_size=1)",
        "model.fit(x, y, epochs=30, micro_batch_size=8)",
        "if wide:\n    model = keras.Sequential([])\nmodel.fit(x, y, epochs=30, batch=8)",
    ],
)
def test_what_may_be_a_fit_of_a_keras_model(body: str) -> None:
    assert script(body).fits


@pytest.mark.parametrize(
    ("body", "exempt"),
    [
        ("model.fit(x, y, epochs=50)", False),
        ("model.fit(x, y, epochs=3)", True),
        ("model.fit(x, x, epochs=50)", True),
        ("model.fit(x / 255, x.reshape(-1, 4), epochs=50)", True),
        ("x, y = d[:, :-1], d[:, -1]\nmodel.fit(x, y, epochs=50)", False),
        ("x, y = d[:, 0:8], d[:, [8]]\nmodel.fit(x, y, epochs=50)", False),
        ("x, y = d.drop(columns=['c']), d[['c']]\nmodel.fit(x, y, epochs=50)", False),
        ("x, y = d.iloc[:, 1:].values, d.iloc[:, :1].values\nmodel.fit(x, y, epochs=50)", False),
        ("x, y = d[:, 1:] + noise, d[:, 1:]\nmodel.fit(x, y, epochs=50)", True),
        ("x, y = d[:900, :] / 255, d[:900]\nmodel.fit(x, y, epochs=50)", True),
        (
            "import pandas as pd\nd = pd.read_csv('d.csv')\nx = pd.DataFrame(d, columns=['a', 'b'])\n"
            "y = pd.DataFrame(d, columns=['c'])\nmodel.fit(x, y, epochs=50)",
            False,
        ),
        (
            "import pandas as pd\nx = pd.DataFrame(d, columns=names)\nmodel.fit(x, d, epochs=50)",
            True,
        ),
        ("import numpy as np\nx = np.random.rand(9, 9)\nmodel.fit(x, y, epochs=50)", True),
        (
            "import numpy as np\na, b = np.random.normal(size=(9, 2)), np.random.normal(3, 1, (9, 2))\n"
            "x = np.vstack((a, b)).astype(np.float32)\nmodel.fit(x, y, epochs=50)",
            True,
        ),
        (
            "import numpy as np\nfrom sklearn.model_selection import train_test_split\n"
            "a, b, c, d = train_test_split(np.random.rand(9, 9), np.load('y.npy'))\n"
            "model.fit(a, c, epochs=50)",
            True,
        ),
        (
            "from sklearn.datasets import make_moons\n"
            "from sklearn.model_selection import train_test_split\nx, y = make_moons(900)\n"
            "a, b, c, d = train_test_split(x, y)\nmodel.fit(a, c, epochs=50)",
            False,
        ),
        (
            "import numpy as np\nx = np.concatenate([np.load('x.npy'), np.random.rand(9, 9)])\n"
            "model.fit(x, y, epochs=50)",
            False,
        ),
        ("vae = model\nvae.fit(x, y, epochs=50)", True),
        ("autoencoder = model\nautoencoder.fit(x, y, epochs=50)", True),
        ("model.name = 'x'\nAutoEncoder = model\nAutoEncoder.fit(x, y, epochs=50)", True),
        ("from nets import build_vae\nm = build_vae(9)\nm.fit(x, y, epochs=50)", True),
        ("import nets\nm = nets.factory().make_gan(9)\nm.fit(x, y, epochs=50)", True),
        ("from nets import build_net\nm = build_net(9)\nm.fit(x, y, epochs=50)", False),
        (
            "class VAE:\n    def build(self): return keras.Sequential()\n"
            "m = VAE().build()\nm.fit(x, y, epochs=50)",
            True,
        ),
        (
            "import numpy as np\nx = np.sort(9 * np.random.rand(9, 1))\nmodel.fit(x, y, epochs=50)",
            True,
        ),
        ("import numpy as np\nx = np.sort(np.load('x.npy'))\nmodel.fit(x, y, epochs=50)", False),
        ("text_encoder = model\ntext_encoder.fit(x, y, epochs=50)", False),
        ("glove_model = model\nglove_model.fit(x, y, epochs=50)", False),
        ("def objective(trial):\n    model.fit(x, y, epochs=50)", True),
        ("def run(x, y):\n    model.fit(x, y, epochs=50)\n    return {'status': STATUS_OK}", True),
        (
            "class M(keras.Model):\n    def train_step(self, d): pass\nM().fit(x, y, epochs=50)",
            True,
        ),
    ],
)
def test_exemptions(body: str, exempt: bool) -> None:
    assert only_fit(body).is_exempt is exempt


def test_a_warm_up_is_exempt_and_the_fit_after_it_is_not() -> None:
    first, second = script("model.fit(x, y, epochs=30)\nmodel.fit(x, y, epochs=100)").fits
    assert first.is_warm_up
    assert not second.is_warm_up


def test_a_fit_in_another_method_stands_for_the_first_one() -> None:
    first, second = script(
        "class Trainer:\n"
        "    def __init__(self): self.net = keras.Sequential()\n"
        "    def train(self, x, epochs): self.net.fit(x, epochs=epochs)\n"
        "    def train_all(self, rows, epochs): self.net.fit(rows, epochs=epochs)"
    ).fits
    assert not first.is_warm_up
    assert not second.is_warm_up


def test_a_fit_of_one_of_two_models_is_one_fit() -> None:
    body = "m = model if small else keras.Sequential()\nm.fit(x, y, epochs=30)"
    assert [len(group) for group in script(body).alternatives] == [2]


def test_the_compile_in_force() -> None:
    body = "model.compile('sgd', 'mae', metrics=['mse'])\nmodel.fit(x, y, epochs=5)"
    fit = only_fit(body)
    assert fit.log_keys is not None
    assert fit.log_keys.metrics == {"loss", "mse"}


def test_positions_count_from_one() -> None:
    found = read_script("import keras\nm = keras.Sequential()\nm.fit(x, epochs=2)\n", "t.py")
    assert found.position(found.fits[0].node) == (3, 1, 3, 19)


@pytest.mark.parametrize(
    ("body", "used"),
    [
        ("model.fit(x, y, epochs=9)", False),
        ("model.evaluate(x, y)\nmodel.fit(x, y, epochs=9)", False),
        ("model.fit(x, y, epochs=9)\nmodel.evaluate(x, y)", True),
        ("model.fit(x, y, epochs=9)\nmodel.save('a.keras')", True),
        ("model.fit(x, y, epochs=9)\nother.evaluate(x, y)", False),
        ("def go():\n    model.fit(x, y, epochs=9)\n    return model\ngo().predict(x)", True),
    ],
)
def test_use_after_the_fit(body: str, used: bool) -> None:
    assert bool(only_fit(body).uses) is used


@pytest.mark.parametrize(
    ("callbacks", "watched"),
    [
        ("[EarlyStopping('loss')]", False),
        ("[hvd.callbacks.BroadcastGlobalVariablesCallback(0)]", False),
        ("their_callbacks", False),
        ("[RocCallback(x_val, y_val)]", True),
        ("make_callbacks(test)", True),
    ],
)
def test_who_may_watch_a_fit_without_validation_data(callbacks: str, watched: bool) -> None:
    assert only_fit(f"model.fit(x, y, epochs=9, callbacks={callbacks})").is_watched is watched


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        ("# Overfit a single batch:\n# it can learn\nmodel.fit(x, y, epochs=30)", True),
        ("model.fit(x, y, epochs=30)  # a sanity check", True),
        ("h = model.fit(few, y,\n    epochs=30)  # sanity", True),
        ("# Stop before overfitting\nmodel.fit(x, y, epochs=30)", False),
        ("# sanity check\nprint(x)\nmodel.fit(x, y, epochs=30)", False),
        ("model.fit(x, y, epochs=30)", False),
    ],
)
def test_a_comment_tells_that_a_fit_is_meant_to_overfit(body: str, meant: bool) -> None:
    assert only_fit(body).is_sanity_check is meant
