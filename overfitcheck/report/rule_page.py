"""The page of a rule as Markdown, made from the rule itself."""

from __future__ import annotations

import inspect
import re

from overfitcheck.rule import Rule

MARKER = re.compile(r"\s*# <- OVF\d+")
"""How an example marks the line on which the rule speaks."""


def page(rule: Rule) -> str:
    """Title, level, what the rule says and why, an example and its mended twin."""
    text = inspect.cleandoc(rule.page)
    what, _, rest = text.partition("\n\n")
    return "\n".join(
        [
            f"# {rule.name} ({rule.code})",
            "",
            f"Level: **{rule.standing}**",
            "",
            "## What it does",
            what,
            "",
            rest.strip(),
            "",
            "## Example",
            *_code(rule.bad[0]),
            "",
            "## Use instead",
            *_code(rule.good[0]),
            "",
        ]
    )


def headline(rule: Rule) -> str:
    """The first sentence of the page."""
    return " ".join(inspect.cleandoc(rule.page).partition("\n\n")[0].split())


def _code(example: str) -> list[str]:
    return ["```python", MARKER.sub("", inspect.cleandoc(example)), "```"]
