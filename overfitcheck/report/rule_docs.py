"""The documentation of the built-in rules: a page beside each rule, and the catalogue of all.

    python -m overfitcheck.report.rule_docs

writes both anew into the ``rules`` folder, after a rule was added or changed.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from overfitcheck.report.rule_page import evidence, fix, headline, page
from overfitcheck.rule import Rule

PACK = importlib.import_module("overfitcheck.rules")

FOLDER = Path(str(PACK.__file__)).parent

GROUPS = {
    "0": "The script itself",
    "1": "Data splits",
    "2": "Class imbalance",
    "3": "Dropout",
    "4": "Data augmentation",
    "5": "Early stopping",
    "6": "Weight penalties",
    "7": "Learning-rate reduction",
    "8": "Saving the best model",
    "9": "Model selection and evaluation",
}
"""What the first digit of a code stands for."""

HEAD = """\
# The rules

Each rule has a page with what it does, why, an example and its mended twin; `overfitcheck rule
CODE` shows the same. Errors are remedies that silently do nothing, or wrong results; warnings are
likely to overfit or to mislead; info is worth considering and never fails a run. An *opt-in* rule
is asked only where `select` or `extend-select` names it.

The pages and this table are made from the rules by `python -m overfitcheck.report.rule_docs`.
"""


def documents() -> dict[Path, str]:
    """Every document with its text, by its path in the folder of the rules."""
    placed = sorted(_placed(), key=lambda each: each[1].code)
    pages = {path: page(rule) for path, rule in placed}
    return {Path("README.md"): _catalogue(placed), **pages}


def _placed() -> Iterator[tuple[Path, Rule]]:
    """The built-in rules, each with the path of its page."""
    for entry in pkgutil.walk_packages(PACK.__path__, PACK.__name__ + "."):
        module = importlib.import_module(entry.name)
        folder = Path(str(module.__file__)).parent.relative_to(FOLDER)
        for value in vars(module).values():
            if isinstance(value, Rule):
                yield folder / f"{value.name.replace('-', '_')}.md", value


def _catalogue(placed: list[tuple[Path, Rule]]) -> str:
    parts = [HEAD]
    for digit, group in groupby(placed, key=lambda each: each[1].code[3]):
        rows = [
            f"| [{rule.code}]({path.as_posix()}) | {rule.standing} | {rule.name} "
            f"| {headline(rule)} | {evidence(rule)} | {fix(rule)} |"
            for path, rule in group
        ]
        head = "| code | level | name | what it finds | evidence | fix |\n|---|---|---|---|---|---|"
        parts.append("\n".join([f"## {GROUPS[digit]}", "", head, *rows, ""]))
    return "\n".join(parts)


def main() -> None:
    """Write all documents, and take away the pages of rules that are no more."""
    wanted = documents()
    for stale in FOLDER.rglob("*.md"):
        if stale.relative_to(FOLDER) not in wanted:
            stale.unlink()
    for path, text in wanted.items():
        (FOLDER / path).write_text(text, encoding="utf-8")
    print(f"{len(wanted)} documents written into {FOLDER}")


if __name__ == "__main__":
    main()
