"""The HTML report: complete without network or script, and safe with hostile names."""

import re
from pathlib import Path

import pandas as pd

from overfitcheck.analysis.diagnose import diagnose
from overfitcheck.finding import TECHNIQUES, Answer, Checklist, Finding, Fix, Level, Location
from overfitcheck.history.history import History
from overfitcheck.history.read import read_histories
from overfitcheck.report.html import render

FER = Path(__file__).parents[2] / "fixtures" / "logs" / "fer2013_excerpt.log"

HOSTILE = "<script>alert('$1')</script>"

RUN = {
    "script": "train.py", "arguments": ["--fast"], "python": "python3", "seconds": 12.0,
    "started": "2026-01-31T10:00:00+00:00", "exit_code": 0, "device": {"kind": "cpu", "name": None},
    "keras": {"version": "3.15.1", "backend": "jax"},
}  # fmt: skip


def long_history(name: str, count: int) -> History:
    index = pd.RangeIndex(1, count + 1, name="epoch")
    falling = [1 / n for n in range(1, count + 1)]
    columns = {"loss": falling, "val_loss": falling, name: falling, f"val_{name}": falling}
    return History(name, pd.DataFrame(columns, index=pd.Index(index)))


def test_nothing_comes_from_elsewhere_and_nothing_runs() -> None:
    text = render([diagnose(each) for each in read_histories(FER)], title="fer")
    assert "<script" not in text
    assert not re.search(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", text)
    assert "@import" not in text
    assert 'role="img" aria-label="Curves of loss, acc' in text


def test_hostile_names_are_text() -> None:
    where = Location("<b>train.py", 3, 1, 3, 5)
    finding = Finding("OVF101", "x", Level.WARNING, where, HOSTILE, Fix(HOSTILE))
    checklist = Checklist(where, HOSTILE, dict.fromkeys(TECHNIQUES, Answer.NO))
    text = render(
        [diagnose(long_history(HOSTILE, 10))],
        title=HOSTILE,
        run={**RUN, "script": HOSTILE},
        findings=[finding],
        checklists=[checklist],
        source_lines={("<b>train.py", None): ["", "", HOSTILE]},
    )
    assert "<script" not in text
    assert "<b>" not in text
    assert "&lt;script&gt;" in text


def test_a_thousand_epochs_stay_under_a_megabyte() -> None:
    text = render([diagnose(long_history("accuracy", 1000))], title="long")
    assert len(text.encode()) < 1_000_000


def test_a_run_without_a_finished_epoch() -> None:
    text = render([], title="train.py", run={**RUN, "exit_code": None, "seconds": None})
    assert "there is nothing to judge" in text
    assert "not ended" in text
