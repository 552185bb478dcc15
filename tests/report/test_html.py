"""The HTML report: complete without network or script, and safe with hostile names."""

import re
from pathlib import Path

import pandas as pd

from overfitcheck.analysis.diagnose import diagnose
from overfitcheck.finding import (
    TECHNIQUES,
    Answer,
    Checklist,
    Edit,
    Finding,
    Fix,
    Level,
    Location,
    RunSays,
)
from overfitcheck.history.history import History
from overfitcheck.history.read import read_histories
from overfitcheck.report.content import Report
from overfitcheck.report.evidence import MetFinding
from overfitcheck.report.html import render
from overfitcheck.report.markdown import render_markdown
from overfitcheck.script.source import Source

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


def hostile_report() -> Report:
    where = Location("<b>train.py", 3, 1, 3, 5)
    finding = Finding("OVF101", "x", Level.WARNING, where, HOSTILE, Fix(HOSTILE))
    met = MetFinding(finding, RunSays.CONFIRMED, f"{HOSTILE} again", HOSTILE, (1,))
    return Report(
        HOSTILE,
        (diagnose(long_history(HOSTILE, 10)),),
        run={**RUN, "script": HOSTILE, "notes": [HOSTILE]},
        findings=(met,),
        checklists=(Checklist(where, HOSTILE, dict.fromkeys(TECHNIQUES, Answer.NO)),),
        sources={"<b>train.py": Source("<b>train.py", f"\n\n{HOSTILE}\n")},
    )


def own_script(text: str) -> str:
    """The page without the one script that is its own."""
    assert text.count("<script>") == 1
    return re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)


def test_nothing_comes_from_elsewhere() -> None:
    text = render(Report("fer", tuple(diagnose(each) for each in read_histories(FER))))
    assert "<script" not in own_script(text)
    assert not re.search(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", text)
    assert "@import" not in text
    assert "default-src 'none'" in text
    assert 'role="img" aria-label="Curves of loss, acc' in text


def test_hostile_names_are_text() -> None:
    text = own_script(render(hostile_report()))
    assert "<script" not in text
    assert "<b>" not in text
    assert "&lt;script&gt;" in text


def test_hostile_names_are_text_in_markdown() -> None:
    from markdown_it import MarkdownIt

    text = render_markdown(hostile_report())
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert "<script" not in html
    assert "<b>" not in html
    assert "alert" in html


def test_a_finding_shows_what_the_run_says_and_the_suggested_change() -> None:
    where = Location("train.py", 2, 11, 2, 15)
    fix = Fix("call it accuracy", False, (Edit(2, 11, 2, 16, '"accuracy"'),))
    finding = Finding("OVF504", "x", Level.ERROR, where, "acc is never logged", fix)
    report = Report(
        "train.py",
        (diagnose(long_history("accuracy", 10)),),
        run=RUN,
        findings=(
            MetFinding(finding, RunSays.CONFIRMED, "it was not among the logs", "9 epochs", (1,)),
        ),
        sources={"train.py": Source("train.py", "import keras\nmonitor = 'acc'\nfit()\n")},
    )
    text = render(report)
    for shown in (
        "confirmed by the run",
        "The run: it was not among the logs",
        "Cost: 9 epochs",
        "<del>-monitor = &#39;acc&#39;</del>",
        "<ins>+monitor = &#34;accuracy&#34;</ins>",
    ):
        assert shown in text
    markdown = render_markdown(report)
    assert "confirmed by the run: acc is never logged" in markdown
    assert "cost: 9 epochs" in markdown


def test_a_drop_has_a_close_up() -> None:
    rates = [1e-3] * 10 + [1e-4] * 10
    losses = [2.0 - 0.05 * n + 0.01 * (n % 2) for n in range(10)] + [
        1.1 - 0.01 * n for n in range(10)
    ]
    frame = pd.DataFrame(
        {"loss": losses, "val_loss": losses, "learning_rate": rates},
        index=pd.Index(range(1, 21), name="epoch"),
    )
    text = render(Report("stepped", (diagnose(History("stepped", frame)),)))
    assert "Close-up of the drop after epoch 10: 0.001 → 0.0001. loss: -" in text
    assert text.count("<svg") == 2


def test_a_thousand_epochs_stay_under_a_megabyte() -> None:
    text = render(Report("long", (diagnose(long_history("accuracy", 1000)),)))
    assert len(text.encode()) < 1_000_000


def test_a_run_without_a_finished_epoch() -> None:
    text = render(Report("train.py", (), run={**RUN, "exit_code": None, "seconds": None}))
    assert "there is nothing to judge" in text
    assert "not ended" in text


def test_what_does_not_apply_is_said_in_words() -> None:
    where = Location("train.py", 3, 1, 3, 5)
    checklist = Checklist(where, "net", dict.fromkeys(TECHNIQUES, Answer.NOT_APPLICABLE))
    report = Report("train.py", (), checklists=(checklist,))
    for text in (render(report), render_markdown(report)):
        assert text.count("does not apply") == len(TECHNIQUES)
