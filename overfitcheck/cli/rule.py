"""`overfitcheck rule CODE`: the page of a rule."""

from __future__ import annotations

import json
import sys

import click

from overfitcheck.cli.completing import complete_codes
from overfitcheck.config import nearest
from overfitcheck.errors import UserError
from overfitcheck.rule import Rule, load_rules


@click.command(short_help="Show the page of a rule.")
@click.argument("code", metavar="CODE", shell_complete=complete_codes)
@click.option(
    "--output-format",
    type=click.Choice(["full", "markdown", "json"]),
    default="full",
    show_default=True,
    help="full colours the page on a terminal.",
)
def command(code: str, output_format: str) -> None:
    """Show what a rule does, why, an example and how to mend it. CODE is a code or a name."""
    from overfitcheck.report.rule_page import page, rule_object

    rule = _rule(code)
    if output_format == "json":
        click.echo(json.dumps(rule_object(rule), indent=2, ensure_ascii=False))
    elif output_format == "markdown" or not _colours():
        click.echo(page(rule), nl=False)
    else:
        from rich.console import Console
        from rich.markdown import Markdown

        Console(force_terminal=True).print(Markdown(page(rule), code_theme="ansi_dark"))


def _rule(code: str) -> Rule:
    rules = load_rules()
    by_name = {rule.name: rule for rule in rules.values()}
    rule = rules.get(code.upper()) or by_name.get(code.lower())
    if rule is None:
        hint = nearest(code.upper(), rules) or nearest(code.lower(), by_name)
        raise UserError(f"no rule is called {code!r}{hint}; see: overfitcheck rules")
    return rule


def _colours() -> bool:
    """Whether a page is coloured: on a terminal, unless NO_COLOR or FORCE_COLOR say otherwise."""
    from overfitcheck.cli.lint_output import wants_colour

    wanted = wants_colour()
    return sys.stdout.isatty() if wanted is None else wanted
