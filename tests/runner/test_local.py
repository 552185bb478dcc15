"""A script run from Python, with an interpreter of its own choice."""

from __future__ import annotations

import json
import sys

import pytest

from overfitcheck.errors import UserError
from overfitcheck.runner.local import run_script
from overfitcheck.runner.order import Order, find_interpreter


def test_an_interpreter_may_be_named_as_on_path_or_by_its_path(tmp_path, monkeypatch):
    other = tmp_path / "some-python"
    other.symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_interpreter("some-python") == str(other)
    assert find_interpreter(str(other)) == str(other)


@pytest.mark.parametrize("answer", ["False", "what?", ""])
def test_what_does_not_answer_as_a_python_is_refused(tmp_path, answer):
    other = tmp_path / "python"
    other.write_text(f"#!/bin/sh\necho '{answer}'\n")
    other.chmod(0o755)
    with pytest.raises(UserError, match=r"not a Python 3\.8 or newer"):
        find_interpreter(str(other))


def test_the_record_tells_what_was_run(tmp_path, capfd):
    script = tmp_path / "train.py"
    script.write_text("import os, sys; print(sys.argv[1:], os.environ['CUDA_VISIBLE_DEVICES'])")
    order = Order(str(script), ("a", "--b"), sys.executable, tmp_path / "runs", "cpu")
    outcome = run_script(order)
    assert (outcome.exit_code, outcome.notes) == (0, ())
    assert capfd.readouterr().out == "['a', '--b'] -1\n"
    run = json.loads((outcome.folder / "run.json").read_text())
    assert (run["version"], run["script"], run["arguments"]) == (1, str(script), ["a", "--b"])
    assert run["started"] <= run["ended"]
    assert run["keras"] is None
    assert (outcome.folder / "output.log").read_text() == "['a', '--b'] -1\n"


def test_signal_handlers_are_given_back(tmp_path):
    import signal

    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    (tmp_path / "train.py").write_text("")
    run_script(Order(str(tmp_path / "train.py"), (), sys.executable, tmp_path, "cpu"))
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
