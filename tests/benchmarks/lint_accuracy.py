"""How often the linter is right on labelled scripts and notebooks of other people.

    python tests/benchmarks/lint_accuracy.py LABELS.jsonl FOLDER

A label is a JSON line: `repo` and `path` of the file (under FOLDER/repo), what a careful reviewer
would report (`expect`: code, line, cell), what must not be reported (`must_not`) and what counts
neither way (`optional`). A finding matches a label of its code within `WINDOW` lines in the same
cell. Counted are warnings and errors of rules that exist.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from overfitcheck.errors import UserError
from overfitcheck.finding import Finding, Level
from overfitcheck.linter import lint_source
from overfitcheck.rule import load_rules
from overfitcheck.script.source import read_source

WINDOW = 6


def matches(finding: Finding, label: dict[str, Any]) -> bool:
    where = finding.location
    return (
        finding.code == label["code"]
        and where.cell == label.get("cell")
        and abs(where.line - (label.get("line") or 0)) <= WINDOW
    )


def findings_in(path: Path) -> list[Finding]:
    try:
        result = lint_source(read_source(path), list(load_rules().values()))
    except UserError as error:
        print(f"CRASH    {error}")
        return []
    return [each for each in result.findings if each.level is not Level.INFO]


def judge(row: dict[str, Any], folder: Path, counts: dict[str, Counter[str]]) -> None:
    """Count what is right, wrong and missed in one file, and print what is not right."""
    path = folder / row["repo"] / row["path"]
    if not path.exists():
        print(f"ABSENT   {path}")
        return
    known = load_rules()
    expected = [label for label in row["expect"] if label["code"] in known]
    forbidden = {label["code"]: label["why"] for label in row["must_not"]}
    met: set[int] = set()
    for finding in findings_in(path):
        hits = [number for number, label in enumerate(expected) if matches(finding, label)]
        met.update(hits)
        if hits:
            counts[finding.code]["right"] += 1
        elif any(matches(finding, label) for label in row["optional"]):
            counts[finding.code]["optional"] += 1
        else:
            broken = finding.code in forbidden
            counts[finding.code]["wrong"] += 1
            counts[finding.code]["must not"] += broken
            where = finding.location
            print(
                f"{'MUST NOT' if broken else 'WRONG   '} {where.path}:{where.cell}:{where.line} ",
                end="",
            )
            print(f"{finding.code} {finding.message[:100]}")
    for number, label in enumerate(expected):
        if number not in met:
            counts[label["code"]]["missed"] += 1
            print(
                f"MISSED   {path}:{label.get('cell')}:{label['line']} {label['code']} {label['why']}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labels", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for line in options.labels.read_text(encoding="utf-8").splitlines():
        judge(json.loads(line), options.folder, counts)
    columns = ("right", "wrong", "missed", "optional", "must not")
    print(f"{'rule':<8}" + "".join(f"{name:>10}" for name in columns))
    for code, count in sorted(counts.items()):
        print(f"{code:<8}" + "".join(f"{count[name]:>10}" for name in columns))
    right, wrong, missed = (sum(c[name] for c in counts.values()) for name in columns[:3])
    print(
        f"precision {right / max(right + wrong, 1):.3f}, recall {right / max(right + missed, 1):.3f}"
    )


if __name__ == "__main__":
    main()
