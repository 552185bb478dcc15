"""What a shell offers where a command takes codes of rules or a path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

PATH = click.Path(readable=False)
"""A path, which shells complete; whether it can be read is told by who reads it."""


def complete_codes(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The codes that begin as the last word does: ``OVF1,OVF50`` goes on with ``OVF1,OVF501``."""
    from click.shell_completion import CompletionItem

    from overfitcheck.rule import load_rules

    before, comma, begun = incomplete.rpartition(",")
    return [
        CompletionItem(f"{before}{comma}{code}", help=rule.name)
        for code, rule in load_rules().items()
        if code.startswith(begun.upper())
    ]
