"""The formats of findings: valid where a schema or a parser says so, and safe with hostile text."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from markdown_it import MarkdownIt
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

from overfitcheck.cli.main import main

HEAD = """import keras
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile(keras.optimizers.Adam(lr=0.1), "binary_crossentropy", metrics=["mae"])
"""
FIT = "model.fit(x, y, epochs=50, validation_split=0.2)\n"
LEVELS = {"OVF201": "info", "OVF501": "warning", "OVF706": "warning", "OVF801": "warning"}
"""What is found in the two together."""

HOSTILE = "val_\x1b[31m]]>|`%0A\n::error::<b>&amp;*_acc"
"""A metric's name, as it gets into a message: terminal codes, line ends, and marks of all formats."""

HOSTILE_NAME = "a]]>|`%\n\x1b[31m,:b&<x> é.py"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI_PROJECT_DIR", raising=False)


def lint(output_format: str, *arguments: str) -> Result:
    command = ["lint", "--no-cache", "--output-format", output_format, *arguments]
    return CliRunner().invoke(main, command, color=True, env={"NO_COLOR": "", "FORCE_COLOR": ""})


def write_all() -> None:
    """A script, a notebook, one with a hostile name and message, and one that cannot be read."""
    Path("src").mkdir()
    Path("src", "train.py").write_text(HEAD + FIT)
    cells = [
        {"cell_type": "markdown", "source": "# Title"},
        {"cell_type": "code", "source": HEAD + FIT},
    ]
    Path("book.ipynb").write_text(json.dumps({"nbformat": 4, "cells": cells}))
    write_hostile()
    Path("binary.py").write_bytes(b"\x7fELF\0\0")


def write_hostile() -> None:
    stop = f"keras.callbacks.EarlyStopping({HOSTILE!r}, restore_best_weights=True)"
    fit = FIT.replace("0.2)", f"0.2, callbacks=[{stop}])")
    Path(HOSTILE_NAME).write_text(HEAD.replace("lr=", "learning_rate=") + fit)


class TestSarif:
    def log(self, *arguments: str) -> dict[str, Any]:
        log: dict[str, Any] = json.loads(lint("sarif", *arguments).stdout)
        Sarif.model_validate(log)
        return log

    def test_it_is_valid_and_says_what_json_says(self) -> None:
        write_all()
        (run,) = self.log()["runs"]
        told = json.loads(lint("json").stdout)
        assert [each["ruleId"] for each in run["results"]] == [each["code"] for each in told]
        rules = run["tool"]["driver"]["rules"]
        for result, finding in zip(run["results"], told, strict=True):
            rule = rules[result["ruleIndex"]]
            assert rule["id"] == finding["code"]
            assert rule["help"]["markdown"].startswith(f"# {finding['name']} ({finding['code']})")
            assert result["level"] == finding["level"].replace("info", "note")
            assert finding["message"] in result["message"]["text"]
            place = result["locations"][0]["physicalLocation"]
            assert unquote(place["artifactLocation"]["uri"]) == finding["path"]
            if finding["cell"] is None:
                region = place["region"]
                assert (region["startLine"], region["startColumn"]) == (
                    finding["line"],
                    finding["column"],
                )
            else:  # A line of a cell is no line of the file.
                assert "region" not in place
        assert run["columnKind"] == "unicodeCodePoints"

    def test_what_could_not_be_read_is_in_it(self) -> None:
        write_all()
        (invocation,) = self.log()["runs"][0]["invocations"]
        assert invocation["executionSuccessful"] is False
        (note,) = invocation["toolExecutionNotifications"]
        assert "binary.py: is a binary file" in note["message"]["text"]

    def test_its_fixes_are_those_that_the_linter_makes(self) -> None:
        script = Path("train.py")
        script.write_text("# 😀\n" + HEAD + FIT)
        results = self.log("train.py")["runs"][0]["results"]
        fixes = {each["ruleId"]: each["fixes"] for each in results if "fixes" in each}
        assert set(fixes) >= {"OVF501", "OVF706"}
        applied = {code: fix["properties"]["applicability"] for code, (fix,) in fixes.items()}
        assert (applied["OVF706"], applied["OVF501"]) == ("safe", "unsafe")
        for code in ("OVF501", "OVF706"):
            after = replaced(script.read_text(), fixes[code][0])
            expected = fixed(script, code)
            assert after == expected
            assert after != script.read_text()

    def test_clean_files_make_a_valid_log_without_results(self) -> None:
        Path("a.py").write_text("import keras\n")
        assert self.log()["runs"][0]["results"] == []

    def test_the_same_finding_has_the_same_fingerprint_where_lines_moved(self) -> None:
        def prints() -> list[dict[str, str]]:
            return [each["partialFingerprints"] for each in self.log()["runs"][0]["results"]]

        Path("a.py").write_text(HEAD + FIT + FIT)
        before = prints()
        Path("a.py").write_text("# one\n\n" + HEAD + FIT + FIT)
        assert prints() == before
        assert len({json.dumps(each) for each in before}) == len(before)

    def test_a_file_elsewhere_has_an_absolute_address(self, tmp_path: Path) -> None:
        Path("here").mkdir()
        Path("train.py").write_text(HEAD + FIT)
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir("here")
            (first, *_) = self.log("../train.py")["runs"][0]["results"]
        uri = first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert uri == (tmp_path / "train.py").as_uri()


def replaced(text: str, fix: dict[str, Any]) -> str:
    """A text after a fix, done as SARIF says: by lines and columns in characters."""
    (change,) = fix["artifactChanges"]
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)

    def offset(region: dict[str, int], end: str) -> int:
        return starts[region[f"{end}Line"] - 1] + region[f"{end}Column"] - 1

    edits = [(each["deletedRegion"], each["insertedContent"]) for each in change["replacements"]]
    for region, content in sorted(edits, key=lambda each: -offset(each[0], "start")):
        start, end = offset(region, "start"), offset(region, "end")
        text = text[:start] + content["text"] + text[end:]
    return text


def fixed(script: Path, code: str) -> str:
    """The script as `--fix` leaves it, with one rule selected; the file itself stays."""
    command = ["lint", "--fix", "--unsafe-fixes", "--select", code, "-"]
    done = CliRunner().invoke(main, command, input=script.read_bytes())
    return done.stdout


class TestGitHub:
    def test_each_finding_is_one_command(self) -> None:
        write_all()
        lines = lint("github").stdout.splitlines()
        told = json.loads(lint("json").stdout)
        assert len(lines) == len(told) + 1  # The last one is the file that cannot be read.
        for line, finding in zip(lines, told, strict=False):
            match = re.fullmatch(r"::(\w+) ([^:]*)::(.*)", line)
            assert match is not None
            command, properties, message = match.groups()
            assert command == {"info": "notice"}.get(finding["level"], finding["level"])
            named = dict(each.split("=", 1) for each in properties.split(","))
            assert decoded(named["file"]) == finding["path"]
            assert named["title"] == f"overfitcheck {finding['code']} ({finding['name']})"
            assert ("line" in named) == (finding["cell"] is None)
            if finding["cell"] is None:
                assert int(named["line"]) == finding["line"]
            else:
                assert message.startswith(f"cell {finding['cell']}, line {finding['line']}: ")
        assert lines[-1].startswith("::error title=overfitcheck::binary.py: is a binary file")

    def test_text_of_a_script_makes_no_command(self) -> None:
        write_hostile()
        output = lint("github").stdout
        assert "%250A" in output  # The "%0A" of the metric's name is no line end.
        assert not any(line.startswith("::error::") for line in output.splitlines())


def decoded(text: str) -> str:
    for mark, code in ((":", "%3A"), (",", "%2C"), ("\n", "%0A"), ("\r", "%0D"), ("%", "%25")):
        text = text.replace(code, mark)
    return text


class TestGitLab:
    def test_it_has_what_code_quality_asks_for(self) -> None:
        write_all()
        issues = json.loads(lint("gitlab").stdout)
        told = json.loads(lint("json").stdout)
        assert len(issues) == len(told)
        for issue, finding in zip(issues, told, strict=True):
            assert issue["check_name"] == finding["code"]
            assert finding["message"] in issue["description"]
            assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
            assert issue["location"]["path"] == finding["path"]
            assert issue["location"]["positions"]["begin"]["line"] == finding["line"]
        prints = [issue["fingerprint"] for issue in issues]
        assert len(set(prints)) == len(prints)

    def test_paths_are_as_seen_from_the_project(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_all()
        monkeypatch.setenv("CI_PROJECT_DIR", str(tmp_path))
        monkeypatch.chdir("src")
        paths = {each["location"]["path"] for each in json.loads(lint("gitlab", ".").stdout)}
        assert paths == {"src/train.py"}

    def test_clean_is_an_empty_list(self) -> None:
        Path("a.py").write_text("import keras\n")
        assert json.loads(lint("gitlab").stdout) == []


class TestJUnit:
    def test_suites_are_files_and_failures_are_findings_that_fail(self) -> None:
        write_all()
        Path("clean.py").write_text("import keras\n")
        root = ElementTree.fromstring(lint("junit").stdout.encode())
        suites = {each.get("name"): each for each in root}
        told = json.loads(lint("json").stdout)
        failing = [each for each in told if each["level"] != "info"]
        assert len(root.findall(".//failure")) == len(failing) == int(root.get("failures", ""))
        assert len(root.findall(".//testcase")) == int(root.get("tests", ""))
        assert len(root.findall(".//error")) == 1 == int(root.get("errors", ""))
        train = suites["src/train.py"]
        outcomes = {str(case.get("name"))[:6]: [child.tag for child in case] for case in train}
        assert outcomes == {
            code: ["system-out" if level == "info" else "failure"] for code, level in LEVELS.items()
        }
        (clean,) = suites["clean.py"]
        assert list(clean) == []

    def test_what_fails_is_a_matter_of_configuration(self) -> None:
        write_all()
        root = ElementTree.fromstring(lint("junit", "--fail-level", "error").stdout.encode())
        levels = {each.get("type") for each in root.findall(".//failure")}
        assert levels == {"error"}

    def test_what_xml_cannot_hold_is_a_question_mark(self) -> None:
        write_hostile()
        text = lint("junit").stdout
        assert "\x1b" not in text
        failure = ElementTree.fromstring(text.encode()).find(".//failure")
        assert failure is not None
        assert "?[31m]]>|`%0A\n::error::<b>&amp;*_acc" in str(failure.get("message"))


class TestMarkdown:
    def test_tables_have_a_row_for_each_finding_and_each_fit(self) -> None:
        write_all()
        text = lint("markdown").stdout
        rows = [[len(row) for row in table] for table in tables(text)]
        told = json.loads(lint("json").stdout)
        info = sum(each["level"] == "info" for each in told)
        assert [len(each) - 1 for each in rows] == [len(told) - info, info, 3]
        assert [set(each) for each in rows] == [{4}, {4}, {9}]
        assert "binary.py: is a binary file" in text

    def test_text_of_a_script_is_shown_and_no_markup(self) -> None:
        write_hostile()
        text = lint("markdown").stdout
        row = next(row for table in tables(text) for row in table if "OVF504" in row[1])
        assert "?[31m]]>|`%0A ::error::<b>&amp;*_acc" in row[2]
        assert "\x1b" not in text
        assert "<b>" not in MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text)

    def test_a_comment_stays_within_what_github_takes(self) -> None:
        many = "".join(FIT.replace("50", str(number)) for number in range(50, 600))
        Path("a.py").write_text(HEAD + many)
        text = lint("markdown").stdout
        assert len(text) < 65_536
        assert re.search(r"and \d+ more", text)


def tables(text: str) -> list[list[list[str]]]:
    """The tables of a Markdown text: rows of cells, as a reader sees them."""
    found: list[list[list[str]]] = []
    before = ""
    for token in MarkdownIt("gfm-like", {"linkify": False}).parse(text):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type == "inline" and before in ("th_open", "td_open"):
            found[-1][-1].append("".join(child.content for child in token.children or []))
        before = token.type
    return found


@pytest.mark.parametrize("output_format", ["full", "concise"])
def test_a_terminal_is_steered_by_no_script(output_format: str) -> None:
    write_hostile()
    result = CliRunner().invoke(
        main, ["lint", "--output-format", output_format], color=True, env={"NO_COLOR": "1"}
    )
    lines = result.stdout.splitlines()
    assert "\x1b" not in result.stdout
    assert not any(line.startswith("::error::") for line in lines)
    assert sum("OVF504" in line for line in lines) == 1
    Path(HOSTILE_NAME).write_bytes(b"\0")
    failed = CliRunner().invoke(main, ["lint", "--output-format", output_format])
    assert "\x1b" not in failed.stderr
    assert failed.stderr.count("\n") == 1


def test_jsonlines_are_the_elements_of_json() -> None:
    write_all()
    lines = lint("jsonlines").stdout.splitlines()
    assert [json.loads(line) for line in lines] == json.loads(lint("json").stdout)


def test_json_full_has_the_checklist_and_what_could_not_be_read() -> None:
    write_all()
    report = json.loads(lint("json-full").stdout)
    assert report["findings"] == json.loads(lint("json").stdout)
    assert {each["path"] for each in report["checklists"]} == {
        "src/train.py",
        "book.ipynb",
        HOSTILE_NAME,
    }
    assert all(len(each["techniques"]) == 8 for each in report["checklists"])
    (failure,) = report["failures"]
    assert failure.startswith("binary.py: ")


def test_what_does_not_apply_is_left_out_of_a_checklist() -> None:
    Path("a.py").write_text(
        HEAD.replace("binary_crossentropy", "mse").replace("sigmoid", "relu") + FIT
    )
    assert "class imbalance" not in lint("full").stdout
    (checklist,) = json.loads(lint("json-full").stdout)["checklists"]
    assert checklist["techniques"]["class imbalance"] == "not_applicable"
    head, row = tables(lint("markdown").stdout)[-1]
    shown = dict(zip(head, row, strict=True))
    assert (shown["class imbalance"], shown["dropout"]) == ("", "-")
