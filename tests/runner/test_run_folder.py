"""The folder of a run."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import pytest

from overfitcheck.errors import UserError
from overfitcheck.runner.order import Order
from overfitcheck.runner.run_folder import count_epochs, create_run_folder, take_facts, write_run

NOON = datetime(2024, 5, 6, 12, 0, 7, tzinfo=timezone.utc)


def test_the_name_tells_script_and_time(tmp_path):
    folder = create_run_folder(tmp_path / "deep" / "runs", "train", NOON)
    assert folder == tmp_path / "deep" / "runs" / "train-20240506T120007Z"
    assert create_run_folder(tmp_path, 250 * "x", NOON).name.startswith(50 * "x")


@pytest.mark.parametrize(
    ("script", "is_module", "name"),
    [("some/train.py", False, "train"), ("package.sub.train", True, "package.sub.train")],
)
def test_a_run_is_called_as_what_it_runs(script, is_module, name, tmp_path):
    assert Order(script, (), "python", tmp_path, "auto", is_module).name == name


def test_runs_that_start_together_get_folders_of_their_own(tmp_path):
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: create_run_folder(tmp_path, "a", NOON), range(24)))
    assert len(set(made)) == 24


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="choose another --out"):
        create_run_folder(tmp_path / "file", "a", NOON)


def test_run_json_is_replaced_as_a_whole(tmp_path):
    write_run(tmp_path, {"exit_code": None})
    write_run(tmp_path, {"exit_code": 0, "script": "modèle.py"})
    assert json.loads((tmp_path / "run.json").read_text("utf-8"))["script"] == "modèle.py"
    assert [file.name for file in tmp_path.iterdir()] == ["run.json"]


def test_facts_are_taken_once_and_bad_lines_passed_over(tmp_path):
    lines = ['{"keras": {"version": "3.1"}}', '{"note": "a"}', '{"note": "a"}', '{"dev']
    (tmp_path / "recorder.jsonl").write_text("\n".join(lines))
    assert take_facts(tmp_path) == {"keras": {"version": "3.1"}, "notes": ["a"]}
    assert take_facts(tmp_path) == {"notes": []}


def test_unfinished_lines_do_not_count(tmp_path):
    assert count_epochs(tmp_path) == (0, 0)
    lines = ['{"event": "fit", "fit": 1}', '{"event": "epoch", "fit": 1}', '{"event": "epoch", "f']
    (tmp_path / "epochs.jsonl").write_text("\n".join(lines))
    assert count_epochs(tmp_path) == (1, 1)
