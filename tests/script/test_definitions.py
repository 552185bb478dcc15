"""Of a module of the project only those definitions are looked at that somebody asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from overfitcheck.script.options import ScriptOptions
from overfitcheck.script.parsing import parse_in_parts
from overfitcheck.script.script import Script, read_script
from overfitcheck.script.values import constant

IMPORTS = "import keras\nfrom keras.callbacks import EarlyStopping\n"

FIT = "model.fit(x, y, epochs=rounds(), callbacks=[stopper()])\n"


def read(folder: Path, tools: str, script: str = FIT) -> Script:
    (folder / "tools.py").write_text(IMPORTS + tools)
    text = "import keras\nfrom tools import *\nmodel = keras.Sequential()\n" + script
    return read_script(text, str(folder / "train.py"), options=ScriptOptions(root=folder))


@pytest.mark.parametrize(
    "tools",
    [
        "def rounds(): return 30\ndef stopper(): return EarlyStopping(patience=4)\n",
        # What a definition needs may stand below it, and may be a definition itself.
        "def stopper(): return make(patience())\ndef make(n): return EarlyStopping(patience=n)\n"
        "def patience(): return 4\ndef rounds(): return PER * 3\nPER = 10\n",
        # The module itself calls what it defines.
        "def rounds(): return 30\ndef made(n): return EarlyStopping(patience=n)\n"
        "READY = made(4)\ndef stopper(): return READY\n",
        # Another binding of the same name comes later: the last one counts.
        "def rounds(): return 5\ndef rounds(): return 30\n"
        "def stopper(): return None\nif True:\n    def stopper(): return EarlyStopping(patience=4)\n",
        "def rounds(): return 5\nrounds = lambda: 30\n"
        "class stopper:\n    pass\nstopper = lambda: EarlyStopping(patience=4)\n",
        # Classes, with bases and decorated methods that are defined in the module.
        "class Base:\n    @staticmethod\n    def patience(): return 4\n"
        "class Made(Base):\n    epochs = 30\n"
        "def rounds(): return Made.epochs\ndef stopper(): return EarlyStopping(patience=Made.patience())\n",
        # Several statements on one line.
        "A = 3; B = 10\ndef rounds(): return A * B\ndef stopper(): return EarlyStopping(patience=A + 1)\n",
    ],
)
def test_what_is_asked_for_is_known(tmp_path: Path, tools: str) -> None:
    fit = read(tmp_path, tools).fits[0]
    epochs, callbacks = fit.argument("epochs"), fit.callbacks
    assert epochs is not None
    assert constant(epochs.value) == 30
    assert callbacks.has("EarlyStopping") is True
    assert [constant(each["patience"]) for each in callbacks.members] == [4]


def test_what_nobody_asks_for_is_not_looked_at(tmp_path: Path) -> None:
    unused = "def unused():\n    return EarlyStopping()\n\nclass Unused:\n    a = EarlyStopping()\n"
    used = "def rounds(): return 30\ndef stopper(): return EarlyStopping(patience=4)\n"
    script = read(tmp_path, unused + used)
    tree = parse_in_parts(IMPORTS + unused + used)
    names = {getattr(part[0], "name", None) for part in tree.parts}
    assert {"unused", "Unused", "rounds", "stopper"} <= names
    assert len(script.callbacks) == 1


def test_functions_that_call_each_other(tmp_path: Path) -> None:
    tools = (
        "def rounds(n=3): return stopper(n) if n else 30\ndef stopper(n=3): return rounds(n - 1)\n"
    )
    assert len(read(tmp_path, tools).fits) == 1


def test_what_only_another_parser_reads_is_unknown(tmp_path: Path) -> None:
    tools = (
        "def rounds():\n    match 1:\n        case _:\n            return 30\n"
        "def stopper(): return EarlyStopping(patience=4)\n"
    )
    fit = read(tmp_path, tools).fits[0]
    assert fit.argument("epochs") is not None
    assert fit.callbacks.has("EarlyStopping") is True


def test_only_so_much_of_other_modules_is_followed(tmp_path: Path) -> None:
    long = "def long():\n" + "    a = [1, 2, 3, 4]\n" * 250
    tools = "def rounds(): return 30\ndef stopper(): return EarlyStopping(patience=4)\n" + long
    assert read(tmp_path, tools, "long()\n" + FIT).fits[0].callbacks.has("EarlyStopping") is True
    script = read(tmp_path, tools, "long()\n" * 4 + FIT)
    assert script.fits[0].callbacks.has("EarlyStopping") is None
