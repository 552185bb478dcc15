"""The versions of Keras that a configuration, the files of a project or a script itself tell."""

import json
from pathlib import Path

import pytest

from overfitcheck.script.options import ScriptOptions
from overfitcheck.script.script import read_script
from overfitcheck.script.source import Source
from overfitcheck.script.versions import NEVER, configured, range_of


@pytest.mark.parametrize(
    ("specifier", "expected"),
    [
        ("2.15", ((2, 15), (2, 16))),
        ("3", ((3, 0), (4, 0))),
        (">=2.4,<2.11", ((2, 4), (2, 11))),
        ("==2.10.*", ((2, 10), (2, 11))),
        ("~=2.4.3", ((2, 4), (2, 5))),
        ("~=2.4", ((2, 4), (3, 0))),
        ("^2.12", ((2, 12), (3, 0))),
        (">2.15", ((2, 16), NEVER)),
        ("<=2.15", ((0, 0), (2, 16))),
        ("<2.15.1", ((0, 0), (2, 16))),
        (">=3.8, !=3.9.1", ((3, 8), NEVER)),
        ("*", None),
        ("latest", None),
        ("!=2.6", None),
        (">=3,<2", None),
    ],
)
def test_ranges(specifier: str, expected: object) -> None:
    assert range_of(specifier) == expected


def test_questions_about_a_range() -> None:
    versions = configured(">=3.8,<3.11")
    assert versions.surely_from(3, 8)
    assert not versions.surely_from(3, 9)
    assert versions.surely_before(3, 11)
    assert not versions.surely_before(3, 10)
    assert versions.may_be(3)
    assert versions.may_be(3, 10)
    assert not versions.may_be(3, 11)
    assert not versions.may_be(2)
    assert versions.may_be_from(3, 10)
    assert not versions.may_be_from(3, 11)
    assert versions.may_be_before(3, 9)
    assert not versions.may_be_before(3, 8)
    assert versions.majors == {"3"}
    assert not versions.legacy
    assert configured("2.17").legacy


def test_a_configured_version_that_is_none() -> None:
    with pytest.raises(ValueError, match="'newest' is no version of Keras"):
        configured("newest")


TF_KERAS = "from tensorflow import keras\nkeras.Sequential()\n"
KERAS = "import keras\nkeras.Sequential()\n"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (TF_KERAS, ((0, 0), NEVER)),
        ("import tf_keras as keras\nkeras.Sequential()", ((2, 15), (3, 0))),
        ("import os\nos.environ['TF_USE_LEGACY_KERAS'] = '1'\n" + TF_KERAS, ((0, 0), (3, 0))),
        ("import os\nos.environ['TF_USE_LEGACY_KERAS'] = '0'\n" + TF_KERAS, ((0, 0), NEVER)),
        ("import keras\nkeras.ops.sum(x)", ((3, 0), NEVER)),
        ("from keras import ops\nops.sum(x)", ((3, 0), NEVER)),
        ("from tensorflow.contrib import keras\nkeras.Sequential()", ((0, 0), (2, 4))),
        ("import plaidml.keras\nplaidml.keras.install_backend()\n" + KERAS, ((0, 0), (2, 3))),
        ("import os\nos.environ['KERAS_BACKEND'] = 'plaidml.keras.backend'\n" + KERAS,
         ((0, 0), (2, 3))),
        ("import os\n# os.environ['KERAS_BACKEND'] = 'plaidml.keras.backend'\n" + KERAS,
         ((0, 0), NEVER)),
        # What is imported on a branch only may not be there.
        ("import tensorflow as tf\nif tf.__version__ > '2.16':\n    import tf_keras\n" + TF_KERAS,
         ((0, 0), NEVER)),
        ("try:\n    from keras import ops\nexcept ImportError:\n    pass\n" + KERAS,
         ((0, 0), NEVER)),
        # Saving is part of Keras 2.12 and later too.
        ("from keras.saving import load_model\nload_model('m')", ((0, 0), NEVER)),
        # Names that are gone are told to every version.
        ("import keras\nm = keras.Sequential()\nm.fit_generator(g)", ((0, 0), NEVER)),
    ],
)  # fmt: skip
def test_what_a_script_betrays(script: str, expected: object) -> None:
    versions = read_script(script, "t.py").versions
    assert (versions.lowest, versions.below) == expected


@pytest.mark.parametrize(
    ("name", "text", "script", "expected"),
    [
        ("requirements.txt", "numpy\ntensorflow==2.10.0\n", TF_KERAS, ((2, 10), (2, 11))),
        ("requirements.txt", "tensorflow>=2.16\n", TF_KERAS, ((3, 0), NEVER)),
        ("requirements.txt", "tensorflow==2.17\n", "import tf_keras\n", ((2, 17), (2, 18))),
        ("requirements.txt", "tensorflow==2.17\n",
         "import os\nos.environ['TF_USE_LEGACY_KERAS'] = '1'\n" + TF_KERAS, ((2, 17), (2, 18))),
        ("requirements.txt", "tensorflow-gpu==1.14\n", TF_KERAS, ((0, 0), (2, 4))),
        ("requirements.txt", "keras==2.2.4\ntensorflow==1.14\n", KERAS, ((2, 2), (2, 3))),
        ("requirements.txt", "keras==3.8.0\n", KERAS, ((3, 8), (3, 9))),
        ("requirements.txt", "# tensorflow==2.10\ntensorflow\n", TF_KERAS, ((0, 0), NEVER)),
        ("requirements.txt", "keras-tuner==1.0\ntensorflow-hub==0.12\n", KERAS, ((0, 0), NEVER)),
        ("requirements.txt", "tensorflow==2.17\ntf-keras==2.17\n", KERAS, ((3, 0), NEVER)),
        ("requirements.txt", "tf-keras~=2.16\nkeras==3.8\n", KERAS, ((3, 8), (3, 9))),
        ("requirements.txt", "intel-tensorflow==2.10.0\n", TF_KERAS, ((2, 10), (2, 11))),
        ("requirements-gpu.txt", "tensorflow[and-cuda]~=2.15.0\n", TF_KERAS, ((2, 15), (2, 16))),
        ("pyproject.toml", "[project]\ndependencies = ['keras>=3.8,<3.11', 'numpy']\n", KERAS,
         ((3, 8), (3, 11))),
        ("pyproject.toml", '[tool.poetry.dependencies]\ntensorflow = "^2.12"\n', TF_KERAS,
         ((2, 12), NEVER)),
        ("Pipfile", '[packages]\ntensorflow = {version = "==2.9.1", extras = ["x"]}\n', TF_KERAS,
         ((2, 9), (2, 10))),
        ("Pipfile.lock", '{"default": {"keras": {"hashes": ["a"], "version": "==3.4.1"}}}', KERAS,
         ((3, 4), (3, 5))),
        ("uv.lock", '[[package]]\nname = "keras"\nversion = "3.4.1"\n', KERAS, ((3, 4), (3, 5))),
        ("environment.yml", "dependencies:\n  - tensorflow=2.10=gpu_py39\n", TF_KERAS,
         ((2, 10), (2, 11))),
        ("setup.py", "setup(install_requires=['keras==2.3.1'])", KERAS, ((2, 3), (2, 4))),
    ],
)  # fmt: skip
def test_what_a_project_pins(
    tmp_path: Path, name: str, text: str, script: str, expected: object
) -> None:
    (tmp_path / name).write_text(text)
    folder = tmp_path / "src" / "train"
    folder.mkdir(parents=True)
    options = ScriptOptions(root=tmp_path)
    versions = read_script(script, str(folder / "train.py"), options=options).versions
    assert (versions.lowest, versions.below) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("!pip install tensorflow==2.8", ((2, 8), (2, 9))),
        ("%pip install -q 'tensorflow<2.11'  # tensorflow==2.15 fails", ((0, 0), (2, 11))),
        ("pip install tensorflow-gpu==2.0.0-rc1", ((2, 0), (2, 1))),
        ("!pip uninstall -y tensorflow\n!pip install \\\n  tensorflow==2.4", ((2, 4), (2, 5))),
        ("try:\n    %tensorflow_version 1.x\nexcept Exception:\n    pass", ((0, 0), (2, 4))),
        ("%%bash\npip install tensorflow==2.4", ((2, 4), (2, 5))),
        ("!pip install tensorflow>=2.16\n%env TF_USE_LEGACY_KERAS=1", ((2, 16), (3, 0))),
        ("!pip install --upgrade tensorflow==2.17", ((3, 0), NEVER)),
        ("!pip install -U tensorflow keras-tuner==1.4\n%tensorflow_version 2.x",
         ((0, 0), NEVER)),
        ("# !pip install tensorflow==2.8", ((0, 0), NEVER)),
        ("!pip show tensorflow==2.8\n!pip uninstall tensorflow==2.8", ((0, 0), NEVER)),
        ("%%writefile Dockerfile\nRUN pip install tensorflow==2.8", ((0, 0), NEVER)),
        ("\n%%capture\n!pip install tensorflow==2.4", ((2, 4), (2, 5))),
    ],
)  # fmt: skip
def test_what_a_notebook_installs_for_itself(command: str, expected: object) -> None:
    cells = [{"cell_type": "code", "source": each} for each in (command, TF_KERAS)]
    raw = json.dumps({"nbformat": 4, "cells": cells})
    source = Source("t.ipynb", raw)
    script = read_script(source.text, "t.ipynb", source.notebook, commands=source.commands)
    assert (script.versions.lowest, script.versions.below) == expected


@pytest.mark.parametrize(
    "line",
    [
        "!pip install tensorflow==2.0",
        "get_ipython().system('pip install -q tensorflow==2.0')",
        "get_ipython().run_line_magic('tensorflow_version', '1.x')",
    ],
)
def test_what_an_export_of_a_notebook_installs(line: str) -> None:
    source = Source("t.py", f"# In[1]:\n{line}\n{TF_KERAS}")
    script = read_script(source.text, "t.py", commands=source.commands)
    assert script.versions.surely_before(2, 4)


def test_an_install_of_the_notebook_wins(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("tensorflow>=2.16\n")
    options, command = ScriptOptions(root=tmp_path), "!pip install tensorflow==2.8"
    found = read_script(TF_KERAS, str(tmp_path / "t.ipynb"), None, options, command).versions
    assert (found.lowest, found.below) == ((2, 8), (2, 9))
    assert found.origin == "pip install: tensorflow ==2.8"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_pins_in_whatever_encoding_the_shell_wrote_them(tmp_path: Path, encoding: str) -> None:
    mark = "\ufeff" if encoding.endswith("-be") else ""
    text = f"{mark}numpy==2.0.0\r\nkeras==3.8.0\r\n"
    (tmp_path / "requirements.txt").write_bytes(text.encode(encoding))
    options = ScriptOptions(root=tmp_path)
    versions = read_script(KERAS, str(tmp_path / "train.py"), options=options).versions
    assert (versions.lowest, versions.below) == ((3, 8), (3, 9))


def test_the_configuration_wins(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("tensorflow==2.10\n")
    options = ScriptOptions(keras_version="3.8", root=tmp_path)
    versions = read_script(TF_KERAS, str(tmp_path / "t.py"), options=options).versions
    assert versions.surely_from(3, 8)
    assert versions.origin == "keras-version 3.8"


def test_pins_beyond_the_project_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("tensorflow==2.10\n")
    inner = tmp_path / "inner"
    inner.mkdir()
    options = ScriptOptions(root=inner)
    assert not read_script(TF_KERAS, str(inner / "t.py"), options=options).versions.is_known


def test_what_tells_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("tensorflow==2.10\n")
    options = ScriptOptions(root=tmp_path)
    versions = read_script(TF_KERAS, str(tmp_path / "t.py"), options=options).versions
    assert versions.origin == "requirements.txt: tensorflow ==2.10"


def test_thresholds() -> None:
    text = "import keras\nm = keras.Sequential()\nm.fit(x, y, epochs=30)\n"
    options = ScriptOptions(thresholds={"many-epochs": 50})
    assert read_script(text, "t.py").fits[0].trains_long
    assert not read_script(text, "t.py", options=options).fits[0].trains_long
