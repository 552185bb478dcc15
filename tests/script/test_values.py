"""What expressions stand for, seen through what a fit is told: its epochs and its callbacks."""

from textwrap import dedent

import pytest

from overfitcheck.script.fit import Fit
from overfitcheck.script.script import read_script
from overfitcheck.script.values import Text, constant

HEAD = """
import keras
import argparse, functools, os, types
from dataclasses import dataclass, field
from typing import NamedTuple
from tensorflow.keras.callbacks import EarlyStopping, ModelCheckpoint
model = keras.Sequential([keras.layers.Dense(8), keras.layers.Dense(1)])
model.compile("adam", "mse")
"""


def only_fit(body: str) -> Fit:
    fits = read_script(HEAD + dedent(body), "train.py").fits
    assert len(fits) == 1
    return fits[0]


@pytest.mark.parametrize(
    ("body", "epochs"),
    [
        # Settings, in whatever holds them.
        ("c = types.SimpleNamespace(epochs=30)\nmodel.fit(x, y, epochs=c.epochs)", (30, 30)),
        ("@dataclass\nclass C:\n    epochs: int = 30\nmodel.fit(x, y, epochs=C().epochs)", (30, 30)),
        ("@dataclass\nclass C:\n    epochs: int = 30\nmodel.fit(x, y, epochs=C(epochs=50).epochs)",
         (50, 50)),
        ("@dataclass\nclass C:\n    epochs: int = field(default=30)\n"
         "model.fit(x, y, epochs=C().epochs)", (30, 30)),
        ("@dataclass\nclass C:\n    epochs: int = field(default_factory=lambda: 30)\n"
         "model.fit(x, y, epochs=C().epochs)", (30, 30)),
        ("@dataclass\nclass C:\n    size: int\n    epochs: int = 30\n"
         "model.fit(x, y, epochs=C(8, 50).epochs)", (50, 50)),
        ("class C(NamedTuple):\n    epochs: int = 30\nmodel.fit(x, y, epochs=C().epochs)", (30, 30)),
        ("class C:\n    epochs = 30\nmodel.fit(x, y, epochs=C.epochs)", (30, 30)),
        ("class C:\n    epochs = 30\nC.epochs = 50\nmodel.fit(x, y, epochs=C.epochs)", (50, 50)),
        ("p = argparse.ArgumentParser()\np.add_argument('--epochs', type=int, default=30)\n"
         "a = vars(p.parse_args())\nmodel.fit(x, y, epochs=a['epochs'])", (30, 30)),
        ("p = argparse.ArgumentParser()\np.add_argument('--epochs', type=int)\n"
         "p.set_defaults(epochs=30)\na = p.parse_args()\nmodel.fit(x, y, epochs=a.epochs)", (30, 30)),
        ("p = argparse.ArgumentParser()\np.add_argument('--epochs', type=int)\n"
         "a = p.parse_args()\nmodel.fit(x, y, epochs=a.epochs)", None),
        ("p = argparse.ArgumentParser()\np.add_argument('--epochs', required=True, default=30)\n"
         "a = p.parse_args()\nmodel.fit(x, y, epochs=a.epochs)", None),
        ("p = argparse.ArgumentParser()\np.add_argument('--epochs', required=False, default=30)\n"
         "a = p.parse_args()\nmodel.fit(x, y, epochs=a.epochs)", (30, 30)),
        ("p = argparse.ArgumentParser()\np.add_argument('epochs', type=int, default=30)\n"
         "a = p.parse_args()\nmodel.fit(x, y, epochs=a.epochs)", None),
        ("p = argparse.ArgumentParser()\np.add_argument('epochs', nargs='?', default=30)\n"
         "a = p.parse_args()\nmodel.fit(x, y, epochs=a.epochs)", (30, 30)),
        ("p = argparse.ArgumentParser()\np.add_argument('--epochs', default=30)\n"
         "a, _ = p.parse_known_args()\nmodel.fit(x, y, epochs=int(a.epochs))", (30, 30)),
        ("p = argparse.ArgumentParser()\ng = p.add_argument_group('t')\n"
         "g.add_argument('--epochs', default=30)\n"
         "a = p.parse_args()\nmodel.fit(x, y, epochs=a.epochs)", (30, 30)),
        ("def options():\n    p = argparse.ArgumentParser()\n"
         "    p.add_argument('--epochs', default=30)\n    return p.parse_args()\n"
         "def main(args):\n    model.fit(x, y, epochs=args.epochs)\nmain(options())", (30, 30)),
        ("epochs = int(os.environ.get('EPOCHS', 30))\nmodel.fit(x, y, epochs=epochs)", (30, 30)),
        ("epochs = int(os.getenv('EPOCHS', '30'))\nmodel.fit(x, y, epochs=epochs)", (30, 30)),
        ("epochs = int(os.environ['EPOCHS'])\nmodel.fit(x, y, epochs=epochs)", None),
        # Fields of a form, which whoever runs the notebook fills in.
        ("epochs = 30  #@param {type:'integer'}\nmodel.fit(x, y, epochs=epochs)", (30, 30)),
        ("long = False  # @param {type:'boolean'}\nmodel.fit(x, y, epochs=50 if long else 5)",
         (5, 50)),
        ("long = False  # for a quick look\nmodel.fit(x, y, epochs=50 if long else 5)", (5, 5)),
        ("import click\n@click.command()\n@click.option('--epochs', default=30)\n"
         "def main(epochs):\n    model.fit(x, y, epochs=epochs)\nmain()", (30, 30)),
        ("import click\n@click.command()\n@click.option('--epochs', '-e', 'n', default=30)\n"
         "def main(n):\n    model.fit(x, y, epochs=n)\nif __name__ == '__main__':\n    main()", (30, 30)),
        ("import click\n@click.command()\n@click.option('--epochs', required=True)\n"
         "def main(epochs):\n    model.fit(x, y, epochs=epochs)\nmain()", None),
        ("import typer\ndef main(epochs: int = typer.Option(30)):\n"
         "    model.fit(x, y, epochs=epochs)\ntyper.run(main)", (30, 30)),
        ("import wandb\nwandb.init(config={'epochs': 30})\n"
         "model.fit(x, y, epochs=wandb.config.epochs)", (30, 30)),
        ("import wandb\nconfig = wandb.config\nconfig.epochs = 30\n"
         "model.fit(x, y, epochs=config.epochs)", (30, 30)),
        ("import ml_collections\nc = ml_collections.ConfigDict()\nc.epochs = 30\n"
         "model.fit(x, y, epochs=c.epochs)", (30, 30)),
        ("import ml_collections\nc = ml_collections.ConfigDict({'epochs': 30})\n"
         "model.fit(x, y, epochs=c.epochs)", (30, 30)),
        ("from easydict import EasyDict as edict\nc = edict(epochs=30)\n"
         "model.fit(x, y, epochs=c.epochs)", (30, 30)),
        ("c = {}\nc['train'] = {}\nc['train']['epochs'] = 30\n"
         "model.fit(x, y, epochs=c['train']['epochs'])", (30, 30)),
        # Dicts that change on the way.
        ("c = {'epochs': 5}\nif long:\n    c['epochs'] = 50\nmodel.fit(x, y, epochs=c['epochs'])",
         (5, 50)),
        ("c = {'epochs': 5}\nc.update(epochs=50)\nmodel.fit(x, y, epochs=c['epochs'])", (50, 50)),
        ("c = {'epochs': 5}\nif long:\n    c.update(epochs=50)\n"
         "model.fit(x, y, epochs=c['epochs'])", (5, 50)),
        ("c = {'epochs': 5} | {'epochs': 50}\nmodel.fit(x, y, epochs=c['epochs'])", (50, 50)),
        ("c = dict(zip(['epochs'], [50]))\nmodel.fit(x, y, **c)", (50, 50)),
        ("c = {'a': {'epochs': 5}, 'b': {'epochs': 9}}\nmodel.fit(x, y, **c[name])", None),
        ("c = dict(a=1)\nload(c)\nmodel.fit(x, y, epochs=c['epochs'])", None),
        ("c = {name: 5 for name in names}\nmodel.fit(x, y, epochs=c['epochs'])", None),
        ("c = {name: 5 for name in ('epochs', 'verbose')}\nmodel.fit(x, y, **c)", (5, 5)),
        ("def go(**options):\n    options.setdefault('epochs', 30)\n    model.fit(x, y, **options)\n"
         "go()", (30, 30)),
        ("def go(**options):\n    model.fit(x, y, epochs=options.pop('epochs', 30))\ngo(epochs=7)",
         (7, 7)),
        ("def go(*args, **kw):\n    inner(*args, **kw)\ndef inner(a, epochs):\n"
         "    model.fit(a, y, epochs=epochs)\ngo(x, epochs=7)", (7, 7)),
        # Functions and what they close over.
        ("fit = functools.partial(model.fit, epochs=30)\nfit(x, y)", (30, 30)),
        ("fit = functools.partial(model.fit, x, epochs=30)\nfit(y, epochs=5)", (5, 5)),
        ("fit = lambda n: model.fit(x, y, epochs=n)\nfit(30)", (30, 30)),
        ("def outer(n):\n    def inner():\n        model.fit(x, y, epochs=n)\n    return inner\n"
         "outer(30)()", (30, 30)),
        ("def outer():\n    n = 5\n    def grow():\n        nonlocal n\n        n = 30\n    grow()\n"
         "    model.fit(x, y, epochs=n)\nouter()", (30, 30)),
        ("N = 5\ndef grow():\n    global N\n    N = 30\ngrow()\nmodel.fit(x, y, epochs=N)", (30, 30)),
        ("@traced\ndef n():\n    return 30\nmodel.fit(x, y, epochs=n())", (30, 30)),
        ("@functools.lru_cache\ndef n():\n    return 30\nmodel.fit(x, y, epochs=n())", (30, 30)),
        ("def n():\n    if a:\n        return 5\n    return 30\nmodel.fit(x, y, epochs=n())", (5, 30)),
        ("def n():\n    return 5, 30\na, b = n()\nmodel.fit(x, y, epochs=b)", (30, 30)),
        ("async def go():\n    await prepare()\n    model.fit(x, y, epochs=30)\n"
         "import asyncio\nasyncio.run(go())", (30, 30)),
        # Statements.
        ("if (n := 30) > 5:\n    model.fit(x, y, epochs=n)", (30, 30)),
        ("n = 5\nmatch size:\n    case 'big':\n        n = 30\nmodel.fit(x, y, epochs=n)", (5, 30)),
        ("n = 5\nmatch size:\n    case [n]:\n        pass\nmodel.fit(x, y, epochs=n)", None),
        ("n = 5\nmatch size:\n    case {'n': n, **rest}:\n        model.fit(x, y, epochs=n)", None),
        ("n = 5\nmatch size:\n    case Size(n=n) as rest:\n        model.fit(x, y, epochs=n)", None),
        ("for n in [30]:\n    pass\nmodel.fit(x, y, epochs=n)", (30, 30)),
        ("n = 0\nfor i in range(3):\n    n += 10\nmodel.fit(x, y, epochs=n)", (30, 30)),
        ("n = 0\nfor i in range(m):\n    n += 10\nmodel.fit(x, y, epochs=n)", None),
        ("n = 30\nwhile tired():\n    n -= 1\nmodel.fit(x, y, epochs=n)", None),
        ("n = 5\nfor i in items:\n    n = 30\nmodel.fit(x, y, epochs=n)", (5, 30)),
        ("n = 5\nfor i in [1, 2, 3]:\n    if i == stop:\n        break\n    n = 30\n"
         "model.fit(x, y, epochs=n)", (5, 30)),
        ("try:\n    n = 30\nexcept ValueError:\n    n = 5\nmodel.fit(x, y, epochs=n)", (5, 30)),
        ("n = 5\nwith strategy.scope():\n    n = 30\nmodel.fit(x, y, epochs=n)", (30, 30)),
        ("n = 5\ndel n\nmodel.fit(x, y, epochs=n)", None),
        ("a = b = 30\nmodel.fit(x, y, epochs=a)", (30, 30)),
        ("(a, (b, c)), *d = (1, (2, 30)), 4\nmodel.fit(x, y, epochs=c)", (30, 30)),
        ("n = min(30, 50)\nmodel.fit(x, y, epochs=n)", (30, 30)),
        ("n = max([30, 50])\nmodel.fit(x, y, epochs=n)", (50, 50)),
        ("n = sum([10, 20])\nmodel.fit(x, y, epochs=n)", (30, 30)),
        ("n = round(29.6)\nmodel.fit(x, y, epochs=n)", (30, 30)),
        ("n = 30 if __name__ == '__main__' else 5\nmodel.fit(x, y, epochs=n)", (30, 30)),
        ("n = [5, 30][-1]\nmodel.fit(x, y, epochs=n)", (30, 30)),
        ("n = [5, 30][i]\nmodel.fit(x, y, epochs=n)", None),
        ("n = 1_000\nmodel.fit(x, y, epochs=n)", (1000, 1000)),
        ("n = int(1e2)\nmodel.fit(x, y, epochs=n)", (100, 100)),
    ],
)  # fmt: skip
def test_epochs(body: str, epochs: tuple[int, int] | None) -> None:
    assert only_fit(body).epochs == epochs


FIT = "model.fit(x, y, epochs=30, callbacks=c)"


# True also where it is there on one branch only: what is there may be judged, and is not missing.
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("c = [EarlyStopping(patience=p) for p in (3, 5)]", True),
        ("c = [k() for k in (ModelCheckpoint,)]", False),
        ("c = [k() for k in kinds]", None),
        ("c = [k for k in [ModelCheckpoint('a'), None] if k is not None]", False),
        ("c = [k for k in [EarlyStopping(), None] if k]", True),
        ("c = list(filter(None, [ModelCheckpoint('a'), None]))", False),
        ("c = list(filter(None, [EarlyStopping(), None]))", True),
        ("c = [ModelCheckpoint('a')]\nfor k in more:\n    c.append(k)", None),
        ("c = [ModelCheckpoint('a')]\nfor k in [EarlyStopping()]:\n    c.append(k)", True),
        ("c = []\nfor n in range(2):\n    c.append(ModelCheckpoint(f'{n}.keras'))", False),
        ("c = []\nc += [EarlyStopping()]", True),
        ("c = []\nc += more", None),
        ("c = []\nc = c + [ModelCheckpoint('a')] * 1", False),
        ("a = [ModelCheckpoint('a')]\nc = [*a, EarlyStopping()]", True),
        ("a = [ModelCheckpoint('a')]\nc = a[:]", False),
        ("c = [ModelCheckpoint('a'), EarlyStopping()]\ndel c[1]", True),
        ("c = [ModelCheckpoint('a'), EarlyStopping()]\nc.pop()", True),
        ("c = [ModelCheckpoint('a')]\ndel c[0]", None),
        ("c = [ModelCheckpoint('a')]\nc[0] = EarlyStopping()", None),
        ("c = [EarlyStopping()] if early else [EarlyStopping(patience=9)]", True),
        ("c = [EarlyStopping()] if early else []", True),
        ("c = []\nif early:\n    c = [EarlyStopping()]", True),
        ("c = [ModelCheckpoint('a')] if saving else None", False),
        ("c = {'stop': EarlyStopping()}.values()", True),
        ("c = list({'save': ModelCheckpoint('a')}.values())", False),
        ("c = {'stop': EarlyStopping()}\nc = [c[k] for k in c]", True),
        ("c = tuple([ModelCheckpoint('a')])", False),
        ("c = sorted([EarlyStopping()], key=str)", True),
        ("import itertools\nc = list(itertools.chain([EarlyStopping()], [ModelCheckpoint('a')]))", True),
        ("c = ModelCheckpoint('a'),", False),
        ("c = keras.callbacks.CallbackList([EarlyStopping()])", True),
        ("c = make(EarlyStopping())", None),
        ("def make(kind, *a, **k):\n    return kind(*a, **k)\nc = [make(EarlyStopping)]", True),
        ("stop = functools.partial(EarlyStopping, patience=3)\nc = [stop()]", True),
        ("KINDS = {'stop': EarlyStopping}\nc = [KINDS['stop'](patience=3)]", True),
        ("KINDS = {'stop': EarlyStopping}\nc = [KINDS[name](patience=3)]", None),
        ("c = getattr(keras.callbacks, 'EarlyStopping')()", True),
        ("c = getattr(keras.callbacks, name)()", None),
        ("try:\n    from keras.callbacks import EarlyStopping as Stop\n"
         "except ImportError:\n    Stop = None\nc = [Stop(patience=3)]", True),
        ("try:\n    from tensorflow.keras.callbacks import EarlyStopping as Stop\n"
         "except ImportError:\n    from theirs import Stop\nc = [Stop(patience=3)]", True),
        ("from keras.callbacks import *\nc = [ReduceLROnPlateau()]", False),
        ("from tensorflow.python.keras.callbacks import EarlyStopping as Stop\nc = [Stop()]", True),
        ("import keras.api.callbacks as k\nc = [k.EarlyStopping()]", True),
        ("import tensorflow.compat.v1 as tf\nc = [tf.keras.callbacks.EarlyStopping()]", True),
        ("K = keras\nC = K.callbacks\nc = [C.EarlyStopping()]", True),
    ],
)  # fmt: skip
def test_early_stopping(body: str, expected: bool | None) -> None:
    assert only_fit(f"{body}\n{FIT}").callbacks.has("EarlyStopping") is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("'net-%d.keras' % 3", "net-3.keras"),
        ("'%s/%03d.keras' % ('out', 7)", "out/007.keras"),
        ("'%s-{epoch}.keras' % name", "-{epoch}.keras"),
        ("'%s/%d%%.keras' % (folder, 7)", "%.keras"),
        ("f'{folder}/%s.keras' % 'net'", ".keras"),
        ("'100%.keras' % ()", None),
        ("'%d.keras' % 'a'", None),
        ("'%99999999d.keras' % 3", ".keras"),
        ("'%s.keras' % [1, 2]", None),
        ("f'{folder}/{{epoch}}.keras'", "/{epoch}.keras"),
        ("f'{3}-{{epoch}}.keras'", "3-{epoch}.keras"),
    ],
)
def test_what_is_known_of_a_path(path: str, expected: str | None) -> None:
    """The whole of it, or its end."""
    saving = f"model.fit(x, y, epochs=9, callbacks=[ModelCheckpoint({path})])"
    value = only_fit(saving).callbacks.members[0]["filepath"]
    assert (value.suffix if isinstance(value, Text) else constant(value)) == expected


def test_texts_that_fill_themselves_stay_short() -> None:
    body = "s = 'ab'\nfor n in range(16):\n    s = '%s%s%s%s' % (s, s, s, s)\n"
    fit = only_fit(body + "model.fit(x, y, epochs=9, callbacks=[ModelCheckpoint(s)])")
    known = constant(fit.callbacks.members[0]["filepath"])
    assert known is None or len(known) < 5000


@pytest.mark.parametrize(("times", "known"), [(2, True), (14, False)])
def test_what_a_function_that_is_no_longer_followed_is_given_may_hold_anything(
    times: int, known: bool
) -> None:
    lists = "".join(f"given_{n} = []\nwatch(given_{n})\n" for n in range(times))
    text = f"def watch(callbacks):\n    callbacks.append(EarlyStopping())\n{lists}"
    fit = only_fit(f"{text}model.fit(x, y, callbacks=given_{times - 1})\n")
    assert fit.callbacks.complete is known
    assert fit.callbacks.has("EarlyStopping") is (True if known else None)


@pytest.mark.parametrize(("times", "known"), [(2, True), (14, False)])
@pytest.mark.parametrize("called", ["longer", "twice"])
def test_what_a_function_that_is_no_longer_followed_binds_further_out_is_unknown(
    times: int, known: bool, called: str
) -> None:
    text = (
        "epochs = 0\n"
        "def longer(n):\n    global epochs\n    epochs = n\n"
        "def twice(n):\n    longer(2 * n)\n    longer(n)\n"
    )
    calls = "".join(f"{called}({n})\n" for n in range(times))
    fit = only_fit(f"{text}{calls}model.fit(x, y, epochs=epochs)\n")
    assert fit.epochs == ((times - 1, times - 1) if known else None)
