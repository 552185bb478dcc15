"""`overfitcheck compare`: what differs between trainings, and when nobody can tell."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st

from overfitcheck.analysis.compare import difference
from overfitcheck.cli.main import main


def log(path: Path, best: float, seed: int = 0, epochs: int = 12) -> Path:
    """A CSVLogger file whose validation loss falls to about `best`."""
    noise = np.random.default_rng(seed).normal(0.0, 0.002, epochs)
    rows = [f"{n},{1.0 / (n + 1):.5f},{best + 0.5 / (n + 1) + noise[n]:.5f}" for n in range(epochs)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("epoch,loss,val_loss\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def seeds(folder: Path, best: float, count: int = 5, first: int = 0) -> Path:
    for number in range(count):
        log(folder / f"seed{number}.csv", best, first + number)
    return folder


def compared(*words: object) -> dict[str, dict[str, object]]:
    result = CliRunner().invoke(main, ["compare", *map(str, words), "--format", "json"])
    assert result.exit_code == 0, result.output
    (pair,) = json.loads(result.output)["pairs"]
    return {each["measure"]: each for each in pair["differences"]}


def test_one_fit_a_side_is_no_evidence(tmp_path: Path) -> None:
    a, b = log(tmp_path / "a.csv", 0.5), log(tmp_path / "b.csv", 0.3)
    found = compared(a, b)["best val_loss"]
    assert found["change"] == pytest.approx(-0.2, abs=0.02)
    assert (found["low"], found["p"], found["favours"]) == (None, None, None)
    shown = CliRunner().invoke(main, ["compare", str(a), str(b)]).output
    assert "one fit a side: a difference may be chance" in shown


def test_several_seeds_a_side_tell_a_difference_from_chance(tmp_path: Path) -> None:
    found = compared(seeds(tmp_path / "plain", 0.5), seeds(tmp_path / "dropout", 0.4, first=50))
    better = found["best val_loss"]
    assert better["counts"] == [5, 5]
    assert -0.11 < float(str(better["low"])) < -0.1 < float(str(better["high"])) < -0.09
    assert better["favours"] == 1
    assert float(str(better["p"])) < 0.02


def test_the_same_setting_twice_is_no_difference(tmp_path: Path) -> None:
    found = compared(seeds(tmp_path / "a", 0.5), seeds(tmp_path / "b", 0.5, first=50))
    assert found["best val_loss"]["favours"] is None
    assert float(str(found["best val_loss"]["p"])) > 0.1


def test_sides_by_a_pattern_of_names(tmp_path: Path) -> None:
    for number in range(3):
        log(tmp_path / f"adam-{number}.csv", 0.5, number)
        log(tmp_path / f"sgd-{number}.csv", 0.6, number)
    groups = ["--group", "adam=*adam*", "--group", "sgd=*sgd*"]
    result = CliRunner().invoke(main, ["compare", str(tmp_path), *groups])
    assert "sgd against adam" in result.output
    assert "mean of 3" in result.output


def test_three_sides_are_compared_with_the_first(tmp_path: Path) -> None:
    logs = [str(log(tmp_path / f"{name}.csv", 0.5)) for name in "abc"]
    output = CliRunner().invoke(main, ["compare", *logs]).output
    assert "b.csv against a.csv" in output
    assert "c.csv against a.csv" in output
    assert str(tmp_path) not in output.replace("\n", "").split("against")[-1]


def test_markdown_and_html_show_hostile_names_as_text(tmp_path: Path) -> None:
    a, b = log(tmp_path / "<script>|.csv", 0.5), log(tmp_path / "b.csv", 0.4)
    markdown = CliRunner().invoke(main, ["compare", str(a), str(b), "--format", "markdown"]).output
    assert r"\<script\>\|.csv" in markdown
    html = CliRunner().invoke(main, ["compare", str(a), str(b), "--format", "html"]).output
    assert "<script" not in html
    assert "<svg" in html


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_curves_are_drawn_into_a_file(tmp_path: Path, ending: str) -> None:
    a, b = seeds(tmp_path / "a", 0.5, 2), log(tmp_path / "b.csv", 0.4)
    figure = tmp_path / f"curves.{ending}"
    result = CliRunner().invoke(main, ["compare", str(a), str(b), "--out", str(figure)])
    assert result.exit_code == 0
    assert figure.read_bytes()[:4] in (b"\x89PNG", b"<?xm")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a.csv"], "needs two sides"),
        (["a.csv", "nowhere.csv"], "nowhere.csv: there is no such file"),
        (["a.csv", "a.csv", "--group", "x"], "is not NAME=PATTERN"),
        (["a.csv", "a.csv", "--group", "x=zzz"], "no log that was named fits zzz"),
        (["a.csv", "a.csv", "--out", "curves.txt"], "ends in none of"),
    ],
)
def test_what_cannot_be_compared_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    log(Path("a.csv"), 0.5)
    result = CliRunner().invoke(main, ["compare", *words])
    assert result.exit_code == 2
    assert message in result.output
    assert result.output.count("\n") == 1


def test_the_interval_is_that_of_welch() -> None:
    from scipy.stats import ttest_ind

    a, b = np.array([1.0, 2.0, 4.0]), np.array([3.0, 7.0, 8.0, 9.5])
    wanted = ttest_ind(b, a, equal_var=False).confidence_interval(0.9)
    found = difference("best val_loss", a, b)
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high))


numbers = st.lists(st.floats(-1e3, 1e3).map(lambda n: round(n, 3)), min_size=2, max_size=4)


@given(numbers, numbers)
@example([0.0, 0.0, 22.0, 42.0], [0.0, 22.0, 27.031, 15.062])
def test_sides_that_change_places_change_the_sign(first: list[float], second: list[float]) -> None:
    a, b = np.array(first), np.array(second)
    there, back = difference("best val_loss", a, b), difference("best val_loss", b, a)
    assert there.change == pytest.approx(-back.change)
    assert (there.low, there.high) == pytest.approx((-(back.high or 0), -(back.low or 0)))
    assert there.p == pytest.approx(back.p)
    assert {there.favours, back.favours} in ({0, 1}, {None})
