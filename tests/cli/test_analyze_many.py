"""`overfitcheck analyze` on folders of many logs."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from overfitcheck.cli.main import main
from overfitcheck.report.diagnosis_json import SCHEMA


def analyze(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["analyze", *map(str, arguments)])


def write_log(path: Path, turn: int, epochs: int = 40) -> None:
    """A CSVLogger file whose val_loss rises after epoch `turn`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["epoch,loss,val_loss,seconds"]
    for epoch in range(epochs):
        fall = math.exp(-epoch / 8)
        rise = 0.03 * max(epoch + 1 - turn, 0)
        noise = 0.004 * ((epoch * 7) % 5 - 2)
        lines.append(f"{epoch},{fall + 0.1:.5f},{0.5 + fall + rise + noise:.5f},60")
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    for number in range(6):
        write_log(folder / "overfits" / f"seed{number}.csv", turn=15 + number)
        write_log(folder / "fine" / f"seed{number}.csv", turn=1000)
    (folder / "notes.txt").write_text("learning rate 0.1 was too much\n")
    (folder / "model.pkl").write_bytes(b"\x80\x04K\x01.")
    return folder


def test_a_folder_gives_one_table_with_the_most_wasteful_first(runs: Path) -> None:
    result = analyze(runs)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    rows = [line for line in lines if "seed" in line]
    assert len(rows) == 12
    assert "overfits/seed0.csv" in rows[0] and "overfitting" in rows[0]
    assert "12 fits: 6 overfitting (50 %)" in lines[-1]
    assert "of 8.0 h" in lines[-1]


def test_what_was_left_out_is_said_and_is_no_failure(runs: Path) -> None:
    lines = analyze(runs).stderr.splitlines()
    assert any("model.pkl: is a pickle" in line and "json.dump" in line for line in lines)
    assert any("no training logs, left out: " in line and "notes.txt" in line for line in lines)


def test_csv_has_a_row_a_fit(runs: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(analyze(runs, "--format", "csv").stdout)))
    assert len(rows) == 12
    worst = rows[0]
    assert worst["verdict"] == "overfitting"
    assert worst["source"].endswith("seed0.csv")
    assert int(worst["onset_low"]) <= 16 and int(worst["wasted_epochs"]) >= 20
    assert float(worst["wasted_seconds"]) == 60 * int(worst["wasted_epochs"])


def test_parquet_reads_back(runs: Path, tmp_path: Path) -> None:
    out = tmp_path / "runs.parquet"
    assert analyze(runs, "--format", "parquet", "--output-file", out).exit_code == 0
    assert set(pd.read_parquet(out)["verdict"]) >= {"overfitting"}
    assert "give --output-file" in analyze(runs, "--format", "parquet").stderr


def test_json_has_totals_and_follows_its_schema(runs: Path) -> None:
    report = json.loads(analyze(runs, "--format", "json").stdout)
    jsonschema.validate(report, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert len(report["fits"]) == 12
    assert report["totals"]["overfitting_share"] == 0.5
    assert report["totals"]["seconds"] == 12 * 40 * 60
    assert [Path(each["path"]).name for each in report["skipped"]] == ["notes.txt"]
    assert report["fits"][0]["format"] == "table" and report["fits"][0]["lines"] == [2, 41]


def test_markdown_is_a_table(runs: Path) -> None:
    lines = analyze(runs, "--format", "markdown", "--sort", "source").stdout.splitlines()
    assert lines[2].startswith("| fit | verdict |")
    assert len(lines) == 16


@pytest.mark.parametrize(("sort", "first"), [("source", "fine/seed0"), ("verdict", "overfits/")])
def test_sorted_as_asked(runs: Path, sort: str, first: str) -> None:
    rows = [line for line in analyze(runs, "--sort", sort).stdout.splitlines() if "seed" in line]
    assert rows[0].strip().startswith(first)


def test_many_logs_in_several_processes_give_the_same_table(tmp_path: Path) -> None:
    for number in range(130):
        write_log(tmp_path / f"run{number:03d}.csv", turn=10 + number % 30)
    alone = analyze(tmp_path, "--format", "csv", "--jobs", 1)
    together = analyze(tmp_path, "--format", "csv", "--jobs", 2)
    assert together.exit_code == 0
    assert together.stdout == alone.stdout
    assert together.stdout.count("\n") == 131


@pytest.mark.parametrize(
    ("conditions", "code"),
    [("overfitting", 1), ("diverged", 0), ("wasted:50%", 1), ("wasted:99%", 0),
     ("diverged|wasted:50%", 1), ("unknown, diverged", 0)],
)  # fmt: skip
def test_fail_on(tmp_path: Path, conditions: str, code: int) -> None:
    log = tmp_path / "run.csv"
    write_log(log, turn=12)
    result = analyze(log, "--fail-on", conditions)
    assert result.exit_code == code
    assert (f"{log} fails: " in result.stderr) is bool(code)


def test_fail_on_nonsense_is_a_usage_error(tmp_path: Path) -> None:
    write_log(tmp_path / "run.csv", turn=12)
    result = analyze(tmp_path / "run.csv", "--fail-on", "wasted:lots")
    assert result.exit_code == 2
    assert "--fail-on wasted:lots is no condition" in result.stderr


def test_metric_map_names_what_a_log_calls_otherwise(tmp_path: Path) -> None:
    log = tmp_path / "run.csv"
    log.write_text(
        "epoch,fit error,held-out error\n"
        + "".join(f"{n},{1 / (n + 1)},{0.5 + n / 9}\n" for n in range(20))
    )
    assert analyze(log).exit_code == 2
    result = analyze(
        log, "--metric-map", "fit error=loss", "--metric-map", "held-out error=val_loss"
    )
    assert result.exit_code == 0 and result.stdout.splitlines()[1].startswith("overfitting")
    assert "is not OLD=NEW" in analyze(log, "--metric-map", "loss").stderr


def test_a_folder_without_logs(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello\n")
    result = analyze(tmp_path)
    assert result.exit_code == 2
    assert "1 files were looked at" in result.stderr or "none holds" in result.stderr


@pytest.mark.parametrize("output_format", ["csv", "markdown", "table", "json", "html"])
def test_hostile_names_harm_nobody(tmp_path: Path, output_format: str) -> None:
    folder = tmp_path / "runs"
    for number in range(3):
        write_log(folder / f"run{number}.csv", turn=12)
    evil = "val_<img src=x onerror=alert(1)>\x1b[31m"
    (folder / '=HYPERLINK("x")|<b>.csv').write_text(
        f"epoch,loss,val_loss,{evil}\n" + "".join(f"{n},1,{n},2\n" for n in range(9))
    )
    text = analyze(folder, "--format", output_format).stdout
    assert "\x1b" not in text
    if output_format in ("markdown", "html"):
        assert "<img" not in text and "<b>" not in text
    if output_format == "csv":
        rows = list(csv.reader(io.StringIO(text)))
        assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)


def test_a_source_that_is_a_formula_is_quoted_in_csv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_log(Path("=cmd.csv"), turn=12)
    rows = list(csv.DictReader(io.StringIO(analyze("=cmd.csv", "--format", "csv").stdout)))
    assert rows[0]["source"] == "'=cmd.csv"
