"""Modules of the project: what a script imports from them is followed, and nothing beyond."""

from pathlib import Path
from textwrap import dedent

import pytest

from overfitcheck.linter import lint_source
from overfitcheck.rule import load_rules
from overfitcheck.script.fit import Fit
from overfitcheck.script.options import ScriptOptions
from overfitcheck.script.script import Script, read_script
from overfitcheck.script.source import Source

MODEL = """
from tensorflow import keras
from tensorflow.keras.callbacks import EarlyStopping, ModelCheckpoint

EPOCHS = 30

def callbacks(patience=5):
    return [EarlyStopping(patience=patience), ModelCheckpoint("best.keras")]

def build(rate=0.5):
    model = keras.Sequential([keras.layers.Dense(8), keras.layers.Dropout(rate)])
    model.compile("adam", "mse")
    return model

class Config:
    epochs = 30

class Stop(EarlyStopping):
    pass
"""


def read(root: Path, body: str, files: dict[str, str], name: str = "train.py") -> Script:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(dedent(text))
    return read_script(dedent(body), str(root / name), options=ScriptOptions(root=root))


def only_fit(script: Script) -> Fit:
    assert len(script.fits) == 1
    return script.fits[0]


@pytest.mark.parametrize(
    ("body", "files"),
    [
        ("from tools import build, callbacks, EPOCHS\n"
         "build().fit(x, y, epochs=EPOCHS, callbacks=callbacks())", {"tools.py": MODEL}),
        ("import tools\ntools.build().fit(x, y, epochs=tools.EPOCHS, callbacks=tools.callbacks())",
         {"tools.py": MODEL}),
        ("import tools as t\nt.build().fit(x, y, epochs=t.Config.epochs, callbacks=[t.Stop()])",
         {"tools.py": MODEL}),
        ("from tools import *\nbuild().fit(x, y, epochs=EPOCHS, callbacks=callbacks())",
         {"tools.py": MODEL}),
        ("from lib.tools import build, callbacks, EPOCHS\n"
         "build().fit(x, y, epochs=EPOCHS, callbacks=callbacks())",
         {"lib/__init__.py": "", "lib/tools.py": MODEL}),
        ("from lib import build, callbacks, EPOCHS\n"
         "build().fit(x, y, epochs=EPOCHS, callbacks=callbacks())",
         {"lib/__init__.py": "from .tools import build, callbacks, EPOCHS", "lib/tools.py": MODEL}),
        ("from lib import build, callbacks, EPOCHS\n"
         "build().fit(x, y, epochs=EPOCHS, callbacks=callbacks())",
         {"lib/__init__.py": "from .tools import *", "lib/tools.py": MODEL}),
        ("from lib import tools\n"
         "tools.build().fit(x, y, epochs=tools.EPOCHS, callbacks=tools.callbacks())",
         {"lib/__init__.py": "", "lib/tools.py": MODEL}),
        # A folder without __init__.py is a package too.
        ("import lib.tools\n"
         "lib.tools.build().fit(x, y, epochs=lib.tools.EPOCHS, callbacks=lib.tools.callbacks())",
         {"lib/tools.py": MODEL}),
        ("from . import tools\n"
         "tools.build().fit(x, y, epochs=tools.EPOCHS, callbacks=tools.callbacks())",
         {"tools.py": MODEL}),
        ("from .tools import build, callbacks, EPOCHS\n"
         "build().fit(x, y, epochs=EPOCHS, callbacks=callbacks())", {"tools.py": MODEL}),
        ("from tools import build, callbacks\nfrom settings import EPOCHS\n"
         "build().fit(x, y, epochs=EPOCHS, callbacks=callbacks())",
         {"tools.py": MODEL, "settings.py": "EPOCHS = 30"}),
        ("from outer import make, EPOCHS, callbacks\n"
         "make().fit(x, y, epochs=EPOCHS, callbacks=callbacks())",
         {"outer.py": "from tools import *\ndef make():\n    return build()", "tools.py": MODEL}),
    ],
)  # fmt: skip
def test_what_is_imported_is_known(tmp_path: Path, body: str, files: dict[str, str]) -> None:
    fit = only_fit(read(tmp_path, body, files))
    assert fit.epochs == (30, 30)
    assert fit.callbacks.complete
    assert fit.callbacks.has("EarlyStopping")
    assert [layer.short_name for layer in fit.model.layers.members] == ["Dense", "Dropout"]
    assert fit.compiled is not None


def test_a_script_in_a_folder_finds_the_modules_of_the_project(tmp_path: Path) -> None:
    body = "from lib.tools import build\nbuild().fit(x, y, epochs=30)"
    script = read(tmp_path, body, {"lib/tools.py": MODEL}, "scripts/train.py")
    assert len(only_fit(script).model.layers.members) == 2
    body = "from ..lib.tools import build\nbuild().fit(x, y, epochs=30)"
    script = read(tmp_path, body, {"lib/tools.py": MODEL}, "scripts/train.py")
    assert len(only_fit(script).model.layers.members) == 2


def test_fits_of_other_modules_are_not_the_scripts_own(tmp_path: Path) -> None:
    helper = "def train(model, x, y):\n    model.fit(x, y, epochs=30)\n    return model"
    body = "from tools import build\nfrom helper import train\ntrain(build(), x, y).evaluate(a, b)"
    assert read(tmp_path, body, {"tools.py": MODEL, "helper.py": helper}).fits == ()


def test_what_is_wrong_with_a_fit_is_said_of_it(tmp_path: Path) -> None:
    """Read alone, the module that makes the callback knows of no fit that it is for."""
    body = """
        from parts import build, callbacks
        model = build()
        model.fit(x, y, epochs=40, validation_split=0.2, callbacks=callbacks())
        model.save("net.keras")
        """
    read(tmp_path, body, {"parts.py": MODEL})
    source = Source(str(tmp_path / "train.py"), dedent(body))
    rules = [load_rules()["OVF502"], load_rules()["OVF802"]]
    found = lint_source(source, rules, ScriptOptions(root=tmp_path)).findings
    assert [(each.code, each.location.line) for each in found] == [("OVF502", 4), ("OVF802", 4)]
    assert all(" of parts.py)" in each.message for each in found)


NOISE = """
import numpy as np

def drawn(shape):
    return np.random.normal(0, 9, shape)

def noisy(image):
    return image + drawn(image.shape)

def scaled(image, erase=False):
    if erase:
        image[: np.random.randint(9)] = 0
    return image / 255
"""


@pytest.mark.parametrize(
    ("imported", "function", "codes"),
    [
        ("from noise import noisy", "noisy", ["OVF403"]),
        ("import noise\ndef change(image):\n    return noise.noisy(image)", "change", ["OVF403"]),
        ("from noise import scaled", "scaled", []),
        ("from noise import unknown", "unknown", []),
        ("import noise", "lambda image: noise.unknown(image)", []),
    ],
)
def test_what_changes_images_at_random_may_stand_in_a_module(
    tmp_path: Path, imported: str, function: str, codes: list[str]
) -> None:
    body = f"""\
from tensorflow import keras
from tensorflow.keras.preprocessing.image import ImageDataGenerator
{imported}
held_out = ImageDataGenerator(preprocessing_function={function}).flow_from_directory("held-out")
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(train, epochs=9, validation_data=held_out)
"""
    read(tmp_path, body, {"noise.py": NOISE})
    source = Source(str(tmp_path / "train.py"), body)
    found = lint_source(source, [load_rules()["OVF403"]], ScriptOptions(root=tmp_path)).findings
    assert [each.code for each in found] == codes


SHUFFLED = """
import tensorflow as tf
from sklearn.metrics import accuracy_score

def loaded(path):
    return tf.data.TFRecordDataset(path).map(parsed).shuffle(2048).batch(64)

def report(truth, predicted):
    print(accuracy_score(truth, predicted.argmax(axis=1)))
"""


def test_a_score_of_data_that_a_module_shuffles_may_stand_in_it(tmp_path: Path) -> None:
    """Where the module scores, the prediction is what the script itself does."""
    body = """\
import numpy as np
from tensorflow import keras
from data import loaded, report
test = loaded("test.records")
truth = np.concatenate([labels for images, labels in test])
report(truth, keras.models.load_model("net.keras").predict(test))
"""
    read(tmp_path, body, {"data.py": SHUFFLED})
    source = Source(str(tmp_path / "train.py"), body)
    found = lint_source(source, [load_rules()["OVF908"]], ScriptOptions(root=tmp_path)).findings
    assert [(each.code, each.location.line) for each in found] == [("OVF908", 6)]


def test_a_function_that_nothing_in_the_script_calls_is_not_entered(tmp_path: Path) -> None:
    helper = "from tools import build\ndef train():\n    build().fit(x, y, epochs=30)"
    script = read(
        tmp_path, "import helper\nhelper.CONSTANT", {"tools.py": MODEL, "helper.py": helper}
    )
    assert not any(call.method == "fit" for call in script.calls)


def test_places_in_another_module_are_told_with_its_name(tmp_path: Path) -> None:
    body = "from tools import callbacks, build\nbuild().fit(x, epochs=3, callbacks=callbacks())"
    script = read(tmp_path, body, {"tools.py": MODEL})
    stop, _ = only_fit(script).callbacks
    assert not script.holds(stop.node)
    assert script.place(stop.node) == "line 8 of tools.py"
    assert script.holds(only_fit(script).node)
    assert script.place(only_fit(script).node) == "line 2"
    assert [Path(file).name for file in script.modules] == ["tools.py"]


@pytest.mark.parametrize(
    "files",
    [
        {"tools.py": "from train import build"},
        {"tools.py": "from tools import build"},
        {"tools.py": "from other import build", "other.py": "from tools import build"},
        {"tools.py": "from other import *", "other.py": "from tools import *"},
        {"tools.py": "import other\nbuild = other.build", "other.py": "import tools\nbuild = tools.build"},
        {"tools.py": "def build(:"},
        {"tools.py": ""},
        {"tools/__init__.py": "from . import build"},
        {"tools/__init__.py": "from .... import build"},
        {"tools/__init__.py": "from .build import build", "tools/build.py": "from . import build"},
        {"tools.py": "x = " + "[" * 500 + "]" * 500},
        {"tools.py": "def build():\n    return again()\ndef again():\n    return build()"},
    ],
)  # fmt: skip
def test_imports_that_lead_nowhere(tmp_path: Path, files: dict[str, str]) -> None:
    body = "from tools import build\nbuild().fit(x, y, epochs=30, callbacks=[build])"
    script = read(tmp_path, body, {**files, "train.py": body})
    assert only_fit(script).callbacks.has("EarlyStopping") is None


def test_nothing_outside_of_the_project_is_read(tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text(MODEL)
    project = tmp_path / "project"
    project.mkdir()
    (project / "linked.py").symlink_to(tmp_path / "tools.py")
    for body in (
        "from ..tools import build",
        "from tools import build",
        "from linked import build",
    ):
        script = read(project, f"{body}\nbuild().fit(x, y, epochs=30)", {})
        assert only_fit(script).model.layers.members == ()
        assert script.modules == ()


def test_without_a_project_no_module_is_looked_for(tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text(MODEL)
    body = "from tools import build\nbuild().fit(x, y, epochs=30)"
    assert read_script(body, str(tmp_path / "train.py")).modules == ()


def test_links_in_a_circle_and_folders_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    (tmp_path / "lib").symlink_to(tmp_path)
    (tmp_path / "shut").mkdir(mode=0o000)
    body = """
        from loop import a
        from lib.lib.lib.tools import build
        from shut.tools import b
        build().fit(x, y, epochs=30, callbacks=[a(), b()])
    """
    try:
        assert only_fit(read(tmp_path, body, {"tools.py": MODEL})).model.layers.members
    finally:
        (tmp_path / "shut").chmod(0o700)


def test_only_so_many_modules_are_read(tmp_path: Path) -> None:
    chain = {f"m{n}.py": f"from m{n + 1} import *\nimport keras" for n in range(60)}
    body = "from m0 import build\nbuild().fit(x, y, epochs=30)"
    script = read(tmp_path, body, chain)
    assert len(script.modules) <= 12


def test_a_large_module_is_not_read(tmp_path: Path) -> None:
    body = "from tools import EPOCHS\nimport keras\nkeras.Sequential().fit(x, y, epochs=EPOCHS)"
    files = {"tools.py": "EPOCHS = 30\n" + "x = 1\n" * 200_000}
    assert only_fit(read(tmp_path, body, files)).epochs is None


def test_a_module_of_a_notebooks_folder(tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text(MODEL)
    body = "from tools import build\nbuild().fit(x, y, epochs=30)"
    script = read(tmp_path, body, {}, "train.ipynb")
    assert len(only_fit(script).model.layers.members) == 2
