"""`overfitcheck analyze` as a user meets it."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result

from overfitcheck.cli.main import main
from overfitcheck.report.diagnosis_json import SCHEMA

FER = Path(__file__).parents[2] / "fixtures" / "logs" / "fer2013_excerpt.log"


def analyze(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["analyze", *map(str, arguments)])


def test_the_verdict_comes_first_with_its_numbers() -> None:
    result = analyze(FER)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0].endswith("fer2013_excerpt.log, epochs 32 to 38 of 50")
    assert lines[1].startswith("overfitting: val_loss rose from 3.7")
    assert "drop after epoch 35: ? → 0.0001" in result.output
    assert "no clear effect" in result.output


def test_json_follows_its_schema() -> None:
    result = analyze(FER, "--format", "json")
    report = json.loads(result.output)
    jsonschema.validate(report, json.loads(SCHEMA.read_text(encoding="utf-8")))
    (fit,) = report["fits"]
    assert report["version"] == 1
    assert [epoch["epoch"] for epoch in fit["epochs"]] == [32, 33, 34, 35, 36, 37, 38]
    assert fit["verdict"] == "overfitting"
    assert fit["best"]["val_loss"] == {"epoch": 33, "value": 3.7183}
    assert fit["best"]["val_acc"] == {"epoch": 38, "value": 0.5483}
    (drop,) = fit["drops"]
    assert (drop["epoch"], drop["from"], drop["to"]) == (35, None, 0.0001)
    assert drop["effects"]["val_acc"]["verdict"] == "no_clear_effect"
    assert fit["epochs"][0]["learning_rate"] is None


def test_numbers_that_are_not_finite_are_null(tmp_path: Path) -> None:
    log = tmp_path / "a.csv"
    log.write_text("epoch,loss,val_loss\n0,nan,inf\n1,1,2\n")
    report = json.loads(
        analyze(log, "--format", "json").output, parse_constant=lambda name: pytest.fail(name)
    )
    assert report["fits"][0]["epochs"][0]["val_loss"] is None


def test_html_to_a_file(tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    assert analyze(FER, "--format", "html", "--output-file", out).exit_code == 0
    text = out.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert "<svg" in text


def test_one_bad_log_does_not_hide_the_others(tmp_path: Path) -> None:
    empty = tmp_path / "empty.log"
    empty.write_text("")
    result = analyze(empty, FER, tmp_path / "none.log", "--format", "json")
    assert result.exit_code == 2
    assert len(json.loads(result.stdout)["fits"]) == 1
    assert result.stderr.splitlines() == [
        f"overfitcheck: {empty}: is empty; there is no epoch to read",
        f"overfitcheck: {tmp_path / 'none.log'}: there is no such file or folder",
    ]


def test_an_output_file_that_cannot_be_written(tmp_path: Path) -> None:
    result = analyze(FER, "--format", "json", "--output-file", tmp_path / "no" / "report.json")
    assert result.exit_code == 2
    assert "the report cannot be written" in result.stderr
    assert result.stderr.count("\n") == 1


def test_terminal_codes_in_names_are_harmless(tmp_path: Path) -> None:
    log = tmp_path / "a.csv"
    log.write_text("epoch,loss,val_loss,val_\x1b[31macc [bold]\n" + "0,1,1,.5\n1,.5,.9,.6\n")
    output = analyze(log).output
    assert "\x1b" not in output
    assert "[bold]" in output


def test_matplotlib_is_imported_only_to_draw() -> None:
    code = (
        "import sys\nfrom overfitcheck.cli.main import main\n"
        f"main(['analyze', {str(FER)!r}], standalone_mode=False)\n"
        "print({'matplotlib', 'tensorflow', 'libcst', 'scipy.stats'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_a_run_folder_is_judged_with_what_the_run_saw(tmp_path: Path) -> None:
    losses = [1.0, 0.6, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    events = [{"event": "fit", "fit": 1, "epochs": 8}]
    events += [
        {"event": "epoch", "fit": 1, "epoch": n, "logs": {"loss": 1 / n, "val_loss": loss}}
        for n, loss in enumerate(losses, 1)
    ]
    settings = {"monitor": "val_loss", "patience": 7, "mode": "auto", "min_delta": 0}
    callback = {"name": "EarlyStopping", "settings": settings}
    seen = {"fit": 1, "observation": "callbacks", "callbacks": [callback], "looked_at": "callbacks"}
    (tmp_path / "run.json").write_text("{}", encoding="utf-8")
    lines = "".join(json.dumps(each) + "\n" for each in events)
    (tmp_path / "epochs.jsonl").write_text(lines, encoding="utf-8")
    (tmp_path / "observations.jsonl").write_text(json.dumps(seen) + "\n", encoding="utf-8")
    result = CliRunner().invoke(main, ["analyze", str(tmp_path), "--format", "json"])
    (fit,) = json.loads(result.output)["fits"]
    assert "the script's own EarlyStopping(patience=7)" in [each["name"] for each in fit["replays"]]
