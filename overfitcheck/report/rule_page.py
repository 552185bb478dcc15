"""The page of a rule as Markdown or JSON, made from the rule itself."""

from __future__ import annotations

import inspect
import re
from typing import Any

from overfitcheck.rule import Rule

MARKER = re.compile(r"\s*# <- OVF\d+")
"""How an example marks the line on which the rule speaks."""

HEADING = re.compile(r"(?m)^(## .+)\n(?!\n)")
REFERENCE = re.compile(r"(?m)^(https?://\S+)$")

FIXES = {
    "safe": "safe: `--fix` carries it out",
    "unsafe": "unsafe: `--fix --unsafe-fixes` carries it out; look at what it did",
    "none": "none: the finding says what to do",
}
"""What a page says of the fix of a rule."""


def page(rule: Rule) -> str:
    """Title, standing, what the rule says and why, an example and its mended twin."""
    what, rest = _text(rule)
    rest, _, references = rest.partition("## References\n")
    parts = [
        f"# {rule.name} ({rule.code})",
        f"Level: **{rule.standing}**. Evidence: {evidence(rule)}. Fix: {FIXES[fix(rule)]}.",
        f"## What it does\n\n{what}",
        HEADING.sub(r"\1\n\n", rest.strip()),
        f"## Example\n\n{_code(rule.bad[0])}",
        f"## Use instead\n\n{_code(rule.good[0])}",
    ]
    if references:
        links = REFERENCE.sub(r"- <\1>", references.strip())
        parts.append(f"## References\n\n{links}")
    return "\n\n".join(parts) + "\n"


def headline(rule: Rule) -> str:
    """The first sentence of the page."""
    return " ".join(_text(rule)[0].split())


def rule_object(rule: Rule) -> dict[str, Any]:
    """A rule and its page as JSON has them."""
    return {
        "code": rule.code,
        "name": rule.name,
        "level": rule.level.value,
        "opt_in": rule.opt_in,
        "evidence": evidence(rule),
        "fix": fix(rule),
        "summary": headline(rule),
        "explanation": "\n\n".join(part for part in _text(rule) if part),
        "bad": [example(text) for text in rule.bad],
        "good": [example(text) for text in rule.good],
    }


def evidence(rule: Rule) -> str:
    """What the rule rests on: ``text``, ``run`` or ``text and run``."""
    if rule.subject == "run":
        return "run"
    return "text and run" if rule.is_observed else "text"


def fix(rule: Rule) -> str:
    """The best fix that its bad examples get: ``safe``, ``unsafe`` or ``none``."""
    from overfitcheck.linter import lint_source
    from overfitcheck.script.source import Source

    found = {
        "safe" if finding.fix.safe else "unsafe"
        for text in rule.bad
        for finding in lint_source(Source("example.py", text), [rule]).findings
        if finding.fix is not None and finding.fix.edits
    }
    return next((name for name in FIXES if name in found), "none")


def example(text: str) -> str:
    """An example as a reader sees it, without the marks for the tests."""
    return MARKER.sub("", inspect.cleandoc(text))


def _text(rule: Rule) -> tuple[str, str]:
    """The first paragraph of the page, and the rest."""
    what, _, rest = inspect.cleandoc(rule.page).partition("\n\n")
    return what, rest.strip()


def _code(text: str) -> str:
    return f"```python\n{example(text).strip()}\n```"
