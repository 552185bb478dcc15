"""`overfitcheck rule CODE`: the page of a rule."""

from __future__ import annotations

import sys

import click

from overfitcheck.config import nearest
from overfitcheck.errors import UserError
from overfitcheck.report.rule_page import page
from overfitcheck.rule import load_rules


@click.command(short_help="Show the page of a rule.")
@click.argument("code", metavar="CODE")
def command(code: str) -> None:
    """Show what a rule does, why, an example and how to mend it. CODE is a code or a name."""
    rules = load_rules()
    by_name = {rule.name: rule for rule in rules.values()}
    rule = rules.get(code.upper()) or by_name.get(code.lower())
    if rule is None:
        hint = nearest(code.upper(), rules) or nearest(code.lower(), by_name)
        raise UserError(f"no rule is called {code!r}{hint}; see: overfitcheck rules")
    if not sys.stdout.isatty():
        click.echo(page(rule))
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(page(rule)))
