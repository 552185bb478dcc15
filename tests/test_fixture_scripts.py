"""The fixture scripts: every mistake is found on its line, and the corrected twin has none."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from overfitcheck.finding import TECHNIQUES, Answer, Level, LintResult
from overfitcheck.linter import lint_source
from overfitcheck.rule import load_rules
from overfitcheck.script.source import read_source

SCRIPTS = Path(__file__).parents[1] / "fixtures" / "scripts"

EMOTION_MISTAKES = [
    ("OVF102", "    validation_data=(x_test, y_test),"),
    ("OVF402", "    zoomrange=0.1,"),
    ("OVF501", "history = model.fit("),
    (
        "OVF504",
        'reduce_rate = ReduceLROnPlateau(monitor="val_acc", factor=0.1, patience=5, verbose=1)',
    ),
    (
        "OVF507",
        'early_stopping = EarlyStopping(monitor="val_loss", patience=15, restore_best_weights=True)',
    ),
    ("OVF601", '    model.add(Dense(256, activation="relu", activity_regularizer=l2(0.01)))'),
    (
        "OVF803",
        'checkpoint = ModelCheckpoint("best_emotions.keras", monitor="val_loss", '
        "save_best_only=True)",
    ),
    ("OVF901", 'print("accuracy:", accuracy_score(truth, probabilities))'),
]

DIGITS_MISTAKES = [
    ("OVF102", "    validation_data=(x_test, y_test),"),
    ("OVF501", "model.fit("),
    ("OVF801", "model.fit("),
]


@cache
def lint(name: str) -> LintResult:
    """What all rules say of a fixture script."""
    return lint_source(read_source(SCRIPTS / name), list(load_rules().values()))


def complaints(name: str) -> list[tuple[str, str]]:
    """Code and line of every warning and error, sorted by code."""
    lines = (SCRIPTS / name).read_text(encoding="utf-8").splitlines()
    return sorted(
        (finding.code, lines[finding.location.line - 1])
        for finding in lint(name).findings
        if finding.level is not Level.INFO
    )


@pytest.mark.parametrize(("code", "line"), EMOTION_MISTAKES)
def test_each_mistake_of_the_emotion_classifier_is_found_on_its_line(code: str, line: str) -> None:
    assert (code, line) in complaints("emotion_classifier.py")


def test_the_emotion_classifier_is_blamed_for_nothing_else() -> None:
    assert complaints("emotion_classifier.py") == EMOTION_MISTAKES


def test_the_corrected_twin_yields_no_warning_at_all() -> None:
    assert complaints("emotion_classifier_corrected.py") == []


def test_the_corrected_twin_uses_every_technique() -> None:
    (checklist,) = lint("emotion_classifier_corrected.py").checklists
    assert checklist.techniques == dict.fromkeys(TECHNIQUES, Answer.YES)


def test_what_a_tutorial_leaves_out_is_found_in_the_digits() -> None:
    assert complaints("digits_overfits.py") == DIGITS_MISTAKES


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.py")), ids=lambda path: path.name)
def test_every_fixture_script_is_python_with_a_fit(script: Path) -> None:
    compile(script.read_text(encoding="utf-8"), script.name, "exec")
    assert lint(script.name).checklists
