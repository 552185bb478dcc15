"""The documentation of the rules: made from them, complete, and up to date."""

import re
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from overfitcheck.report.rule_docs import FOLDER, documents
from overfitcheck.rule import load_rules

RENEW = "renew it with: python -m overfitcheck.report.rule_docs"

DOCUMENTS = documents()

OTHER_CURES = {"training_data_as_validation", "lr_drop_effect"}
"""Rules whose cure looks little like the example."""


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_a_document_is_up_to_date(path: Path) -> None:
    assert (FOLDER / path).is_file(), RENEW
    assert (FOLDER / path).read_text(encoding="utf-8") == DOCUMENTS[path], RENEW


def test_no_page_is_left_of_a_rule_that_is_no_more() -> None:
    assert {path.relative_to(FOLDER) for path in FOLDER.rglob("*.md")} == set(DOCUMENTS), RENEW


@pytest.mark.parametrize("code", load_rules())
def test_every_rule_has_a_place_in_the_catalogue_and_a_page(code: str) -> None:
    rule = load_rules()[code]
    (row,) = re.findall(rf"^\| \[{code}\]\((.+)\) \| (.+?) \| (.+?) \|", catalogue(), re.MULTILINE)
    path, standing, name = row
    assert (standing, name) == (rule.standing, rule.name)
    assert DOCUMENTS[Path(path)].startswith(f"# {rule.name} ({code})\n")


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_what_to_use_instead_is_the_example_mended(path: Path) -> None:
    """The first good example is the cure, and not a case in which the rule is silent."""
    page = DOCUMENTS[path].replace("\n## ", "\n\0")
    parts = dict(part.split("\n", 1) for part in page.split("\0")[1:])
    if "Use instead" not in parts or path.stem in OTHER_CURES:
        return
    example, cure = (parts[name].split() for name in ("Example", "Use instead"))
    assert SequenceMatcher(None, example, cure).ratio() > 0.55, "reorder the good examples"


def catalogue() -> str:
    return DOCUMENTS[Path("README.md")]
