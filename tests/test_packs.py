"""Rule packs of others are found beside the built-in one, and a broken one is named."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

RULE = '''
from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule

@rule("{code}", "model-called-model", Level.INFO, bad=("import keras",), good=("import keras",))
def model_called_model(fit):
    """A model is called model."""
    if fit.model.name == "model":
        yield Draft(fit.node, "model is called model", "call it otherwise")
'''

SCRIPT = """import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=5, validation_split=0.2)
"""


def install(folder: Path, name: str, text: str, entry: str | None = None) -> None:
    """A distribution with one module, as an installer leaves it."""
    (folder / f"{name}.py").write_text(text)
    (folder / f"{name}-1.0.dist-info").mkdir()
    (folder / f"{name}-1.0.dist-info" / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n")
    points = f"[console_scripts]\nx = {name}:x\n\n[overfitcheck.rules]\nmine = {entry or name}\n"
    (folder / f"{name}-1.0.dist-info" / "entry_points.txt").write_text(points)


def lint(path: Path, *options: str) -> tuple[int, str, str]:
    """Exit code, output and errors of linting a script with another folder or zip on the path."""
    folder = path if path.is_dir() else path.parent
    (folder / "train.py").write_text(SCRIPT)
    command = [sys.executable, "-m", "overfitcheck", "lint", "train.py", *options]
    done = subprocess.run(
        [*command, "--output-format", "concise", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_the_rules_of_another_pack_are_asked(tmp_path: Path) -> None:
    install(tmp_path, "their_pack_a", RULE.format(code="THX138"))
    exit_code, output, _ = lint(tmp_path)
    assert exit_code == 0
    assert "THX138 model is called model" in output
    assert lint(tmp_path, "--ignore", "THX")[1] == ""


def test_an_entry_point_may_name_a_part_of_a_module(tmp_path: Path) -> None:
    text = RULE.format(code="THX139") + "\nclass rules:\n    mine = model_called_model\n"
    install(tmp_path, "their_pack_b", text, "their_pack_b:rules [extra]")
    assert "THX139" in lint(tmp_path)[1]


def test_a_pack_that_cannot_be_imported_is_named(tmp_path: Path) -> None:
    install(tmp_path, "their_pack_c", "import no_such_module_at_all\n")
    exit_code, _, error = lint(tmp_path)
    assert exit_code == 2
    assert error == (
        "overfitcheck: the rule pack their_pack_c cannot be imported: ModuleNotFoundError: "
        "No module named 'no_such_module_at_all'\n"
    )


def test_two_rules_of_one_code_are_named(tmp_path: Path) -> None:
    install(tmp_path, "their_pack_d", RULE.format(code="OVF101"))
    exit_code, _, error = lint(tmp_path)
    assert exit_code == 2
    assert "two rules are called OVF101" in error


def test_a_pack_in_a_zip_file_is_found(tmp_path: Path) -> None:
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("their_pack_e.py", RULE.format(code="THX140"))
        archive.writestr(
            "their_pack_e-1.0.dist-info/METADATA", "Name: their_pack_e\nVersion: 1.0\n"
        )
        points = "[overfitcheck.rules]\nmine = their_pack_e\n"
        archive.writestr("their_pack_e-1.0.dist-info/entry_points.txt", points)
    assert "THX140" in lint(packed)[1]
