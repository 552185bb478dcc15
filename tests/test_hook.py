"""The pre-commit hook: a valid manifest, whose entry takes scripts and notebooks alike."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from overfitcheck.cli.main import main

MANIFEST = Path(__file__).parents[1] / ".pre-commit-hooks.yaml"

SCRIPT = (
    "import keras\n"
    "model = keras.Sequential([keras.layers.Dense(1)])\n"
    'model.compile("adam", "mse")\n'
    "model.fit(x, y, epochs=30)\n"
)


def test_the_hook_lints_scripts_and_notebooks(tmp_path: Path) -> None:
    (hook,) = importlib.import_module("pre_commit.clientlib").load_manifest(str(MANIFEST))
    assert hook["id"] == "overfitcheck"
    assert hook["types_or"] == ["python", "jupyter"]
    (tmp_path / "train.py").write_text(SCRIPT)
    cell: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
    }
    notebook = {
        "cells": [{**cell, "source": SCRIPT.splitlines(keepends=True)}],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (tmp_path / "train.ipynb").write_text(json.dumps(notebook))
    program, *arguments = hook["entry"].split()
    assert program == "overfitcheck"
    for name in ("train.py", "train.ipynb"):
        result = CliRunner().invoke(main, [*arguments, str(tmp_path / name)])
        assert result.exit_code == 1
        assert "OVF101" in result.output
