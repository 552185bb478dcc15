"""A script does not notice that it is being recorded."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

PYTHONS = os.environ.get("OVERFITCHECK_TEST_PYTHONS", sys.executable).split(os.pathsep)

FACTS = '''
"""What a script can see of itself."""
from __future__ import annotations
import sys
rate: float = 0.1
seen = {name: value for name, value in globals().items() if name.startswith("__")}
print({name: repr(value).split(" at 0x")[0] for name, value in seen.items()})
print(sys.argv, sys.path, sys.excepthook, getattr(sys, "orig_argv", None), sys.flags)
print(__loader__.name, __loader__.path, sys._getframe().f_code.co_filename)
print(sys.modules["__main__"].__dict__ is globals(), sys.modules["__main__"], __annotations__)
print(sorted(set(sys.modules) - {"__future__"} - OWN))
'''
OWN = '{name for name in __import__("sys").modules if "overfitcheck" in name}'

SCRIPTS = {
    "a normal end": "print('done')",
    "what it sees": FACTS.replace("OWN", OWN),
    "an exception": "def f():\n    raise ValueError('no')\n\nf()\n",
    "a chain": "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise KeyError('x') from e\n",
    "a syntax error": "x = 1\nif x\n    pass\n",
    "an indentation error": "def f():\n  x\n y\n",
    "a null byte": b"x = 1\0\n",
    "an undeclared encoding": b"x = '\xe9'\n",
    "a declared encoding": b"# coding: latin-1\nprint(ascii('\xe9'))\n",
    "a failing import": "import no_such_module_anywhere",
    "an exit code": "import sys; sys.exit(3)",
    "an exit message": "import sys; sys.exit('enough')",
    "an abrupt exit": "import os; os._exit(7)",
    "a keyboard interrupt": "import os, signal; os.kill(os.getpid(), signal.SIGINT)\nx = 1\n",
    "a termination": "import os, signal; os.kill(os.getpid(), signal.SIGTERM)\nx = 1\n",
    "a kill": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)\nx = 1\n",
    "an own excepthook": (
        "import sys, traceback\n"
        "def hook(kind, error, trace):\n"
        "    print(kind, traceback.extract_tb(trace), traceback.extract_tb(error.__traceback__))\n"
        "sys.excepthook = hook\n"
        "raise ValueError\n"
    ),
    "an atexit": "import atexit; atexit.register(print, 'bye'); raise SystemExit",
    "a warning": "import warnings; warnings.warn('old', DeprecationWarning)",
    "a warning about a caller": (
        "import warnings\nfor level in range(1, 5):\n    warnings.warn('old', stacklevel=level)\n"
        "def f():\n    warnings.warn('older', stacklevel=2)\nf()\n"
    ),
    "its source": "import inspect\ndef f():\n    return 1\nprint(inspect.getsource(f))\n",
    "a pickle": "import pickle\nclass C: pass\nprint(type(pickle.loads(pickle.dumps(C()))))",
    "a spawned process": (
        "import multiprocessing\n"
        "def f(x):\n    print(x, __name__, flush=True)\n"
        "if __name__ == '__main__':\n"
        "    p = multiprocessing.get_context('spawn').Process(target=f, args=(1,))\n"
        "    p.start(); p.join(); print(p.exitcode)\n"
    ),
}


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("source", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_output_and_exit_code_are_those_of_plain_python(run_both, python, source):
    pair = run_both(python, source, "--epochs", "3")
    assert pair.recorded.stdout == pair.plain.stdout
    assert pair.recorded.stderr == pair.plain.stderr
    assert pair.recorded.returncode == pair.plain.returncode
    assert not list(pair.recorded.run_folder.iterdir())


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", ["./train.py", "sub/train.py", "sub/../train.py"])
def test_a_path_is_seen_as_typed(run_both, python, name):
    pair = run_both(python, FACTS.replace("OWN", OWN), name=name)
    assert pair.plain.returncode == 0
    assert pair.recorded.stdout == pair.plain.stdout


def test_a_link_to_the_script_is_followed_as_plain_python_does(run_both, tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "train.py").symlink_to(tmp_path / "there" / "real.py")
    pair = run_both(sys.executable, FACTS.replace("OWN", OWN), name=f"{tmp_path}/train.py")
    assert pair.plain.returncode == 0
    assert pair.recorded.stdout == pair.plain.stdout


def test_a_file_beside_the_script_may_be_called_as_a_standard_module(run_both, tmp_path):
    (tmp_path / "json.py").write_text("word = 'mine'")
    pair = run_both(sys.executable, "import json; print(json.word)", name=f"{tmp_path}/train.py")
    assert pair.recorded.stdout == b"mine\n"


def test_the_recorder_imports_nothing_before_the_script(run_both):
    source = "import sys; print([name for name in ('json', 'inspect', 'keras', 'tensorflow', "
    source += "'overfitcheck', 'traceback', 'threading') if name in sys.modules])"
    pair = run_both(sys.executable, source)
    assert pair.recorded.stdout == pair.plain.stdout


def test_the_recorder_leaves_the_rest_of_the_package_alone():
    folder = Path(__file__).parents[2] / "overfitcheck" / "recorder"
    for file in folder.glob("*.py"):
        assert "import overfitcheck" not in file.read_text(), file
        assert "from overfitcheck" not in file.read_text(), file
